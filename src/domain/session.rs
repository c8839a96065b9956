//! A session's states, why it is in one, and which may follow which.

use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::Linking;
use crate::domain::schema;
use crate::domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a session stands. There is one such value for a session, and everything that is shown comes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SessionState {
    /// The client is being built, or a linked session is on its way to its first connection.
    Starting,
    /// No phone is linked: there is, or can be, a code to scan.
    Linking,
    /// WhatsApp has let the session in; messages flow.
    Connected,
    /// The connection was lost and the client is trying again by itself.
    Reconnecting,
    /// Stopped on request.
    Stopped,
    /// The phone or WhatsApp ended the link; starting it again shows a new code.
    LoggedOut,
    /// It ended for a reason that trying again does not mend; the cause names it.
    Failed,
}

impl SessionState {
    /// Every state, in the order in which people meet them.
    pub const ALL: [Self; 7] = [
        Self::Starting,
        Self::Linking,
        Self::Connected,
        Self::Reconnecting,
        Self::Stopped,
        Self::LoggedOut,
        Self::Failed,
    ];

    /// Whether `next` may follow. A state may always follow itself: the cause can change.
    pub fn may_become(self, next: Self) -> bool {
        use SessionState::{
            Connected, Failed, Linking, LoggedOut, Reconnecting, Starting, Stopped,
        };
        // From anywhere: a request to stop, an end of the link, a fault, and a restart after a crash.
        let always = matches!(next, Stopped | LoggedOut | Failed | Starting);
        // Only a client that runs can show a code, connect, or lose its connection.
        let running = matches!(
            (self, next),
            (Starting, Linking)
                | (Starting | Linking | Reconnecting, Connected)
                | (Starting | Linking | Connected, Reconnecting)
        );
        self == next || always || running
    }

    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Linking => "linking",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Stopped => "stopped",
            Self::LoggedOut => "loggedOut",
            Self::Failed => "failed",
        }
    }

    /// The reverse of [`SessionState::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Why a session is in its state. `code` is stable and meant for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionCause)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The name of the cause.
    pub code: CauseCode,
    /// A sentence for people: what happened, and what to do where something can be done.
    pub detail: String,
    /// Until when it holds, where WhatsApp said so (a temporary ban).
    pub until: Option<Timestamp>,
}

impl Cause {
    /// A cause without an end.
    pub fn new(code: CauseCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            until: None,
        }
    }
}

macro_rules! cause_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The names of causes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum CauseCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        schema::described!(CauseCode, schema::names("Why a session is in its state.", CauseCode::ALL.iter().map(|one| one.as_str())));

        impl CauseCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as the API and the store write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

cause_codes! {
    /// No connection to WhatsApp; it is tried again.
    Network = "network",
    /// WhatsApp limits what the number may do, for a time that the detail names where it is known.
    Restricted = "restricted",
    /// WhatsApp's server closed the connection or refused it for now; it is tried again. The detail has its code.
    ServerError = "serverError",
    /// The session's actor or a task of its client panicked; it is restarted.
    Crashed = "crashed",
    /// It crashed too often within the window; a person has to look.
    CrashLoop = "crashLoop",
    /// All codes of one round were shown and none was scanned; the next request for one starts a new round.
    QrExpired = "qrExpired",
    /// The last attempt to link a phone failed otherwise; the next request for a code starts a new round.
    LinkFailed = "linkFailed",
    /// The phone or WhatsApp removed this device.
    LoggedOut = "loggedOut",
    /// Logged out through this API.
    LoggedOutByRequest = "loggedOutByRequest",
    /// The same device logged in elsewhere: two programs use one session file.
    Replaced = "replaced",
    /// WhatsApp has banned the number for a time.
    TempBan = "tempBan",
    /// WhatsApp no longer accepts this version of the client.
    Outdated = "outdated",
    /// WhatsApp refused the login for another reason; the detail has its code.
    Refused = "refused",
    /// The session's file cannot be opened, read or written.
    Storage = "storage",
    /// Stopped on request.
    StoppedByRequest = "stoppedByRequest",
}

impl CauseCode {
    /// The reverse of [`CauseCode::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Whether trying again by itself can never mend it, not even after a restart of the daemon.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::LoggedOut
                | Self::LoggedOutByRequest
                | Self::Replaced
                | Self::TempBan
                | Self::Outdated
                | Self::Refused
        )
    }
}

