//! Who is in a group and who may change it.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::describe::participant;
use super::{named, tell};
use crate::hub::State;
use crate::server::dispatch::Caller;
use crate::server::iq::Answer;
use crate::server::stanza::{maybe, parent};
use crate::wire::node::{children, jid};
use crate::world::group::{Group, Role};
use crate::world::{DeviceRef, World};

/// `<add>`, `<remove>`, `<promote>`, `<demote>`: answers for every participant, tells of those that changed.
pub(super) fn change(
    state: &mut State,
    by: &DeviceRef,
    id: &str,
    (verb, action): (&str, &Node),
) -> Answer {
    let asked = named(&state.world, action);
    let Some(group) = state.world.groups.get_mut(id) else {
        return Answer::Error(404, "item-not-found");
    };
    let mut answers = Vec::new();
    let mut changed = Vec::new();
    for (jid, number) in asked {
        let error = match number {
            None => Some(404),
            Some(number) => apply(group, verb, &number)
                .inspect_err(|_| ())
                .err()
                .or_else(|| {
                    changed.push(number);
                    None
                }),
        };
        answers.push((jid, error));
    }
    group.version += 1;
    let answers: Vec<Node> = answers
        .iter()
        .map(|(jid, error)| answer(&state.world, jid, *error))
        .collect();
    announce(state, by, id, verb, &changed);
    Answer::one(
        NodeBuilder::new_dynamic(verb.to_owned())
            .children(answers)
            .build(),
    )
}

fn answer(world: &World, jid: &Jid, error: Option<u16>) -> Node {
    let account = world.owner(jid);
    let node = NodeBuilder::new("participant").attr(
        "jid",
        account.map_or_else(|| jid.clone(), |account| account.lid(0)),
    );
    let node = maybe(node, "phone_number", account.map(|account| account.pn(0)));
    maybe(node, "error", error).build()
}

/// Does one change; the number is the wire's error code.
fn apply(group: &mut Group, verb: &str, number: &str) -> Result<(), u16> {
    let present = group.members.get(number).copied();
    match (verb, present) {
        ("add", Some(_)) => return Err(409),
        ("add", None) => group.members.insert(number.to_owned(), Role::Member),
        (_, None) => return Err(404),
        ("remove", _) => group.members.remove(number),
        ("demote", Some(Role::SuperAdmin)) => return Err(405),
        ("promote", Some(Role::Member)) => group.members.insert(number.to_owned(), Role::Admin),
        ("demote", _) => group.members.insert(number.to_owned(), Role::Member),
        _ => None,
    };
    Ok(())
}

fn announce(state: &mut State, by: &DeviceRef, id: &str, verb: &str, changed: &[String]) {
    if changed.is_empty() {
        return;
    }
    let role = |number: &String| {
        let group = state.world.groups.get(id);
        group
            .and_then(|group| group.members.get(number))
            .copied()
            .unwrap_or(Role::Member)
    };
    let participants: Vec<Node> = changed
        .iter()
        .filter_map(|number| participant(&state.world, number, role(number)))
        .collect();
    let told = NodeBuilder::new_dynamic(verb.to_owned())
        .children(participants)
        .build();
    tell(state, id, by, told, changed);
}

/// `<leave>`: out of each group named.
pub(super) fn leave(state: &mut State, caller: &Caller, action: &Node) -> Answer {
    let mut left = Vec::new();
    for wanted in children(action, "group").filter_map(|group| jid(group, "id")) {
        let id = wanted.user.to_string();
        let was_member = state
            .world
            .groups
            .get_mut(&id)
            .is_some_and(|group| group.members.remove(&caller.device.account).is_some());
        if was_member {
            announce(
                state,
                &caller.device,
                &id,
                "remove",
                std::slice::from_ref(&caller.device.account),
            );
        }
        let node = NodeBuilder::new("group").attr("id", wanted);
        left.push(maybe(node, "error", (!was_member).then_some(404)).build());
    }
    Answer::one(parent("leave", left))
}

/// Somebody joins by an invitation.
pub(super) fn join(state: &mut State, caller: &Caller, id: &str) {
    if let Some(group) = state.world.groups.get_mut(id) {
        group
            .members
            .insert(caller.device.account.clone(), Role::Member);
        group.version += 1;
    }
    let told = participant(&state.world, &caller.device.account, Role::Member);
    let told = NodeBuilder::new("add")
        .attr("reason", "invite")
        .children(told)
        .build();
    tell(state, id, &caller.device, told, &[]);
}
