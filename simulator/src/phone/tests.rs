//! Tests of the phone.
