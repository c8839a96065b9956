//! What happened, as it is written down and told: one name and one body on every channel.

use crate::domain::chat::Party;
use crate::domain::fact::Fact;
use crate::domain::fact::MessageChange;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::WaId;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::Linking;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::schema;
use crate::domain::session::Cause;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! event_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kinds of facts: `noun.verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum EventType {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        schema::described!(EventType, schema::names("A kind of fact: `noun.verb`.", EventType::ALL.iter().map(|one| one.as_str())));

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as the API and the store write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

event_types! {
    /// A session was made.
    SessionCreated = "session.created",
    /// Its client is being built, or it is on its way to its first connection.
    SessionStarting = "session.starting",
    /// No phone is linked: a code to scan can be had. Also told of each step of linking one.
    SessionLinking = "session.linking",
    /// There is a new code to scan. The body has no code, because a code gives the session away: fetch it.
    SessionQr = "session.qr",
    /// WhatsApp has let it in.
    SessionConnected = "session.connected",
    /// The connection was lost; it is tried again.
    SessionDisconnected = "session.disconnected",
    /// It was stopped on request.
    SessionStopped = "session.stopped",
    /// The phone or WhatsApp ended the link.
    SessionLoggedOut = "session.loggedOut",
    /// It ended for a reason that trying again does not mend at once.
    SessionFailed = "session.failed",
    /// WhatsApp limits what the number may do.
    SessionRestricted = "session.restricted",
    /// It loses its connection again and again; single losses are not told until it is calm.
    SessionUnstable = "session.unstable",
    /// It was deleted, with all that was kept of it.
    SessionDeleted = "session.deleted",
    /// Somebody wrote.
    MessageReceived = "message.received",
    /// Another device of this account wrote.
    MessageSent = "message.sent",
    /// A message that was sent through this API came a step further.
    MessageState = "message.state",
    /// Somebody reacted to a message, or took the reaction back.
    MessageReaction = "message.reaction",
    /// A message was written anew.
    MessageEdited = "message.edited",
    /// A message was deleted for everybody.
    MessageRevoked = "message.revoked",
    /// A message has come that cannot be read, or not yet.
    MessagePendingDecrypt = "message.pendingDecrypt",
    /// Something about a group changed.
    GroupUpdated = "group.updated",
    /// Somebody came into a group, left it, or may do other things in it.
    GroupParticipantsChanged = "group.participantsChanged",
    /// Somebody calls.
    CallReceived = "call.received",
    /// A call is over, or rings no more here.
    CallEnded = "call.ended",
    /// Somebody types, records, is there or is gone.
    PresenceUpdated = "presence.updated",
    /// Somebody has another number.
    ContactNumberChanged = "contact.numberChanged",
}

impl EventType {
    /// The reverse of [`EventType::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// The types that somebody means by an exact name or by `noun.*`; none when there is no such type.
    pub fn matching(pattern: &str) -> Vec<Self> {
        let fits = |kind: &Self| match pattern.strip_suffix(".*") {
            Some(noun) => kind
                .as_str()
                .split_once('.')
                .is_some_and(|(own, _)| own == noun),
            None => kind.as_str() == pattern,
        };
        Self::ALL.iter().copied().filter(fits).collect()
    }

    /// What is told when a session comes into a state.
    pub fn of_state(state: SessionState) -> Self {
        match state {
            SessionState::Starting => Self::SessionStarting,
            SessionState::Linking => Self::SessionLinking,
            SessionState::Connected => Self::SessionConnected,
            SessionState::Reconnecting => Self::SessionDisconnected,
            SessionState::Stopped => Self::SessionStopped,
            SessionState::LoggedOut => Self::SessionLoggedOut,
            SessionState::Failed => Self::SessionFailed,
        }
    }
}

/// A fact that is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The session that it is about.
    pub session_id: SessionId,
    /// Its tenant.
    pub client_id: ClientId,
    /// What kind.
    pub kind: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// The rest.
    pub data: EventData,
}

/// What there is to say of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum EventData {
    /// Of a session.
    Session(SessionFact),
    /// Of a code to scan.
    Qr(QrFact),
    /// Of a session that does not come to rest.
    Unstable(UnstableFact),
    /// A message, whole.
    Message(Box<Message>),
    /// Of a message's step.
    Step(Box<MessageStep>),
    /// Of what somebody did to a message.
    Change(Box<MessageChange>),
    /// Of what WhatsApp tells beside messages.
    Fact(Box<Fact>),
}

