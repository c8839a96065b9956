//! How a phone is linked, step by step, and how that can fail: a state machine that gets the time as an argument and
//! knows nothing of clients.
//!
//! An [`Attempt`] begins with a new client without a phone. What happens is a [`LinkFact`]; what becomes of the attempt
//! is a [`Verdict`]. Codes and passkeys are not in here, only that they were asked for and given.

use crate::domain::schema;
use crate::domain::time::Timestamp;
use serde::Serialize;
use serde::Serializer;
use std::fmt;
use std::time::Duration;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

/// How long WhatsApp may take to show the first code, or the next one after the connection was lost.
const REACH_TIME: Duration = Duration::from_secs(20);
/// How long the library keeps a client without a phone: it gives up when the last of six codes to scan has run out, also
/// when a phone has scanned one and a passkey is being waited for (whatsapp-rust 0.7.0, `pair.rs`: 60 s and 5 x 20 s).
const ROUND_TIME: Duration = Duration::from_secs(160);
/// How much of that is left for a passkey when the last code is scanned: a round ends before a code that leaves less.
const PASSKEY_LEFT: Duration = Duration::from_secs(55);
/// How long a passkey step may take when WhatsApp does not say ...
const PASSKEY_TIME: Duration = Duration::from_mins(1);
/// ... and the longest that is believed.
const PASSKEY_TIME_MAX: Duration = Duration::from_hours(1);
/// How long messages that waited for a new link may come in before the link counts as done all the same.
const SYNC_TIME: Duration = Duration::from_mins(1);

/// What a person sees of an attempt, and has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStep {
    /// A code is there to be scanned.
    Qr,
    /// A code is there to be typed.
    Code,
    /// The phone has agreed, and the session is on its way to its first connection.
    Scanned,
    /// WhatsApp wants the account's passkey.
    PasskeyRequired,
    /// The passkey was given.
    PasskeyConfirmation {
        /// Whether a person has to compare a code with the phone; otherwise WhatsApp is being waited for.
        needs_code: bool,
    },
    /// It is connected, and what waited for it comes in.
    Syncing,
}

impl LinkStep {
    /// How many steps there are at the most.
    const COUNT: u8 = 5;

    /// The name as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Code => "code",
            Self::Scanned => "scanned",
            Self::PasskeyRequired => "passkeyRequired",
            Self::PasskeyConfirmation { .. } => "passkeyConfirmation",
            Self::Syncing => "syncing",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Qr | Self::Code => 1,
            Self::PasskeyRequired => 2,
            Self::PasskeyConfirmation { .. } => 3,
            Self::Scanned => 4,
            Self::Syncing => 5,
        }
    }

    fn todo(self) -> &'static str {
        match self {
            Self::Qr => "Open WhatsApp on the phone, go to Linked devices, and scan the code.",
            Self::Code => {
                "Open WhatsApp on the phone, go to Linked devices, choose to link with the phone number, and type the code."
            }
            Self::PasskeyRequired => {
                "WhatsApp asks for the account's passkey: confirm it in a browser that is open at web.whatsapp.com."
            }
            Self::PasskeyConfirmation { needs_code: true } => {
                "Compare the code with the one on the phone, and say whether they are the same."
            }
            Self::PasskeyConfirmation { needs_code: false } => {
                "Keep WhatsApp open on the phone while it checks the passkey."
            }
            Self::Scanned => "Nothing to do: the phone has agreed, and the session connects.",
            Self::Syncing => "Nothing to do: keep the phone online while messages come in.",
        }
    }
}

/// The step at which an attempt stands, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linking {
    /// The step.
    pub step: LinkStep,
    /// Until when what it needs has to happen, where there is a limit.
    pub until: Option<Timestamp>,
}

/// The step at which linking a phone stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LinkingBody {
    /// `qr` or `code`: a code waits to be scanned or typed; `passkeyRequired` and `passkeyConfirmation`: WhatsApp
    /// wants the account's passkey, and a code compared; `scanned`, `syncing`: it goes on by itself.
    #[schema(
        pattern = "^(qr|code|scanned|passkeyRequired|passkeyConfirmation|syncing)$",
        examples("qr")
    )]
    step: &'static str,
    /// Until when what the step needs has to happen, where there is a limit.
    until: Option<Timestamp>,
    /// Its number among the steps, from 1.
    number: u8,
    /// How many steps there are.
    of: u8,
    /// What the person has to do.
    todo: &'static str,
    /// Whether a person has to compare a code; with `passkeyConfirmation` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    needs_code: Option<bool>,
}

