//! Facts beside messages themselves: what becomes of messages, and what happens to groups, calls and people.
//!
//! A [`Change`] of a message comes by the way of messages and is written down with it, once. A [`Fact`] is told as
//! best as it can be: WhatsApp does not tell it again.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::event::EventType;
use crate::domain::id::MessageId;
use crate::domain::id::WaId;
use crate::domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody did to a message, before it is known which of ours it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingChange {
    /// WhatsApp's id of the change itself.
    pub wa_id: WaId,
    /// The conversation.
    pub chat: Party,
    /// Who did it.
    pub sender: Party,
    /// Whether that was another device of this account.
    pub from_me: bool,
    /// To which message.
    pub target: Target,
    /// What.
    pub change: Change,
}

/// A message as others name it. WhatsApp's id alone does not do: its sender chooses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MessageTarget)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// WhatsApp's id.
    pub wa_id: WaId,
    /// Whether this account wrote it.
    pub from_me: bool,
    /// Who wrote it.
    pub sender: Party,
}

/// What can be done to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MessageChangeKind)]
#[serde(untagged)]
pub enum Change {
    /// Somebody reacted to it, or took the reaction back.
    Reaction {
        /// The emoji; none when it was taken back.
        emoji: Option<String>,
        /// When.
        at: Timestamp,
    },
    /// Its author wrote it anew.
    #[serde(rename_all = "camelCase")]
    Edited {
        /// The new text, or the new words below a picture.
        text: Option<String>,
        /// When.
        edited_at: Timestamp,
    },
    /// It was deleted for everybody.
    #[serde(rename_all = "camelCase")]
    Revoked {
        /// Whether an admin of the group did it, and not its author.
        by_admin: bool,
        /// When.
        revoked_at: Timestamp,
    },
}

impl Change {
    /// What is told of it.
    pub fn kind(&self) -> EventType {
        match self {
            Self::Reaction { .. } => EventType::MessageReaction,
            Self::Edited { .. } => EventType::MessageEdited,
            Self::Revoked { .. } => EventType::MessageRevoked,
        }
    }
}

/// What somebody did to a message, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageChange {
    /// The message; none when it is not kept here.
    pub message_id: Option<MessageId>,
    /// WhatsApp's id of the change itself.
    pub wa_id: WaId,
    /// The conversation.
    #[serde(flatten)]
    pub chat: Party,
    /// Who did it.
    pub sender: Party,
    /// Whether that was another device of this account.
    pub from_me: bool,
    /// To which message.
    pub target: Target,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

impl MessageChange {
    /// With the message that was found for it.
    pub fn of(incoming: IncomingChange, message_id: Option<MessageId>) -> Self {
        Self {
            message_id,
            wa_id: incoming.wa_id,
            chat: incoming.chat,
            sender: incoming.sender,
            from_me: incoming.from_me,
            target: incoming.target,
            change: incoming.change,
        }
    }
}

/// What WhatsApp tells beside messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Fact {
    /// A message cannot be read.
    PendingDecrypt(PendingDecrypt),
    /// Of a group.
    Group(GroupChange),
    /// Of who is in a group.
    Participants(ParticipantsChange),
    /// Somebody calls.
    CallReceived(CallOffer),
    /// A call is over.
    CallEnded(CallEnd),
    /// What somebody is doing.
    Presence(Presence),
    /// Somebody has another number.
    Number(NumberChange),
}

impl Fact {
    /// What is told of it.
    pub fn kind(&self) -> EventType {
        match self {
            Self::PendingDecrypt(_) => EventType::MessagePendingDecrypt,
            Self::Group(_) => EventType::GroupUpdated,
            Self::Participants(_) => EventType::GroupParticipantsChanged,
            Self::CallReceived(_) => EventType::CallReceived,
            Self::CallEnded(_) => EventType::CallEnded,
            Self::Presence(_) => EventType::PresenceUpdated,
            Self::Number(_) => EventType::ContactNumberChanged,
        }
    }
}

