//! The library's events beside messages as facts of ours: groups, calls, presence, numbers, what cannot be read.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::fact::CallEnd;
use crate::domain::fact::CallEndReason;
use crate::domain::fact::CallOffer;
use crate::domain::fact::Fact;
use crate::domain::fact::GroupAspect;
use crate::domain::fact::GroupChange;
use crate::domain::fact::GroupValue;
use crate::domain::fact::NumberChange;
use crate::domain::fact::ParticipantsAction;
use crate::domain::fact::ParticipantsChange;
use crate::domain::fact::PendingDecrypt;
use crate::domain::fact::Presence;
use crate::domain::fact::PresenceState;
use crate::domain::id::WaId;
use crate::whatsapp::incoming::moment;
use whatsapp_rust::Jid;
use whatsapp_rust::Server;
use whatsapp_rust::types::call::CallAction;
use whatsapp_rust::types::call::IncomingCall;
use whatsapp_rust::types::call::MissedCall;
use whatsapp_rust::types::events::ChatPresenceUpdate;
use whatsapp_rust::types::events::ContactNumberChanged;
use whatsapp_rust::types::events::DecryptFailMode;
use whatsapp_rust::types::events::Event;
use whatsapp_rust::types::events::GroupUpdate;
use whatsapp_rust::types::events::PresenceUpdate;
use whatsapp_rust::types::events::UndecryptableMessage;
use whatsapp_rust::types::presence::ChatPresence;
use whatsapp_rust::types::presence::ChatPresenceMedia;
use whatsapp_rust::wacore::stanza::groups::GroupNotificationAction as Action;
use whatsapp_rust::wacore::stanza::groups::GroupParticipantInfo;
use whatsapp_rust::wacore_binary::Node;