impl EventData {
    /// The message that it is about, where that is kept here.
    pub fn message_id(&self) -> Option<&MessageId> {
        match self {
            Self::Message(message) => Some(&message.id),
            Self::Step(step) => Some(&step.message_id),
            Self::Change(change) => change.message_id.as_ref(),
            Self::Session(_) | Self::Qr(_) | Self::Unstable(_) | Self::Fact(_) => None,
        }
    }
}

/// How a session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionFact {
    /// The state that it is in now.
    pub state: SessionState,
    /// The one before; none for a new session.
    pub previous: Option<SessionState>,
    /// Why, where there is a reason to name.
    pub cause: Option<Cause>,
    /// What the owner wants.
    pub desired: Desired,
    /// The step at which linking a phone stands, while one is being linked.
    pub linking: Option<Linking>,
    /// How the last attempt to link a phone failed, until the next one begins.
    pub link_failure: Option<LinkFailure>,
}

impl SessionFact {
    /// A session as its record has it, while no phone is being linked.
    pub fn of(record: &SessionRecord, previous: Option<SessionState>) -> Self {
        Self {
            state: record.state,
            previous,
            cause: record.cause.clone(),
            desired: record.desired,
            linking: None,
            link_failure: None,
        }
    }

    /// The same with how linking stands.
    #[must_use]
    pub fn with_linking(self, linking: Option<Linking>, failure: Option<LinkFailure>) -> Self {
        Self {
            linking,
            link_failure: failure,
            ..self
        }
    }
}

/// A code to scan is on show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QrFact {
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A session lost its connection too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnstableFact {
    /// How often it was lost ...
    pub losses: usize,
    /// ... within so many seconds.
    pub window_seconds: u64,
    /// Why it was lost the last time.
    pub cause: Option<Cause>,
}

/// A message came a step further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageStep {
    /// Our id.
    pub message_id: MessageId,
    /// WhatsApp's id.
    pub wa_id: WaId,
    /// The conversation.
    #[serde(flatten)]
    pub chat: Party,
    /// The step that was made.
    pub state: MessageState,
    /// When.
    pub at: Timestamp,
    /// Whose device or who it was, for receipts in groups.
    pub recipient: Option<Party>,
    /// Why it failed, where it did.
    pub failure: Option<SendFailure>,
}

/// A fact that is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id; greater than that of every event before, of whichever session.
    pub id: EventId,
    /// Its number within the session, from 1 without a gap.
    pub seq: i64,
    /// What kind.
    pub kind: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// The session.
    pub session_id: SessionId,
    /// The tenant.
    pub client_id: ClientId,
    /// [`EventData`] as JSON text.
    pub data: String,
}

impl Event {
    /// The body that every channel tells, as JSON text. None of the parts that are put in has a character that JSON
    /// would escape.
    pub fn to_json(&self) -> String {
        format!(
            r#"{{"id":"{}","type":"{}","seq":{},"at":"{}","sessionId":"{}","clientId":"{}","data":{}}}"#,
            self.id,
            self.kind.as_str(),
            self.seq,
            self.at,
            self.session_id,
            self.client_id,
            self.data
        )
    }
}

/// Events are not kept for ever: some that a reader has not seen are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The last event that the reader has seen.
    pub after: EventId,
    /// The newest event that is not kept any more. What follows it is there.
    pub removed_until: EventId,
}

impl Gap {
    /// The body that every channel tells, as JSON text.
    pub fn to_json(&self) -> String {
        format!(
            r#"{{"type":"stream.gap","after":"{}","removedUntil":"{}"}}"#,
            self.after, self.removed_until
        )
    }
}

/// Which events somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// Only this tenant's.
    pub client: Option<ClientId>,
    /// Only this session's.
    pub session: Option<SessionId>,
    /// Only these types; empty: all.
    pub types: Vec<EventType>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_store_and_are_noun_dot_verb() {
        for kind in EventType::ALL {
            assert_eq!(EventType::from_name(kind.as_str()), Some(*kind));
            let (noun, verb) = kind.as_str().split_once('.').expect("a dot");
            assert!(!noun.is_empty() && !verb.is_empty());
        }
    }

    #[test]
    fn a_pattern_is_a_name_or_a_noun() {
        assert_eq!(
            EventType::matching("message.state"),
            [EventType::MessageState]
        );
        assert_eq!(
            EventType::matching("call.*"),
            [EventType::CallReceived, EventType::CallEnded]
        );
        for none in ["", "*", ".*", "message", "message.", "mess.*", "*.state"] {
            assert_eq!(EventType::matching(none), [], "{none:?}");
        }
    }

    #[test]
    fn every_state_has_a_type_of_its_own() {
        let mut names: Vec<_> = SessionState::ALL
            .map(|state| EventType::of_state(state).as_str())
            .into();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SessionState::ALL.len());
    }
}
