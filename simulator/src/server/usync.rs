//! `usync`: what clients may know about numbers: whether they exist, their devices, LIDs and about texts (facts a6).

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::dispatch::Caller;
use super::iq::Answer;
use super::newcomer::{device_hash, key_index_list};
use super::stanza::{maybe, parent};
use crate::hub::State;
use crate::wire::node::{all_children, attr, child, children, jid, text};
use crate::world::World;
use crate::world::account::Account;

/// Who a query asks about.
struct Asked {
    /// The jid to answer with.
    jid: Jid,
    /// Whether it was asked by `<contact>+digits</contact>` or by jid.
    contact: Option<String>,
}

/// `usync` queries.
pub fn query(state: &mut State, _caller: &Caller, query: &Node) -> Answer {
    let Some(usync) = child(query, "usync") else {
        return Answer::Unknown;
    };
    let protocols: Vec<&str> = child(usync, "query")
        .map(all_children)
        .unwrap_or_default()
        .iter()
        .map(|protocol| protocol.tag.as_ref())
        .collect();
    let users: Vec<Node> = child(usync, "list")
        .map(|list| {
            children(list, "user")
                .filter_map(|user| answer(&state.world, user, &protocols))
                .collect()
        })
        .unwrap_or_default();
    let results = protocols
        .iter()
        .map(|name| NodeBuilder::new_dynamic((*name).to_owned()).build());
    let reply = NodeBuilder::new("usync")
        .attr("index", "0")
        .attr("last", "true")
        .attr("mode", attr(usync, "mode").unwrap_or_default().as_ref())
        .attr(
            "context",
            attr(usync, "context").unwrap_or_default().as_ref(),
        )
        .attr("sid", attr(usync, "sid").unwrap_or_default().as_ref())
        .children([parent("result", results), parent("list", users)])
        .build();
    Answer::one(reply)
}

fn answer(world: &World, user: &Node, protocols: &[&str]) -> Option<Node> {
    let asked = asked(world, user)?;
    let account = world.owner(&asked.jid);
    let by_lid = asked.jid.server.is_lid_family();
    let node = NodeBuilder::new("user").attr("jid", asked.jid.to_non_ad());
    let node = maybe(
        node,
        "pn_jid",
        account
            .as_ref()
            .filter(|_| by_lid)
            .map(|account| account.pn(0)),
    );
    let answers = protocols
        .iter()
        .filter_map(|protocol| one(account, &asked, protocol));
    Some(node.children(answers).build())
}

fn asked(world: &World, user: &Node) -> Option<Asked> {
    let contact = child(user, "contact")
        .map(|contact| text(contact).into_owned())
        .filter(|text| !text.is_empty());
    if let Some(jid) = jid(user, "jid").or_else(|| jid(user, "pn_jid")) {
        return Some(Asked { jid, contact });
    }
    let digits: String = contact
        .as_deref()?
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let known = world.accounts.get(&digits).map(|account| account.pn(0));
    Some(Asked {
        jid: known.unwrap_or_else(|| Jid::pn(digits)),
        contact,
    })
}

fn one(account: Option<&Account>, asked: &Asked, protocol: &str) -> Option<Node> {
    if protocol == "contact" {
        let kind = if account.is_some() { "in" } else { "out" };
        let node = NodeBuilder::new("contact").attr("type", kind);
        return Some(match &asked.contact {
            Some(text) => node.string_content(text.as_str()).build(),
            None => node.build(),
        });
    }
    let account = account?;
    match protocol {
        "devices" => Some(devices(account)),
        "lid" => Some(NodeBuilder::new("lid").attr("val", account.lid(0)).build()),
        "status" => account.about.as_ref().map(|about| {
            NodeBuilder::new("status")
                .attr("t", about.at)
                .string_content(about.text.as_str())
                .build()
        }),
        "picture" => account.picture.as_ref().map(|picture| {
            NodeBuilder::new("picture")
                .attr("id", picture.id.as_str())
                .build()
        }),
        "disappearing_mode" => {
            let (duration, at) = account.disappearing;
            Some(
                NodeBuilder::new("disappearing_mode")
                    .attr("duration", duration)
                    .attr("t", at)
                    .build(),
            )
        }
        // Nobody here is a business, has a bot or a user name.
        _ => None,
    }
}

fn devices(account: &Account) -> Node {
    let phone = NodeBuilder::new("device").attr("id", "0").build();
    let companions = account.devices.values().map(|device| {
        NodeBuilder::new("device")
            .attr("id", device.id)
            .attr("key-index", device.key_index)
            .build()
    });
    let list = NodeBuilder::new("device-list")
        .attr("hash", device_hash(account))
        .children(std::iter::once(phone).chain(companions))
        .build();
    parent(
        "devices",
        std::iter::once(list).chain(key_index_list(account)),
    )
}
