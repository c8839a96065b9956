//! Sessions from the outside, with a WhatsApp that does as it is told.

mod linking;

use crate::actors::error::SessionError;
use crate::actors::handle::NewSession;
use crate::actors::handle::Session;
use crate::actors::handle::Sessions;
use crate::actors::nobody;
use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::Incoming;
use crate::domain::message::IncomingMessage;
use crate::domain::message::Message;
use crate::domain::message::MessageFilter;
use crate::domain::message::MessageState;
use crate::domain::message::OutgoingText;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::page::PageRequest;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::fake::FakeWhatsApp;
use crate::whatsapp::fake::Seen;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes; reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

struct World {
    whatsapp: Arc<FakeWhatsApp>,
    sessions: Sessions,
    session: Session,
    state: TempDir,
}

/// A new session whose client is open.
async fn new_session() -> World {
    let state = tempfile::tempdir().unwrap();
    let whatsapp = FakeWhatsApp::new();
    let sessions = nobody::sessions_with(state.path(), Arc::clone(&whatsapp) as _).await;
    let new = NewSession {
        client_id: ClientId::parse("shop").unwrap(),
        id: None,
        name: None,
        claim: None,
    };
    let id = sessions.create(new).await.unwrap().record.id;
    whatsapp.wait_for(|seen| seen.contains(&Seen::Opened)).await;
    let session = sessions.find(&id).await.unwrap();
    World {
        whatsapp,
        sessions,
        session,
        state,
    }
}

/// A session that is linked and connected.
async fn connected_session() -> World {
    let world = new_session().await;
    world.whatsapp.tell(linked());
    world.whatsapp.tell(ClientEvent::Connected);
    wait_for(&world, |view| view.record.state == SessionState::Connected).await;
    world
}

fn linked() -> ClientEvent {
    let phone = Phone::parse("5511900000001").unwrap();
    ClientEvent::Linked {
        account: Account {
            phone,
            lid: None,
            push_name: None,
        },
    }
}

fn qr(text: &str) -> ClientEvent {
    ClientEvent::Qr {
        text: text.to_owned(),
        ttl: PATIENCE,
    }
}

async fn wait_for(world: &World, fits: impl Fn(&SessionView) -> bool) -> SessionView {
    world.session.wait_for(PATIENCE, fits).await
}

fn text(text: &str) -> OutgoingText {
    OutgoingText {
        to: ChatId::parse("5511900000009").unwrap(),
        text: text.to_owned(),
        expires_at: None,
    }
}

fn report(wa_id: &WaId, state: MessageState, failure: Option<SendFailure>) -> ClientEvent {
    let at = Timestamp::from_millis(1);
    ClientEvent::Progress(StateReport {
        wa_ids: vec![wa_id.clone()],
        state,
        at,
        recipient: None,
        failure,
    })
}

/// The id under which the fake was handed a text.
async fn wa_id_of(world: &World, wanted: &str) -> WaId {
    let is_it = |seen: &Seen| matches!(seen, Seen::Sent(text, _) if text == wanted);
    let seen = world.whatsapp.wait_for(|seen| seen.iter().any(is_it)).await;
    match seen.into_iter().find(is_it) {
        Some(Seen::Sent(_, id)) => id,
        _ => unreachable!("it was waited for"),
    }
}

