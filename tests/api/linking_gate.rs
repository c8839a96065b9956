//! Linking a phone whose account asks for a passkey, by a scan and by a typed code; and what else stops a link.

use crate::authenticator::Authenticator;
use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::simulator;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;
use wamux_simulator::Gate;
use wamux_simulator::PasskeyRegistration;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const SESSION: &str = "/api/sessions/ana";
const PASSKEY: &str = "/api/sessions/ana/passkey";
const CONFIRMATION: &str = "/api/sessions/ana/passkey/confirmation";
const CANCEL: &str = "/api/sessions/ana/linking/cancel";

/// How a phone comes to a session.
#[derive(Debug, Clone, Copy)]
enum By {
    Scan,
    Code,
}

const BOTH: [By; 2] = [By::Scan, By::Code];

struct World {
    simulator: Simulator,
    daemon: Daemon,
    passkey: Authenticator,
}

impl World {
    /// Ana's phone has a passkey, and stands behind a gate; her session shows codes.
    async fn new(gate: Gate, timeout: Option<Duration>) -> Self {
        let simulator = simulator().await;
        let daemon = Daemon::start_with(&simulator, &[("LOG__LEVEL", "debug")]).await;
        simulator.create_phone(Some(ANA), "Ana").unwrap();
        let made = simulator.passkey(ANA, PasskeyRegistration::default());
        let passkey = Authenticator::new(&made.unwrap().unwrap());
        simulator.gate(ANA, gate, timeout).unwrap();
        let body = json!({"clientId": "shop", "sessionId": "ana", "name": "Ana"});
        assert_eq!(daemon.post("/api/sessions", body).await.status, 201);
        Self {
            simulator,
            daemon,
            passkey,
        }
    }

    /// Ana takes the code; what the phone says to it.
    async fn enter(&self, by: By) -> Result<(), String> {
        let entered = match by {
            By::Scan => {
                let qr = self.daemon.get(&format!("{SESSION}/qr?wait=30")).await;
                assert_eq!(qr.status, 200, "{qr:?}\n{}", self.daemon.log());
                let code = qr.body["qr"].as_str().unwrap();
                self.simulator.scan_qr(code, Some(ANA)).await
            }
            By::Code => {
                let code = self.pairing_code().await;
                assert_eq!(code.status, 200, "{code:?}\n{}", self.daemon.log());
                let code = code.body["code"].as_str().unwrap().to_owned();
                self.simulator.enter_code(ANA, &code).await
            }
        };
        entered.map(drop).map_err(|error| error.to_string())
    }

    async fn pairing_code(&self) -> Answer {
        let path = format!("{SESSION}/pairing-code");
        self.daemon.post(&path, json!({"phone": ANA})).await
    }

    async fn comes_to(&self, step: &str) -> Value {
        let fits = |body: &Value| body["linking"]["step"] == step;
        self.daemon.wait_for(SESSION, fits).await
    }

    /// What the passkey says to what WhatsApp asks.
    async fn signed(&self) -> Value {
        self.comes_to("passkeyRequired").await;
        let asked = self.daemon.get(PASSKEY).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        let options = &asked.body["requestOptions"];
        let known = URL_SAFE_NO_PAD.encode(self.passkey.credential_id());
        assert_eq!(options["allowCredentials"][0]["id"], known, "{options}");
        self.passkey.sign(&options.to_string())
    }

    async fn give(&self) -> Value {
        let given = self.daemon.post(PASSKEY, self.signed().await).await;
        assert_eq!(given.status, 202, "{given:?}\n{}", self.daemon.log());
        assert_eq!(given.body["linking"]["step"], "passkeyConfirmation");
        given.body
    }

    /// The code that the daemon shows.
    async fn code(&self) -> String {
        let fits = |body: &Value| body["linking"]["needsCode"] == true;
        self.daemon.wait_for(SESSION, fits).await;
        let shown = self.daemon.get(CONFIRMATION).await;
        assert_eq!(
            (shown.status, &shown.body["needsCode"]),
            (200, &json!(true))
        );
        shown.body["code"].as_str().unwrap().to_owned()
    }

    async fn compared(&self, accept: bool) {
        let said = self
            .daemon
            .post(CONFIRMATION, json!({"accept": accept}))
            .await;
        assert_eq!(said.status, 202, "{said:?}");
    }

    /// The attempt has failed by this name.
    async fn fails(&self, code: &str) -> Value {
        let fits = |body: &Value| body["linkFailure"]["code"] == code && body["linking"].is_null();
        self.daemon.wait_for(SESSION, fits).await
    }

