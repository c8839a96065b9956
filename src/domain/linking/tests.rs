//! Every stage of an attempt with everything that can happen to it.

use super::*;
use LinkFact as Fact;
use LinkFailureCode as Code;

const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(0).plus(SECOND * u32::try_from(seconds).unwrap())
}

/// What an attempt comes to when all this happens at its beginning.
fn attempt(facts: &[Fact]) -> Attempt {
    facts.iter().fold(Attempt::begin(), |attempt, fact| {
        match attempt.after(*fact, at(0)) {
            Verdict::Goes(next) => next,
            other => panic!("{fact:?} of {attempt:?} came to {other:?}"),
        }
    })
}

fn qr() -> Fact {
    Fact::QrShown { until: at(0) }
}

fn typed() -> Fact {
    Fact::CodeGiven { until: at(0) }
}

const ASKED: Fact = Fact::PasskeyAsked {
    patience: Some(Duration::from_secs(30)),
};
const COMPARE: Fact = Fact::PasskeyTaken { needs_code: true };
const NO_CODE: Fact = Fact::PasskeyTaken { needs_code: false };
const SAME: Fact = Fact::Compared { same: true };
const OTHER: Fact = Fact::Compared { same: false };

/// A stage by the way that leads there, and what it shows.
fn stages() -> Vec<(&'static str, Vec<Fact>)> {
    let passkey = vec![qr(), ASKED];
    let checking = [passkey.clone(), vec![Fact::PasskeyGiven]].concat();
    let comparing = [checking.clone(), vec![COMPARE]].concat();
    let sealing = [comparing.clone(), vec![SAME]].concat();
    let linked = vec![qr(), Fact::AccountKnown];
    vec![
        ("nothing", vec![Fact::Opened]),
        ("qr", vec![qr()]),
        ("code", vec![qr(), typed()]),
        ("passkeyRequired", passkey),
        ("checking", checking),
        ("comparing", comparing),
        ("scanned", sealing),
        ("scanned", linked.clone()),
        ("scanned", [linked.clone(), vec![Fact::Synced]].concat()),
        ("syncing", [linked, vec![Fact::Connected]].concat()),
    ]
}

fn name(shown: Option<Linking>) -> String {
    match shown.map(|linking| linking.step) {
        None => "nothing".to_owned(),
        Some(LinkStep::PasskeyConfirmation { needs_code: false }) => "checking".to_owned(),
        Some(LinkStep::PasskeyConfirmation { needs_code: true }) => "comparing".to_owned(),
        Some(step) => step.as_str().to_owned(),
    }
}

/// A verdict in a word.
fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Same => "-".to_owned(),
        Verdict::Goes(next) => name(next.shown()),
        Verdict::Done => "done".to_owned(),
        Verdict::Failed(code) => code.as_str().to_owned(),
    }
}

#[test]
fn every_stage_shows_its_step() {
    for (shows, way) in stages() {
        assert_eq!(name(attempt(&way).shown()), shows, "{way:?}");
    }
}

#[test]
fn what_becomes_of_every_stage_by_everything_that_can_happen() {
    // reaching, qr, code, passkey, checking, comparing, sealing, linked, linked and synced, syncing
    let table = [
        (Fact::Opened, "nothing - - - - - - - - -"),
        (qr(), "qr qr - - - - - - - -"),
        (typed(), "code code code - - - - - - -"),
        (
            ASKED,
            "passkeyRequired passkeyRequired passkeyRequired passkeyRequired - - - - - -",
        ),
        (Fact::PasskeyGiven, "- - - checking - - - - - -"),
        (COMPARE, "- - - - comparing - - - - -"),
        (NO_CODE, "- - - - scanned - - - - -"),
        (SAME, "- - - - - scanned - - - -"),
        (OTHER, "- - - - - code_mismatch - - - -"),
        (
            Fact::AccountKnown,
            "scanned scanned scanned scanned scanned scanned scanned - - -",
        ),
        (Fact::Connected, "- - - - - - - syncing done -"),
        (Fact::Synced, "- - - - - - - scanned scanned done"),
        (
            Fact::Lost,
            "- nothing network network network network network - - -",
        ),
        (
            Fact::RoundOver,
            "qr_expired qr_expired code_expired passkey_timeout passkey_timeout passkey_timeout passkey_timeout - - -",
        ),
        (
            Fact::Tick,
            "network - code_expired passkey_timeout passkey_timeout passkey_timeout passkey_timeout - - done",
        ),
    ];
    for (fact, expected) in table {
        // A clock that has gone on matters to nothing but the tick.
        let now = at(if fact == Fact::Tick { 10_000 } else { 0 });
        let found: Vec<String> = stages()
            .iter()
            .map(|(_, way)| word(attempt(way).after(fact, now)))
            .collect();
        assert_eq!(found.join(" "), expected, "{fact:?}");
    }
}

