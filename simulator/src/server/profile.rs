//! About text and pictures (facts a13). Contacts are everybody, since nobody here keeps an address book.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::dispatch::Caller;
use super::iq::Answer;
use super::messages::devices_of;
use super::stanza::{parent, tag};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node::{self, attr, child, jid, text};
use crate::world::DeviceRef;
use crate::world::account::{About, Picture};
use crate::world::device::Class;

/// Bytes of a profile picture.
const PICTURE_LIMIT: usize = 1 << 20;

/// `status` queries: the about text of the caller.
pub fn about(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let Some(wanted) = child(query, "status").map(|status| text(status).into_owned()) else {
        return Answer::Unknown;
    };
    let now = unix_seconds();
    let Some(account) = state.world.accounts.get_mut(&caller.device.account) else {
        return Answer::Error(404, "item-not-found");
    };
    account.about = Some(About {
        text: wanted.clone(),
        at: now,
    });
    let from = account.pn(0);
    let name = account.name.clone();
    let set = NodeBuilder::new("set").string_content(wanted).build();
    let notification = NodeBuilder::new("notification")
        .attr("from", from)
        .attr("type", "status")
        .attr("t", now)
        .attr("notify", name)
        .children([set])
        .build();
    let everybody = everybody(state);
    tell(
        state,
        &notification,
        everybody
            .into_iter()
            .filter(|device| *device != caller.device)
            .collect(),
    );
    Answer::done()
}

/// `w:profile:picture` queries.
pub fn picture(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let target = jid(query, "target");
    if attr(query, "type").as_deref() == Some("get") {
        let kind = child(query, "picture").and_then(|picture| attr(picture, "type"));
        return look(state, target.as_ref(), kind.as_deref().unwrap_or("image"));
    }
    let bytes = child(query, "picture")
        .map(|picture| node::bytes(picture).to_vec())
        .filter(|bytes| !bytes.is_empty());
    if bytes
        .as_ref()
        .is_some_and(|bytes| bytes.len() > PICTURE_LIMIT)
    {
        return Answer::Error(406, "not-acceptable");
    }
    set(
        state,
        caller,
        target.filter(|jid| jid.server == Server::Group),
        bytes,
    )
}

fn set(state: &mut State, caller: &Caller, group: Option<Jid>, bytes: Option<Vec<u8>>) -> Answer {
    let number = u32::from_be_bytes(first_four(&state.world.seed.bytes("picture")));
    let picture = bytes.map(|bytes| Picture {
        id: number.to_string(),
        bytes: bytes.into(),
    });
    let answer = picture.as_ref().map(|picture| {
        NodeBuilder::new("picture")
            .attr("id", picture.id.as_str())
            .build()
    });
    let Some((of, audience)) = put(state, caller, group, picture.as_ref()) else {
        return Answer::Error(404, "item-not-found");
    };
    let author = state
        .world
        .accounts
        .get(&caller.device.account)
        .map(|account| account.lid(0));
    let change =
        NodeBuilder::new(if picture.is_some() { "set" } else { "delete" }).attr("jid", &of);
    let change = super::stanza::maybe(change, "author", author);
    let change = super::stanza::maybe(change, "id", picture.map(|picture| picture.id));
    let notification = NodeBuilder::new("notification")
        .attr("from", &of)
        .attr("type", "picture")
        .attr("t", unix_seconds())
        .children([change.build()])
        .build();
    // The setting device is told as well.
    tell(state, &notification, audience);
    answer.map_or_else(Answer::done, Answer::one)
}

/// Hangs up a picture, or takes it down. Gives whose it is and who is to know.
fn put(
    state: &mut State,
    caller: &Caller,
    group: Option<Jid>,
    picture: Option<&Picture>,
) -> Option<(Jid, Vec<DeviceRef>)> {
    let Some(jid) = group else {
        let account = state.world.accounts.get_mut(&caller.device.account)?;
        account.picture = picture.cloned();
        return Some((account.pn(0), everybody(state)));
    };
    let group = state.world.groups.get_mut(jid.user.as_str())?;
    group.picture = picture.cloned();
    let members: Vec<String> = group.members.keys().cloned().collect();
    let audience = members.iter().flat_map(|member| devices_of(state, member));
    Some((jid, audience.collect()))
}

fn first_four(bytes: &[u8; 32]) -> [u8; 4] {
    [bytes[0], bytes[1], bytes[2], bytes[3]]
}

fn look(state: &State, target: Option<&Jid>, kind: &str) -> Answer {
    let found = target.and_then(|jid| match jid.server {
        Server::Group => state.world.groups.get(jid.user.as_str())?.picture.as_ref(),
        _ => state.world.owner(jid)?.picture.as_ref(),
    });
    let Some(picture) = found else {
        return Answer::Error(404, "item-not-found");
    };
    let path = format!("/pps/{}.jpg", picture.id);
    let node = NodeBuilder::new("picture")
        .attr("id", picture.id.as_str())
        .attr("type", kind)
        .attr("url", format!("https://{}{path}", state.host))
        .attr("direct_path", path);
    Answer::one(node.build())
}

/// The picture with this id, wherever it is in use.
pub fn find(state: &State, id: &str) -> Option<Vec<u8>> {
    let accounts = state
        .world
        .accounts
        .values()
        .filter_map(|account| account.picture.as_ref());
    let groups = state
        .world
        .groups
        .values()
        .filter_map(|group| group.picture.as_ref());
    accounts
        .chain(groups)
        .find(|picture| picture.id == id)
        .map(|picture| picture.bytes.0.clone())
}

/// `w:biz`: nobody here is a business.
pub fn business(_state: &mut State, _caller: &Caller, query: &Node) -> Answer {
    match child(query, "business_profile") {
        Some(_) => Answer::one(parent("business_profile", [tag("profile")])),
        None => Answer::done(),
    }
}

fn everybody(state: &State) -> Vec<DeviceRef> {
    state
        .world
        .accounts
        .keys()
        .flat_map(|number| devices_of(state, number))
        .collect()
}

fn tell(state: &mut State, notification: &Node, to: Vec<DeviceRef>) {
    for device in to {
        let mut stanza = notification.clone();
        stanza.attrs.insert("id", state.world.seed.stanza_id());
        state.deliver(&device, Class::Notification, stanza);
    }
}