impl Serialize for Linking {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let needs_code = match self.step {
            LinkStep::PasskeyConfirmation { needs_code } => Some(needs_code),
            _ => None,
        };
        let body = LinkingBody {
            step: self.step.as_str(),
            until: self.until,
            number: self.step.number(),
            of: LinkStep::COUNT,
            todo: self.step.todo(),
            needs_code,
        };
        body.serialize(serializer)
    }
}

impl PartialSchema for Linking {
    fn schema() -> RefOr<Schema> {
        LinkingBody::schema()
    }
}

impl ToSchema for Linking {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        LinkingBody::schemas(schemas);
    }
}

/// What happens to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFact {
    /// The client is open and reaches for WhatsApp.
    Opened,
    /// There is a code to scan.
    QrShown {
        /// Until when it is good.
        until: Timestamp,
    },
    /// There is a code to type.
    CodeGiven {
        /// Until when it is good.
        until: Timestamp,
    },
    /// WhatsApp wants a passkey.
    PasskeyAsked {
        /// How long each step of it may take, where WhatsApp said so.
        patience: Option<Duration>,
    },
    /// The passkey's answer is on its way to WhatsApp.
    PasskeyGiven,
    /// WhatsApp has taken it.
    PasskeyTaken {
        /// Whether a code has to be compared.
        needs_code: bool,
    },
    /// A person says whether the codes are the same.
    Compared {
        /// They are.
        same: bool,
    },
    /// A phone has linked this device.
    AccountKnown,
    /// WhatsApp has let it in.
    Connected,
    /// What waited for it has come in.
    Synced,
    /// The connection was lost; the client tries again by itself.
    Lost,
    /// The client has ended because it has shown all its codes.
    RoundOver,
    /// Time has passed.
    Tick,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing changes.
    Same,
    /// It goes on like this.
    Goes(Attempt),
    /// The phone is linked, and everything is there.
    Done,
    /// It has failed.
    Failed(LinkFailureCode),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No code yet.
    Reaching,
    /// A code to scan is on show.
    Qr,
    /// A code to type is good, perhaps beside one to scan.
    Code,
    /// A passkey is asked for.
    Passkey,
    /// WhatsApp has the passkey's answer and has not said a word yet.
    Checking,
    /// A person compares codes.
    Comparing,
    /// All is said; the phone has not linked yet.
    Sealing,
    /// The phone has linked.
    Linked {
        /// What waited has come in already.
        synced: bool,
    },
    /// It is connected.
    Syncing,
}

/// One attempt to link a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    stage: Stage,
    until: Option<Timestamp>,
    patience: Duration,
    /// When the library gives up, while it shows codes to scan alone.
    round_ends: Option<Timestamp>,
}

impl Attempt {
    /// With a client that has no phone and is about to be opened.
    pub fn begin() -> Self {
        Self {
            stage: Stage::Reaching,
            until: None,
            patience: PASSKEY_TIME,
            round_ends: None,
        }
    }

    /// What is shown of it; nothing before there is a code.
    pub fn shown(&self) -> Option<Linking> {
        let step = match self.stage {
            Stage::Reaching => return None,
            Stage::Qr => LinkStep::Qr,
            Stage::Code => LinkStep::Code,
            Stage::Passkey => LinkStep::PasskeyRequired,
            Stage::Checking => LinkStep::PasskeyConfirmation { needs_code: false },
            Stage::Comparing => LinkStep::PasskeyConfirmation { needs_code: true },
            Stage::Sealing | Stage::Linked { .. } => LinkStep::Scanned,
            Stage::Syncing => LinkStep::Syncing,
        };
        Some(Linking {
            step,
            until: self.until,
        })
    }

