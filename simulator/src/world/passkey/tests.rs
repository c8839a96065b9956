//! Keys made by another library (pyca/cryptography) are read, and what is made here signs.

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::*;

const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEPzigPb_rg7Xd2aevTffIEWyvXN02deum19xU0RZx2FqM7EbHsDnaJNsTPYBmJifduJjFmmWGfh0Iwuf5NhgZFw";
const COSE: &str = "pQECAyYgASFYID84oD2_64O13dmnr033yBFsr1zdNnXrptfcVNEWcdhaIlggjOxGx7A52iTbEz2AZiYn3biYxZplhn4dCMLn-TYYGRc";

fn registration(id: Option<&str>, key: Option<&str>) -> PasskeyRegistration {
    PasskeyRegistration {
        credential_id: id.map(str::to_owned),
        public_key: key.map(str::to_owned),
        rp_id: None,
    }
}

#[test]
fn a_key_reads_the_same_as_spki_and_as_cose() {
    let (spki, made) = Passkey::register(registration(Some("AQID"), Some(SPKI))).unwrap();
    assert!(made.is_none());
    let (cose, _) = Passkey::register(registration(Some("AQID"), Some(COSE))).unwrap();
    assert_eq!(spki, cose);
    assert_eq!(spki.credential_id.0, [1, 2, 3]);
    assert_eq!(spki.rp_id, "web.whatsapp.com");
}

#[test]
fn what_is_no_passkey_is_refused_with_the_reason() {
    for (id, key, says) in [
        (Some("AQID"), Some("AQID"), "not a P-256 key"),
        (Some("AQID"), Some(&SPKI[..100]), "not a P-256 key"),
        (Some("?"), Some(SPKI), "credentialId is not base64url"),
        (Some(""), Some(SPKI), "credentialId is not base64url"),
        (Some("AQID"), None, "belong together"),
    ] {
        let error = Passkey::register(registration(id, key)).err().unwrap();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn a_made_passkey_signs_for_the_key_that_is_registered() {
    let (passkey, made) = Passkey::register(registration(None, None)).unwrap();
    let made = made.unwrap();
    let pkcs8 = STANDARD.decode(made.private_key_pkcs8).unwrap();
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random).unwrap();
    let signature = pair.sign(&random, b"text").unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, passkey.public_key.0)
        .verify(b"text", signature.as_ref())
        .unwrap();
    assert_eq!(
        URL_SAFE_NO_PAD.decode(made.credential_id).unwrap(),
        passkey.credential_id.0
    );
}
