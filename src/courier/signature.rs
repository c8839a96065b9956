//! The three headers that prove to a receiver who sent an event and when, as Standard Webhooks says.

use super::Parcel;
use crate::domain::webhook::WebhookSecret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;

/// The headers of a parcel. While a secret is being replaced there are two signatures; a receiver takes either.
pub(super) fn headers(parcel: &Parcel) -> [(&'static str, String); 3] {
    let seconds = parcel.at.as_millis() / 1000;
    let secrets = [Some(&parcel.secret), parcel.previous_secret.as_ref()];
    let signatures: Vec<String> = secrets
        .into_iter()
        .flatten()
        .map(|secret| sign(secret, parcel, seconds))
        .collect();
    [
        ("webhook-id", parcel.id.to_string()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

fn sign(secret: &WebhookSecret, parcel: &Parcel, seconds: i64) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose()).expect("a key of any length");
    mac.update(format!("{}.{seconds}.", parcel.id).as_bytes());
    mac.update(&parcel.body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}
