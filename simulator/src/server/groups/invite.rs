//! Invitation links.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::describe::group_node;
use super::members;
use crate::hub::State;
use crate::server::dispatch::Caller;
use crate::server::iq::Answer;
use crate::wire::node::attr;

/// A new code, 22 characters as the real ones have.
pub(super) fn code(state: &mut State) -> String {
    hex::encode(state.world.seed.bytes("invite"))[..22].to_owned()
}

/// `<invite code/>` to no group in particular: looks at the group, or joins it.
pub(super) fn by_code(state: &mut State, caller: &Caller, invite: &Node, reading: bool) -> Answer {
    let wanted = attr(invite, "code").unwrap_or_default();
    let Some(group) = state
        .world
        .groups
        .values()
        .find(|group| group.invite == wanted)
    else {
        return Answer::Error(406, "not-acceptable");
    };
    if reading {
        return Answer::one(group_node(&state.world, group));
    }
    let (id, member) = (
        group.id.clone(),
        group.members.contains_key(&caller.device.account),
    );
    if member {
        return Answer::Error(409, "conflict");
    }
    members::join(state, caller, &id);
    Answer::one(
        NodeBuilder::new("group")
            .attr("jid", Jid::group(id))
            .build(),
    )
}

/// A new link makes the old one void.
pub(super) fn renew(state: &mut State, id: &str) -> Answer {
    let fresh = code(state);
    let Some(group) = state.world.groups.get_mut(id) else {
        return Answer::Error(404, "item-not-found");
    };
    group.invite.clone_from(&fresh);
    Answer::one(NodeBuilder::new("invite").attr("code", fresh).build())
}
