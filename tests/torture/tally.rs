//! What the receiving side has seen, against what was said.

use crate::load::Said;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt;
use std::fmt::Write;

/// A text as its recipient has it.
struct Heard {
    text: String,
    wa_id: String,
}

/// The result. Everything but the totals has to be zero.
#[derive(Default)]
pub(crate) struct Tally {
    kills: u32,
    accepted: usize,
    spoken: usize,
    told_failed: usize,
    rested: bool,
    lost: Vec<String>,
    two_ids: Vec<String>,
    shown_twice: Vec<String>,
    /// A text, and the later one that came before it.
    out_of_order: Vec<(String, String)>,
    inbound_lost: Vec<String>,
    inbound_twice: Vec<String>,
    seq_gaps: Vec<String>,
    timelines: Vec<String>,
    log: String,
    faults: String,
}

impl Tally {
    pub(crate) async fn count(world: &World, said: &[Said], kills: u32, rested: bool) -> Self {
        let mut tally = Self {
            kills,
            rested,
            log: world.log(),
            faults: world.fault_counts(),
            ..Self::default()
        };
        let failed = failed(world).await;
        let heard = heard(world).await;
        for (recipient, heard) in &heard {
            tally.judge(said, &failed, recipient, heard);
        }
        tally.accepted = said.iter().filter(|said| said.accepted.is_some()).count();
        tally.spoken = said.len() - tally.accepted;
        tally.told_failed = failed.len();
        tally.timelines = timelines(world, said, &tally.out_of_order).await;
        for session in &world.sessions {
            tally.judge_events(&session.id, &events(world, &session.id).await);
        }
        tally
    }

    /// What one recipient should have, and has.
    fn judge(
        &mut self,
        said: &[Said],
        failed: &BTreeSet<String>,
        recipient: &str,
        heard: &[Heard],
    ) {
        let mut ids: HashMap<&str, Vec<&str>> = HashMap::new();
        for heard in heard {
            ids.entry(&heard.text).or_default().push(&heard.wa_id);
        }
        for said in said.iter().filter(|said| said.to == recipient) {
            let told = said.accepted.as_ref().is_some_and(|id| failed.contains(id));
            let copies = ids.get(said.text.as_str()).map_or(&[][..], Vec::as_slice);
            let distinct: BTreeSet<_> = copies.iter().collect();
            match (copies.len(), distinct.len()) {
                (0, _) if told => {}
                (0, _) if said.accepted.is_some() => self.lost.push(said.text.clone()),
                (0, _) => self.inbound_lost.push(said.text.clone()),
                (1, _) => {}
                (_, 1) => self.shown_twice.push(said.text.clone()),
                _ => self.two_ids.push(format!("{} {copies:?}", said.text)),
            }
        }
        let mut last: BTreeMap<&str, &str> = BTreeMap::new();
        for heard in heard {
            let sender = heard.text.split(' ').next().unwrap_or_default();
            let before = last.insert(sender, &heard.text);
            if let Some(before) = before.filter(|before| *before > heard.text.as_str()) {
                self.out_of_order
                    .push((heard.text.clone(), before.to_owned()));
            }
        }
    }

    fn judge_events(&mut self, session: &str, events: &[Value]) {
        for (index, event) in events.iter().enumerate() {
            if event["seq"] != index as u64 + 1 {
                self.seq_gaps
                    .push(format!("{session}: {} at {index}", event["seq"]));
                break;
            }
        }
        let mut seen = BTreeSet::new();
        for event in events
            .iter()
            .filter(|event| event["type"] == "message.received")
        {
            let text = event["data"]["text"].as_str().unwrap_or_default();
            if !seen.insert(text.to_owned()) {
                self.inbound_twice.push(text.to_owned());
            }
        }
    }

