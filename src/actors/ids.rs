//! New ids: ULIDs, each later than the one before, also within one millisecond.

use crate::domain::id::EventId;
use crate::domain::id::MessageId;
use crate::domain::id::ParseIdError;
use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
use crate::domain::id::WaId;
use crate::domain::id::WebhookId;
use std::sync::Mutex;
use std::sync::PoisonError;
use ulid::Generator;
use ulid::Ulid;

/// Makes ids; the order of messages in lists is the order in which their ids were made.
#[derive(Default)]
pub(super) struct IdMaker(Mutex<Generator>);

impl IdMaker {
    fn next(&self) -> Ulid {
        let mut generator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The overflow of 2^80 ids within one millisecond: going on at random beats stopping.
        generator
            .generate()
            .unwrap_or_else(ulid::Overflow::commit_overflow_random)
    }

    /// For a message.
    pub(super) fn message(&self) -> MessageId {
        always(MessageId::parse(&format!("msg_{}", self.next())))
    }

    /// For a message at WhatsApp: `3EB0` and 18 hexadecimal digits, as WhatsApp Web makes them (wacore 0.7.0, `request.rs`).
    /// It is fixed before the message is sent, so that a second attempt is the same message.
    pub(super) fn wa_message() -> WaId {
        let (random, more): (u64, u8) = rand::random();
        always(WaId::parse(&format!("3EB0{random:016X}{more:02X}")))
    }

    /// For a session whose creator chose none.
    pub(super) fn session(&self) -> SessionId {
        always(SessionId::parse(&format!("ses_{}", self.next())))
    }

    /// For a webhook.
    pub(super) fn webhook(&self) -> WebhookId {
        always(WebhookId::parse(&format!("whk_{}", self.next())))
    }

    /// For an event that tries a webhook out and is not one of the log.
    pub(super) fn test_event(&self) -> EventId {
        always(EventId::parse(&format!("evt_{}", self.next())))
    }

    /// For a file of keys.
    pub(super) fn store_key(&self) -> StoreKey {
        always(StoreKey::parse(&self.next().to_string()))
    }
}

#[expect(
    clippy::expect_used,
    reason = "ULIDs and hexadecimal digits are valid ids"
)]
fn always<T>(parsed: Result<T, ParseIdError>) -> T {
    parsed.expect("an id of our own making")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_message_has_a_greater_id() {
        let maker = IdMaker::default();
        let ids: Vec<_> = (0..1000).map(|_| maker.message()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }
}
