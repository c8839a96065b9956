//! Traces: what one request brought about, from the HTTP call by way of the outbox and WhatsApp's answer to the webhooks.
//! The only place that names OpenTelemetry.
//!
//! A place in a trace is a value that travels with a message. No span lasts beyond what it is of, so that no session runs
//! in the span of the request that made it. Where nothing is exported, spans are switched off and cost next to nothing.

use crate::config::TelemetryConfig;
use crate::courier;
use crate::courier::CourierError;
use opentelemetry::trace::SpanContext;
use opentelemetry::trace::SpanId;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::trace::TraceFlags;
use opentelemetry::trace::TraceId;
use opentelemetry::trace::TraceState;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_otlp::WithHttpConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::Sampler;
use opentelemetry_sdk::trace::SdkTracer;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::SpanData;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::context::TokioContext;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_opentelemetry::SetParentError;

/// What spans of traces are named in the log's directives, where they are turned off.
pub(super) const TARGET: &str = "otel";

/// Where a collector takes traces, below its address.
const PATH: &str = "v1/traces";
/// How long a collector may take to answer.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last spans may take at the end of the daemon.
const LAST_EXPORT: Duration = Duration::from_secs(3);

/// A place in a trace, as the header `traceparent` of W3C Trace Context says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(SpanContext);

impl TraceParent {
    /// Reads the header; none when it is not valid, as the standard has it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, length: usize| {
            part.len() == length
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let is_whole = is_hex(version, 2)
            && version != "ff"
            && is_hex(trace, 32)
            && is_hex(span, 16)
            && is_hex(flags, 2)
            && (version != "00" || parts.next().is_none());
        let flags = u8::from_str_radix(flags, 16).ok().filter(|_| is_whole)?;
        let context = SpanContext::new(
            TraceId::from_hex(trace).ok()?,
            SpanId::from_hex(span).ok()?,
            TraceFlags::new(flags & TraceFlags::SAMPLED.to_u8()),
            true,
            TraceState::default(),
        );
        context.is_valid().then_some(Self(context))
    }

    /// Where this span is; none while nothing is exported.
    pub fn of(span: &Span) -> Option<Self> {
        if span.is_disabled() {
            return None;
        }
        let context = span.context().span().span_context().clone();
        context.is_valid().then_some(Self(context))
    }

    /// As a header.
    pub fn to_header(&self) -> String {
        let Self(context) = self;
        format!(
            "00-{}-{}-{:02x}",
            context.trace_id(),
            context.span_id(),
            context.trace_flags().to_u8()
        )
    }
}

/// A request to the API.
pub fn request(method: &str, route: &str, parent: Option<&TraceParent>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    follow(&span, parent);
    span
}

/// The request was answered with that status.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        failed(span);
    }
}

/// Handing a message over to the connection, after it has waited for its turn.
pub fn outbox_send(parent: Option<&TraceParent>, waited: Duration) -> Span {
    let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
    let span = tracing::info_span!(
        target: TARGET,
        "outbox.send",
        otel.status_code = Empty,
        wamux.waited_ms = waited_ms,
    );
    follow(&span, parent);
    span
}

/// Waiting for WhatsApp's answer to a message.
pub fn whatsapp_ack(parent: Option<&TraceParent>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "whatsapp.ack",
        otel.kind = "client",
        otel.status_code = Empty,
    );
    follow(&span, parent);
    span
}

/// One attempt to deliver an event.
pub fn webhook_deliver(parent: Option<&TraceParent>, event: &str) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "webhook.deliver",
        otel.kind = "client",
        otel.status_code = Empty,
        wamux.event = event,
        http.response.status_code = Empty,
    );
    follow(&span, parent);
    span
}

/// What the span is of has failed.
pub fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

fn follow(span: &Span, parent: Option<&TraceParent>) {
    if span.is_disabled() {
        return;
    }
    let context = match parent {
        Some(TraceParent(parent)) => {
            opentelemetry::Context::new().with_remote_span_context(parent.clone())
        }
        // A trace of its own, wherever it is begun.
        None => opentelemetry::Context::new(),
    };
    // Without an export there is nobody who would want it.
    if let Err(error) = span.set_parent(context)
        && !matches!(error, SetParentError::LayerNotFound)
    {
        tracing::debug!(?error, "a span has lost its trace");
    }
}

/// Traces cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The exporter.
    #[error("telemetry.otlp_endpoint cannot be used")]
    Exporter(#[from] ExporterBuildError),
    /// Its client.
    #[error(transparent)]
    Client(#[from] CourierError),
}

/// Exports traces, in the background.
pub(super) struct Export(SdkTracerProvider);

impl Export {
    /// Begins; none where no collector is named. Needs a running tokio runtime.
    pub(super) fn begin(config: &TelemetryConfig) -> Result<Option<Self>, TraceError> {
        if config.otlp_endpoint.is_empty() {
            return Ok(None);
        }
        let endpoint = format!("{}/{PATH}", config.otlp_endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(courier::client(EXPORT_TIMEOUT)?)
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()?;
        let resource = Resource::builder()
            .with_service_name(config.service_name.clone())
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let share = f64::from(config.sample_percent) / 100.0;
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share)));
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_batch_exporter(OnTokio(exporter, Handle::current()))
            .build();
        Ok(Some(Self(provider)))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.0.tracer("wamux")
    }

    /// Exports what there is, for a moment.
    pub(super) async fn end(self) {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(LAST_EXPORT));
        if let Ok(Err(error)) = ended.await {
            tracing::warn!(%error, "the last spans could not be exported");
        }
    }
}

/// The client needs tokio, and the thread that exports is none of tokio's.
#[derive(Debug)]
struct OnTokio(SpanExporter, Handle);

impl opentelemetry_sdk::trace::SpanExporter for OnTokio {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let work = async {
            let done = self.0.export(batch).await;
            if let Err(error) = &done {
                tracing::warn!(%error, "spans could not be exported");
            }
            done
        };
        TokioContext::new(work, self.1.clone())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_place_in_a_trace_is_read_and_written_as_it_was() {
        assert_eq!(TraceParent::parse(GOOD).unwrap().to_header(), GOOD);
    }

    #[test]
    fn what_is_no_place_in_a_trace_is_passed_over() {
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &GOOD.to_uppercase(),
            &GOOD.replacen("00", "ff", 1),
            &format!("{GOOD}-more"),
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GOOD.replace("00f067aa0ba902b7", "00f067aa0ba902bü"),
        ] {
            assert_eq!(TraceParent::parse(bad), None, "{bad}");
        }
        // A later version may say more.
        let later = format!("{}-more", GOOD.replacen("00", "01", 1));
        assert!(TraceParent::parse(&later).is_some());
    }

    #[test]
    fn without_an_export_there_are_no_spans() {
        let span = request("GET", "/", TraceParent::parse(GOOD).as_ref());
        assert_eq!(TraceParent::of(&span), None);
    }
}
