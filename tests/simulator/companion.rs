//! A linked device under test: a whatsapp-rust client with its own store, and the events it has raised.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wamux_simulator::{Options, Scanned, Simulator};
use whatsapp_rust::anyhow;
use whatsapp_rust::bot::Bot;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse, UreqHttpClient};
use whatsapp_rust::prelude::*;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::types::durability_hook::{InboundDurabilityHook, InboundMessage};

/// Longest wait for one event.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A simulator with a state file or none.
pub(crate) async fn simulator(state: Option<PathBuf>) -> Simulator {
    let listen = "127.0.0.1:0".parse().unwrap();
    Simulator::start(Options {
        listen,
        seed: 7,
        state,
    })
    .await
    .unwrap()
}

/// Every stanza of the clients was known.
pub(crate) fn all_known(simulator: &Simulator) {
    assert_eq!(simulator.unknown_list(), Vec::<String>::new());
    assert_eq!(simulator.unknown_stanzas(), 0);
}

/// Media hosts are spelled https; the simulator answers plain requests as well.
struct PlainHttp(UreqHttpClient);

fn plain(mut request: HttpRequest) -> HttpRequest {
    request.url = request.url.replacen("https://", "http://", 1);
    request
}

#[whatsapp_rust::async_trait]
impl HttpClient for PlainHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        self.0.execute(plain(request)).await
    }
}

struct Forward(mpsc::UnboundedSender<Arc<Event>>);

impl EventHandler for Forward {
    fn handle_event(&self, event: Arc<Event>) {
        let _test_over = self.0.send(event);
    }
}

/// Takes messages before they are acknowledged, as wamux does. Without it the library acknowledges first, and what it
/// was at when the connection broke is lost.
struct Keep(mpsc::UnboundedSender<String>);

#[whatsapp_rust::async_trait]
impl InboundDurabilityHook for Keep {
    async fn on_messages(&self, _: Arc<Client>, batch: &[InboundMessage]) -> anyhow::Result<()> {
        for message in batch {
            let _test_over = self.0.send(message.info.id.clone());
        }
        Ok(())
    }
}

/// A client and its events.
pub(crate) struct Companion {
    pub(crate) client: Arc<Client>,
    events: mpsc::UnboundedReceiver<Arc<Event>>,
    kept: mpsc::UnboundedReceiver<String>,
    seen: Vec<Arc<Event>>,
    run: JoinHandle<()>,
    store: Arc<tempfile::TempDir>,
    name: String,
    _subscription: Subscription,
}

impl Companion {
    /// Starts a client with an empty store. A name makes it announce itself, as an app does.
    pub(crate) async fn new(simulator: &Simulator, name: &str) -> Self {
        Self::open(
            &simulator.chat_url(),
            name,
            Arc::new(tempfile::tempdir().unwrap()),
        )
        .await
    }

