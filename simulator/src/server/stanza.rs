//! Short ways to write the nodes that every family needs.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeValue};

/// The server's own jid.
pub const SERVER: &str = "s.whatsapp.net";

/// An empty node.
pub fn tag(name: &'static str) -> Node {
    NodeBuilder::new(name).build()
}

/// A node with attributes only.
pub fn with<const N: usize>(name: &'static str, attributes: [(&'static str, &str); N]) -> Node {
    NodeBuilder::new(name).attrs(attributes).build()
}

/// A node with children only.
pub fn parent(name: &'static str, children: impl IntoIterator<Item = Node>) -> Node {
    NodeBuilder::new(name).children(children).build()
}

/// A node with bytes only.
pub fn bytes(name: &'static str, content: impl Into<Vec<u8>>) -> Node {
    NodeBuilder::new(name).bytes(content).build()
}

/// Sets an attribute when there is a value.
pub fn maybe(
    builder: NodeBuilder,
    key: &'static str,
    value: Option<impl Into<NodeValue>>,
) -> NodeBuilder {
    match value {
        Some(value) => builder.attr(key, value),
        None => builder,
    }
}

/// A number in the 3 bytes that key ids take.
pub fn id_bytes(id: u32) -> Vec<u8> {
    id.to_be_bytes()[1..].to_vec()
}

/// A big-endian number of up to 4 bytes, as key and registration ids come.
pub fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// A 32-byte key without the type byte `05` that some stanzas put in front.
pub fn raw_key(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0x05, key @ ..] if key.len() == 32 => key,
        other => other,
    }
}
