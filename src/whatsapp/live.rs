//! The real client: whatsapp-rust behind [`Connector`] and [`Client`].

use crate::config::AppVersion;
use crate::config::Endpoint;
use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::id::WaId;
use crate::domain::linking::Assertion;
use crate::domain::session::CauseCode;
use crate::domain::time::Timestamp;
use crate::whatsapp::Client;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::ClientSpec;
use crate::whatsapp::Connector;
use crate::whatsapp::EventSink;
use crate::whatsapp::Inbox;
use crate::whatsapp::Vitals;
use crate::whatsapp::error::WhatsAppError;
use crate::whatsapp::incoming;
use crate::whatsapp::outgoing;
use crate::whatsapp::refusal;
use crate::whatsapp::runtime::GuardedRuntime;
use async_trait::async_trait;
use futures::FutureExt;
use std::fs::File;
use std::io::Read;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use tracing::Instrument;
use whatsapp_rust::ErrorChainExt;
use whatsapp_rust::anyhow;
use whatsapp_rust::bot::Bot;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::http::HttpRequest;
use whatsapp_rust::http::HttpResponse;
use whatsapp_rust::http::UreqHttpClient;
use whatsapp_rust::pair_code::PairCodeRejection;
use whatsapp_rust::pair_code::PairError;
use whatsapp_rust::passkey::PasskeyError;
use whatsapp_rust::store::SqliteStore;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::types::durability_hook::InboundDurabilityHook;
use whatsapp_rust::types::durability_hook::InboundMessage;
use whatsapp_rust::wacore::iq::devices::RemoveCompanionDeviceSpec;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;
use whatsapp_rust::wacore::store::DevicePropsOverride;
use whatsapp_rust::waproto::whatsapp::device_props::PlatformType;

/// How long a pairing code is good (whatsapp-rust 0.7.0, `pair_code.rs`: 180 s).
const PAIRING_CODE_TTL: Duration = Duration::from_mins(3);
/// How long an orderly end may take: the library flushes twice for up to 5 s each.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(12);
/// How long a question about a number may take.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the end of the stream may lag behind a question that it cut off.
const END_LAG: Duration = Duration::from_secs(1);
/// How long WhatsApp may take to give a pairing code.
const PAIRING_CODE_TIMEOUT: Duration = Duration::from_secs(20);

/// Opens real clients.
pub struct LiveConnector {
    endpoint: Endpoint,
    device_name: String,
    version: AppVersion,
    presence: bool,
}

impl LiveConnector {
    /// `device_name` is what "Linked devices" shows on the phone.
    pub fn new(endpoint: Endpoint, device_name: String, version: AppVersion) -> Self {
        Self {
            endpoint,
            device_name,
            version,
            presence: false,
        }
    }

    /// Whether clients tell what people are doing: typing, being there. Without this they do not.
    #[must_use]
    pub fn with_presence(mut self, presence: bool) -> Self {
        self.presence = presence;
        self
    }

    fn transport(&self) -> TokioWebSocketTransportFactory {
        let factory = TokioWebSocketTransportFactory::new();
        match &self.endpoint {
            Endpoint::Production => factory,
            Endpoint::Sandbox(url) => factory.with_url(url.as_str()),
        }
    }
}

#[async_trait]
impl Connector for LiveConnector {
    async fn open(
        &self,
        spec: ClientSpec,
        inbox: Arc<dyn Inbox>,
        sink: EventSink,
    ) -> Result<Arc<dyn Client>, WhatsAppError> {
        let span = tracing::Span::current();
        let (sink, removed) = notice_removal(refusal::before_removal(sink));
        let path = spec
            .file
            .to_str()
            .ok_or_else(|| WhatsAppError::Storage("its path is not UTF-8".to_owned()))?;
        refuse_other_files(&spec.file)?;
        let store = SqliteStore::new(path)
            .await
            .map_err(|error| WhatsAppError::Storage(error.to_string()))?;
        let runtime = GuardedRuntime::new(span.clone(), Arc::clone(&sink));
        let props = DevicePropsOverride::new()
            .with_os(self.device_name.clone())
            .with_platform_type(PlatformType::DESKTOP);
        let mut builder = Bot::builder()
            .with_backend(store)
            .with_transport_factory(self.transport())
            .with_runtime(runtime.clone())
            .with_version(self.version.parts())
            .with_device_props(props)
            .with_inbound_durability_hook(InboxHook {
                inbox,
                sink: Arc::clone(&sink),
            })
            .skip_history_sync();
        if let (Endpoint::Sandbox(_), Some(name)) = (&self.endpoint, &spec.name) {
            builder = builder.with_push_name(name.clone());
        }
        let bot = match self.endpoint {
            Endpoint::Production => {
                builder
                    .with_http_client(UreqHttpClient::new())
                    .build()
                    .await
            }
            Endpoint::Sandbox(_) => builder.with_http_client(NoHttp).build().await,
        };
        let bot =
            bot.map_err(|error| WhatsAppError::Storage(crate::whatsapp::error::chain(&error)))?;
        let client = bot.client();
        let interest = incoming::interest(self.presence);
        let translator = incoming::Translator::new(&client, Arc::clone(&sink), interest);
        let subscription = client.subscribe(interest, Arc::new(translator));
        subscription.detach();
        let (ended, has_ended) = watch::channel(false);
        let run = async move {
            if let Err(panic) = AssertUnwindSafe(bot.run()).catch_unwind().await {
                sink(ClientEvent::Panicked {
                    text: super::runtime::panic_text(panic.as_ref()),
                });
            }
            // The receivers may be gone; then nobody waits for the end.
            ended.send_replace(true);
            sink(ClientEvent::Closed);
        };
        let run = tokio::spawn(run.instrument(span));
        Ok(Arc::new(LiveClient {
            client,
            runtime,
            has_ended,
            removed,
            run: run.abort_handle(),
        }))
    }
}

