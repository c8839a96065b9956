//! Making a group, and changing what it is called and what it allows.

use std::collections::BTreeMap;

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::describe::{approval, description, group_node};
use super::{named, tell};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::server::dispatch::Caller;
use crate::server::iq::Answer;
use crate::server::stanza::tag;
use crate::wire::node::{attr, child, text};
use crate::world::DeviceRef;
use crate::world::group::{Description, Group, Role};

/// Members of one group.
const MEMBER_LIMIT: usize = 1_024;

/// `<create>`.
pub(super) fn requested(state: &mut State, caller: &Caller, action: &Node) -> Answer {
    let subject = attr(action, "subject").unwrap_or_default().into_owned();
    let members: Vec<String> = named(&state.world, action)
        .into_iter()
        .filter_map(|(_, number)| number)
        .collect();
    if subject.is_empty() || members.len() >= MEMBER_LIMIT {
        return Answer::Error(406, "not-acceptable");
    }
    let mut group = fresh(state, &caller.device.account, &subject, &members);
    if let Some(mode) = child(action, "member_add_mode") {
        group.member_add_mode = text(mode).into_owned();
    }
    if let Some(expiration) =
        child(action, "ephemeral").and_then(|node| attr(node, "expiration")?.parse().ok())
    {
        group.ephemeral = expiration;
    }
    group.approval = joins_by_approval(action);
    if let Some(described) = child(action, "description") {
        group.description = described_by(described, &caller.device.account);
    }
    let key = attr(action, "key");
    Answer::one(found(state, &caller.device, group, key.as_deref()))
}

/// A group made by the user of a phone. Returns its id, the user part of the jid.
pub fn create(state: &mut State, by: &str, subject: &str, members: &[String]) -> String {
    let group = fresh(state, by, subject, members);
    let id = group.id.clone();
    found(state, &DeviceRef::new(by, 0), group, None);
    id
}

fn fresh(state: &mut State, creator: &str, subject: &str, members: &[String]) -> Group {
    let now = unix_seconds();
    let roles = members
        .iter()
        .filter(|member| *member != creator)
        .map(|member| (member.clone(), Role::Member));
    let mut members: BTreeMap<String, Role> = roles.collect();
    members.insert(creator.to_owned(), Role::SuperAdmin);
    Group {
        id: state.world.new_group_id(),
        subject: subject.to_owned(),
        subject_at: now,
        subject_by: creator.to_owned(),
        creator: creator.to_owned(),
        created_at: now,
        description: None,
        members,
        announcement: false,
        locked: false,
        approval: false,
        member_add_mode: "all_member_add".to_owned(),
        ephemeral: 0,
        invite: super::invite::code(state),
        picture: None,
        version: 1,
    }
}

/// Puts a group into the world and tells its members. Returns its description for the maker.
fn found(state: &mut State, by: &DeviceRef, group: Group, key: Option<&str>) -> Node {
    let node = group_node(&state.world, &group);
    let id = group.id.clone();
    state.world.groups.insert(id.clone(), group);
    let create = NodeBuilder::new("create").attr("type", "new");
    let create = crate::server::stanza::maybe(create, "key", key);
    tell(state, &id, by, create.children([node.clone()]).build(), &[]);
    node
}

fn described_by(node: &Node, author: &str) -> Option<Description> {
    Some(Description {
        id: attr(node, "id").unwrap_or_default().into_owned(),
        text: text(child(node, "body")?).into_owned(),
        by: author.to_owned(),
        at: unix_seconds(),
    })
}

fn joins_by_approval(node: &Node) -> bool {
    let mode = if node.tag == "membership_approval_mode" {
        Some(node)
    } else {
        child(node, "membership_approval_mode")
    };
    let join = mode.and_then(|mode| child(mode, "group_join"));
    join.and_then(|join| attr(join, "state")).as_deref() == Some("on")
}

/// A change of name, description or a switch; the members hear the same words.
pub(super) fn change(
    state: &mut State,
    by: &DeviceRef,
    id: &str,
    (name, action): (&str, &Node),
) -> Answer {
    let author = state
        .world
        .accounts
        .get(&by.account)
        .map(|account| account.lid(0));
    let Some(group) = state.world.groups.get_mut(id) else {
        return Answer::Error(404, "item-not-found");
    };
    let told = match name {
        "subject" => subject(group, &by.account, action, author),
        "description" => {
            group.description = described_by(action, &by.account);
            match &group.description {
                Some(text) => description(text, author),
                None => NodeBuilder::new("description")
                    .attr("id", attr(action, "id").unwrap_or_default().as_ref())
                    .children([tag("delete")])
                    .build(),
            }
        }
        _ => match switch(group, name, action) {
            Some(told) => told,
            None => return Answer::Unknown,
        },
    };
    group.version += 1;
    tell(state, id, by, told, &[]);
    Answer::done()
}

fn subject(
    group: &mut Group,
    author: &str,
    action: &Node,
    jid: Option<wacore_binary::Jid>,
) -> Node {
    group.subject = text(action).into_owned();
    group.subject_at = unix_seconds();
    author.clone_into(&mut group.subject_by);
    let node = NodeBuilder::new("subject")
        .attr("subject", group.subject.as_str())
        .attr("s_t", group.subject_at);
    crate::server::stanza::maybe(node, "s_o", jid).build()
}

/// The switches of a group; none for a word that nobody knows.
fn switch(group: &mut Group, name: &str, action: &Node) -> Option<Node> {
    Some(match name {
        "announcement" => {
            group.announcement = true;
            tag("announcement")
        }
        "not_announcement" => {
            group.announcement = false;
            tag("not_announcement")
        }
        "locked" => {
            group.locked = true;
            tag("locked")
        }
        "unlocked" => {
            group.locked = false;
            tag("unlocked")
        }
        "ephemeral" => {
            group.ephemeral = attr(action, "expiration")?.parse().ok()?;
            NodeBuilder::new("ephemeral")
                .attr("expiration", group.ephemeral)
                .build()
        }
        "not_ephemeral" => {
            group.ephemeral = 0;
            tag("not_ephemeral")
        }
        "membership_approval_mode" => {
            group.approval = joins_by_approval(action);
            approval(if group.approval { "on" } else { "off" })
        }
        "member_add_mode" => {
            group.member_add_mode = text(action).into_owned();
            action.clone()
        }
        _ => return None,
    })
}
