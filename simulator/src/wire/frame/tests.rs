//! Tests of the wire's frame.
