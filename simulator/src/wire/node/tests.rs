//! Tests of the wire's node.