/// What the session's owner wants; kept over restarts of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DesiredState)]
#[serde(rename_all = "camelCase")]
pub enum Desired {
    /// It should be connected.
    Running,
    /// It should stay down until it is started again.
    Stopped,
}

impl Desired {
    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
        }
    }
}

/// The account that a linked session speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account's phone number.
    pub phone: Phone,
    /// The account's LID, once known.
    pub lid: Option<Lid>,
    /// The name that WhatsApp shows to others.
    pub push_name: Option<String>,
}

/// What the daemon remembers of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The session's id.
    pub id: SessionId,
    /// The tenant.
    pub client_id: ClientId,
    /// The owner's name for it.
    pub name: Option<String>,
    /// Which file holds its keys.
    pub store_key: StoreKey,
    /// What the owner wants.
    pub desired: Desired,
    /// The last state that was written down.
    pub state: SessionState,
    /// Why.
    pub cause: Option<Cause>,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// The linked account; none before a phone is linked.
    pub account: Option<Account>,
    /// When the last message or receipt came or went.
    pub last_activity: Option<Timestamp>,
    /// How often it was restarted after a crash, ever.
    pub restarts: u32,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A tenant, as far as sessions make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientSummary {
    /// Its id.
    pub client_id: ClientId,
    /// How many sessions it has.
    pub sessions: usize,
}

/// A code to scan, and until when it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrCode {
    /// The text behind the picture.
    pub text: String,
    /// When WhatsApp stops taking it; a newer one follows by itself while the round lasts.
    pub expires_at: Timestamp,
}

/// A code to type on the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairingCode {
    /// Eight characters.
    pub code: String,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

/// A session as it is now: what is remembered, and how linking stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionView {
    /// What is remembered.
    pub record: SessionRecord,
    /// The newest code to scan, while there is one.
    pub qr: Option<QrCode>,
    /// The step at which linking a phone stands, while one is being linked.
    pub linking: Option<Linking>,
    /// How the last attempt to link a phone failed, until the next one begins.
    pub link_failure: Option<LinkFailure>,
    /// How its connection does, at the moment of looking.
    pub health: Health,
}

/// What tells a session that lives from one that only says so.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = SessionHealth)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// When the last frame came from WhatsApp.
    pub last_frame_at: Option<Timestamp>,
    /// When WhatsApp last answered a probe of ours; probes are made when no frame comes for a while.
    pub last_pong_at: Option<Timestamp>,
    /// How often the connection was tried again since the daemon started; not the reconnect that linking ends with.
    pub reconnects: u64,
    /// How many messages wait to be sent, or for WhatsApp's answer.
    pub queue_depth: usize,
    /// About when the next try to connect is made; none when none is coming.
    pub next_retry_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use SessionState::*;

    #[test]
    fn the_legal_transitions() {
        let legal = |from: SessionState| -> Vec<SessionState> {
            SessionState::ALL
                .into_iter()
                .filter(|to| *to != from && from.may_become(*to))
                .collect()
        };
        assert_eq!(
            legal(Starting),
            [Linking, Connected, Reconnecting, Stopped, LoggedOut, Failed]
        );
        assert_eq!(
            legal(Linking),
            [
                Starting,
                Connected,
                Reconnecting,
                Stopped,
                LoggedOut,
                Failed
            ]
        );
        assert_eq!(
            legal(Connected),
            [Starting, Reconnecting, Stopped, LoggedOut, Failed]
        );
        assert_eq!(
            legal(Reconnecting),
            [Starting, Connected, Stopped, LoggedOut, Failed]
        );
        assert_eq!(legal(Stopped), [Starting, LoggedOut, Failed]);
        assert_eq!(legal(LoggedOut), [Starting, Stopped, Failed]);
        assert_eq!(legal(Failed), [Starting, Stopped, LoggedOut]);
    }

    #[test]
    fn names_survive_the_store() {
        for state in SessionState::ALL {
            assert_eq!(SessionState::from_name(state.as_str()), Some(state));
        }
        for code in CauseCode::ALL {
            assert_eq!(CauseCode::from_name(code.as_str()), Some(*code));
        }
    }
}
