//! Conversations: which there are, what is found in them, and what became of each message.

use crate::daemon::Daemon;
use crate::daemon::PATIENCE;
use crate::daemon::simulator;
use crate::receiver::Manner;
use crate::receiver::Receiver;
use serde_json::Value;
use serde_json::json;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";
const CHATS: &str = "/api/sessions/ana/chats";

/// A daemon whose session "ana" is linked, and Eva's phone.
async fn ana_and_eva(settings: &[(&str, &str)]) -> (Simulator, Daemon) {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    (simulator, daemon)
}

async fn data(daemon: &Daemon, path: &str) -> Vec<Value> {
    let page = daemon.get(path).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.body["data"].as_array().unwrap().clone()
}

async fn texts(daemon: &Daemon, query: &str) -> Vec<String> {
    let path = format!("/api/sessions/ana/messages?{query}");
    let found = data(daemon, &path).await;
    let text = |message: &Value| message["text"].as_str().unwrap().to_owned();
    found.iter().map(text).collect()
}

async fn hear(simulator: &Simulator, daemon: &Daemon, to: &str, text: &str) {
    simulator.say(EVA, to, text).unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == text)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_one_chat_by_number_and_by_lid_and_a_group_has_its_subject() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let group = simulator
        .create_group(EVA, "Garden", &[ANA.to_owned()])
        .unwrap();
    hear(&simulator, &daemon, &group, "who waters?").await;
    hear(&simulator, &daemon, ANA, "Até AMANHÃ").await;
    let sent = daemon.send("ana", EVA, "até logo").await;
    let lid = sent["lid"].as_str().unwrap().to_owned();
    let by_lid = format!("{lid}@lid");
    let last = daemon.send("ana", &by_lid, "by your other name").await;
    assert_eq!(last["chatId"], sent["chatId"]);
    simulator.set_lid_migrated(EVA, true).unwrap();
    simulator.rename(EVA, "Eva Luna").unwrap();
    hear(&simulator, &daemon, ANA, "só um teste").await;

    simulator.set_subject(EVA, &group, "Orchard").unwrap();
    let chats = daemon
        .wait_for(CHATS, |page| page["data"][1]["name"] == "Orchard")
        .await;
    let chats = chats["data"].as_array().unwrap();
    assert_eq!(chats.len(), 2, "{chats:#?}");
    let (eva, garden) = (&chats[0], &chats[1]);
    assert_eq!(
        (&eva["chatId"], &eva["phone"], &eva["lid"], &eva["name"]),
        (
            &sent["chatId"],
            &json!(EVA),
            &json!(lid),
            &json!("Eva Luna")
        )
    );
    assert_eq!(
        (&eva["isGroup"], &eva["lastMessage"]["text"]),
        (&json!(false), &json!("só um teste"))
    );
    assert_eq!(
        (&garden["chatId"], &garden["isGroup"]),
        (&json!(group), &json!(true))
    );
    assert_eq!(garden["lastMessage"]["text"], "who waters?");

    let first = daemon.get(&format!("{CHATS}?limit=1")).await.body;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = daemon
        .get(&format!("{CHATS}?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(second.body["data"][0]["chatId"], json!(group));
    for (search, expected) in [("LUNA", 0), ("0003", 0), (&by_lid, 0), ("orch", 1)] {
        let found = data(&daemon, &format!("{CHATS}?q={search}")).await;
        assert_eq!(found, [chats[expected].clone()], "{search}");
    }
    assert_eq!(
        simulator.unknown_stanzas(),
        0,
        "{:?}",
        simulator.unknown_list()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_found_by_their_chat_and_by_a_part_of_their_text() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    simulator.create_phone(Some(BEN), "Ben").unwrap();
    hear(&simulator, &daemon, ANA, "Até AMANHÃ").await;
    let sent = daemon.send("ana", EVA, "até logo").await;
    daemon.send("ana", BEN, "até já, Ben").await;

    let all = ["até já, Ben", "até logo", "Até AMANHÃ"];
    assert_eq!(texts(&daemon, "q=AT%C3%89").await, all);
    assert_eq!(texts(&daemon, "q=amanh%C3%A3").await, all[2..]);
    let lid = sent["lid"].as_str().unwrap();
    for chat in [EVA, &format!("%2B{EVA}"), &format!("{lid}@lid")] {
        let query = format!("chatId={chat}");
        assert_eq!(texts(&daemon, &query).await, all[1..], "{chat}");
        let query = format!("{query}&q=at%C3%A9&state=sent,delivered,read");
        assert_eq!(texts(&daemon, &query).await, all[1..2], "{chat}");
    }
    let path = "/api/sessions/ana/messages?q=at%C3%A9&limit=1";
    let first = daemon.get(path).await.body;
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = texts(&daemon, &format!("q=at%C3%A9&limit=2&cursor={cursor}")).await;
    assert_eq!(rest, all[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_follows_a_message_to_its_reader_and_to_webhooks() {
    let (simulator, daemon) = ana_and_eva(&[
        ("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
        ("WEBHOOKS__RETRY_FIRST_SECS", "1"),
        ("WEBHOOKS__RETRY_MAX_SECS", "1"),
    ])
    .await;
    let receiver = Receiver::up(Manner::Status(500));
    let body = json!({"url": receiver.url(), "events": ["message.*"]});
    let webhook = daemon.post("/api/webhooks", body).await;
    assert_eq!(webhook.status, 201, "{webhook:?}");

    let sent = daemon.send("ana", EVA, "are you there?").await;
    let path = format!("/api/messages/{}/timeline", sent["id"].as_str().unwrap());
    receiver.wait_for(|seen| !seen.is_empty()).await;
    let of = |page: &Value, kind: &str| -> Vec<Value> {
        let moments = page["data"].as_array().unwrap().iter();
        let of_kind = moments.filter(|moment| moment["kind"] == kind);
        of_kind.cloned().collect()
    };
    let failing = daemon
        .wait_for(&path, |page| {
            of(page, "webhook").iter().any(|told| told["status"] == 500)
        })
        .await;
    let failed = of(&failing, "webhook").remove(0);
    assert_eq!(
        (&failed["number"], &failed["failure"]["code"]),
        (&json!(1), &json!("status"))
    );
    assert!(
        of(&failing, "webhook")
            .iter()
            .any(|told| told["number"] == 0 && told["nextAttemptAt"].is_string()),
        "{failing:#}"
    );

    receiver.behave(Manner::Status(200));
    simulator
        .expect_inbox(EVA, PATIENCE, |item| item.text.is_some())
        .await
        .unwrap();
    simulator.read(EVA, ANA).unwrap();
    let whole = daemon
        .wait_for(&path, |page| {
            let told = of(page, "webhook");
            let delivered = |told: &Value| told["deliveryState"] == "delivered";
            of(page, "state").iter().any(|step| step["state"] == "read")
                && told.iter().all(delivered)
        })
        .await;
    assert_eq!(whole["data"][0]["kind"], "accepted");
    let states: Vec<_> = of(&whole, "state")
        .iter()
        .map(|step| step["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["sending", "sent", "delivered", "read"]);
    let times = whole["data"].as_array().unwrap();
    assert!(times.is_sorted_by_key(|moment| moment["at"].as_str().unwrap()));
    // Each event of this message was taken, and no event of another one is here.
    let mut told: Vec<_> = of(&whole, "webhook")
        .iter()
        .filter(|told| told["status"] == 200)
        .map(|told| told["eventId"].as_str().unwrap().to_owned())
        .collect();
    told.sort_unstable();
    assert_eq!(told, receiver.taken().into_keys().collect::<Vec<_>>());
    assert!(
        of(&whole, "webhook")
            .iter()
            .all(|told| told["webhookId"] == webhook.body["id"] && told["url"] == receiver.url())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_and_revocations_are_in_the_timeline_of_what_they_changed() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let id = simulator.say(EVA, ANA, "at nine").unwrap();
    let received = daemon
        .wait_for_message("ana", |message| message["text"] == "at nine")
        .await;
    simulator.edit(EVA, ANA, &id, "at ten").unwrap();
    simulator.revoke(EVA, ANA, &id).unwrap();
    let path = format!(
        "/api/messages/{}/timeline",
        received["id"].as_str().unwrap()
    );
    let page = daemon
        .wait_for(&path, |page| page["data"].as_array().unwrap().len() == 3)
        .await;
    let kinds: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| moment["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["accepted", "edited", "revoked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_has_neither_chats_nor_a_timeline() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let chats = daemon.get(CHATS).await;
    assert_eq!((chats.status, chats.code()), (404, "session_not_found"));
    for id in ["msg_01KAT000000000000000000000", "nothing"] {
        let timeline = daemon.get(&format!("/api/messages/{id}/timeline")).await;
        assert_eq!(
            (timeline.status, timeline.code()),
            (404, "message_not_found"),
            "{id}"
        );
    }
}
