//! What a plan decides, and which plans are refused.

use tokio::sync::mpsc;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dice::{Dice, Fate, FaultCounts, Then};
use super::plan::{Chances, FaultPlan, PlanError};
use crate::hub::connection::{ConnectionId, Outgoing, Stage};
use crate::hub::trace::Direction;
use crate::hub::{Mood, State};
use crate::server::dispatch;
use crate::world::{DeviceRef, World};

const ADA: &str = "4915100000001";
const BOB: &str = "4915100000002";

fn everything(seed: u64) -> FaultPlan {
    FaultPlan {
        seed,
        all: Chances {
            delay: 0.3,
            drop: 0.2,
            duplicate: 0.2,
            cut: 0.1,
            mute: 0.1,
            ack_error: 0.2,
            no_ack: 0.2,
            refuse: 0.3,
            ..Chances::default()
        },
        ..FaultPlan::default()
    }
}

fn message() -> Node {
    NodeBuilder::new("message").attr("id", "A").build()
}

fn dice(plan: FaultPlan) -> Dice {
    let mut dice = Dice::default();
    dice.follow(plan);
    dice
}

/// What a message meets on its way in and out, and a login.
#[derive(Debug, PartialEq)]
struct Met {
    inwards: Fate,
    outwards: Fate,
    nack: Option<u16>,
    silent: bool,
    refused: bool,
}

/// What 200 of them meet.
fn story(plan: FaultPlan) -> (Vec<Met>, FaultCounts) {
    let mut dice = dice(plan);
    let met = (0..200).map(|_| {
        let mood = dice.treat(ADA, Mood::default());
        Met {
            inwards: dice.fate(ADA, &message(), Direction::In),
            outwards: dice.fate(ADA, &message(), Direction::Out),
            nack: mood.nack,
            silent: mood.silent,
            refused: dice.refusal(ADA).is_some(),
        }
    });
    let met = met.collect();
    (met, dice.counts())
}

#[test]
fn one_seed_decides_the_same_and_another_seed_something_else() {
    assert_eq!(story(everything(3)), story(everything(3)));
    assert_ne!(story(everything(3)).0, story(everything(4)).0);
}

#[test]
fn every_fault_happens_and_is_counted() {
    let (met, counts) = story(everything(5));
    let fates = || met.iter().flat_map(|met| [met.inwards, met.outwards]);
    let count = |is: &dyn Fn(&Fate) -> bool| fates().filter(|fate| is(fate)).count() as u64;
    assert_eq!(count(&|fate| fate.times == 0), counts.drop);
    assert_eq!(count(&|fate| fate.times == 2), counts.duplicate);
    assert_eq!(count(&|fate| fate.held.is_some()), counts.delay);
    assert_eq!(count(&|fate| fate.then == Then::Cut), counts.cut);
    assert_eq!(count(&|fate| fate.then == Then::Mute), counts.mute);
    let shown = serde_json::to_value(counts).unwrap();
    let kinds = shown.as_object().unwrap();
    assert_eq!(kinds.len(), 8);
    assert!(kinds.values().all(|kind| kind.as_u64() > Some(0)));
    assert!(met.iter().all(|met| met.inwards.held.is_none()));
}

#[test]
fn only_what_was_said_is_lost_or_doubled() {
    let mut dice = dice(FaultPlan {
        all: Chances {
            drop: 1.0,
            ..Chances::default()
        },
        ..FaultPlan::default()
    });
    let ack = |class: &'static str| NodeBuilder::new("ack").attr("class", class).build();
    let mut times = |node: &Node| dice.fate(ADA, node, Direction::Out).times;
    assert_eq!(times(&message()), 0);
    assert_eq!(times(&NodeBuilder::new("receipt").build()), 0);
    assert_eq!(times(&ack("message")), 0);
    assert_eq!(times(&ack("receipt")), 1);
    for tag in ["iq", "notification", "ib", "success", "failure"] {
        assert_eq!(times(&NodeBuilder::new(tag).build()), 1, "{tag}");
    }
}

