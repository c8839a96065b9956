//! What people do to messages, groups and with calls: how it shows in messages, and what is told of it.

use crate::daemon::Daemon;
use crate::daemon::PATIENCE;
use crate::daemon::simulator;
use serde_json::Value;
use serde_json::json;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";

/// A daemon whose session "ana" is linked, and Eva's phone.
async fn ana_and_eva(settings: &[(&str, &str)]) -> (Simulator, Daemon) {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    (simulator, daemon)
}

/// What is told of these types.
fn path(types: &[&str]) -> String {
    format!(
        "/api/events?sessionId=ana&limit=100&type={}",
        types.join(",")
    )
}

fn told(page: &Value) -> Vec<Value> {
    page["data"].as_array().unwrap().clone()
}

/// Waits until so many events of a type are told, and gives what they say.
async fn wait_for_events(daemon: &Daemon, kind: &str, count: usize) -> Vec<Value> {
    let page = daemon
        .wait_for(&path(&[kind]), |page| told(page).len() >= count)
        .await;
    told(&page)
        .into_iter()
        .map(|mut event| event["data"].take())
        .collect()
}

fn all_known(simulator: &Simulator) {
    let unknown = simulator.unknown_list();
    assert_eq!(simulator.unknown_stanzas(), 0, "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_names_our_message_and_is_told_again_when_it_is_taken_back() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let sent = daemon.send("ana", EVA, "shall we?").await;
    let id = sent["waId"].as_str().unwrap();
    simulator
        .expect_inbox(EVA, PATIENCE, |item| item.id == id)
        .await
        .unwrap();
    simulator.react(EVA, ANA, id, "👍").unwrap();
    simulator.react(EVA, ANA, id, "").unwrap();
    let told = wait_for_events(&daemon, "message.reaction", 2).await;
    assert_eq!(
        (&told[0]["emoji"], &told[1]["emoji"]),
        (&json!("👍"), &json!(null))
    );
    assert_eq!(told[0]["messageId"], sent["id"]);
    assert_eq!(told[0]["target"]["fromMe"], true);
    assert_eq!(told[0]["target"]["sender"]["phone"], ANA);
    assert_eq!(
        (&told[0]["fromMe"], &told[0]["sender"]["phone"]),
        (&json!(false), &json!(EVA))
    );
    assert_eq!(told[0]["chatId"], format!("{EVA}@c.us"));
    assert!(told[0]["lid"].is_string(), "{}", told[0]);
    let page = daemon.get("/api/sessions/ana/messages").await.body;
    assert_eq!(
        page["data"].as_array().unwrap().len(),
        1,
        "a reaction is no message: {page:#}"
    );
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_shows_in_the_message_and_a_revocation_empties_it() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let id = simulator.say(EVA, ANA, "at nine").unwrap();
    let received = daemon
        .wait_for_message("ana", |message| message["text"] == "at nine")
        .await;
    assert_eq!(
        (&received["editedAt"], &received["revokedAt"]),
        (&json!(null), &json!(null))
    );
    simulator.edit(EVA, ANA, &id, "at ten").unwrap();
    let edited = daemon
        .wait_for_message("ana", |message| message["text"] == "at ten")
        .await;
    assert_eq!(edited["id"], received["id"]);
    assert!(edited["editedAt"].is_string(), "{edited}");
    simulator.revoke(EVA, ANA, &id).unwrap();
    let revoked = daemon
        .wait_for_message("ana", |message| message["revokedAt"].is_string())
        .await;
    assert_eq!(
        (&revoked["id"], &revoked["text"]),
        (&received["id"], &json!(null))
    );

    let kinds = ["message.received", "message.edited", "message.revoked"];
    let told = told(&daemon.get(&path(&kinds)).await.body);
    assert_eq!(
        told.iter().map(|event| &event["type"]).collect::<Vec<_>>(),
        kinds
    );
    let (edit, revocation) = (&told[1]["data"], &told[2]["data"]);
    assert_eq!(edit["target"]["waId"], json!(id));
    assert_eq!(
        (&edit["messageId"], &edit["text"], &edit["editedAt"]),
        (&received["id"], &json!("at ten"), &edited["editedAt"])
    );
    assert_eq!(
        (
            &revocation["messageId"],
            &revocation["byAdmin"],
            &revocation["revokedAt"]
        ),
        (&received["id"], &json!(false), &revoked["revokedAt"])
    );
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_accounts_own_phone_does_is_from_me() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let own = simulator.say(ANA, EVA, "from my phone").unwrap();
    let theirs = simulator.say(EVA, ANA, "hello").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "hello")
        .await;
    simulator.react(ANA, EVA, &theirs, "👋").unwrap();
    simulator.revoke(ANA, EVA, &own).unwrap();
    let reaction = wait_for_events(&daemon, "message.reaction", 1)
        .await
        .remove(0);
    assert_eq!(
        (&reaction["fromMe"], &reaction["target"]["fromMe"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(reaction["target"]["sender"]["phone"], EVA);
    assert!(reaction["messageId"].is_string(), "{reaction}");
    let revocation = wait_for_events(&daemon, "message.revoked", 1)
        .await
        .remove(0);
    assert_eq!(
        (&revocation["fromMe"], &revocation["target"]["fromMe"]),
        (&json!(true), &json!(true))
    );
    let revoked = daemon
        .wait_for_message("ana", |message| message["revokedAt"].is_string())
        .await;
    assert_eq!(
        (&revoked["id"], &revoked["direction"]),
        (&revocation["messageId"], &json!("out"))
    );
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_group_a_reaction_names_whose_message_it_is_for() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let group = simulator
        .create_group(EVA, "Garden", &[ANA.to_owned()])
        .unwrap();
    let theirs = simulator.say(EVA, &group, "who waters?").unwrap();
    let received = daemon
        .wait_for_message("ana", |message| message["text"] == "who waters?")
        .await;
    let ours = daemon.send("ana", &group, "I do").await;
    let id = ours["waId"].as_str().unwrap();
    for phone in [ANA, EVA] {
        simulator
            .expect_inbox(phone, PATIENCE, |item| item.id == id)
            .await
            .unwrap();
    }
    simulator.react(EVA, &group, id, "🌱").unwrap();
    simulator.react(ANA, &group, &theirs, "🌧").unwrap();
    let told = wait_for_events(&daemon, "message.reaction", 2).await;
    let of = |emoji: &str| told.iter().find(|body| body["emoji"] == emoji).unwrap();
    let (to_us, to_them) = (of("🌱"), of("🌧"));
    assert_eq!(
        (
            &to_us["messageId"],
            &to_us["target"]["fromMe"],
            &to_us["chatId"]
        ),
        (&ours["id"], &json!(true), &json!(group))
    );
    assert_eq!(
        (
            &to_them["messageId"],
            &to_them["target"]["fromMe"],
            &to_them["fromMe"]
        ),
        (&received["id"], &json!(false), &json!(true))
    );
    assert_eq!(to_them["target"]["sender"]["phone"], EVA);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_tells_its_birth_its_name_and_who_is_in_it() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let zoe = simulator.create_phone(None, "Zoe").unwrap().phone;
    let group = simulator
        .create_group(EVA, "Garden", &[ANA.to_owned()])
        .unwrap();
    simulator.set_subject(EVA, &group, "Orchard").unwrap();
    simulator
        .change_members(EVA, &group, "add", std::slice::from_ref(&zoe))
        .unwrap();
    simulator
        .change_members(EVA, &group, "promote", &[ANA.to_owned()])
        .unwrap();
    simulator
        .change_members(EVA, &group, "remove", std::slice::from_ref(&zoe))
        .unwrap();
    let updated = wait_for_events(&daemon, "group.updated", 2).await;
    let shown = |change: &str| {
        let body = updated.iter().find(|body| body["change"] == change);
        body.unwrap_or_else(|| panic!("{updated:#?}"))
    };
    assert_eq!(shown("created")["value"], "Garden");
    let subject = shown("subject");
    assert_eq!(
        (&subject["value"], &subject["groupId"]),
        (&json!("Orchard"), &json!(group))
    );
    assert_eq!(subject["by"]["phone"], EVA);
    let changed = wait_for_events(&daemon, "group.participantsChanged", 3).await;
    for (action, whom) in [("add", zoe.as_str()), ("promote", ANA), ("remove", &zoe)] {
        let body = changed.iter().find(|body| body["action"] == action);
        let body = body.unwrap_or_else(|| panic!("{changed:#?}"));
        assert_eq!(body["participants"][0]["phone"], whom);
        assert_eq!(body["by"]["phone"], EVA);
    }
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_told_when_it_rings_and_when_it_is_over() {
    let (simulator, daemon) = ana_and_eva(&[]).await;
    let call = simulator.call(EVA, ANA, true).unwrap();
    let rings = wait_for_events(&daemon, "call.received", 1).await.remove(0);
    assert_eq!(
        (&rings["callId"], &rings["video"]),
        (&json!(call), &json!(true))
    );
    assert_eq!(rings["from"]["phone"], EVA);
    simulator
        .end_call(EVA, ANA, &call, Some("accepted_elsewhere"))
        .unwrap();
    let over = wait_for_events(&daemon, "call.ended", 1).await.remove(0);
    assert_eq!(
        (&over["callId"], &over["reason"]),
        (&json!(call), &json!("acceptedElsewhere"))
    );
    // The end of a call names its caller by LID alone.
    assert!(over["from"]["lid"].is_string(), "{over}");
    assert_eq!(over["from"]["lid"], rings["from"]["lid"]);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_types_is_told_where_the_operator_wants_it_and_nowhere_else() {
    let (simulator, daemon) = ana_and_eva(&[("EVENTS__PRESENCE", "true")]).await;
    simulator.typing(EVA, ANA, true).unwrap();
    let typing = wait_for_events(&daemon, "presence.updated", 1)
        .await
        .remove(0);
    assert_eq!(
        (&typing["state"], &typing["from"]["phone"]),
        (&json!("typing"), &json!(EVA))
    );

    let (simulator, daemon) = ana_and_eva(&[]).await;
    simulator.typing(EVA, ANA, true).unwrap();
    simulator.say(EVA, ANA, "hello").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "hello")
        .await;
    let page = daemon.get(&path(&["presence.updated"])).await.body;
    assert!(told(&page).is_empty(), "{page:#}");
}
