//! The one port: plain and TLS, the verbs over HTTP, and uploads that break off.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wamux_simulator::admin::VERBS;
use wamux_simulator::{Options, Simulator};

async fn simulator() -> Simulator {
    let listen = "127.0.0.1:0".parse().unwrap();
    Simulator::start(Options {
        listen,
        seed: 1,
        state: None,
    })
    .await
    .unwrap()
}

fn address(simulator: &Simulator) -> String {
    simulator
        .admin_url()
        .trim_start_matches("http://")
        .to_owned()
}

/// Sends one request and reads the answer to the end: status and body.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    line: &str,
    body: &[u8],
) -> (u16, String) {
    let head = format!(
        "{line} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    // A TLS peer may close without a goodbye; what came before is the answer.
    let _end = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

async fn plain(simulator: &Simulator, line: &str, body: &[u8]) -> (u16, String) {
    exchange(
        TcpStream::connect(address(simulator)).await.unwrap(),
        line,
        body,
    )
    .await
}

#[tokio::test]
async fn the_same_port_answers_plain_and_tls() {
    let simulator = simulator().await;
    let (status, pem) = plain(&simulator, "GET /admin/certificate", b"").await;
    assert_eq!(status, 200);
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address(&simulator)).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let (status, body) = exchange(stream, "GET /admin/root", b"").await;
    assert_eq!(status, 200);
    assert!(body.contains(&hex::encode(simulator.root_public())));
}

#[tokio::test]
async fn every_listed_verb_exists_and_says_what_it_lacks() {
    let simulator = simulator().await;
    for (method, path, _) in VERBS {
        let (status, body) = plain(&simulator, &format!("{method} /admin/{path}"), b"").await;
        assert!(!body.contains("no such verb"), "{method} {path}");
        assert!(
            status == 200 || body.contains("error"),
            "{method} {path}: {status} {body}"
        );
    }
    let (status, body) = plain(&simulator, "POST /admin/dance", b"").await;
    assert_eq!(status, 404);
    assert!(body.contains("GET /admin lists them"));
    let (status, body) = plain(&simulator, "POST /admin/kick?phone=1234567", b"").await;
    assert_eq!(status, 404);
    assert!(body.contains("there is no phone 1234567"));
}

#[tokio::test]
async fn a_plan_of_faults_is_begun_shown_and_ended_over_http() {
    let simulator = simulator().await;
    let line = "POST /admin/faults";
    let plan = br#"{"seed":9,"all":{"drop":0.25,"delay":1,"delayMaxMs":50}}"#;
    assert_eq!(plain(&simulator, line, plan).await.0, 200);
    let (_, shown) = plain(&simulator, "GET /admin/faults", b"").await;
    for part in [r#""seed":9"#, r#""drop":0.25"#, r#""delayMaxMs":50"#] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(shown.contains(r#""counts":{"ackError":0,"#), "{shown}");
    for (bad, says) in [
        (r#"{"all":{"dorp":0.1}}"#, "unknown field `dorp`"),
        (r#"{"all":{"drop":2}}"#, "drop cannot be 2; write a chance"),
        (r#"{"all":{"delayMaxMs":99999}}"#, "write at most 60000"),
        (r#"{"phones":{"1234567":{}}}"#, "there is no phone 1234567"),
    ] {
        let (status, body) = plain(&simulator, line, bad.as_bytes()).await;
        assert!(status >= 400 && body.contains(says), "{status} {body}");
    }
    assert!(simulator.faults().is_some_and(|plan| plan.seed == 9));
    assert_eq!(plain(&simulator, line, b"{}").await.0, 200);
    assert_eq!(simulator.faults(), None);
}

#[tokio::test]
async fn a_passkey_is_made_or_taken_in_and_the_gate_is_set_over_http() {
    let simulator = simulator().await;
    let phone = "4915100000001";
    simulator.create_phone(Some(phone), "Ann").unwrap();
    let passkey = format!("POST /admin/phone/passkey?phone={phone}");
    let (status, made) = plain(&simulator, &passkey, b"").await;
    assert_eq!(status, 200);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["rpId"], "web.whatsapp.com");
    for member in ["credentialId", "privateKeyPkcs8", "userHandle"] {
        assert!(made[member].as_str().is_some_and(|text| text.len() > 20));
    }
    let (_, other) = plain(&simulator, &passkey, br#"{"rpId":"whatsapp.com"}"#).await;
    assert!(other.contains(r#""rpId":"whatsapp.com""#), "{other}");
    for (body, says) in [
        ("?", "the body is not a passkey"),
        (r#"{"credentialId":"AQID"}"#, "belong together"),
        (
            r#"{"credentialId":"AQID","publicKey":"AQID"}"#,
            "not a P-256 key",
        ),
    ] {
        let (status, body) = plain(&simulator, &passkey, body.as_bytes()).await;
        assert!(status == 400 && body.contains(says), "{status} {body}");
    }
    let gate = format!("POST /admin/phone/gate?phone={phone}&timeout-ms=1500&mode=");
    assert_eq!(plain(&simulator, &format!("{gate}ajar"), b"").await.0, 400);
    let set = format!("{gate}wrong-code");
    assert_eq!(plain(&simulator, &set, b"").await.0, 200);
    let (_, state) = plain(&simulator, "GET /admin/state", b"").await;
    for part in [r#""gate":"wrong-code""#, r#""passkey":true"#] {
        assert!(state.contains(part), "{state}");
    }
}

#[tokio::test]
async fn two_phones_talk_over_http_and_the_inbox_can_be_waited_for() {
    let simulator = simulator().await;
    for phone in ["4915100000001", "4915100000002"] {
        let (status, _) = plain(
            &simulator,
            &format!("POST /admin/phone/create?phone={phone}&name=Ada"),
            b"",
        )
        .await;
        assert_eq!(status, 200);
    }
    let waiting = plain(
        &simulator,
        "GET /admin/phone/inbox?phone=4915100000002&wait=30",
        b"",
    );
    let sending = plain(
        &simulator,
        "POST /admin/phone/send?from=4915100000001&to=4915100000002",
        "grüß dich".as_bytes(),
    );
    let ((status, inbox), (sent, _)) = tokio::join!(waiting, sending);
    assert_eq!((status, sent), (200, 200));
    assert!(inbox.contains("grüß dich"), "{inbox}");
    let (_, later) = plain(
        &simulator,
        "GET /admin/phone/inbox?phone=4915100000002&after=1",
        b"",
    )
    .await;
    assert_eq!(later, "[]");
}

#[tokio::test]
async fn an_upload_that_broke_off_goes_on_where_it_stopped() {
    let simulator = simulator().await;
    let file = vec![7; 300_000];
    let token = URL_SAFE_NO_PAD.encode(Sha256::digest(&file));
    let path = format!("/mms/video/{token}?auth=x&token={token}");
    let (status, _) = plain(&simulator, &format!("POST {path}&resume=1"), b"").await;
    assert_eq!(status, 404);

    let mut stream = TcpStream::connect(address(&simulator)).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: sim\r\ncontent-length: {}\r\n\r\n",
        file.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&file[..100_000]).await.unwrap();
    drop(stream);
    let known = simulator
        .wait_for(std::time::Duration::from_secs(30), |state| {
            Some(state.world.media.get(&token)?.length)
        })
        .await
        .unwrap();
    let (status, body) = plain(&simulator, &format!("POST {path}&resume=1"), b"").await;
    assert_eq!((status, body), (200, format!("{{\"resume\":\"{known}\"}}")));
    let rest = &file[usize::try_from(known).unwrap()..];
    let (status, body) = plain(
        &simulator,
        &format!("POST {path}&file_offset={known}"),
        rest,
    )
    .await;
    assert_eq!(status, 200);
    assert!(body.contains(&format!("/m1/v/{token}")));
    let (_, body) = plain(&simulator, &format!("POST {path}&resume=1"), b"").await;
    assert!(body.contains("complete"));
    let (status, body) = plain(&simulator, &format!("GET /m1/v/{token}?auth=x"), b"").await;
    assert_eq!((status, body.len()), (200, file.len()));
}

#[tokio::test]
async fn content_that_is_not_what_its_token_says_is_refused() {
    let simulator = simulator().await;
    let token = URL_SAFE_NO_PAD.encode(Sha256::digest(b"something else"));
    let (status, _) = plain(&simulator, &format!("POST /mms/image/{token}"), b"this").await;
    assert_eq!(status, 400);
    let (status, _) = plain(&simulator, &format!("GET /m1/v/{token}"), b"").await;
    assert_eq!(status, 404);
}
