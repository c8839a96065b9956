//! Faults by chance: what a client meets, and what is whole again once they are over. Chances here are 0 or 1, so
//! that each test tells one story.

use std::time::{Duration, Instant};

use tokio::time::timeout;
use wamux_simulator::hub::trace::Direction;
use wamux_simulator::world::DeviceRef;
use wamux_simulator::world::device::Class;
use wamux_simulator::{Chances, FaultCounts, FaultPlan, Simulator};
use whatsapp_rust::prelude::*;
use whatsapp_rust::{SendOptions, waproto::whatsapp as wa};

use crate::companion::{Companion, PATIENCE, all_known, simulator};

/// Time that a query waits where no answer will come.
const SHORT: Duration = Duration::from_millis(300);

/// From now on, what `chances` says befalls the companions of a phone.
fn befall(simulator: &Simulator, phone: &str, chances: Chances) {
    let plan = FaultPlan {
        seed: 7,
        phones: [(phone.to_owned(), chances)].into(),
        ..FaultPlan::default()
    };
    simulator.set_faults(Some(plan)).unwrap();
}

/// How many stanzas went to clients that begin with `tag` and have all of `words` in them.
fn sent(simulator: &Simulator, tag: &str, words: &[&str]) -> usize {
    let trace = simulator.trace();
    trace
        .iter()
        .filter(|entry| entry.direction == Direction::Out && entry.stanza.starts_with(tag))
        .filter(|entry| words.iter().all(|word| entry.stanza.contains(word)))
        .count()
}

/// Waits for the messages with these ids; gives them in the order in which they came.
async fn heard(companion: &mut Companion, ids: &[String]) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < ids.len() {
        let more = companion.expect("texts", |event| match event {
            Event::Messages(batch) => {
                let ids = batch.messages.iter().map(|message| message.info.id.clone());
                Some(ids.collect::<Vec<_>>())
            }
            _ => None,
        });
        heard.extend(more.await.into_iter().filter(|id| ids.contains(id)));
    }
    heard
}