/// What an event says, where it is one of these; `who` knows a chat or a person by a name, and perhaps another one.
pub(super) fn fact(
    event: &Event,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<Fact> {
    match event {
        Event::UndecryptableMessage(message) => pending(message, who).map(Fact::PendingDecrypt),
        Event::GroupUpdate(update) => group(update, who),
        Event::IncomingCall(call) => called(call, who),
        Event::MissedCall(call) => missed(call, who).map(Fact::CallEnded),
        Event::Presence(presence) => there(presence, who).map(Fact::Presence),
        Event::ChatPresence(presence) => doing(presence, who).map(Fact::Presence),
        Event::ContactNumberChanged(change) => number(change, who).map(Fact::Number),
        _ => None,
    }
}

/// None for what a chat would not show either, such as a reaction. The library tells each message once.
fn pending(
    message: &UndecryptableMessage,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<PendingDecrypt> {
    if message.decrypt_fail_mode == DecryptFailMode::Hide {
        return None;
    }
    let (info, source) = (&message.info, &message.info.source);
    let alt = if source.is_from_me {
        source.recipient_alt.as_ref()
    } else {
        source.sender_alt.as_ref()
    };
    Some(PendingDecrypt {
        wa_id: WaId::parse(&info.id).ok()?,
        chat: who(&source.chat, alt.filter(|_| !source.is_group))?,
        sender: who(&source.sender, source.sender_alt.as_ref())?,
        from_me: source.is_from_me,
        phone_only: message.is_unavailable,
        at: moment(info.timestamp),
    })
}

fn group(update: &GroupUpdate, who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>) -> Option<Fact> {
    let group_id = ChatId::parse(&update.group_jid.to_string()).ok()?;
    let by = update
        .participant
        .as_ref()
        .and_then(|jid| who(jid, update.participant_pn.as_ref()));
    let at = moment(update.timestamp);
    if let Some((change, value)) = aspect(&update.action) {
        return Some(Fact::Group(GroupChange {
            group_id,
            change,
            value,
            by,
            at,
        }));
    }
    let (action, participants) = participants(&update.action, who)?;
    Some(Fact::Participants(ParticipantsChange {
        group_id,
        action,
        participants,
        by,
        at,
    }))
}

/// What changed about a group, and what it is now.
fn aspect(action: &Action) -> Option<(GroupAspect, GroupValue)> {
    let nothing = GroupValue::Text(None);
    let text = |text: &str| GroupValue::Text(Some(text.to_owned()));
    Some(match action {
        Action::Create { raw } => (GroupAspect::Created, GroupValue::Text(subject(raw))),
        Action::Subject { subject, .. } => (GroupAspect::Subject, text(subject)),
        Action::Description { description, .. } => (
            GroupAspect::Description,
            GroupValue::Text(description.clone()),
        ),
        Action::Locked { .. } => (GroupAspect::Locked, GroupValue::Switch(true)),
        Action::Unlocked => (GroupAspect::Locked, GroupValue::Switch(false)),
        Action::Announce => (GroupAspect::Announce, GroupValue::Switch(true)),
        Action::NotAnnounce => (GroupAspect::Announce, GroupValue::Switch(false)),
        Action::Ephemeral { expiration, .. } => {
            (GroupAspect::Ephemeral, GroupValue::Number(*expiration))
        }
        Action::MembershipApprovalMode { enabled } => {
            (GroupAspect::JoinApproval, GroupValue::Switch(*enabled))
        }
        Action::MemberAddMode { mode } => (GroupAspect::MemberAddMode, text(mode)),
        Action::RevokeInvite => (GroupAspect::InviteRevoked, nothing),
        Action::Suspended => (GroupAspect::Suspended, GroupValue::Switch(true)),
        Action::Unsuspended => (GroupAspect::Suspended, GroupValue::Switch(false)),
        Action::Delete { .. } => (GroupAspect::Deleted, nothing),
        _ => return None,
    })
}

fn subject(create: &Node) -> Option<String> {
    let group = create.get_optional_child("group")?;
    let subject = group.attrs().optional_string("subject")?.into_owned();
    Some(subject)
}

/// What happened to whom in a group.
fn participants(
    action: &Action,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<(ParticipantsAction, Vec<Party>)> {
    let (action, infos) = match action {
        Action::Add { participants, .. } => (ParticipantsAction::Add, participants),
        Action::Remove { participants, .. } => (ParticipantsAction::Remove, participants),
        Action::Promote { participants } => (ParticipantsAction::Promote, participants),
        Action::Demote { participants } => (ParticipantsAction::Demote, participants),
        Action::Modify { participants } => (ParticipantsAction::Modify, participants),
        Action::CreatedMembershipRequests { requests, .. } => {
            (ParticipantsAction::JoinRequested, requests)
        }
        Action::RevokedMembershipRequests { participants } => {
            let parties = participants.iter().filter_map(|jid| who(jid, None));
            return Some((ParticipantsAction::JoinRequestRevoked, parties.collect()));
        }
        _ => return None,
    };
    let party = |info: &GroupParticipantInfo| {
        let alt = info.phone_number.as_ref().or(info.lid.as_ref());
        who(&info.jid, alt)
    };
    Some((action, infos.iter().filter_map(party).collect()))
}

/// An offer or an end. Without the library's media engine the end of a call comes as the caller's own word.
fn called(call: &IncomingCall, who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>) -> Option<Fact> {
    let at = moment(call.timestamp);
    let group = Some(&call.from).filter(|from| from.server == Server::Group);
    let (caller_pn, video, group) = match &call.action {
        CallAction::Offer {
            caller_pn,
            is_video,
            group_jid,
            ..
        } => (caller_pn.as_ref(), *is_video, group_jid.as_ref().or(group)),
        CallAction::OfferNotice { is_video, .. } => (None, *is_video, group),
        CallAction::Terminate { reason, .. } => {
            return Some(Fact::CallEnded(CallEnd {
                call_id: call.action.call_id().to_owned(),
                from: who(call.action.call_creator(), None)?,
                reason: end(reason.as_deref()),
                at,
            }));
        }
        _ => return None,
    };
    Some(Fact::CallReceived(CallOffer {
        call_id: call.action.call_id().to_owned(),
        from: who(call.action.call_creator(), caller_pn)?,
        video,
        group_id: group.and_then(|group| ChatId::parse(&group.to_string()).ok()),
        at,
    }))
}

/// WhatsApp's reasons (whatsapp-rust 0.7.0, `handlers/call.rs`).
fn end(reason: Option<&str>) -> CallEndReason {
    match reason {
        None | Some("timeout" | "group_call_ended") => CallEndReason::Missed,
        Some("accepted_elsewhere") => CallEndReason::AcceptedElsewhere,
        Some("rejected_elsewhere") => CallEndReason::RejectedElsewhere,
        Some(_) => CallEndReason::Terminated,
    }
}

/// A call that rang while the session was not connected.
fn missed(call: &MissedCall, who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>) -> Option<CallEnd> {
    Some(CallEnd {
        call_id: call.call_id.clone(),
        from: who(&call.from, None)?,
        reason: CallEndReason::Missed,
        at: moment(call.timestamp),
    })
}

fn there(
    presence: &PresenceUpdate,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<Presence> {
    let from = who(&presence.from, None)?;
    Some(Presence {
        chat: from.clone(),
        from,
        state: if presence.unavailable {
            PresenceState::Offline
        } else {
            PresenceState::Online
        },
        last_seen: presence.last_seen.map(moment),
    })
}

fn doing(
    presence: &ChatPresenceUpdate,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<Presence> {
    let state = match (&presence.state, &presence.media) {
        (ChatPresence::Composing, ChatPresenceMedia::Audio) => PresenceState::Recording,
        (ChatPresence::Composing, ChatPresenceMedia::Text) => PresenceState::Typing,
        (ChatPresence::Paused, _) => PresenceState::Paused,
    };
    Some(Presence {
        chat: who(&presence.source.chat, None)?,
        from: who(&presence.source.sender, None)?,
        state,
        last_seen: None,
    })
}

fn number(
    change: &ContactNumberChanged,
    who: impl Fn(&Jid, Option<&Jid>) -> Option<Party>,
) -> Option<NumberChange> {
    Some(NumberChange {
        old: who(&change.old_jid, change.old_lid.as_ref())?,
        new: who(&change.new_jid, change.new_lid.as_ref())?,
        at: moment(change.timestamp),
    })
}

#[cfg(test)]
mod tests;
