//! Conversations: which there are, and what is found in them.

use crate::daemon::Daemon;
use crate::daemon::simulator;
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
async fn what_is_not_there_has_no_chats() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let chats = daemon.get(CHATS).await;
    assert_eq!((chats.status, chats.code()), (404, "session_not_found"));
}