/// The library takes half a minute to give up on a file that is no database; its first bytes tell at once.
fn refuse_other_files(file: &Path) -> Result<(), WhatsAppError> {
    // https://www.sqlite.org/fileformat.html, section 1.3
    const MAGIC: [u8; 16] = *b"SQLite format 3\0";
    let mut start = [0; MAGIC.len()];
    let read = match File::open(file) {
        Ok(mut file) => file.read(&mut start),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => Err(error),
    };
    match read {
        // A file that was made and never written to is a new one.
        Ok(0) => Ok(()),
        Ok(_) if start == MAGIC => Ok(()),
        Ok(_) => Err(WhatsAppError::Storage("it is not a database".to_owned())),
        Err(error) => Err(WhatsAppError::Storage(error.to_string())),
    }
}

/// Passes events on and remembers whether WhatsApp has said that the device is removed.
fn notice_removal(sink: EventSink) -> (EventSink, watch::Receiver<bool>) {
    let (noticed, removed) = watch::channel(false);
    let noticing: EventSink = Arc::new(move |event| {
        if let ClientEvent::Ended { cause } = &event
            && cause.code == CauseCode::LoggedOut
        {
            noticed.send_replace(true);
        }
        sink(event);
    });
    (noticing, removed)
}

struct LiveClient {
    client: Arc<whatsapp_rust::Client>,
    runtime: GuardedRuntime,
    has_ended: watch::Receiver<bool>,
    removed: watch::Receiver<bool>,
    run: tokio::task::AbortHandle,
}

#[async_trait]
impl Client for LiveClient {
    fn is_connected(&self) -> bool {
        self.client.is_connected() && self.client.is_logged_in()
    }

    fn is_linked(&self) -> bool {
        self.client.pn().is_some()
    }

    fn vitals(&self) -> Vitals {
        let stats = self.client.stats();
        let last = i64::try_from(stats.last_data_received_ms).unwrap_or(i64::MAX);
        Vitals {
            last_frame_at: (last > 0).then(|| Timestamp::from_millis(last)),
            reconnects: stats.reconnects,
            failures: stats.reconnect_errors,
            file_failed: self.client.persistence_manager().is_saver_halted(),
        }
    }

    async fn probe(&self, limit: Duration) -> Result<(), WhatsAppError> {
        let ping = self.client.execute(KeepaliveSpec::with_timeout(limit));
        match tokio::time::timeout(limit, ping).await {
            Ok(Ok(())) => Ok(()),
            // A server that says no is alive.
            Ok(Err(error)) if error.server_rejection().is_some() => Ok(()),
            Ok(Err(error)) => Err(outgoing::refusal(&error)),
            Err(_) => Err(WhatsAppError::Timeout(limit)),
        }
    }

    async fn look_up(&self, chat: &ChatId) -> Result<Option<Party>, WhatsAppError> {
        let jid = outgoing::jid(chat)?;
        let contacts = self.client.contacts();
        let answer = tokio::time::timeout(
            LOOK_UP_TIMEOUT,
            contacts.is_on_whatsapp(std::slice::from_ref(&jid)),
        );
        let found = answer
            .await
            .map_err(|_| WhatsAppError::Timeout(LOOK_UP_TIMEOUT))?
            .map_err(|error| outgoing::refusal(&error))?;
        Ok(found
            .into_iter()
            .find(|entry| entry.is_registered)
            .and_then(|entry| incoming::party_of_answer(chat, &entry)))
    }

    async fn send_text(&self, to: &ChatId, text: &str, id: &WaId) -> Result<(), WhatsAppError> {
        outgoing::send_text(&self.client, to, text, id).await
    }

    async fn pairing_code(&self, phone: &Phone) -> Result<(String, Duration), WhatsAppError> {
        let options = whatsapp_rust::pair_code::PairCodeOptions {
            phone_number: phone.as_str().to_owned(),
            ..Default::default()
        };
        let code = async {
            self.client
                .wait_for_socket(PAIRING_CODE_TIMEOUT)
                .await
                .map_err(|_| WhatsAppError::NotConnected)?;
            // A caller who asks again wants a code that works now, for the number that it names now.
            self.client.cancel_pair_code().await;
            self.client
                .pair_with_code(options)
                .await
                .map_err(|error| code_refused(&error))
        };
        let code = tokio::time::timeout(PAIRING_CODE_TIMEOUT, code)
            .await
            .map_err(|_| WhatsAppError::Timeout(PAIRING_CODE_TIMEOUT))??;
        Ok((code, PAIRING_CODE_TTL))
    }

