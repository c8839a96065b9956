//! What the queue promises: order within a chat, one copy, no message forgotten.

use super::*;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::message::Direction;

const ACK: Duration = Duration::from_secs(20);

fn chat(number: u64) -> ChatId {
    ChatId::parse(&format!("551190000{number:04}")).unwrap()
}

/// The `number`th message of the session, to a chat.
fn message(number: u64, to: u64, state: MessageState) -> Message {
    let party = Party::from_id(chat(to));
    Message {
        id: MessageId::parse(&format!("msg_{number:026}")).unwrap(),
        wa_id: WaId::parse(&format!("3EB0{number}")).unwrap(),
        session_id: SessionId::parse("ana").unwrap(),
        client_id: ClientId::parse("shop").unwrap(),
        chat: party.clone(),
        sender: party,
        sender_name: None,
        direction: Direction::Out,
        kind: "text".to_owned(),
        text: Some(number.to_string()),
        state: Some(state),
        states: BTreeMap::new(),
        recipients: Vec::new(),
        failure: None,
        expires_at: Some(date(100)),
        edited_at: None,
        revoked_at: None,
        at: date(0),
    }
}

fn date(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn queue(messages: &[(u64, u64)]) -> Queue {
    let mut queue = Queue::default();
    for (number, to) in messages {
        queue.put(message(*number, *to, MessageState::Queued), None);
    }
    queue
}

/// The numbers of all whose turn it is, handed over one after the other.
fn hand_all(queue: &mut Queue, now: Instant) -> Vec<String> {
    let mut handed = Vec::new();
    while let Some(message) = queue.next(now, date(1)) {
        assert_eq!(queue.handed(&message.id, Outcome::Handed, now, ACK), None);
        handed.push(message.text.unwrap());
    }
    handed
}

fn answer(queue: &mut Queue, number: u64) {
    let wa_id = WaId::parse(&format!("3EB0{number}")).unwrap();
    assert_eq!(
        queue
            .settle(&StateReport::of(&wa_id, MessageState::Sent, date(1)))
            .len(),
        1
    );
}

fn again(may_have_left: bool) -> Outcome {
    Outcome::Again {
        why: expiry(),
        may_have_left,
    }
}

#[test]
fn a_message_waits_for_the_answer_of_the_one_before_in_its_chat_and_for_no_other() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1), (3, 2), (4, 1), (5, 2)]);
    assert_eq!(hand_all(&mut queue, now), ["1", "3"]);
    answer(&mut queue, 1);
    assert_eq!(hand_all(&mut queue, now), ["2"]);
    answer(&mut queue, 3);
    answer(&mut queue, 2);
    assert_eq!(hand_all(&mut queue, now), ["4", "5"]);
    answer(&mut queue, 4);
    answer(&mut queue, 5);
    assert!(queue.is_empty());
}

#[test]
fn what_was_not_answered_when_the_connection_was_lost_goes_again_before_what_follows() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1), (3, 2)]);
    assert_eq!(hand_all(&mut queue, now), ["1", "3"]);
    queue.repeat_open();
    assert_eq!(hand_all(&mut queue, now), ["1", "3"]);
    answer(&mut queue, 1);
    assert_eq!(hand_all(&mut queue, now), ["2"]);
}

#[test]
fn an_answer_that_does_not_come_makes_another_try_and_after_the_last_nobody_knows() {
    let mut now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1)]);
    for _ in 1..TRIES {
        assert_eq!(hand_all(&mut queue, now), ["1"]);
        assert_eq!(queue.overdue(now, date(1)), []);
        now += ACK;
        assert_eq!(queue.overdue(now, date(1)), []);
    }
    assert_eq!(hand_all(&mut queue, now), ["1"]);
    now += ACK;
    let verdicts = queue.overdue(now, date(1));
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].failure, None);
    assert!(queue.remove(&verdicts[0].id));
    assert_eq!(hand_all(&mut queue, now), ["2"]);
}

#[test]
fn a_try_that_failed_is_repeated_later_and_keeps_its_chat_waiting() {
    let mut now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1)]);
    let first = queue.next(now, date(1)).unwrap();
    assert_eq!(queue.handed(&first.id, again(false), now, ACK), None);
    assert!(queue.next(now, date(1)).is_none());
    now += PAUSE * 2;
    assert_eq!(queue.next(now, date(1)).unwrap().id, first.id);
}

#[test]
fn the_last_failed_try_is_a_failure_unless_the_message_may_have_left() {
    for (may_have_left, fails) in [(false, true), (true, false)] {
        let mut now = Instant::now();
        let mut queue = queue(&[(1, 1)]);
        let mut verdict = None;
        for _ in 0..TRIES {
            let message = queue.next(now, date(1)).unwrap();
            verdict = queue.handed(&message.id, again(may_have_left), now, ACK);
            now += PAUSE * 100;
        }
        assert_eq!(verdict.unwrap().failure.is_some(), fails);
    }
}

#[test]
fn a_message_that_waited_too_long_fails_or_is_unknown_if_it_may_have_left() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1)]);
    queue.put(message(2, 2, MessageState::Sending), None);
    assert_eq!(queue.overdue(now, date(99)), []);
    assert!(
        queue.next(now, date(100)).is_none(),
        "it left after its time"
    );
    let verdicts = queue.overdue(now, date(100));
    assert_eq!(verdicts[0].failure.as_ref().unwrap().code, "expired");
    assert_eq!(verdicts[1].failure, None);
}

#[test]
fn only_what_has_not_been_handed_over_can_be_cancelled() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1)]);
    assert_eq!(hand_all(&mut queue, now), ["1"]);
    let id = |number: u64| message(number, 1, MessageState::Queued).id;
    assert!(queue.cancellable(&id(1), expiry()).is_none());
    assert!(queue.cancellable(&id(2), expiry()).is_some());
    assert!(queue.cancellable(&id(3), expiry()).is_none());
    queue.repeat_open();
    assert!(queue.cancellable(&id(1), expiry()).is_none());
}

#[test]
fn two_names_of_one_person_are_one_chat() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1), (3, 9)]);
    let first = queue.next(now, date(1)).unwrap();
    queue.resolved(&first.id, Party::from_id(chat(9)));
    queue.handed(&first.id, Outcome::Handed, now, ACK);
    assert!(queue.next(now, date(1)).is_none());
}

#[test]
fn an_answer_that_overtakes_the_hand_over_settles_it() {
    let now = Instant::now();
    let mut queue = queue(&[(1, 1), (2, 1)]);
    let first = queue.next(now, date(1)).unwrap();
    answer(&mut queue, 1);
    assert_eq!(queue.handed(&first.id, Outcome::Handed, now, ACK), None);
    assert_eq!(hand_all(&mut queue, now), ["2"]);
}

#[test]
fn a_refusal_that_could_not_be_written_down_is_met_again() {
    let mut now = Instant::now();
    let mut queue = queue(&[(1, 1)]);
    let refused = || Outcome::Refused(expiry());
    let first = queue.next(now, date(1)).unwrap();
    assert!(queue.handed(&first.id, refused(), now, ACK).is_some());
    now += PAUSE;
    let again = queue.next(now, date(1)).unwrap();
    assert_eq!(again.id, first.id);
}