    /// When to come back with a [`LinkFact::Tick`]; never while codes to scan follow one another by themselves.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.until.filter(|_| self.stage != Stage::Qr)
    }

    /// Whether a code can be asked for: no phone has taken one yet.
    pub fn awaits_phone(&self) -> bool {
        matches!(self.stage, Stage::Reaching | Stage::Qr | Stage::Code)
    }

    /// Whether there is a code to type, and no phone has taken it.
    pub fn awaits_typing(&self) -> bool {
        self.stage == Stage::Code
    }

    /// What becomes of it.
    pub fn after(self, fact: LinkFact, now: Timestamp) -> Verdict {
        use LinkFact as Fact;
        use Stage::{Checking, Code, Comparing, Linked, Passkey, Qr, Reaching, Sealing, Syncing};
        match (self.stage, fact) {
            (Reaching, Fact::Opened) | (Qr, Fact::Lost) => {
                self.goes(Reaching, Some(now.plus(REACH_TIME)))
            }
            (Reaching | Qr, Fact::QrShown { until }) => self.shows_qr(until, now),
            (Reaching | Qr | Code, Fact::CodeGiven { until }) => {
                // The library keeps a client that has given out a code to type.
                let round_ends = None;
                Verdict::Goes(Self {
                    stage: Code,
                    until: Some(until),
                    round_ends,
                    ..self
                })
            }
            (Reaching | Qr | Code | Passkey, Fact::PasskeyAsked { patience }) => {
                let patience = patience.unwrap_or(PASSKEY_TIME).min(PASSKEY_TIME_MAX);
                Self { patience, ..self }.waits(Passkey, now)
            }
            (Passkey, Fact::PasskeyGiven) => self.waits(Checking, now),
            (Checking, Fact::PasskeyTaken { needs_code: true }) => self.waits(Comparing, now),
            (Checking, Fact::PasskeyTaken { needs_code: false })
            | (Comparing, Fact::Compared { same: true }) => self.waits(Sealing, now),
            (Comparing, Fact::Compared { same: false }) => {
                Verdict::Failed(LinkFailureCode::CodeMismatch)
            }
            (Linked { .. }, Fact::Synced) => self.goes(Linked { synced: true }, None),
            (Linked { synced: true }, Fact::Connected) | (Syncing, Fact::Synced) => Verdict::Done,
            (Linked { synced: false }, Fact::Connected) => {
                self.goes(Syncing, Some(now.plus(SYNC_TIME)))
            }
            (Linked { .. } | Syncing, Fact::AccountKnown) => Verdict::Same,
            (_, Fact::AccountKnown) => self.goes(Linked { synced: false }, None),
            (Code | Passkey | Checking | Comparing | Sealing, Fact::Lost) => {
                Verdict::Failed(LinkFailureCode::Network)
            }
            (_, Fact::RoundOver) => self.round_over(),
            (_, Fact::Tick) if self.deadline().is_some_and(|until| until <= now) => self.too_late(),
            _ => Verdict::Same,
        }
    }

    fn shows_qr(self, until: Timestamp, now: Timestamp) -> Verdict {
        let first = self.stage == Stage::Reaching;
        let round_ends = if first {
            Some(now.plus(ROUND_TIME))
        } else {
            self.round_ends
        };
        // Whoever scans it would be asked for a passkey that nobody waits for.
        if round_ends.is_some_and(|ends| until.plus(PASSKEY_LEFT) > ends) {
            return Verdict::Failed(LinkFailureCode::QrExpired);
        }
        Self { round_ends, ..self }.goes(Stage::Qr, Some(until))
    }

    /// A stage that ends with the patience of WhatsApp, or with that of the library.
    fn waits(self, stage: Stage, now: Timestamp) -> Verdict {
        let until = now.plus(self.patience);
        let until = self.round_ends.map_or(until, |ends| until.min(ends));
        self.goes(stage, Some(until))
    }

    fn goes(self, stage: Stage, until: Option<Timestamp>) -> Verdict {
        Verdict::Goes(Self {
            stage,
            until,
            ..self
        })
    }

    fn round_over(self) -> Verdict {
        match self.stage {
            Stage::Reaching | Stage::Qr => Verdict::Failed(LinkFailureCode::QrExpired),
            Stage::Linked { .. } | Stage::Syncing => Verdict::Same,
            _ => self.too_late(),
        }
    }

    fn too_late(self) -> Verdict {
        match self.stage {
            Stage::Reaching => Verdict::Failed(LinkFailureCode::Network),
            Stage::Code => Verdict::Failed(LinkFailureCode::CodeExpired),
            Stage::Passkey | Stage::Checking | Stage::Comparing | Stage::Sealing => {
                Verdict::Failed(LinkFailureCode::PasskeyTimeout)
            }
            Stage::Syncing => Verdict::Done,
            Stage::Qr | Stage::Linked { .. } => Verdict::Same,
        }
    }
}

