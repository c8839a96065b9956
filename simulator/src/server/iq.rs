//! `<iq>`: finds the family by namespace and wraps its answer.

use std::borrow::Cow;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::stanza::SERVER;
use super::{appstate, groups, login, media, prekeys, privacy, profile, removal, settings, usync};
use crate::hub::State;
use crate::wire::node::attr;

/// What a family says to a query.
#[derive(Debug)]
pub enum Answer {
    /// `<iq type="result">` with these children.
    Result(Vec<Node>),
    /// `<iq type="error">`.
    Error(u16, &'static str),
    /// Nobody knows the query: an empty result, which no client minds, and a mark in the list of unknowns.
    Unknown,
}

impl Answer {
    /// An empty result.
    pub fn done() -> Self {
        Self::Result(Vec::new())
    }

    /// A result with one child.
    pub fn one(child: Node) -> Self {
        Self::Result(vec![child])
    }
}

type Handler = fn(&mut State, &Caller, &Node) -> Answer;

/// Namespace to family.
const FAMILIES: &[(&str, Handler)] = &[
    ("encrypt", prekeys::query),
    ("passive", login::passive),
    ("usync", usync::query),
    ("abt", settings::properties),
    ("blocklist", privacy::blocklist),
    ("privacy", privacy::query),
    ("disappearing_mode", privacy::disappearing),
    ("status", profile::about),
    ("w:profile:picture", profile::picture),
    ("w:biz", profile::business),
    ("w:g2", groups::query),
    ("w:m", media::query),
    ("w:sync:app:state", appstate::query),
    ("w:p", settings::ping),
    ("w:stats", settings::ping),
    ("w:mex", settings::mex),
    ("urn:xmpp:ping", settings::ping),
    ("urn:xmpp:whatsapp:dirty", settings::clean),
    ("urn:xmpp:whatsapp:push", settings::ping),
    ("md", removal::query),
];

/// Takes a query or the answer to one of ours; `false` when nobody knows it.
pub fn receive(state: &mut State, caller: &Caller, stanza: &Node) -> bool {
    let kind = attr(stanza, "type").unwrap_or_default();
    if kind == "result" || kind == "error" {
        return true;
    }
    let namespace = attr(stanza, "xmlns").unwrap_or_default();
    let answer = FAMILIES
        .iter()
        .find(|(name, _)| *name == namespace)
        .map_or(Answer::Unknown, |(_, handler)| {
            handler(state, caller, stanza)
        });
    let known = !matches!(answer, Answer::Unknown);
    let reply = wrap(stanza, answer);
    state.send(caller.connection, reply);
    known
}

/// The `<iq>` that answers `query`.
pub fn wrap(query: &Node, answer: Answer) -> Node {
    let from = attr(query, "to").map_or_else(|| SERVER.to_owned(), Cow::into_owned);
    let id = attr(query, "id").unwrap_or_default().into_owned();
    let reply = NodeBuilder::new("iq").attr("from", from).attr("id", id);
    match answer {
        Answer::Result(children) if children.is_empty() => reply.attr("type", "result").build(),
        Answer::Result(children) => reply.attr("type", "result").children(children).build(),
        Answer::Unknown => reply.attr("type", "result").build(),
        Answer::Error(code, text) => {
            let error = NodeBuilder::new("error")
                .attr("code", code)
                .attr("text", text)
                .build();
            reply.attr("type", "error").children([error]).build()
        }
    }
}