#[test]
fn a_step_ends_at_its_time_and_not_before() {
    let passkey = attempt(&[qr(), ASKED]);
    assert_eq!(passkey.deadline(), Some(at(30)));
    let before = at(30).minus(Duration::from_millis(1));
    assert_eq!(passkey.after(Fact::Tick, before), Verdict::Same);
    assert_eq!(
        passkey.after(Fact::Tick, at(30)),
        Verdict::Failed(Code::PasskeyTimeout)
    );
}

#[test]
fn each_passkey_step_has_the_time_that_whatsapp_names() {
    let passkey = attempt(&[typed(), ASKED]);
    let Verdict::Goes(checking) = passkey.after(Fact::PasskeyGiven, at(29)) else {
        panic!("{passkey:?}")
    };
    assert_eq!(checking.deadline(), Some(at(59)));
    let unsaid = attempt(&[typed(), Fact::PasskeyAsked { patience: None }]);
    assert_eq!(unsaid.deadline(), Some(at(60)));
    let endless = attempt(&[
        typed(),
        Fact::PasskeyAsked {
            patience: Some(Duration::MAX),
        },
    ]);
    assert_eq!(endless.deadline(), Some(at(3600)));
}

#[test]
fn a_round_ends_before_a_code_that_leaves_no_time_for_a_passkey() {
    let shown = |until| Fact::QrShown { until: at(until) };
    let mut round = attempt(&[shown(60)]);
    for (now, until) in [(60, 80), (80, 100)] {
        let Verdict::Goes(next) = round.after(shown(until), at(now)) else {
            panic!("a code at {now} s")
        };
        round = next;
    }
    let last = round.after(shown(120), at(100));
    assert_eq!(last, Verdict::Failed(Code::QrExpired));
}

#[test]
fn after_a_scan_no_step_outlives_the_clients_own_patience() {
    let long = Fact::PasskeyAsked {
        patience: Some(Duration::from_mins(10)),
    };
    assert_eq!(attempt(&[qr(), long]).deadline(), Some(at(160)));
    // A second code is of the same round; one after a lost connection is of a new one.
    let Verdict::Goes(second) = attempt(&[qr()]).after(qr(), at(60)) else {
        panic!()
    };
    let Verdict::Goes(passkey) = second.after(long, at(61)) else {
        panic!()
    };
    assert_eq!(passkey.deadline(), Some(at(160)));
    let Verdict::Goes(lost) = second.after(Fact::Lost, at(70)) else {
        panic!()
    };
    let Verdict::Goes(again) = lost.after(qr(), at(80)) else {
        panic!()
    };
    let Verdict::Goes(passkey) = again.after(long, at(81)) else {
        panic!()
    };
    assert_eq!(passkey.deadline(), Some(at(240)));
    assert_eq!(attempt(&[qr(), typed(), long]).deadline(), Some(at(600)));
}

#[test]
fn a_code_can_be_asked_for_until_a_phone_has_taken_one() {
    let able: Vec<bool> = stages()
        .iter()
        .map(|(_, way)| attempt(way).awaits_phone())
        .collect();
    assert_eq!(
        able,
        [
            true, true, true, false, false, false, false, false, false, false
        ]
    );
    assert!(attempt(&[typed()]).awaits_typing() && !attempt(&[qr()]).awaits_typing());
}

#[test]
fn a_failure_says_what_happened_a_way_out_and_what_was_said() {
    for code in LinkFailureCode::ALL {
        let failure = LinkFailure::new(*code, Some("code=401"), at(1));
        assert!(
            failure.detail.contains("; ") && failure.detail.ends_with(" (code=401)"),
            "{failure:?}"
        );
    }
}

#[test]
fn what_links_a_phone_does_not_show_in_a_log() {
    let assertion = Assertion {
        credential_id: vec![1],
        json: Hidden("secret".to_owned()),
    };
    assert!(!format!("{assertion:?}").contains("secret"));
}
