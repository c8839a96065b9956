//! Tests of the wire's certificate.