/// Waits until nothing waits for a phone's first companion any more.
async fn nothing_waits(simulator: &Simulator, phone: &str) {
    let empty = simulator.wait_for(PATIENCE, |state| {
        let device = state.world.accounts.get(phone)?.devices.get(&1)?;
        device.pending.is_empty().then_some(())
    });
    empty.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_lost_comes_after_the_reconnect_and_once() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    nothing_waits(&simulator, &a.phone).await;
    let drop = Chances {
        drop: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, drop);
    let id = simulator.say(&carol, &a.phone, "lost at first").unwrap();
    assert!(simulator.fault_counts().drop > 0);
    assert_eq!(sent(&simulator, "<message", &[id.as_str()]), 0);
    // Its connection was lost with it: it comes back by itself.
    simulator.set_faults(None).unwrap();
    let heard = ada.text("lost at first").await;
    assert_eq!(heard.info.id, id);
    nothing_waits(&simulator, &a.phone).await;
    assert_eq!(sent(&simulator, "<message", &[id.as_str()]), 1);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_lost_on_its_way_to_the_server_reaches_nobody() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let drop = Chances {
        drop: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, drop);
    let chat = Jid::pn(carol.as_str());
    ada.client.send_text(chat.clone(), "lost").await.unwrap();
    let lost = simulator.wait_for(PATIENCE, |state| {
        (state.dice.counts().drop > 0).then_some(())
    });
    lost.await.unwrap();
    simulator.set_faults(None).unwrap();
    let taken = ada.client.send_text(chat, "taken").await.unwrap();
    assert_eq!(ada.verdict(&taken.message_id).await, None);
    let inbox = simulator.inbox(&carol).unwrap();
    let texts: Vec<_> = inbox
        .iter()
        .filter_map(|item| item.text.as_deref())
        .collect();
    assert_eq!(texts, ["taken"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubled_message_is_shown_once_and_confirmed_twice() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let twice = Chances {
        duplicate: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, twice);
    let chat = Jid::pn(carol.as_str());
    for text in ["opens the session", "goes on"] {
        let message = ada.client.send_text(chat.clone(), text).await.unwrap();
        let id = message.message_id;
        assert_eq!(ada.verdict(&id).await, None);
        ada.receipt(&id, "Delivered").await;
        // Two verdicts and two receipts, and chance doubles each of them on its way back.
        assert_eq!(
            sent(&simulator, "<ack class=\"message\"", &[id.as_str()]),
            4
        );
        let from = format!("from=\"{carol}@");
        assert_eq!(sent(&simulator, "<receipt", &[&id, &from]), 4);
        assert_eq!(sent(&simulator, "<receipt", &["type=\"retry\""]), 0);
    }
    assert_eq!(simulator.inbox(&carol).unwrap().len(), 2);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_a_group_that_was_doubled_is_shown_once() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let group = simulator
        .create_group(&carol, "Choir", std::slice::from_ref(&a.phone))
        .unwrap();
    let twice = Chances {
        duplicate: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, twice);
    for text in ["with the key", "without"] {
        let message = ada
            .client
            .send_text(group.parse::<Jid>().unwrap(), text)
            .await
            .unwrap();
        ada.receipt(&message.message_id, "Delivered").await;
        assert_eq!(sent(&simulator, "<receipt", &["type=\"retry\""]), 0);
    }
    assert_eq!(simulator.inbox(&carol).unwrap().len(), 2);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_shows_an_id_once_and_a_text_as_often_as_it_is_said() {
    let simulator = simulator(None).await;
    let (mut ada, _) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    for id in ["3EB0AAAA", "3EB0AAAA", "3EB0BBBB"] {
        let message = wa::Message {
            conversation: Some("the same".to_owned()),
            ..wa::Message::default()
        };
        let options = SendOptions::default().with_message_id(id);
        ada.client
            .send_message_with_options(Jid::pn(carol.as_str()), message, options)
            .await
            .unwrap();
        assert_eq!(ada.verdict(id).await, None);
        ada.receipt(id, "Delivered").await;
    }
    let inbox = simulator.inbox(&carol).unwrap();
    let ids: Vec<_> = inbox.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["3EB0AAAA", "3EB0BBBB"]);
    let from = format!("from=\"{carol}@");
    assert_eq!(sent(&simulator, "<receipt", &["3EB0AAAA", &from]), 2);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_waits_once_for_a_client_that_is_away() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (bob, b) = Companion::linked(&simulator, "Bob", None).await;
    nothing_waits(&simulator, &b.phone).await;
    let away = bob.stop().await;
    let twice = Chances {
        duplicate: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, twice);
    let message = ada
        .client
        .send_text(Jid::pn(b.phone.as_str()), "are you there?")
        .await
        .unwrap();
    ada.receipt(&message.message_id, "Delivered").await;
    let waiting = simulator.wait_for(PATIENCE, |state| {
        Some(state.waiting(&DeviceRef::new(b.phone.as_str(), 1), Class::Message))
    });
    assert_eq!(waiting.await.unwrap(), 1);
    let mut bob = Companion::resume(&simulator, away).await;
    bob.text("are you there?").await;
    nothing_waits(&simulator, &b.phone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_back_comes_in_order() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let late = Chances {
        delay: 1.0,
        delay_max_ms: 200,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, late);
    let begun = Instant::now();
    let ids: Vec<_> = (0..20)
        .map(|n| simulator.say(&carol, &a.phone, &n.to_string()).unwrap())
        .collect();
    let heard = heard(&mut ada, &ids).await;
    assert_eq!(heard, ids);
    assert!(simulator.fault_counts().delay >= 20);
    // One of twenty is held back for the better half of the time.
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_cut_off_comes_back_and_has_missed_nothing() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let cut = Chances {
        cut: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, cut);
    let said = ["the last word", "unheard"];
    let ids = said.map(|text| simulator.say(&carol, &a.phone, text).unwrap());
    assert!(simulator.fault_counts().cut > 0);
    assert_eq!(simulator.state().connections, 0);
    simulator.set_faults(None).unwrap();
    ada.connected().await;
    assert_eq!(heard(&mut ada, &ids).await, ids);
    nothing_waits(&simulator, &a.phone).await;
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_connection_stays_open_and_answers_nothing() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    nothing_waits(&simulator, &a.phone).await;
    assert_eq!(simulator.mute(&a.phone, true).unwrap(), 1);
    assert_eq!(simulator.mute(&a.phone, true).unwrap(), 0);
    let seen = simulator.trace().len();
    let asked = [Jid::pn(carol.as_str())];
    let unanswered = timeout(SHORT, ada.client.contacts().get_user_info(&asked)).await;
    assert!(unanswered.is_err());
    simulator.say(&carol, &a.phone, "can you hear me?").unwrap();
    assert_eq!(simulator.trace().len(), seen);
    let phone = simulator.phone(&a.phone).unwrap();
    assert_eq!(
        (phone.devices[0].online, phone.devices[0].pending),
        (true, 1)
    );
    assert_eq!(simulator.state().connections, 1);
    assert!(ada.client.is_connected());

    assert_eq!(simulator.mute(&a.phone, false).unwrap(), 1);
    ada.text("can you hear me?").await;
    simulator.say(&carol, &a.phone, "and now?").unwrap();
    ada.text("and now?").await;
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_can_go_dead_by_chance() {
    let simulator = simulator(None).await;
    let (ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    nothing_waits(&simulator, &a.phone).await;
    let dead = Chances {
        mute: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, dead);
    simulator.say(&carol, &a.phone, "the last word").unwrap();
    simulator.say(&carol, &a.phone, "unheard").unwrap();
    assert_eq!(simulator.fault_counts().mute, 1);
    assert_eq!(simulator.phone(&a.phone).unwrap().devices[0].pending, 2);
    assert!(ada.client.is_connected());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_can_be_refused_or_taken_without_a_word_by_chance() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let chat = Jid::pn(carol.as_str());
    let refused = Chances {
        ack_error: 1.0,
        ack_error_code: 500,
        no_ack: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, refused);
    let message = ada.client.send_text(chat.clone(), "hello?").await.unwrap();
    assert_eq!(
        ada.verdict(&message.message_id).await.as_deref(),
        Some("500")
    );
    let counts = simulator.fault_counts();
    assert_eq!((counts.ack_error, counts.no_ack), (1, 0));
    let silent = Chances {
        no_ack: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, silent);
    let unsure = ada.client.send_text(chat.clone(), "hello!").await.unwrap();
    ada.receipt(&unsure.message_id, "Delivered").await;
    assert_eq!(
        sent(
            &simulator,
            "<ack class=\"message\"",
            &[unsure.message_id.as_str()]
        ),
        0
    );
    assert_eq!(simulator.fault_counts().no_ack, 1);
    let inbox = simulator.inbox(&carol).unwrap();
    assert_eq!((inbox.len(), &inbox[0].id), (1, &unsure.message_id));
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_login_was_refused_for_now_comes_back_by_itself() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let refused = Chances {
        refuse: 1.0,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, refused);
    assert_eq!(simulator.kick(&a.phone, None).unwrap(), 1);
    let met = simulator.wait_for(PATIENCE, |state| {
        (state.dice.counts().refuse > 0).then_some(())
    });
    met.await.unwrap();
    simulator.set_faults(None).unwrap();
    ada.connected().await;
    assert!(sent(&simulator, "<failure reason=\"503\"", &[]) > 0);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_storm_everything_that_was_said_has_been_heard() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let storm = Chances {
        delay: 0.3,
        delay_max_ms: 20,
        drop: 0.01,
        duplicate: 0.2,
        cut: 0.01,
        refuse: 0.2,
        ..Chances::default()
    };
    befall(&simulator, &a.phone, storm);
    let ids: Vec<_> = (0..100)
        .map(|n| simulator.say(&carol, &a.phone, &n.to_string()).unwrap())
        .collect();
    // What came before an early cut is a matter of chance.
    assert_ne!(simulator.fault_counts(), FaultCounts::default());
    simulator.set_faults(None).unwrap();
    // Whoever is not connected comes back by itself.
    simulator.kick(&a.phone, None).unwrap();
    ada.keeps(&ids).await;
    nothing_waits(&simulator, &a.phone).await;
    all_known(&simulator);
}

#[tokio::test]
async fn a_plan_for_a_phone_that_is_not_there_is_refused() {
    let simulator = simulator(None).await;
    let plan = FaultPlan {
        phones: [("4915100000009".to_owned(), Chances::default())].into(),
        ..FaultPlan::default()
    };
    let refused = simulator.set_faults(Some(plan)).unwrap_err().to_string();
    assert!(refused.contains("there is no phone 4915100000009"));
    assert_eq!(simulator.faults(), None);
}

#[tokio::test]
async fn a_phone_remembers_every_message_of_a_long_day() {
    const MANY: usize = 5_000;
    let simulator = simulator(None).await;
    let [carol, dora] = ["Carol", "Dora"].map(|name| simulator.create_phone(None, name).unwrap());
    for n in 0..MANY {
        simulator
            .say(&carol.phone, &dora.phone, &n.to_string())
            .unwrap();
    }
    let inbox = simulator.inbox(&dora.phone).unwrap();
    assert_eq!(inbox.len(), MANY);
    assert_eq!(simulator.receipts(&carol.phone).unwrap().len(), MANY);
}
