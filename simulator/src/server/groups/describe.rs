//! A group as clients read it.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use crate::server::stanza::{maybe, tag};
use crate::world::World;
use crate::world::group::{Description, Group, Role};

/// `<group>` with everything that members may know.
pub(super) fn group_node(world: &World, group: &Group) -> Node {
    let lid = |number: &str| world.accounts.get(number).map(|account| account.lid(0));
    let pn = |number: &str| world.accounts.get(number).map(|account| account.pn(0));
    let node = NodeBuilder::new("group")
        .attr("id", group.id.as_str())
        .attr("subject", group.subject.as_str())
        .attr("creation", group.created_at)
        .attr("s_t", group.subject_at)
        .attr("addressing_mode", "lid")
        .attr("size", group.members.len())
        .attr("p_v_id", group.version)
        .attr("a_v_id", group.version);
    let node = maybe(node, "creator", lid(&group.creator));
    let node = maybe(node, "creator_pn", pn(&group.creator));
    let node = maybe(node, "s_o", lid(&group.subject_by));
    let node = maybe(node, "s_o_pn", pn(&group.subject_by));
    let members = group
        .members
        .iter()
        .filter_map(|(number, role)| participant(world, number, *role));
    node.children(members.chain(settings(world, group))).build()
}

/// `<participant>`, if the account exists.
pub(super) fn participant(world: &World, number: &str, role: Role) -> Option<Node> {
    let account = world.accounts.get(number)?;
    let node = NodeBuilder::new("participant")
        .attr("jid", account.lid(0))
        .attr("phone_number", account.pn(0));
    Some(maybe(node, "type", role.attribute()).build())
}

fn settings(world: &World, group: &Group) -> Vec<Node> {
    let mut nodes = Vec::new();
    if group.announcement {
        nodes.push(tag("announcement"));
    }
    if group.locked {
        nodes.push(tag("locked"));
    }
    if group.ephemeral > 0 {
        nodes.push(
            NodeBuilder::new("ephemeral")
                .attr("expiration", group.ephemeral)
                .build(),
        );
    }
    if group.approval {
        nodes.push(approval("on"));
    }
    nodes.push(
        NodeBuilder::new("member_add_mode")
            .string_content(group.member_add_mode.as_str())
            .build(),
    );
    if let Some(text) = &group.description {
        let author = world.accounts.get(&text.by).map(|account| account.lid(0));
        nodes.push(description(text, author));
    }
    nodes
}

/// `<membership_approval_mode>`.
pub(super) fn approval(state: &str) -> Node {
    let join = NodeBuilder::new("group_join").attr("state", state).build();
    NodeBuilder::new("membership_approval_mode")
        .children([join])
        .build()
}

/// `<description>` with its text.
pub(super) fn description(description: &Description, author: Option<Jid>) -> Node {
    let body = NodeBuilder::new("body")
        .string_content(description.text.as_str())
        .build();
    let node = NodeBuilder::new("description")
        .attr("id", description.id.as_str())
        .attr("t", description.at);
    maybe(node, "participant", author).children([body]).build()
}
