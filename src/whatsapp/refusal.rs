//! Why a phone could not be linked, told before the end of the client.
//!
//! whatsapp-rust 0.7.0 first sends WhatsApp its refusal of a link and then tells us of it (`pair.rs`, `handle_pair_success`).
//! WhatsApp answers the refusal by removing the device, and that answer can overtake the telling.

use crate::domain::session::CauseCode;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::EventSink;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

/// How long the telling may lag behind the answer.
const LAG: Duration = Duration::from_secs(1);

/// What is known of one client's link.
#[derive(Default)]
struct Link {
    /// Codes are shown, and no phone is linked.
    open: bool,
    /// The device was removed before it was known to be linked: this waits for the reason.
    held: Option<ClientEvent>,
}

/// Passes events on; the end of a client that a phone has removed while it was being linked comes after the reason for
/// that, or after [`LAG`] when none is told.
pub(super) fn before_removal(sink: EventSink) -> EventSink {
    let link = Arc::new(Mutex::new(Link::default()));
    Arc::new(move |event| {
        let step = pass(&mut lock(&link), event);
        match step {
            Step::Pass(event) => sink(event),
            Step::Swallow => {}
            Step::Hold => {
                tokio::spawn(release(Arc::clone(&link), Arc::clone(&sink)));
            }
        }
    })
}

async fn release(link: Arc<Mutex<Link>>, sink: EventSink) {
    tokio::time::sleep(LAG).await;
    let held = lock(&link).held.take();
    if let Some(event) = held {
        sink(event);
    }
}

enum Step {
    Pass(ClientEvent),
    Hold,
    Swallow,
}

fn pass(link: &mut Link, event: ClientEvent) -> Step {
    match &event {
        ClientEvent::Qr { .. } => link.open = true,
        ClientEvent::Linked { .. } => link.open = false,
        ClientEvent::LinkFailed { .. } => {
            link.open = false;
            link.held = None;
        }
        ClientEvent::Ended { cause } if link.open && cause.code == CauseCode::LoggedOut => {
            link.open = false;
            link.held = Some(event);
            return Step::Hold;
        }
        // The end that is held says more.
        ClientEvent::Closed if link.held.is_some() => return Step::Swallow,
        _ => {}
    }
    Step::Pass(event)
}

fn lock(link: &Mutex<Link>) -> MutexGuard<'_, Link> {
    link.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::Phone;
    use crate::domain::linking::LinkFailureCode;
    use crate::domain::session::Account;
    use crate::domain::session::Cause;
    use tokio::sync::mpsc;

    fn code() -> ClientEvent {
        ClientEvent::Qr {
            text: "2@code".to_owned(),
            ttl: Duration::from_mins(1),
        }
    }

    fn removed() -> ClientEvent {
        ClientEvent::Ended {
            cause: Cause::new(CauseCode::LoggedOut, "removed".to_owned()),
        }
    }

    fn refused() -> ClientEvent {
        ClientEvent::LinkFailed {
            failure: LinkFailureCode::HostedAccountUnsupported,
            said: "signature-mismatch".to_owned(),
        }
    }

    fn linked() -> ClientEvent {
        ClientEvent::Linked {
            account: Account {
                phone: Phone::parse("5511900000001").unwrap(),
                lid: None,
                push_name: None,
            },
        }
    }

    /// What comes out of it at once, and what later.
    async fn comes(events: &[ClientEvent]) -> (Vec<ClientEvent>, Vec<ClientEvent>) {
        let (told, mut heard) = mpsc::unbounded_channel();
        let sink = before_removal(Arc::new(move |event| told.send(event).unwrap()));
        for event in events {
            sink(event.clone());
        }
        let at_once = std::iter::from_fn(|| heard.try_recv().ok()).collect();
        // The channel closes when nothing is held any more.
        drop(sink);
        let mut later = Vec::new();
        while let Some(event) = heard.recv().await {
            later.push(event);
        }
        (at_once, later)
    }

    #[tokio::test]
    async fn the_reason_comes_alone_when_the_removal_overtakes_it() {
        let found = comes(&[code(), removed(), refused(), ClientEvent::Closed]).await;
        let at_once = vec![code(), refused(), ClientEvent::Closed];
        assert_eq!(found, (at_once, Vec::new()));
    }

    #[tokio::test]
    async fn a_removal_without_a_reason_is_told_in_the_end_and_alone() {
        let found = comes(&[code(), removed(), ClientEvent::Closed]).await;
        assert_eq!(found, (vec![code()], vec![removed()]));
    }

    #[tokio::test]
    async fn nothing_else_waits() {
        for between in [refused(), linked()] {
            let events = vec![code(), between, removed(), ClientEvent::Closed];
            assert_eq!(comes(&events).await, (events, Vec::new()));
        }
    }
}