#[test]
fn the_last_word_of_a_connection_always_arrives() {
    let mut dice = dice(FaultPlan {
        all: Chances {
            cut: 1.0,
            delay: 1.0,
            ..Chances::default()
        },
        ..FaultPlan::default()
    });
    for tag in ["failure", "stream:error"] {
        let fate = dice.fate(ADA, &NodeBuilder::new(tag).build(), Direction::Out);
        assert_eq!(fate, Fate::default());
    }
    assert_eq!(dice.counts(), FaultCounts::default());
}

#[test]
fn a_phone_of_its_own_chances_has_no_others() {
    let never = Chances::default();
    let always = Chances {
        refuse: 1.0,
        refuse_reason: 500,
        ..Chances::default()
    };
    let mut dice = dice(FaultPlan {
        all: always,
        phones: [(BOB.to_owned(), never)].into(),
        ..FaultPlan::default()
    });
    assert_eq!(dice.refusal(ADA).unwrap().reason, 500);
    assert!(dice.refusal(BOB).is_none());
    dice.rest();
    assert!(dice.refusal(ADA).is_none());
    assert_eq!(dice.counts().refuse, 1);
}

#[test]
fn a_plan_that_cannot_be_followed_says_why() {
    let drop = |drop| FaultPlan {
        all: Chances {
            drop,
            ..Chances::default()
        },
        ..FaultPlan::default()
    };
    assert_eq!(drop(1.0).check(), Ok(()));
    for chance in [-0.1, 1.1] {
        let refused = drop(chance).check();
        let fault = "drop";
        assert_eq!(refused, Err(PlanError::Chance { fault, chance }));
    }
    assert!(drop(f64::NAN).check().is_err());
    let slow = FaultPlan {
        phones: [(
            ADA.to_owned(),
            Chances {
                delay_max_ms: 60_001,
                ..Chances::default()
            },
        )]
        .into(),
        ..FaultPlan::default()
    };
    assert_eq!(slow.check(), Err(PlanError::Delay(60_001)));
    assert!(serde_json::from_str::<FaultPlan>(r#"{"all":{"dorp":0.1}}"#).is_err());
    assert_eq!(
        serde_json::from_str::<FaultPlan>("{}").unwrap(),
        FaultPlan::default()
    );
}

/// A companion's socket, and what is queued for it.
fn socket(state: &mut State) -> (ConnectionId, mpsc::Receiver<Outgoing>) {
    let (outgoing, queue) = mpsc::channel(8);
    let logged_in = Stage::LoggedIn {
        device: DeviceRef::new(ADA, 1),
        active: true,
        available: false,
    };
    (state.open(outgoing, logged_in), queue)
}

#[test]
fn a_client_does_not_learn_what_came_of_its_last_message() {
    let mut state = State::new(World::new(1, 0).unwrap(), String::new());
    let mut befall = |chances: Chances| {
        state.dice.follow(FaultPlan {
            all: chances,
            ..FaultPlan::default()
        });
        let (id, mut queue) = socket(&mut state);
        for _ in 0..2 {
            if state.connections.contains_key(&id) {
                dispatch::receive(&mut state, id, &message());
            }
        }
        let heard = state.trace.entries().len();
        let queued = std::iter::from_fn(|| queue.try_recv().ok()).collect::<Vec<_>>();
        let open = state.connections.contains_key(&id);
        (heard, queued, open)
    };
    let (heard, queued, open) = befall(Chances {
        mute: 1.0,
        ..Chances::default()
    });
    assert_eq!((heard, queued.len(), open), (1, 0, true));
    let (heard, queued, open) = befall(Chances {
        cut: 1.0,
        ..Chances::default()
    });
    assert!(matches!(queued[..], [Outgoing::Cut]));
    assert_eq!((heard, open), (2, false));
    let (heard, queued, open) = befall(Chances::default());
    // Each is answered.
    assert_eq!((heard, queued.len(), open), (6, 2, true));
}
