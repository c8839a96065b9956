//! Small queries whose answer never changes anything.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use crate::hub::State;
use crate::wire::node::{attr, child};

/// Seconds until a client asks for its properties again.
const REFRESH: u32 = 86_400;

/// `abt`: the properties of the client; without any, all defaults hold.
pub fn properties(_state: &mut State, _caller: &Caller, query: &Node) -> Answer {
    if child(query, "props").is_none() {
        return Answer::Unknown;
    }
    let props = NodeBuilder::new("props")
        .attr("protocol", "1")
        .attr("hash", "sim")
        .attr("refresh", REFRESH)
        .attr("refresh_id", 1)
        .attr("ab_key", "sim");
    Answer::one(props.build())
}

/// Pings, statistics and push settings: an empty result.
pub fn ping(_state: &mut State, _caller: &Caller, _query: &Node) -> Answer {
    Answer::done()
}

/// `urn:xmpp:whatsapp:dirty`: the client has dealt with what was marked.
pub fn clean(_state: &mut State, _caller: &Caller, _query: &Node) -> Answer {
    Answer::done()
}

/// `w:mex`: GraphQL. Nothing of it is simulated, so every query finds nothing.
pub fn mex(_state: &mut State, _caller: &Caller, query: &Node) -> Answer {
    let asked = child(query, "query")
        .and_then(|node| attr(node, "query_id"))
        .unwrap_or_default();
    tracing::debug!(query = %asked, "GraphQL query answered with nothing");
    let result = NodeBuilder::new("result").bytes(br#"{"data":null}"#.to_vec());
    Answer::one(result.build())
}