    async fn open(url: &str, name: &str, store: Arc<tempfile::TempDir>) -> Self {
        let path = store.path().join("session.db");
        let backend = SqliteStore::new(path.to_str().unwrap()).await.unwrap();
        let (keeper, kept) = mpsc::unbounded_channel();
        let builder = Bot::builder()
            .with_backend(backend)
            .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(url))
            .with_http_client(PlainHttp(UreqHttpClient::new()))
            .with_version((2, 3000, 1_043_857_760))
            .with_inbound_durability_hook(Keep(keeper))
            // Fewer keys than the default 812 make a pairing faster and change nothing else.
            .with_wanted_pre_key_count(30);
        let builder = if name.is_empty() {
            builder
        } else {
            builder.with_push_name(name)
        };
        let bot = builder.build().await.unwrap();
        let client = bot.client();
        let (sender, events) = mpsc::unbounded_channel();
        let subscription = client.subscribe(EventInterest::ALL, Arc::new(Forward(sender)));
        let run = tokio::spawn(bot.run());
        Self {
            client,
            events,
            kept,
            seen: Vec::new(),
            run,
            store,
            name: name.to_owned(),
            _subscription: subscription,
        }
    }

    /// Starts a client and links it to a phone by QR code.
    pub(crate) async fn linked(
        simulator: &Simulator,
        name: &str,
        phone: Option<&str>,
    ) -> (Self, Scanned) {
        let mut companion = Self::new(simulator, name).await;
        let code = companion.qr_code().await;
        let scanned = simulator.scan_qr(&code, phone).await.unwrap();
        companion.connected().await;
        (companion, scanned)
    }

    /// Ends the client in order and starts another one with its store.
    pub(crate) async fn restarted(self, simulator: &Simulator) -> Self {
        let (name, store) = (self.name.clone(), Arc::clone(&self.store));
        self.stop().await;
        Self::open(&simulator.chat_url(), &name, store).await
    }

    /// Starts another client with the store of one whose loop has ended by itself.
    pub(crate) async fn resumed(self, simulator: &Simulator) -> Self {
        Self::resume(simulator, (self.name, self.store)).await
    }

    /// Ends the client in order, keeping its store for [`Companion::resume`].
    pub(crate) async fn stop(self) -> (String, Arc<tempfile::TempDir>) {
        self.client.disconnect().await;
        timeout(PATIENCE, self.run)
            .await
            .expect("the client's loop ends")
            .unwrap();
        (self.name, self.store)
    }

    /// Starts a client with the store of one that was stopped.
    pub(crate) async fn resume(
        simulator: &Simulator,
        (name, store): (String, Arc<tempfile::TempDir>),
    ) -> Self {
        Self::open(&simulator.chat_url(), &name, store).await
    }

    /// Waits for the first event that `look` wants; events before it stay for later.
    pub(crate) async fn expect<T>(
        &mut self,
        what: &str,
        mut look: impl FnMut(&Event) -> Option<T>,
    ) -> T {
        if let Some((at, found)) = self
            .seen
            .iter()
            .enumerate()
            .find_map(|(at, event)| Some((at, look(event)?)))
        {
            self.seen.remove(at);
            return found;
        }
        let search = async {
            while let Some(event) = self.events.recv().await {
                if let Some(found) = look(&event) {
                    return Some(found);
                }
                self.seen.push(event);
            }
            None
        };
        let found = timeout(PATIENCE, search).await;
        found
            .ok()
            .flatten()
            .unwrap_or_else(|| panic!("{what} did not come; {} came", names(&self.seen)))
    }

    /// Waits until all of these messages were taken, however often.
    pub(crate) async fn keeps(&mut self, ids: &[String]) {
        let mut missing: HashSet<_> = ids.iter().cloned().collect();
        let all = async {
            while !missing.is_empty() {
                missing.remove(&self.kept.recv().await.unwrap());
            }
        };
        let over = timeout(PATIENCE, all).await;
        assert!(over.is_ok(), "{missing:?} did not come");
    }

    /// The QR code shown first.
    pub(crate) async fn qr_code(&mut self) -> String {
        self.expect("a QR code", |event| match event {
            Event::PairingQrCode(shown) => Some(shown.code.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the client has no QR code left; says whether it hangs up.
    pub(crate) async fn exhausted(&mut self) -> bool {
        self.expect("PairingQrCodesExhausted", |event| match event {
            Event::PairingQrCodesExhausted(end) => Some(end.disconnected),
            _ => None,
        })
        .await
    }

    /// Waits until the client is logged in and in step.
    pub(crate) async fn connected(&mut self) {
        self.expect("Connected", |event| {
            matches!(event, Event::Connected(_)).then_some(())
        })
        .await;
    }

    /// Waits for a text; gives its message.
    pub(crate) async fn text(&mut self, text: &str) -> InboundMessage {
        self.expect(&format!("the text {text:?}"), |event| match event {
            Event::Messages(batch) => batch
                .messages
                .iter()
                .find(|inbound| inbound.message.text_content() == Some(text))
                .cloned(),
            _ => None,
        })
        .await
    }

    /// Waits for a receipt for a message: its kind by the library's name.
    pub(crate) async fn receipt(&mut self, id: &str, kind: &str) {
        self.expect(
            &format!("the receipt {kind} for {id}"),
            |event| match event {
                Event::Receipt(receipt) => {
                    let ours = receipt.message_ids.iter().any(|known| known == id);
                    (ours && format!("{:?}", receipt.r#type) == kind).then_some(())
                }
                _ => None,
            },
        )
        .await;
    }

    /// Waits for the server's verdict on a message: none, or an error code.
    pub(crate) async fn verdict(&mut self, id: &str) -> Option<String> {
        self.expect(&format!("the ack for {id}"), |event| match event {
            Event::ServerAck(ack) if ack.id == id => Some(ack.error.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the end of the client's loop.
    pub(crate) async fn ended(&mut self) {
        timeout(PATIENCE, &mut self.run)
            .await
            .expect("the client's loop ends")
            .unwrap();
    }
}

fn names(events: &[Arc<Event>]) -> String {
    events
        .iter()
        .map(|event| format!("{event:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}
