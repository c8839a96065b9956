//! What the operator of a receiver, and the operator of the daemon, can rely on: real connections over loopback.

mod receiver;

use super::*;
use receiver::Received;
use receiver::answer_once;
use receiver::take;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use standardwebhooks::Webhook;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NEW_SECRET: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl6Xk1ZqZyYkKgqYhGkmw=";
const BODY: &str = r#"{"id":"evt_01ARZ3NDEKTSV4RRFFQ69G5FAV","type":"message.received"}"#;
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn config(allowed: &[&str]) -> WebhooksConfig {
    WebhooksConfig {
        allow_addresses: allowed.iter().map(|range| range.parse().unwrap()).collect(),
        ..WebhooksConfig::default()
    }
}

/// A courier that may call loopback.
fn local() -> Courier {
    Courier::new(&config(&["127.0.0.0/8"])).unwrap()
}

/// The same with little time.
fn hasty(timeout_secs: u64) -> Courier {
    let config = WebhooksConfig {
        timeout_secs,
        ..config(&["127.0.0.0/8"])
    };
    Courier::new(&config).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the verifier goes by the machine's clock"
)]
fn parcel(url: impl Into<String>) -> Parcel {
    Parcel {
        url: url.into(),
        id: EventId::parse("evt_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
        body: Bytes::from_static(BODY.as_bytes()),
        secret: secret::parse(SECRET).unwrap(),
        previous_secret: None,
        headers: WebhookHeaders::default(),
        at: jiff::Timestamp::now().into(),
        traceparent: None,
    }
}

fn at(address: SocketAddr) -> Parcel {
    parcel(format!("http://{address}/hook"))
}

/// What becomes of a parcel whose receiver answers with these bytes and hangs up.
async fn outcome_of(answer: impl Into<Vec<u8>>) -> Outcome {
    let (address, _received) = answer_once(answer).await;
    local().post(&at(address)).await
}

fn failed_with(outcome: &Outcome) -> FailureCode {
    outcome.failure.as_ref().unwrap().code
}

fn detail(outcome: &Outcome) -> &str {
    &outcome.failure.as_ref().unwrap().detail
}

async fn delivered(parcel: Parcel, address: SocketAddr) -> Outcome {
    let outcome = local().post(&parcel).await;
    assert!(outcome.is_delivered(), "{address}: {outcome:?}");
    outcome
}

fn verifies(secret: &str, received: &Received) -> bool {
    let verifier = Webhook::new(secret).unwrap();
    verifier.verify(&received.body, &received.headers).is_ok()
}

#[tokio::test]
async fn an_event_arrives_as_it_was_with_the_names_of_both() {
    let (address, received) = answer_once(OK).await;
    let mut parcel = at(address);
    parcel.headers = WebhookHeaders::parse([("Authorization", "Bearer x")]).unwrap();
    let outcome = delivered(parcel, address).await;
    assert_eq!(outcome.status, Some(200));
    assert_eq!(outcome.excerpt.as_deref(), Some("ok"));
    assert_eq!(outcome.retry_after, None);

    let received = received.await.unwrap();
    assert_eq!(received.request_line, "POST /hook HTTP/1.1");
    assert_eq!(received.body, BODY.as_bytes());
    assert_eq!(received.headers["content-type"], "application/json");
    assert_eq!(received.headers["user-agent"], SELF_NAME);
    assert_eq!(received.headers["authorization"], "Bearer x");
    assert_eq!(
        received.headers["webhook-id"],
        "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    );
}

#[tokio::test]
async fn the_official_verifier_takes_the_signature_and_no_other_secret_does() {
    let (address, received) = answer_once(OK).await;
    delivered(at(address), address).await;
    let mut received = received.await.unwrap();
    assert!(verifies(SECRET, &received));
    assert!(!verifies(NEW_SECRET, &received));
    received.body[0] ^= 1;
    assert!(!verifies(SECRET, &received));
}

#[tokio::test]
async fn while_a_secret_is_replaced_receivers_with_either_take_the_signature() {
    let (address, received) = answer_once(OK).await;
    let mut parcel = at(address);
    parcel.secret = secret::parse(NEW_SECRET).unwrap();
    parcel.previous_secret = Some(secret::parse(SECRET).unwrap());
    delivered(parcel, address).await;
    let received = received.await.unwrap();
    assert!(verifies(SECRET, &received));
    assert!(verifies(NEW_SECRET, &received));
    assert!(!verifies(
        "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &received
    ));
}

#[test]
fn the_signature_is_that_of_the_specification() {
    let mut parcel = parcel("https://example.com");
    parcel.at = Timestamp::from_millis(1_649_367_553_999);
    let official = Webhook::new(SECRET).unwrap();
    let expected = official
        .sign(parcel.id.as_str(), 1_649_367_553, BODY.as_bytes())
        .unwrap();
    let [_, timestamp, signature] = signature::headers(&parcel);
    assert_eq!(timestamp.1, "1649367553");
    assert_eq!(signature.1, expected);
}

#[tokio::test]
async fn a_receiver_that_is_down_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outcome = local().post(&at(address)).await;
    assert_eq!(failed_with(&outcome), FailureCode::Connect);
    assert!(detail(&outcome).contains("refused"), "{outcome:?}");
    assert_eq!(outcome.status, None);
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_given_up_in_time() {
    // The system takes the connection; nobody reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let outcome = hasty(1).post(&at(listener.local_addr().unwrap())).await;
    assert_eq!(failed_with(&outcome), FailureCode::Timeout);
    assert_eq!(detail(&outcome), "there was no complete answer within 1 s");
    assert!(outcome.took >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_body_that_trickles_ends_with_the_time_limit_and_shows_what_came() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let trickle = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        take(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        while stream.write_all(b"x").await.is_ok() {
            beat.tick().await;
        }
    });
    let outcome = hasty(3).post(&at(address)).await;
    assert_eq!(failed_with(&outcome), FailureCode::Timeout);
    assert_eq!(outcome.status, Some(200));
    assert!(outcome.excerpt.unwrap().starts_with('x'));
    // It ends only because the courier hangs up.
    trickle.await.unwrap();
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let flood = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        take(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    });
    let outcome = delivered(at(address), address).await;
    assert_eq!(outcome.excerpt, Some("x".repeat(1024)));
    // It ends only because the courier hangs up.
    flood.await.unwrap();
}

#[tokio::test]
async fn a_status_other_than_2xx_is_a_failure_with_the_excerpt_and_the_wish_of_the_receiver() {
    let outcome =
        outcome_of("HTTP/1.1 503 Busy\r\nretry-after: 120\r\ncontent-length: 4\r\n\r\nbusy").await;
    assert_eq!(failed_with(&outcome), FailureCode::Status);
    assert!(detail(&outcome).contains("503"), "{outcome:?}");
    assert_eq!(outcome.status, Some(503));
    assert_eq!(outcome.excerpt.as_deref(), Some("busy"));
    assert_eq!(outcome.retry_after, Some(Duration::from_mins(2)));
    assert!(!outcome.is_gone());

    // What the receiver said counts more than how it said it.
    let cut = outcome_of("HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\noh").await;
    assert_eq!(failed_with(&cut), FailureCode::Status);
    assert_eq!(cut.excerpt.as_deref(), Some("oh"));
}

#[tokio::test]
async fn a_receiver_that_wants_no_more_is_told_apart() {
    let outcome = outcome_of("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n").await;
    assert!(outcome.is_gone());
    assert_eq!(failed_with(&outcome), FailureCode::Status);
    assert_eq!(outcome.excerpt, None);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_delivery() {
    let broken = outcome_of("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of").await;
    assert_eq!(failed_with(&broken), FailureCode::Closed);
    assert_eq!(broken.status, Some(200));
    assert_eq!(broken.excerpt.as_deref(), Some("half of"));

    let silent = outcome_of("").await;
    assert_eq!(failed_with(&silent), FailureCode::Closed);
    assert_eq!(silent.status, None);
}

#[tokio::test]
async fn what_is_not_http_is_named() {
    let other = outcome_of("220 smtp.example.com ESMTP\r\n").await;
    assert_eq!(failed_with(&other), FailureCode::Protocol, "{other:?}");

    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(2_000_000));
    let long = outcome_of(long).await;
    assert_eq!(failed_with(&long), FailureCode::TooLong, "{long:?}");
}

#[tokio::test]
async fn bytes_that_are_no_text_do_no_harm() {
    let outcome =
        outcome_of(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\xff\xfe".to_vec()).await;
    assert_eq!(outcome.excerpt.as_deref(), Some("a\u{fffd}\u{fffd}"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let location = target.local_addr().unwrap();
    let outcome = outcome_of(format!(
        "HTTP/1.1 307 Over there\r\nlocation: http://{location}/\r\ncontent-length: 0\r\n\r\n"
    ))
    .await;
    assert_eq!(failed_with(&outcome), FailureCode::Redirect);
    assert!(
        detail(&outcome).contains("redirects are not followed"),
        "{outcome:?}"
    );
    let knock = target.accept().unwrap_err();
    assert_eq!(knock.kind(), io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn without_an_allowance_nothing_of_ones_own_is_reached_by_name_or_address() {
    let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    own.set_nonblocking(true).unwrap();
    let port = own.local_addr().unwrap().port();
    let courier = Courier::new(&config(&[])).unwrap();
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
        let outcome = courier
            .post(&parcel(format!("http://{host}:{port}/")))
            .await;
        assert_eq!(
            failed_with(&outcome),
            FailureCode::RefusedAddress,
            "{host}: {outcome:?}"
        );
        assert!(
            detail(&outcome).contains("webhooks.allow_addresses"),
            "{outcome:?}"
        );
    }
    assert_eq!(own.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

/// Answers of a name server, one a question.
struct Script(Mutex<VecDeque<io::Result<Vec<IpAddr>>>>);

impl Script {
    fn of(answers: impl IntoIterator<Item = io::Result<Vec<IpAddr>>>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(answers.into_iter().collect())))
    }
}

#[async_trait::async_trait]
impl Lookup for Script {
    async fn lookup(&self, _name: &str) -> io::Result<Vec<SocketAddr>> {
        let answer = self.0.lock().unwrap().pop_front().unwrap();
        Ok(answer?
            .into_iter()
            .map(|ip| SocketAddr::new(ip, 0))
            .collect())
    }
}

fn scripted(
    allowed: &[&str],
    answers: impl IntoIterator<Item = io::Result<Vec<IpAddr>>>,
) -> Courier {
    let config = config(allowed);
    Courier::assemble(&config, Script::of(answers), tls::public_roots()).unwrap()
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_later_is_checked_again() {
    let answers = [[127, 0, 0, 1], [10, 0, 0, 1]].map(|ip| Ok(vec![IpAddr::from(ip)]));
    let courier = scripted(&["127.0.0.1/32"], answers);
    let (address, _received) = answer_once(OK).await;
    let parcel = parcel(format!("http://rebind.test:{}/", address.port()));
    assert!(courier.post(&parcel).await.is_delivered());
    // The receiver hung up, so this one connects anew.
    let outcome = courier.post(&parcel).await;
    assert_eq!(failed_with(&outcome), FailureCode::RefusedAddress);
    assert!(detail(&outcome).starts_with("10.0.0.1 is a private address"));
}

#[tokio::test]
async fn of_a_name_with_many_addresses_only_those_that_pass_are_called() {
    let (address, _received) = answer_once(OK).await;
    let other = std::net::TcpListener::bind(("127.0.0.2", address.port())).unwrap();
    other.set_nonblocking(true).unwrap();
    let mixed = [[127, 0, 0, 2], [127, 0, 0, 1]].map(IpAddr::from);
    let courier = scripted(&["127.0.0.1/32"], [Ok(mixed.to_vec())]);
    let parcel = parcel(format!("http://mixed.test:{}/", address.port()));
    let outcome = courier.post(&parcel).await;
    assert!(outcome.is_delivered(), "{outcome:?}");
    let knock = other.accept().unwrap_err();
    assert_eq!(knock.kind(), io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_name_without_an_address_is_named_as_that() {
    let unknown = io::Error::other("no such host");
    let courier = scripted(&[], [Err(unknown), Ok(Vec::new())]);
    for _ in 0..2 {
        let outcome = courier.post(&parcel("http://nowhere.test/")).await;
        assert_eq!(failed_with(&outcome), FailureCode::Dns, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_certificate_counts_when_its_root_is_trusted() {
    let (acceptor, pem) = wamux_simulator::server::tls::acceptor().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that has no trust breaks off here.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                take(&mut stream).await;
                stream.write_all(OK.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    let outcome = local().post(&parcel(url.clone())).await;
    assert_eq!(failed_with(&outcome), FailureCode::Tls, "{outcome:?}");
    assert!(detail(&outcome).contains("certificate"), "{outcome:?}");

    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let trusting =
        Courier::assemble(&config(&["127.0.0.0/8"]), Arc::new(SystemLookup), roots).unwrap();
    let outcome = trusting.post(&parcel(url)).await;
    assert!(outcome.is_delivered(), "{outcome:?}");
}

#[tokio::test]
async fn https_to_a_port_without_it_is_no_trust() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let plain = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        // Kept open until the test ends: closing it with bytes unread would reset the connection.
        stream
    });
    let outcome = local().post(&parcel(format!("https://{address}/"))).await;
    assert_eq!(failed_with(&outcome), FailureCode::Tls, "{outcome:?}");
    drop(plain.await.unwrap());
}

#[tokio::test]
async fn a_url_that_cannot_be_called_is_said_without_being_shown() {
    let courier = local();
    let outcome = courier.post(&parcel("ftp://example.com/hunter2")).await;
    assert_eq!(failed_with(&outcome), FailureCode::BadRequest);
    assert!(!detail(&outcome).contains("hunter2"));
    assert!(courier.check_url("http://127.0.0.1:1/").is_ok());
    assert!(matches!(
        courier.check_url("http://10.0.0.1/"),
        Err(UrlError::Address(_))
    ));
}
