//! Calls as far as they ring: an offer and its end. Nobody is heard, and a companion that is not there is not told.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::messages::devices_of;
use super::stanza::{maybe, tag};
use crate::clock::unix_seconds;
use crate::hub::State;

/// A phone calls another one. Returns the id of the call.
pub fn ring(state: &mut State, from: &str, to: &str, video: bool) -> String {
    let id = hex::encode_upper(state.world.seed.bytes("call"))[..32].to_owned();
    let Some(caller) = state.world.accounts.get(from) else {
        return id;
    };
    let audio = NodeBuilder::new("audio")
        .attr("enc", "opus")
        .attr("rate", "16000")
        .build();
    let offer = NodeBuilder::new("offer")
        .attr("call-id", id.as_str())
        .attr("call-creator", caller.lid(0))
        .attr("caller_pn", caller.pn(0))
        .children(std::iter::once(audio).chain(video.then(|| tag("video"))))
        .build();
    tell(state, from, to, offer);
    id
}

/// A call rings no more; `reason` as WhatsApp writes it, none when the caller gave up.
pub fn end(state: &mut State, from: &str, to: &str, id: &str, reason: Option<&str>) {
    let Some(caller) = state.world.accounts.get(from) else {
        return;
    };
    let end = NodeBuilder::new("terminate")
        .attr("call-id", id)
        .attr("call-creator", caller.lid(0));
    let end = maybe(end, "reason", reason).build();
    tell(state, from, to, end);
}

fn tell(state: &mut State, from: &str, to: &str, what: Node) {
    let Some(caller) = state.world.accounts.get(from) else {
        return;
    };
    let call = NodeBuilder::new("call")
        .attr("from", caller.lid(0))
        .attr("notify", caller.name.as_str())
        .attr("t", unix_seconds())
        .children([what])
        .build();
    for device in devices_of(state, to) {
        let mut stanza = call.clone();
        stanza.attrs.insert("id", state.world.seed.stanza_id());
        state.deliver_live(&device, stanza);
    }
}
