//! Tests of the wire's noise.
