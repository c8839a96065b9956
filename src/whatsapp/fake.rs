//! A WhatsApp for tests of the actors: it does what the test says and remembers what it was asked.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::id::WaId;
use crate::domain::linking::Assertion;
use crate::whatsapp::Client;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::ClientSpec;
use crate::whatsapp::Connector;
use crate::whatsapp::EventSink;
use crate::whatsapp::Inbox;
use crate::whatsapp::Vitals;
use crate::whatsapp::error::WhatsAppError;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::watch;

/// What happened at the fake, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A client was opened.
    Opened,
    /// A text was handed over.
    Sent(String, WaId),
    /// A passkey's answer was given.
    Passkey(Assertion),
    /// The codes were said to be the same.
    Confirmed,
    /// The device was unlinked.
    LoggedOut,
    /// A client was closed.
    Closed,
}

/// Opens clients that do as they are told.
pub(crate) struct FakeWhatsApp {
    seen: watch::Sender<Vec<Seen>>,
    doors: Mutex<Vec<(EventSink, Arc<dyn Inbox>)>>,
    files: Mutex<Vec<PathBuf>>,
    /// Whether the server takes passkeys and gives codes to type.
    pub(crate) links: Arc<AtomicBool>,
    /// Whether files can be opened.
    pub(crate) files_work: AtomicBool,
    /// Whether clients say that they are connected.
    pub(crate) connected: Arc<AtomicBool>,
    /// Whether a phone has linked the newest client.
    pub(crate) linked: Arc<AtomicBool>,
    /// Whether the server answers probes.
    pub(crate) answers: Arc<AtomicBool>,
    /// How often the newest client has connected again.
    pub(crate) reconnects: Arc<AtomicU64>,
    /// A client may send as often as there are permits.
    pub(crate) sends: Arc<Semaphore>,
}

impl FakeWhatsApp {
    /// One where everything works.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            seen: watch::Sender::new(Vec::new()),
            doors: Mutex::default(),
            files: Mutex::default(),
            links: Arc::new(AtomicBool::new(true)),
            files_work: AtomicBool::new(true),
            connected: Arc::default(),
            linked: Arc::default(),
            answers: Arc::new(AtomicBool::new(true)),
            reconnects: Arc::default(),
            sends: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        })
    }

    /// Lets something happen at the newest client.
    pub(crate) fn tell(&self, event: ClientEvent) {
        if event == ClientEvent::Connected {
            self.connected.store(true, Ordering::SeqCst);
        }
        let sink = Arc::clone(&self.doors.lock().unwrap().last().unwrap().0);
        sink(event);
    }

    /// Where the newest client leaves incoming messages.
    pub(crate) fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::clone(&self.doors.lock().unwrap().last().unwrap().1)
    }

    /// Waits until what was seen fits, and gives it.
    pub(crate) async fn wait_for(&self, fits: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut seen = self.seen.subscribe();
        let found = seen.wait_for(|seen| fits(seen));
        let found = tokio::time::timeout(Duration::from_secs(10), found).await;
        found.expect("it should have been seen").unwrap().clone()
    }

    /// The files of the clients that were opened, in order.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.files.lock().unwrap().clone()
    }

    /// How many clients were opened.
    pub(crate) fn opened(&self) -> usize {
        self.seen
            .borrow()
            .iter()
            .filter(|seen| **seen == Seen::Opened)
            .count()
    }
}

#[async_trait]
impl Connector for FakeWhatsApp {
    async fn open(
        &self,
        spec: ClientSpec,
        inbox: Arc<dyn Inbox>,
        sink: EventSink,
    ) -> Result<Arc<dyn Client>, WhatsAppError> {
        if !self.files_work.load(Ordering::SeqCst) {
            return Err(WhatsAppError::Storage("it is not a database".to_owned()));
        }
        self.connected.store(false, Ordering::SeqCst);
        std::fs::write(&spec.file, "").unwrap();
        self.files.lock().unwrap().push(spec.file);
        self.doors.lock().unwrap().push((sink, inbox));
        self.seen.send_modify(|seen| seen.push(Seen::Opened));
        Ok(Arc::new(FakeClient {
            seen: self.seen.clone(),
            connected: Arc::clone(&self.connected),
            linked: Arc::clone(&self.linked),
            answers: Arc::clone(&self.answers),
            links: Arc::clone(&self.links),
            reconnects: Arc::clone(&self.reconnects),
            sends: Arc::clone(&self.sends),
        }))
    }
}

struct FakeClient {
    seen: watch::Sender<Vec<Seen>>,
    connected: Arc<AtomicBool>,
    linked: Arc<AtomicBool>,
    answers: Arc<AtomicBool>,
    links: Arc<AtomicBool>,
    reconnects: Arc<AtomicU64>,
    sends: Arc<Semaphore>,
}

impl FakeClient {
    fn saw(&self, what: Seen) {
        self.seen.send_modify(|seen| seen.push(what));
    }
}

#[async_trait]
impl Client for FakeClient {
    fn is_connected(&self) -> bool {
        self.connected.load(Ordering::SeqCst)
    }

    fn is_linked(&self) -> bool {
        self.linked.load(Ordering::SeqCst)
    }

    fn vitals(&self) -> Vitals {
        Vitals {
            reconnects: self.reconnects.load(Ordering::SeqCst),
            ..Vitals::default()
        }
    }

    async fn probe(&self, limit: Duration) -> Result<(), WhatsAppError> {
        if self.answers.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(WhatsAppError::Timeout(limit))
    }

    async fn look_up(&self, chat: &ChatId) -> Result<Option<Party>, WhatsAppError> {
        Ok(Some(Party::from_id(chat.clone())))
    }

    async fn send_text(&self, _to: &ChatId, text: &str, id: &WaId) -> Result<(), WhatsAppError> {
        self.saw(Seen::Sent(text.to_owned(), id.clone()));
        self.sends.acquire().await.unwrap().forget();
        Ok(())
    }

    async fn pairing_code(&self, _phone: &Phone) -> Result<(String, Duration), WhatsAppError> {
        if self.links.load(Ordering::SeqCst) {
            return Ok(("ABCD1234".to_owned(), Duration::from_mins(3)));
        }
        Err(WhatsAppError::Throttled {
            detail: "too fast".to_owned(),
            retry_after: Some(Duration::from_mins(1)),
        })
    }

    async fn give_passkey(&self, assertion: Assertion) -> Result<(), WhatsAppError> {
        self.saw(Seen::Passkey(assertion));
        if self.links.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(WhatsAppError::Refused {
            detail: "not this one".to_owned(),
            retryable: false,
        })
    }

    async fn confirm_passkey(&self) -> Result<(), WhatsAppError> {
        self.saw(Seen::Confirmed);
        Ok(())
    }

    async fn log_out(&self) -> Result<(), WhatsAppError> {
        self.saw(Seen::LoggedOut);
        Ok(())
    }

    async fn close(&self) {
        self.saw(Seen::Closed);
    }

    async fn abandon(&self) {
        self.close().await;
    }

    #[cfg(feature = "sandbox")]
    fn crash(&self) {}
}
