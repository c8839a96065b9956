//! Assertions signed by another library (pyca/cryptography), and each way in which one can be wrong.

use super::*;
use crate::world::passkey::PasskeyRegistration;

const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPzigPb_rg7Xd2aevTffIEWyvXN02deum19xU0RZx2FqM7EbHsDnaJNsTPYBmJifduJjFmmWGfh0Iwuf5NhgZFw";
const ID: [u8; 3] = [1, 2, 3];
const CLIENT_DATA: &str = r#"{"type":"webauthn.get","challenge":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","origin":"https://web.whatsapp.com","crossOrigin":false}"#;
const SIGNATURE: &str = "MEYCIQDebSUgE8WwvXEvviQkN2RY0Gl7JPRIG3lNWCIsHYulHQIhAJPtyycz81sm4DH7BJS8Kt9kPLM9-ovxMr1jrDqiM2Mj";
/// Signatures of the same key over what is wrong by itself, so that only the check in question can see it.
const OTHER_ORIGIN: &str = "MEQCIGoqAl_NKp-v8TN7aitnfUQihEjFRSO-gRlms6O4AKM_AiAC3_lYRx8P50nm7W4GM6r9Z08tYlW-5P1BomRPjGSEEQ";
const OTHER_TYPE: &str = "MEUCIHQPx0nlpbpnydVqVmyBuBIho99UVwD5hZfhEwsFvrvMAiEAqn_AYqBuAzkwsg9jOLSlw0Pm1XqLQuS16-PALReSLQg";
const OTHER_SITE: &str = "MEUCIQCAAE2nnsh_HYbJkuiOPHo9B1suMQvhnKYOVRcZKGEPCAIgYnmHy2DhvaHL-KGazwUHd2cYNqZkfzqWJZLI4OZ5Lz0";
const NOBODY: &str = "MEUCICNdSPfZPDAmnEAq6pDxTQqFTQdhYFJL6-EkfO65pogsAiEAkD1XTRiAt7WFEIwtSlawzSj0QCj_t2XjtIT0ow1sIcM";

fn challenge() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

fn passkey() -> Passkey {
    let registration = PasskeyRegistration {
        credential_id: Some(URL_SAFE_NO_PAD.encode(ID)),
        public_key: Some(KEY.to_owned()),
        rp_id: None,
    };
    Passkey::register(registration).unwrap().0
}

fn data(site: &str, flags: u8) -> Vec<u8> {
    [Sha256::digest(site).as_slice(), &[flags, 0, 0, 0, 0]].concat()
}

fn judged(client_data: &str, data: &[u8], signature: &str) -> Result<(), AssertionError> {
    let id = URL_SAFE_NO_PAD.encode(ID);
    let assertion = json!({
        "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(data),
            "signature": signature,
            "userHandle": null,
        },
    });
    check(
        &passkey(),
        &challenge(),
        &ID,
        assertion.to_string().as_bytes(),
    )
}

#[test]
fn the_account_s_passkey_is_accepted() {
    let fine = data("web.whatsapp.com", 5);
    assert_eq!(judged(CLIENT_DATA, &fine, SIGNATURE), Ok(()));
}

#[test]
fn what_was_signed_for_another_purpose_is_refused_though_the_signature_holds() {
    let fine = data("web.whatsapp.com", 5);
    let origin = CLIENT_DATA.replace("web.whatsapp.com", "evil.example");
    let r#type = CLIENT_DATA.replace("webauthn.get", "webauthn.create");
    for (client_data, data, signature, refused) in [
        (
            origin.as_str(),
            &fine,
            OTHER_ORIGIN,
            AssertionError::ClientData("origin"),
        ),
        (
            r#type.as_str(),
            &fine,
            OTHER_TYPE,
            AssertionError::ClientData("type"),
        ),
        (
            CLIENT_DATA,
            &data("evil.example", 5),
            OTHER_SITE,
            AssertionError::Authenticator("another relying party"),
        ),
        (
            CLIENT_DATA,
            &data("web.whatsapp.com", 4),
            NOBODY,
            AssertionError::Authenticator("nobody present"),
        ),
    ] {
        assert_eq!(judged(client_data, data, signature), Err(refused));
    }
}

#[test]
fn another_signature_challenge_or_passkey_is_refused() {
    let fine = data("web.whatsapp.com", 5);
    assert_eq!(
        judged(CLIENT_DATA, &fine, NOBODY),
        Err(AssertionError::Signature)
    );
    let stale = CLIENT_DATA.replace("AAEC", "AAED");
    assert_eq!(
        judged(&stale, &fine, SIGNATURE),
        Err(AssertionError::ClientData("challenge"))
    );
    assert_eq!(
        judged(CLIENT_DATA, &fine[..36], SIGNATURE),
        Err(AssertionError::Authenticator("too few bytes"))
    );
    assert_eq!(
        check(&passkey(), &challenge(), &ID, b"{}"),
        Err(AssertionError::Json)
    );
    let id = URL_SAFE_NO_PAD.encode([9]);
    let other = json!({
        "rawId": id, "type": "public-key",
        "response": { "clientDataJSON": "", "authenticatorData": "", "signature": "" },
    });
    for beside in [&ID[..], &[9]] {
        assert_eq!(
            check(
                &passkey(),
                &challenge(),
                beside,
                other.to_string().as_bytes()
            ),
            Err(AssertionError::Credential)
        );
    }
}

#[test]
fn the_options_name_site_passkey_challenge_and_time() {
    let options: serde_json::Value =
        serde_json::from_str(&options(&passkey(), &challenge(), 1_500)).unwrap();
    assert_eq!(options["rpId"], "web.whatsapp.com");
    assert_eq!(options["timeout"], 1_500);
    assert_eq!(options["allowCredentials"][0]["id"], "AQID");
    assert_eq!(
        options["challenge"],
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    );
}