/// A message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingDecrypt {
    /// WhatsApp's id; the message comes under it, if it comes.
    pub wa_id: WaId,
    /// The conversation.
    #[serde(flatten)]
    pub chat: Party,
    /// Who wrote it.
    pub sender: Party,
    /// Whether that was another device of this account.
    pub from_me: bool,
    /// Whether WhatsApp keeps its content for the phone alone, as for pictures that are shown once.
    pub phone_only: bool,
    /// When it was written.
    pub at: Timestamp,
}

/// A change of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupChange {
    /// The group.
    pub group_id: ChatId,
    /// What changed.
    pub change: GroupAspect,
    /// What it is now.
    pub value: GroupValue,
    /// Who did it, where WhatsApp says.
    pub by: Option<Party>,
    /// When.
    pub at: Timestamp,
}

/// What can change about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum GroupAspect {
    /// It was made; the value is its subject.
    Created,
    /// Its name.
    Subject,
    /// Its description; none when it was removed.
    Description,
    /// Whether only admins may change subject, description and picture.
    Locked,
    /// Whether only admins may write.
    Announce,
    /// After how many seconds its messages vanish; 0: never.
    Ephemeral,
    /// Whether an admin must agree before somebody joins.
    JoinApproval,
    /// Who may add people: `admin_add` or `all_member_add`.
    MemberAddMode,
    /// The link of invitation was made void.
    InviteRevoked,
    /// Whether WhatsApp has suspended it.
    Suspended,
    /// It was deleted.
    Deleted,
}

/// What a group's aspect is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum GroupValue {
    /// Words, or none of them.
    Text(Option<String>),
    /// Yes or no.
    Switch(bool),
    /// A number.
    Number(u32),
}

/// A change of who is in a group, or of what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantsChange {
    /// The group.
    pub group_id: ChatId,
    /// What happened.
    pub action: ParticipantsAction,
    /// To whom.
    pub participants: Vec<Party>,
    /// Who did it, where WhatsApp says. Who leaves is removed by itself.
    pub by: Option<Party>,
    /// When.
    pub at: Timestamp,
}

/// What happens to participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ParticipantsAction {
    /// They are in it now.
    Add,
    /// They are not in it any more.
    Remove,
    /// They are admins now.
    Promote,
    /// They are no admins any more.
    Demote,
    /// Their number changed.
    Modify,
    /// They ask to be let in.
    JoinRequested,
    /// Their request was taken back or refused.
    JoinRequestRevoked,
}

/// Somebody calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallOffer {
    /// WhatsApp's id of the call.
    pub call_id: String,
    /// Who calls.
    pub from: Party,
    /// Whether with a picture.
    pub video: bool,
    /// The group whose call it is, where there is one.
    pub group_id: Option<ChatId>,
    /// When.
    pub at: Timestamp,
}

/// A call is over, or rings no more here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallEnd {
    /// WhatsApp's id of the call.
    pub call_id: String,
    /// Who called.
    pub from: Party,
    /// How it ended.
    pub reason: CallEndReason,
    /// When.
    pub at: Timestamp,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CallEndReason {
    /// Nobody took it, or the session was not connected while it rang.
    Missed,
    /// It was taken on another device.
    AcceptedElsewhere,
    /// It was declined on another device.
    RejectedElsewhere,
    /// It ended otherwise.
    Terminated,
}

/// What somebody is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The conversation; the person's own for `online` and `offline`.
    #[serde(flatten)]
    pub chat: Party,
    /// Who.
    pub from: Party,
    /// What.
    pub state: PresenceState,
    /// When the person was last there, where WhatsApp says.
    pub last_seen: Option<Timestamp>,
}

/// What people can be doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PresenceState {
    /// Types.
    Typing,
    /// Records a voice message.
    Recording,
    /// Has stopped either.
    Paused,
    /// Has the app open.
    Online,
    /// Has not.
    Offline,
}

/// Somebody has another number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberChange {
    /// Who it was.
    pub old: Party,
    /// Who it is now.
    pub new: Party,
    /// When.
    pub at: Timestamp,
}