#[tokio::test]
async fn a_round_of_codes_that_nobody_scans_ends_and_the_next_begins_when_somebody_asks() {
    let world = new_session().await;
    world.whatsapp.tell(qr("first"));
    assert_eq!(world.session.qr(PATIENCE).await.unwrap().text, "first");
    world.whatsapp.tell(ClientEvent::Closed);
    let over = wait_for(&world, |view| view.record.cause.is_some()).await;
    assert_eq!((over.record.state, over.qr), (SessionState::Linking, None));
    assert_eq!(over.record.cause.unwrap().code, CauseCode::QrExpired);
    assert_eq!(world.whatsapp.opened(), 1, "a new round began by itself");

    let asked = world.session.qr(PATIENCE);
    let shown = async {
        world
            .whatsapp
            .wait_for(|seen| seen.iter().filter(|seen| **seen == Seen::Opened).count() == 2)
            .await;
        world.whatsapp.tell(qr("second"));
    };
    let (code, ()) = tokio::join!(asked, shown);
    assert_eq!(code.unwrap().text, "second");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_fails_that_session_and_is_named() {
    let world = new_session().await;
    world.whatsapp.files_work.store(false, Ordering::SeqCst);
    world.session.restart().await.unwrap();
    let failed = wait_for(&world, |view| view.record.state == SessionState::Failed).await;
    let cause = failed.record.cause.unwrap();
    assert_eq!(cause.code, CauseCode::Storage);
    assert!(
        cause.detail.contains("it is not a database"),
        "{}",
        cause.detail
    );
}

#[tokio::test]
async fn the_events_of_a_client_that_was_given_up_do_not_count() {
    let world = connected_session().await;
    world.session.stop().await.unwrap();
    world.whatsapp.tell(ClientEvent::Connected);
    world.whatsapp.tell(ClientEvent::Panicked {
        text: "late".to_owned(),
    });
    // The mailbox is in order: what comes after has met what came before.
    let view = world.session.stop().await.unwrap();
    assert_eq!(
        (view.record.state, view.record.restarts),
        (SessionState::Stopped, 0)
    );
}

#[tokio::test]
async fn a_crashed_client_is_closed_before_its_successor_is_opened() {
    let world = connected_session().await;
    world.whatsapp.tell(ClientEvent::Panicked {
        text: "on purpose".to_owned(),
    });
    let seen = world.whatsapp.wait_for(|seen| seen.len() == 3).await;
    assert_eq!(seen, [Seen::Opened, Seen::Closed, Seen::Opened]);
    let view = wait_for(&world, |view| view.record.restarts == 1).await;
    assert_eq!(view.record.cause.unwrap().code, CauseCode::Crashed);
}

#[tokio::test]
async fn a_message_that_whatsapp_refuses_is_an_error_with_its_reason() {
    let world = connected_session().await;
    let refuse = async {
        let id = wa_id_of(&world, "hello").await;
        let failure = SendFailure {
            code: "reachout_limited".to_owned(),
            detail: "no (463)".to_owned(),
            retryable: false,
        };
        world
            .whatsapp
            .tell(report(&id, MessageState::Failed, Some(failure)));
    };
    let (sent, ()) = tokio::join!(
        world.session.send_text(text("hello"), None, PATIENCE),
        refuse
    );
    let Err(SessionError::MessageFailed(message)) = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(message.failure.unwrap().code, "reachout_limited");
}

#[tokio::test]
async fn a_message_without_a_verdict_is_on_its_way_until_a_receipt_settles_it() {
    let world = connected_session().await;
    let sent = world
        .session
        .send_text(text("hello"), None, Duration::from_millis(100))
        .await
        .unwrap();
    assert_eq!(sent.state, Some(MessageState::Sending));
    world
        .whatsapp
        .tell(report(&sent.wa_id, MessageState::Read, None));
    world
        .whatsapp
        .tell(report(&sent.wa_id, MessageState::Delivered, None));
    // The mailbox is in order: this is answered after both were written down.
    world.session.start().await.unwrap();
    let page = PageRequest {
        limit: 1,
        after: None,
    };
    let message = world
        .session
        .messages(&MessageFilter::default(), page)
        .await
        .unwrap()
        .data
        .remove(0);
    assert_eq!(message.state, Some(MessageState::Read));
    let states: Vec<_> = message.states.iter().collect();
    assert!(states.is_sorted_by_key(|(_, at)| **at), "{states:?}");
    assert!(message.states.contains_key(&MessageState::Delivered));
}

#[tokio::test]
async fn a_full_queue_says_so_and_loses_nothing_that_it_took() {
    let world = connected_session().await;
    for number in 0..nobody::OUTBOX {
        let accepted = send_async(&world, &number.to_string()).await.unwrap();
        assert_eq!(accepted.state, Some(MessageState::Queued));
    }
    let refused = send_async(&world, "one too many").await;
    assert!(
        matches!(
            refused,
            Err(SessionError::QueueFull {
                limit: nobody::OUTBOX,
                ..
            })
        ),
        "{refused:?}"
    );
    for number in 0..nobody::OUTBOX {
        let id = wa_id_of(&world, &number.to_string()).await;
        world.whatsapp.tell(report(&id, MessageState::Sent, None));
    }
    let last = world.session.send_text(text("room again"), None, PATIENCE);
    let answer = async {
        let id = wa_id_of(&world, "room again").await;
        world.whatsapp.tell(report(&id, MessageState::Sent, None));
    };
    let (last, ()) = tokio::join!(last, answer);
    assert_eq!(last.unwrap().state, Some(MessageState::Sent));
}

#[tokio::test]
async fn what_waits_survives_a_crash_of_the_session_and_goes_once_under_its_first_id() {
    let world = connected_session().await;
    let first = send_async(&world, "first").await.unwrap();
    let second = send_async(&world, "second").await.unwrap();
    assert_eq!(wa_id_of(&world, "first").await, first.wa_id);
    world.whatsapp.tell(ClientEvent::Panicked {
        text: "on purpose".to_owned(),
    });
    world
        .whatsapp
        .wait_for(|seen| seen.iter().filter(|seen| **seen == Seen::Opened).count() == 2)
        .await;
    world.whatsapp.tell(ClientEvent::Connected);
    let again = Seen::Sent("first".to_owned(), first.wa_id.clone());
    world
        .whatsapp
        .wait_for(|seen| seen.iter().filter(|seen| **seen == again).count() == 2)
        .await;
    world
        .whatsapp
        .tell(report(&first.wa_id, MessageState::Sent, None));
    assert_eq!(wa_id_of(&world, "second").await, second.wa_id);
}

#[tokio::test]
async fn a_message_waits_for_the_connection_and_can_be_cancelled_until_it_leaves() {
    let world = connected_session().await;
    let cause = Cause::new(CauseCode::Network, "gone");
    world.whatsapp.tell(ClientEvent::Disconnected { cause });
    wait_for(&world, |view| {
        view.record.state == SessionState::Reconnecting
    })
    .await;
    let kept = send_async(&world, "kept").await.unwrap();
    let dropped = send_async(&world, "dropped").await.unwrap();
    assert_eq!(world.session.view().health.queue_depth, 2);
    let cancelled = world.session.cancel(&dropped.id).await.unwrap();
    assert_eq!(cancelled.failure.unwrap().code, "cancelled");
    world.whatsapp.tell(ClientEvent::Connected);
    assert_eq!(wa_id_of(&world, "kept").await, kept.wa_id);
    let late = world.session.cancel(&kept.id).await;
    assert!(
        matches!(late, Err(SessionError::NotCancellable(_))),
        "{late:?}"
    );
    let seen = world.whatsapp.wait_for(|_| true).await;
    let left = |seen: &Seen| matches!(seen, Seen::Sent(text, _) if text == "dropped");
    assert!(!seen.iter().any(left), "{seen:?}");
}

#[tokio::test]
async fn a_connection_that_is_silent_and_does_not_answer_is_replaced() {
    let world = connected_session().await;
    world.whatsapp.answers.store(false, Ordering::SeqCst);
    let seen = world.whatsapp.wait_for(|seen| seen.len() == 3).await;
    assert_eq!(seen, [Seen::Opened, Seen::Closed, Seen::Opened]);
    let view = wait_for(&world, |view| view.record.cause.is_some()).await;
    assert_eq!(view.record.cause.unwrap().code, CauseCode::Network);
}

/// Accepted, without waiting for more.
async fn send_async(world: &World, what: &str) -> Result<Message, SessionError> {
    world
        .session
        .send_text(text(what), None, Duration::ZERO)
        .await
}

#[tokio::test]
async fn a_message_that_comes_twice_is_kept_once() {
    let world = connected_session().await;
    let party = Party::person(Phone::parse("5511900000009").unwrap(), None);
    let message = IncomingMessage {
        wa_id: WaId::parse("3EB0AB").unwrap(),
        chat: party.clone(),
        sender: party,
        sender_name: None,
        direction: Direction::In,
        kind: "text".to_owned(),
        text: Some("hello".to_owned()),
        at: Timestamp::from_millis(1),
    };
    for _ in 0..2 {
        world
            .whatsapp
            .inbox()
            .keep(vec![Incoming::Message(message.clone())])
            .await
            .unwrap();
    }
    let page = world
        .session
        .messages(
            &MessageFilter::default(),
            PageRequest {
                limit: 10,
                after: None,
            },
        )
        .await
        .unwrap();
    assert_eq!(page.data.len(), 1);
}

#[tokio::test]
async fn a_deleted_session_is_gone_and_its_id_is_free() {
    let world = connected_session().await;
    let id = world.session.view().record.id;
    assert!(world.session.delete().await.unwrap().confirmed);
    assert!(matches!(
        world.sessions.find(&id).await,
        Err(SessionError::NotFound(_))
    ));
    let again = NewSession {
        client_id: ClientId::parse("clinic").unwrap(),
        id: Some(id),
        name: None,
        claim: None,
    };
    assert!(world.sessions.create(again).await.is_ok());
}
