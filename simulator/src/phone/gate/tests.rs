//! The derivations against values computed by another library (pyca/cryptography), and the exchange against the real
//! client's half.

use rand::SeedableRng;
use rand::rngs::StdRng;
use wacore::shortcake::ShortcakeUtils;
use waproto::whatsapp::device_props::PlatformType;

use super::*;
use crate::phone::tests::phone;

const NONCE: [u8; 32] = [4; 32];
const SECRET: [u8; 32] = [8; 32];

fn nonce() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(100 + at).unwrap())
}

#[test]
fn the_code_is_the_one_that_others_compute() {
    assert_eq!(code(&nonce(), &[2; 32], &[3; 32]), "K7PH-1FP9");
}

#[test]
fn the_key_depends_on_kind_and_reference_as_others_compute_it() {
    let mut prologue = Prologue {
        identity: Vec::new(),
        public: [0; 32],
        device_type: 1,
        reference: "REF123".to_owned(),
        commitment: Vec::new(),
    };
    let key = prologue.key(&[9; 32]);
    assert_eq!(
        hex::encode(key),
        "2750998edbe75a467d82c4080986eaa9281a2149a68f1a2e1d2ee7cdda81f159"
    );
    prologue.device_type = 2;
    assert_ne!(prologue.key(&[9; 32]), key);
}

#[test]
fn an_earlier_secret_proves_continuity_and_another_does_not() {
    let proof = "e57468c1ff496199a214c84ef3b0fb922cc0b0a3beb3b6c12f92d929a5b17721";
    let proof = hex::decode(proof).unwrap();
    assert!(proves_continuity(&[5; 32], b"prologue", &proof));
    assert!(!proves_continuity(&[6; 32], b"prologue", &proof));
    assert!(!proves_continuity(&[5; 32], b"epilogue", &proof));
    assert!(!proves_continuity(&[5; 32], b"prologue", &proof[..31]));
}

#[test]
fn a_nonce_other_than_the_promised_one_is_refused() {
    let identity =
        ShortcakeUtils::build_companion_ephemeral_identity(&[7; 32], PlatformType::CHROME, "r");
    let mut hash = [0; 32];
    // SHA-256 of this identity and `nonce()`, computed elsewhere as well.
    hash.copy_from_slice(&Sha256::digest([&identity[..], &nonce()].concat()));
    let payload = ShortcakeUtils::build_prologue_payload(&identity, &hash);
    let mut phone = phone("100001", 1);
    let mut introduction = phone.introduce(Prologue::read(&payload).unwrap());
    assert!(introduction.reveal(&NONCE).is_err());
    assert!(introduction.open(&[]).is_err());
    assert!(introduction.reveal(&nonce()).is_ok());
}

/// A companion's half, as far as a test needs it.
struct Companion {
    ephemeral: KeyPair,
    payload: Vec<u8>,
}

fn companion() -> Companion {
    let ephemeral = KeyPair::generate(&mut StdRng::seed_from_u64(9));
    let identity = ShortcakeUtils::build_companion_ephemeral_identity(
        &public_bytes(&ephemeral),
        PlatformType::CHROME,
        "5@ref",
    );
    let commitment = ShortcakeUtils::commitment_hash(&identity, &NONCE);
    Companion {
        ephemeral,
        payload: ShortcakeUtils::build_prologue_payload(&identity, &commitment),
    }
}

impl Companion {
    /// Its code, and its request under the key that it derives from the phone's message.
    fn answer(&self, message: &[u8]) -> (String, Vec<u8>) {
        let primary = ShortcakeUtils::parse_primary_ephemeral_identity(message).unwrap();
        let code =
            ShortcakeUtils::derive_verification_code(&NONCE, &primary.public_key, &primary.nonce);
        let key = ShortcakeUtils::derive_encryption_key(
            &self.ephemeral,
            &primary.public_key,
            PlatformType::CHROME,
            "5@ref",
        )
        .unwrap();
        let request = ShortcakeUtils::build_pairing_request(&[1; 32], &[2; 32], &SECRET);
        let sealed = ShortcakeUtils::encrypt_pairing_request(&request, &key).unwrap();
        (
            code,
            ShortcakeUtils::build_encrypted_pairing_request(&sealed),
        )
    }
}

#[test]
fn phone_and_client_show_the_same_code_and_the_secret_arrives() {
    let companion = companion();
    let prologue = Prologue::read(&companion.payload).unwrap();
    assert_eq!(prologue.reference(), "5@ref");
    let mut introduction = phone("100001", 1).introduce(prologue);
    let (code, request) = companion.answer(&introduction.message());
    let shown = introduction.reveal(&NONCE).unwrap();
    assert_eq!(shown.replace('-', ""), code);
    let handover = introduction.open(&request).unwrap();
    assert_eq!(handover.noise_public, [1; 32]);
    assert_eq!(handover.identity_public, [2; 32]);
    assert_eq!(handover.adv_secret, SECRET);
}

#[test]
fn somebody_in_between_shows_in_the_code_and_cannot_finish() {
    let companion = companion();
    let mut phone = phone("100001", 1);
    let mut introduction = phone.introduce(Prologue::read(&companion.payload).unwrap());
    let between = phone.introduce(Prologue::read(&companion.payload).unwrap());
    let (code, request) = companion.answer(&between.message());
    assert_ne!(introduction.reveal(&NONCE).unwrap().replace('-', ""), code);
    let error = introduction.open(&request).err().unwrap();
    assert!(error.to_string().contains("not under the agreed key"));
}