    async fn give_passkey(&self, assertion: Assertion) -> Result<(), WhatsAppError> {
        let assertion = whatsapp_rust::passkey::Assertion {
            assertion_json: assertion.json.0.into_bytes(),
            credential_id: assertion.credential_id,
        };
        let given = self.client.send_passkey_response(assertion).await;
        given.map_err(|error| self.passkey_refused(&error))
    }

    async fn confirm_passkey(&self) -> Result<(), WhatsAppError> {
        let confirmed = self.client.send_passkey_confirmation().await;
        confirmed.map_err(|error| self.passkey_refused(&error))
    }

    async fn log_out(&self) -> Result<(), WhatsAppError> {
        let jid = self.client.pn().ok_or(WhatsAppError::NotConnected)?;
        if !self.is_connected() {
            return Err(WhatsAppError::NotConnected);
        }
        // The server ends the stream right after its answer; coming back would be refused.
        self.client
            .enable_auto_reconnect
            .store(false, Ordering::Relaxed);
        let Err(error) = self
            .client
            .execute(RemoveCompanionDeviceSpec::new(&jid))
            .await
        else {
            return Ok(());
        };
        // The end of the stream can overtake the answer; that the device is removed is an answer as well.
        let mut removed = self.removed.clone();
        let told = tokio::time::timeout(END_LAG, removed.wait_for(|removed| *removed)).await;
        if matches!(told, Ok(Ok(_))) {
            Ok(())
        } else {
            Err(outgoing::refusal(&error))
        }
    }

    async fn close(&self) {
        let mut has_ended = self.has_ended.clone();
        let orderly = async {
            self.client.disconnect().await;
            // An error means that the sender is gone, and so is the loop.
            drop(has_ended.wait_for(|ended| *ended).await);
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, orderly).await.is_err() {
            tracing::warn!(
                timeout_secs = CLOSE_TIMEOUT.as_secs(),
                "the client did not end in time and was aborted"
            );
            self.run.abort();
        }
    }

    async fn abandon(&self) {
        self.runtime.cut();
        self.client.signal_shutdown_sync();
        self.run.abort();
        let mut has_ended = self.has_ended.clone();
        // An error means that the loop is gone.
        drop(has_ended.wait_for(|ended| *ended).await);
    }

    #[cfg(feature = "sandbox")]
    fn crash(&self) {
        use whatsapp_rust::Runtime;
        #[expect(clippy::panic, reason = "the sandbox's way to prove isolation")]
        self.runtime.spawn_detached(Box::pin(async {
            panic!("a crash inside the client was asked for")
        }));
    }
}

impl LiveClient {
    /// The library has one error for everything that can go wrong with a passkey.
    fn passkey_refused(&self, error: &PasskeyError) -> WhatsAppError {
        if !self.client.is_connected() {
            return WhatsAppError::NotConnected;
        }
        WhatsAppError::Refused {
            detail: incoming::linking::said(&error.to_string()),
            retryable: false,
        }
    }
}

/// WhatsApp says `bad-request` as well when it limits how often a number may ask.
fn code_refused(error: &PairError) -> WhatsAppError {
    let rejection = error.rejection();
    if rejection.is_some_and(PairCodeRejection::is_throttled) {
        return WhatsAppError::Throttled {
            detail: error.to_string(),
            retry_after: error.backoff(),
        };
    }
    WhatsAppError::refused(error, rejection.is_none())
}

impl Drop for LiveClient {
    fn drop(&mut self) {
        self.client.signal_shutdown_sync();
    }
}

/// Hands decrypted messages to the inbox before they are acknowledged.
struct InboxHook {
    inbox: Arc<dyn Inbox>,
    sink: EventSink,
}

#[async_trait]
impl InboundDurabilityHook for InboxHook {
    async fn on_messages(
        &self,
        client: Arc<whatsapp_rust::Client>,
        batch: &[InboundMessage],
    ) -> anyhow::Result<()> {
        let mut contents = Vec::with_capacity(batch.len());
        for inbound in batch {
            contents.extend(incoming::content(&client, inbound).await);
        }
        let count = contents.len();
        if count > 0 {
            self.inbox
                .keep(contents)
                .await
                .map_err(anyhow::Error::from_boxed)?;
            (self.sink)(ClientEvent::Received { count });
        }
        Ok(())
    }
}

/// A sandbox session fetches nothing from anywhere: the simulator is all there is.
struct NoHttp;

#[async_trait]
impl HttpClient for NoHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        Err(anyhow::anyhow!(
            "a sandbox build does not fetch {}",
            request.url
        ))
    }
}
