//! Groups (facts a8): made, asked about and changed by `w:g2` queries; members hear of every change.

mod describe;
mod invite;
mod members;
mod setup;

use std::collections::BTreeSet;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

pub use self::setup::create;

use self::describe::group_node;
use super::dispatch::Caller;
use super::iq::Answer;
use super::messages::devices_of;
use super::stanza::parent;
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node::{all_children, attr, children, jid};
use crate::world::device::Class;
use crate::world::group::Group;
use crate::world::{DeviceRef, World};

/// `w:g2` queries.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let Some(action) = all_children(query).first() else {
        return Answer::Unknown;
    };
    let reading = attr(query, "type").as_deref() == Some("get");
    let to = jid(query, "to")
        .map(|to| to.user.to_string())
        .unwrap_or_default();
    match (action.tag.as_ref(), to.is_empty(), reading) {
        ("create", true, false) => setup::requested(state, caller, action),
        ("participating", true, _) => participating(state, caller),
        ("leave", true, false) => members::leave(state, caller, action),
        ("invite", true, _) => invite::by_code(state, caller, action, reading),
        (_, true, _) => Answer::Unknown,
        (tag, false, true) => read(state, caller, &to, tag),
        (_, false, false) => change(state, &caller.device, &to, action),
    }
}

fn read(state: &State, caller: &Caller, id: &str, tag: &str) -> Answer {
    let Some(group) = state
        .world
        .groups
        .get(id)
        .filter(|group| group.members.contains_key(&caller.device.account))
    else {
        return Answer::Error(403, "forbidden");
    };
    match tag {
        "query" => Answer::one(group_node(&state.world, group)),
        "invite" => Answer::one(
            NodeBuilder::new("invite")
                .attr("code", group.invite.as_str())
                .build(),
        ),
        "membership_approval_requests" => Answer::one(parent("membership_approval_requests", [])),
        _ => Answer::Unknown,
    }
}

/// A device changes a group, as far as it may.
pub fn change(state: &mut State, by: &DeviceRef, id: &str, action: &Node) -> Answer {
    let tag = action.tag.as_ref();
    let Some(group) = state.world.groups.get(id) else {
        return Answer::Error(404, "item-not-found");
    };
    let Some(role) = group.members.get(&by.account).copied() else {
        return Answer::Error(403, "forbidden");
    };
    if !role.is_admin() && for_admins(group, tag) {
        return Answer::Error(403, "forbidden");
    }
    match tag {
        "add" | "remove" | "promote" | "demote" => members::change(state, by, id, (tag, action)),
        "invite" => invite::renew(state, id),
        _ => setup::change(state, by, id, (tag, action)),
    }
}

/// Whether only admins may do this now.
fn for_admins(group: &Group, tag: &str) -> bool {
    match tag {
        "subject" | "description" | "ephemeral" | "not_ephemeral" => group.locked,
        "add" => group.member_add_mode == "admin_add",
        _ => true,
    }
}

fn participating(state: &State, caller: &Caller) -> Answer {
    let mine = state
        .world
        .groups
        .values()
        .filter(|group| group.members.contains_key(&caller.device.account))
        .map(|group| group_node(&state.world, group));
    Answer::one(parent("groups", mine))
}

/// The accounts named by `<participant>` children, those that exist and those that do not.
fn named(world: &World, action: &Node) -> Vec<(Jid, Option<String>)> {
    children(action, "participant")
        .filter_map(|participant| jid(participant, "jid"))
        .map(|jid| {
            let number = world.owner(&jid).map(|account| account.number.clone());
            (jid, number)
        })
        .collect()
}

/// Tells the members, and whoever else is named, of a change; the device that made it knows already.
fn tell(state: &mut State, id: &str, by: &DeviceRef, change: Node, also: &[String]) {
    let Some(group) = state.world.groups.get(id) else {
        return;
    };
    let everybody: BTreeSet<String> = group.members.keys().chain(also).cloned().collect();
    let Some(actor) = state.world.accounts.get(&by.account) else {
        return;
    };
    let notification = NodeBuilder::new("notification")
        .attr("from", Jid::group(id))
        .attr("type", "w:gp2")
        .attr("participant", actor.lid(0))
        .attr("participant_pn", actor.pn(0))
        .attr("addressing_mode", "lid")
        .attr("notify", actor.name.as_str())
        .attr("t", unix_seconds())
        .children([change])
        .build();
    for device in everybody
        .iter()
        .flat_map(|number| devices_of(state, number))
        .collect::<Vec<_>>()
    {
        if device == *by {
            continue;
        }
        let mut stanza = notification.clone();
        stanza.attrs.insert("id", state.world.seed.stanza_id());
        state.deliver(&device, Class::Notification, stanza);
    }
}