macro_rules! failures {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $detail:literal;)*) => {
        /// The names of the ways in which an attempt fails.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum LinkFailureCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        schema::described!(LinkFailureCode, schema::names("How an attempt to link a phone failed.", LinkFailureCode::ALL.iter().map(|one| one.as_str())));

        impl LinkFailureCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as the API writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What happened, and the way out.
            fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $detail,)* }
            }
        }
    };
}

failures! {
    /// All codes of a round were shown and none was scanned.
    QrExpired = "qr_expired", "no code was scanned in time; ask for a new one, and look at the phone, which alone says when it cannot scan (too many linked devices, no network)";
    /// The code was not typed in time, or WhatsApp takes it no more.
    CodeExpired = "code_expired", "the code was not typed in time, or WhatsApp does not take it any more; ask for a new one";
    /// A step of the passkey took too long.
    PasskeyTimeout = "passkey_timeout", "the passkey was not confirmed in time; begin again with a new code";
    /// WhatsApp does not accept the passkey.
    PasskeyRejected = "passkey_rejected", "WhatsApp did not accept the passkey; begin again, and use the passkey of the account that scans the code";
    /// The phone and this device have not come to the same code.
    CodeMismatch = "code_mismatch", "the codes were not the same, or the phone said no, so nothing was linked; begin again, and make sure that nobody else is linking a device to this phone";
    /// An account that is also run by Meta's platform.
    HostedAccountUnsupported = "hosted_account_unsupported", "this business account is also used through Meta's platform (coexistence), and whatsapp-rust 0.7.0 cannot link such accounts; end the coexistence, or wait for a version of wamux that can";
    /// WhatsApp does not accept this version.
    ClientOutdated = "client_outdated", "WhatsApp no longer accepts this version; update wamux or set whatsapp.app_version, then start the session";
    /// WhatsApp limits how often codes can be asked for.
    RateLimited = "rate_limited", "WhatsApp limits how often a code to type can be asked for; scan the other code, or try again later";
    /// Somebody gave it up.
    Cancelled = "cancelled", "it was cancelled; ask for a new code to begin again";
    /// No connection to WhatsApp.
    Network = "network", "WhatsApp could not be reached, or the connection was lost; look at the network of this machine, then begin again";
    /// WhatsApp said no for another reason.
    Refused = "refused", "WhatsApp refused to link the device; begin again with a new code";
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkFailure {
    /// The name.
    pub code: LinkFailureCode,
    /// A sentence for people, with the way out.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

impl LinkFailure {
    /// `said` is what WhatsApp or the library said, where it said something.
    pub fn new(code: LinkFailureCode, said: Option<&str>, at: Timestamp) -> Self {
        let sentence = code.sentence();
        let detail = said.map_or_else(
            || sentence.to_owned(),
            |said| format!("{sentence} ({said})"),
        );
        Self { code, detail, at }
    }
}

/// A text that links a phone, such as a code or what a passkey signs: it prints as dots, and is written nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// A passkey's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Which passkey, as raw bytes.
    pub credential_id: Vec<u8>,
    /// `{id, rawId, type, response: {clientDataJSON, authenticatorData, signature, userHandle}}`.
    pub json: Hidden,
}

/// What WhatsApp wants a passkey to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyRequest {
    /// The `PublicKeyCredentialRequestOptions` as JSON, as WhatsApp gave them.
    pub options: Hidden,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// A code that the phone shows as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// `XXXX-XXXX`.
    pub code: Hidden,
    /// Until when.
    pub until: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
