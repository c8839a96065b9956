//! Binary nodes (the XML-like stanzas): the codec with its flag byte, and the few readers that every stanza handler
//! needs. The format itself is wacore-binary's.

use std::borrow::Cow;

use wacore_binary::NodeContent;
use wacore_binary::marshal::marshal;
use wacore_binary::marshal::unmarshal_ref;
use wacore_binary::util;

use crate::wire::WireError;

pub use wacore_binary::Jid;
pub use wacore_binary::Node;
pub use wacore_binary::builder::NodeBuilder;

/// Longest content that [`display`] prints in full, in bytes; longer content is shown by its length.
const SHOWN_CONTENT: usize = 64;

/// The plaintext of a frame: the flag byte (never compressed, as a server is free to choose) and the node.
pub fn encode(node: &Node) -> Result<Vec<u8>, WireError> {
    Ok(marshal(node)?)
}

/// Reads the plaintext of a frame: the flag byte, whose bit 1 says that zlib was used, and one node.
pub fn decode(plaintext: &[u8]) -> Result<Node, WireError> {
    let body = util::unpack(plaintext)?;
    Ok(unmarshal_ref(&body)?.to_owned())
}

/// The attribute `key` as text; JIDs are written out.
pub fn attr<'a>(node: &'a Node, key: &str) -> Option<Cow<'a, str>> {
    node.attrs.get(key).map(wacore_binary::NodeValue::as_str)
}

/// The attribute `key` as a JID, when it is one.
pub fn jid(node: &Node, key: &str) -> Option<Jid> {
    node.attrs
        .get(key)
        .and_then(wacore_binary::NodeValue::to_jid)
}

/// The first child called `tag`.
pub fn child<'a>(node: &'a Node, tag: &str) -> Option<&'a Node> {
    all_children(node).iter().find(|child| child.tag == tag)
}

/// Every child called `tag`, in order.
pub fn children<'a>(node: &'a Node, tag: &'a str) -> impl Iterator<Item = &'a Node> {
    all_children(node)
        .iter()
        .filter(move |child| child.tag == tag)
}

/// Every child, in order; empty for a node that holds bytes, text or nothing.
pub fn all_children(node: &Node) -> &[Node] {
    node.children().unwrap_or_default()
}

/// The content as bytes: text counts as its UTF-8, children and an empty node as no bytes.
pub fn bytes(node: &Node) -> &[u8] {
    match &node.content {
        Some(NodeContent::Bytes(bytes)) => bytes,
        Some(NodeContent::String(text)) => text.as_bytes(),
        Some(NodeContent::Nodes(_)) | None => &[],
    }
}

/// The content as text; bytes that are not UTF-8 are shown with replacement characters.
pub fn text(node: &Node) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes(node))
}

/// The node in an XML-like form for logs and traces. Long content is given by its length, so that neither keys nor
/// pictures fill a log.
pub fn display(node: &Node) -> String {
    let mut out = String::new();
    write_node(node, &mut out);
    out
}

fn write_node(node: &Node, out: &mut String) {
    out.push('<');
    out.push_str(&node.tag);
    for (key, value) in &node.attrs {
        out.push(' ');
        out.push_str(key);
        out.push_str("=\"");
        out.push_str(&value.as_str());
        out.push('"');
    }
    if node.content.is_none() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    write_content(node, out);
    out.push_str("</");
    out.push_str(&node.tag);
    out.push('>');
}

fn write_content(node: &Node, out: &mut String) {
    if let Some(nodes) = node.children() {
        for child in nodes {
            write_node(child, out);
        }
        return;
    }
    let content = bytes(node);
    let readable = std::str::from_utf8(content)
        .ok()
        .filter(|text| !text.contains(char::is_control));
    match readable {
        Some(text) if content.len() <= SHOWN_CONTENT => out.push_str(text),
        _ if content.len() <= SHOWN_CONTENT => out.push_str(&hex::encode(content)),
        _ => out.extend(["[", &content.len().to_string(), " bytes]"]),
    }
}

#[cfg(test)]
mod tests;