    /// Nothing is in the way of another attempt, and nothing is left of the first.
    async fn links_after_all(&self) {
        self.simulator.gate(ANA, Gate::Off, None).unwrap();
        self.enter(By::Scan).await.unwrap();
        self.is_linked_once().await;
    }

    async fn is_linked_once(&self) {
        let fits = |body: &Value| body["state"] == "connected" && body["linking"].is_null();
        let session = self.daemon.wait_for(SESSION, fits).await;
        assert_eq!(
            (&session["phone"], &session["linkFailure"]),
            (&json!(ANA), &json!(null))
        );
        self.daemon.send("ana", ANA, "a note to myself").await;
        assert_eq!(self.simulator.phone(ANA).unwrap().devices.len(), 1);
        self.daemon.has_key_files(1).await;
        assert_eq!(self.simulator.unknown_stanzas(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_needs_no_passkey_is_linked_without_one() {
    for by in BOTH {
        let world = World::new(Gate::Off, None).await;
        world.enter(by).await.unwrap();
        world.is_linked_once().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_and_a_code_that_is_compared_link_a_phone() {
    for gate in [Gate::On, Gate::Code] {
        for by in BOTH {
            let world = World::new(gate, None).await;
            world.enter(by).await.unwrap();
            world.give().await;
            let code = world.code().await;
            assert_eq!(
                world.simulator.confirm(ANA, Some(true)).await.unwrap(),
                code
            );
            world.compared(true).await;
            world.is_linked_once().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_links_a_phone_is_in_no_log_and_no_event() {
    let world = World::new(Gate::Code, None).await;
    world.enter(By::Scan).await.unwrap();
    let signed = world.signed().await;
    let asked = world.daemon.get(PASSKEY).await;
    let given = world.daemon.post(PASSKEY, signed.clone()).await;
    assert_eq!(given.status, 202, "{given:?}");
    let code = world.code().await;
    world.simulator.confirm(ANA, Some(true)).await.unwrap();
    world.compared(true).await;
    world.is_linked_once().await;
    let events = world
        .daemon
        .get("/api/events?limit=200")
        .await
        .body
        .to_string();
    for secret in [
        &json!(code),
        &asked.body["requestOptions"]["challenge"],
        &signed["response"]["signature"],
        &signed["response"]["clientDataJSON"],
    ] {
        let secret = secret.as_str().unwrap();
        assert!(
            !world.daemon.log().contains(secret),
            "{secret}\n{}",
            world.daemon.log()
        );
        assert!(!events.contains(secret), "{secret}\n{events}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_differ_link_nothing() {
    for by in BOTH {
        let world = World::new(Gate::WrongCode, None).await;
        world.enter(by).await.unwrap();
        world.give().await;
        let code = world.code().await;
        assert_ne!(world.simulator.confirm(ANA, None).await.unwrap(), code);
        world.compared(false).await;
        world.fails("code_mismatch").await;
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_whose_user_says_no_links_nothing() {
    let world = World::new(Gate::Code, None).await;
    world.enter(By::Scan).await.unwrap();
    world.give().await;
    world.code().await;
    world.simulator.confirm(ANA, Some(false)).await.unwrap();
    world.compared(true).await;
    world.fails("code_mismatch").await;
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_whatsapp_refuses_links_nothing() {
    for by in BOTH {
        let world = World::new(Gate::Reject, None).await;
        world.enter(by).await.unwrap();
        world.give().await;
        let failed = world.fails("passkey_rejected").await;
        let detail = failed["linkFailure"]["detail"].as_str().unwrap();
        assert!(detail.contains("401"), "{detail}");
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_nobody_confirms_in_time_links_nothing() {
    for by in BOTH {
        let world = World::new(Gate::Code, Some(Duration::from_secs(1))).await;
        world.enter(by).await.unwrap();
        world.fails("passkey_timeout").await;
        let late = world.daemon.get(PASSKEY).await;
        assert_eq!((late.status, late.code()), (409, "no_passkey_pending"));
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatsapp_that_says_nothing_to_a_passkey_is_not_waited_for_for_ever() {
    for by in BOTH {
        let world = World::new(Gate::Silent, Some(Duration::from_secs(4))).await;
        world.enter(by).await.unwrap();
        let given = world.give().await;
        assert_eq!(given["linking"]["needsCode"], false);
        let early = world.daemon.get(CONFIRMATION).await;
        assert_eq!(
            (early.status, early.code()),
            (409, "no_confirmation_pending")
        );
        world.fails("passkey_timeout").await;
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_no_more_codes_ends_a_passkey_by_name() {
    let world = World::new(Gate::Code, None).await;
    world.enter(By::Scan).await.unwrap();
    world.comes_to("passkeyRequired").await;
    world.simulator.expire_refs();
    world.fails("passkey_timeout").await;
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_cancelled_at_every_step() {
    for step in ["qr", "passkeyRequired", "passkeyConfirmation"] {
        let world = World::new(Gate::Code, None).await;
        if step == "qr" {
            world.comes_to("qr").await;
        } else {
            world.enter(By::Scan).await.unwrap();
            world.comes_to("passkeyRequired").await;
        }
        if step == "passkeyConfirmation" {
            world.give().await;
            world.code().await;
        }
        let cancelled = world.daemon.post(CANCEL, json!(null)).await;
        assert_eq!(
            (
                cancelled.status,
                &cancelled.body["state"],
                &cancelled.body["linkFailure"]["code"]
            ),
            (200, &json!("linking"), &json!("cancelled")),
            "{step}: {cancelled:?}"
        );
        world.daemon.has_key_files(0).await;
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_has_just_linked_is_unlinked_when_that_is_cancelled() {
    let world = World::new(Gate::Off, None).await;
    // Its first login fails, so that there is time to change one's mind.
    world.simulator.refuse(ANA, 503).unwrap();
    world.enter(By::Scan).await.unwrap();
    world
        .daemon
        .wait_for(SESSION, |body| body["cause"]["code"] == "serverError")
        .await;
    assert_eq!(world.simulator.phone(ANA).unwrap().devices.len(), 1);
    let forgive = async { world.simulator.forgive(ANA).unwrap() };
    let (cancelled, _) = tokio::join!(world.daemon.post(CANCEL, json!(null)), forgive);
    assert_eq!(
        (
            cancelled.status,
            &cancelled.body["state"],
            &cancelled.body["phone"]
        ),
        (200, &json!("linking"), &json!(null)),
        "{cancelled:?}\n{}",
        world.daemon.log()
    );
    assert!(world.simulator.phone(ANA).unwrap().devices.is_empty());
    world.fails("cancelled").await;
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_stands_is_not_cancelled_but_logged_out() {
    let world = World::new(Gate::Off, None).await;
    world.enter(By::Scan).await.unwrap();
    world.is_linked_once().await;
    let refused = world.daemon.post(CANCEL, json!(null)).await;
    assert_eq!((refused.status, refused.code()), (409, "nothing_to_cancel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_in_coexistence_is_named_as_such() {
    for by in BOTH {
        let world = World::new(Gate::Off, None).await;
        world.simulator.hosted(ANA, true).unwrap();
        assert!(world.enter(by).await.is_err());
        let failed = world.fails("hosted_account_unsupported").await;
        assert_eq!(failed["state"], "linking");
        assert!(world.simulator.phone(ANA).unwrap().devices.is_empty());
        world.simulator.hosted(ANA, false).unwrap();
        world.links_after_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_full_is_told_on_the_phone_and_can_scan_the_same_code_later() {
    let world = World::new(Gate::Off, None).await;
    world.simulator.full(ANA, true).unwrap();
    assert!(world.enter(By::Scan).await.is_err());
    assert_eq!(world.comes_to("qr").await["linkFailure"], json!(null));
    world.simulator.full(ANA, false).unwrap();
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_outdated_fails_by_name_and_is_started_again() {
    let world = World::new(Gate::Off, None).await;
    world.comes_to("qr").await;
    world.simulator.outdated(true);
    world
        .daemon
        .post(&format!("{SESSION}/restart"), json!(null))
        .await;
    let failed = world.fails("client_outdated").await;
    assert_eq!(
        (&failed["state"], &failed["cause"]["code"]),
        (&json!("failed"), &json!("outdated"))
    );
    world.simulator.outdated(false);
    world
        .daemon
        .post(&format!("{SESSION}/start"), json!(null))
        .await;
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_nobody_scans_end_by_name() {
    let world = World::new(Gate::Off, None).await;
    world.comes_to("qr").await;
    world.simulator.expire_refs();
    let failed = world.fails("qr_expired").await;
    assert_eq!(failed["cause"]["code"], "qrExpired");
    world.links_after_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_to_type_that_is_throttled_says_so_and_leaves_the_one_to_scan() {
    let world = World::new(Gate::Off, None).await;
    for error in [400, 429] {
        world.simulator.throttle(ANA, Some(error)).unwrap();
        let refused = world.pairing_code().await;
        assert_eq!(
            (refused.status, refused.code()),
            (429, "rate_limited"),
            "{refused:?}"
        );
        let session = world.daemon.get(SESSION).await.body;
        assert_eq!(
            (&session["linking"]["step"], &session["linkFailure"]["code"]),
            (&json!("qr"), &json!("rate_limited"))
        );
    }
    world.simulator.throttle(ANA, None).unwrap();
    world.enter(By::Code).await.unwrap();
    world.is_linked_once().await;
}