    fn faults(&self) -> [(&'static str, &Vec<String>); 7] {
        [
            ("accepted messages lost", &self.lost),
            ("one message under two ids", &self.two_ids),
            ("one message shown twice", &self.shown_twice),
            ("out of order in their chat", &self.timelines),
            ("incoming messages lost", &self.inbound_lost),
            ("incoming events twice", &self.inbound_twice),
            ("gaps in seq", &self.seq_gaps),
        ]
    }

    pub(crate) fn all_is_well(&self) -> bool {
        let counted = self.accepted > 0 && self.spoken > 0;
        counted && self.rested && self.faults().iter().all(|(_, found)| found.is_empty())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const EXAMPLES: usize = 5;
        writeln!(f, "faults on the line          {}", self.faults)?;
        for (what, count) in [
            ("kills", self.kills as usize),
            ("accepted by the API", self.accepted),
            ("of these told as failed", self.told_failed),
            ("written by people", self.spoken),
        ] {
            writeln!(f, "{what:<28}{count:>7}")?;
        }
        for (what, found) in self.faults() {
            writeln!(f, "{what:<28}{:>7}", found.len())?;
            for example in found.iter().take(EXAMPLES) {
                writeln!(f, "    {example}")?;
            }
        }
        if !self.rested {
            writeln!(
                f,
                "it did not come to rest in time; the daemon's last words:"
            )?;
            writeln!(f, "{}", self.log)?;
        }
        Ok(())
    }
}

/// How messages that came in the wrong order went, to find out why.
async fn timelines(world: &World, said: &[Said], pairs: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (late, early) in pairs {
        let mut line = format!("{late} after {early}");
        for text in [late, early] {
            let said = said.iter().find(|said| said.text == *text);
            if let Some(id) = said.and_then(|said| said.accepted.as_ref()) {
                let message = world.get(&format!("/api/messages/{id}")).await;
                write!(line, " {} {}", message["waId"], message["states"]).unwrap();
            }
        }
        lines.push(line);
    }
    lines
}

/// How many texts have not arrived and are not told as failed.
pub(crate) async fn missing(world: &World, said: &[Said]) -> usize {
    let failed = failed(world).await;
    let heard: BTreeSet<_> = heard(world)
        .await
        .into_iter()
        .flat_map(|(_, heard)| heard)
        .map(|heard| heard.text)
        .collect();
    let open = |said: &&Said| {
        let told = said.accepted.as_ref().is_some_and(|id| failed.contains(id));
        !told && !heard.contains(&said.text)
    };
    said.iter().filter(open).count()
}

/// What each recipient has: friends in their phones, sessions in the daemon's event log.
async fn heard(world: &World) -> Vec<(String, Vec<Heard>)> {
    let mut all = Vec::new();
    for friend in &world.friends {
        let mut inbox = world.simulator.inbox(friend).unwrap();
        inbox.sort_by_key(|item| item.place);
        let heard = inbox.into_iter().filter(|item| !item.from_me);
        let heard = heard.filter_map(|item| {
            Some(Heard {
                text: item.text?,
                wa_id: item.id,
            })
        });
        all.push((friend.clone(), heard.collect()));
    }
    for session in &world.sessions {
        let events = events(world, &session.id).await;
        let received = events
            .iter()
            .filter(|event| event["type"] == "message.received");
        let heard = received.filter_map(|event| {
            Some(Heard {
                text: event["data"]["text"].as_str()?.to_owned(),
                wa_id: event["data"]["waId"].as_str()?.to_owned(),
            })
        });
        all.push((session.phone.clone(), heard.collect()));
    }
    all
}

/// The ids of messages that the daemon calls failed.
async fn failed(world: &World) -> BTreeSet<String> {
    let mut failed = BTreeSet::new();
    for session in &world.sessions {
        let path = format!(
            "/api/sessions/{}/messages?state=failed&limit=200",
            session.id
        );
        let ids = pages(world, &path, "cursor").await;
        failed.extend(
            ids.iter()
                .filter_map(|message| Some(message["id"].as_str()?.to_owned())),
        );
    }
    failed
}

/// The whole event log of a session.
async fn events(world: &World, session: &str) -> Vec<Value> {
    let path = format!("/api/events?sessionId={session}&limit=200");
    pages(world, &path, "after").await
}

async fn pages(world: &World, path: &str, cursor: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut next = String::new();
    loop {
        let page = world.get(&format!("{path}{next}")).await;
        all.extend(page["data"].as_array().cloned().unwrap_or_default());
        match page["nextCursor"].as_str() {
            Some(after) => next = format!("&{cursor}={after}"),
            None => return all,
        }
    }
}
