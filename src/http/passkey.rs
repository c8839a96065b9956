//! The passkey that WhatsApp asks some accounts for: what is to be signed, the signature, and the code to compare.
//!
//! None of it is logged or kept: it is handed on, and forgotten with its step.

use crate::actors::handle::Session;
use crate::domain::linking::Assertion;
use crate::domain::linking::Hidden;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use crate::http::sessions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, Scope::Manage);
    let passkey = warp::path!("api" / "sessions" / String / "passkey");
    let codes = warp::path!("api" / "sessions" / String / "passkey" / "confirmation");
    let show = passkey.and(warp::get()).and(manage.clone()).then(show);
    let give = passkey.and(warp::post()).and(manage.clone()).then(give);
    let code = codes.and(warp::get()).and(manage.clone()).then(code);
    let compared = codes.and(warp::post()).and(manage).then(compared);
    let first = show.or(give).unify();
    first.or(code).unify().or(compared).unify().boxed()
}

/// What is to be signed.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyRequest)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestBody {
    /// `PublicKeyCredentialRequestOptions` in JSON, as WhatsApp gave them.
    #[schema(value_type = Object)]
    request_options: Value,
    /// Until when, where there is a limit.
    until: Option<Timestamp>,
}

/// The code to compare.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyConfirmation)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConfirmationBody {
    /// The code that the phone shows as well.
    code: String,
    /// True: a person has to compare them.
    needs_code: bool,
    /// Until when, where there is a limit.
    until: Option<Timestamp>,
}

/// Whether the codes are the same.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasskeyComparison)]
#[serde(deny_unknown_fields)]
pub(super) struct ComparedBody {
    /// Whether the codes are the same; with false nothing is linked.
    accept: bool,
}

/// An `AuthenticationResponseJSON`. Browsers put more into it, and may put more tomorrow; that is left out.
#[derive(Deserialize, ToSchema)]
#[schema(as = PasskeyCredential)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialBody {
    /// The id of the credential, base64url.
    #[schema(format = "base64url")]
    raw_id: String,
    /// `public-key`.
    #[serde(rename = "type")]
    #[schema(pattern = "^public-key$")]
    kind: String,
    /// What the passkey has signed.
    response: ResponseBody,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PasskeyAssertion)]
#[serde(rename_all = "camelCase")]
struct ResponseBody {
    /// base64url.
    #[serde(rename = "clientDataJSON")]
    #[schema(format = "base64url")]
    client_data: String,
    /// base64url.
    #[schema(format = "base64url")]
    authenticator_data: String,
    /// base64url.
    #[schema(format = "base64url")]
    signature: String,
    /// base64url.
    #[schema(format = "base64url")]
    user_handle: Option<String>,
}

/// `GET /api/sessions/{id}/passkey`
async fn show(id: String, call: Authenticated) -> Answer {
    request(&sessions::addressed(&id, call).await?).await
}

/// What the session's passkey has to sign.
pub(super) async fn request(session: &Session) -> Answer {
    let request = session.passkey().await?;
    let request_options = serde_json::from_str(&request.options.0)
        .map_err(|_| ApiError::new(Code::Internal, "WhatsApp's request is not JSON"))?;
    Ok(json::ok(&RequestBody {
        request_options,
        until: request.until,
    }))
}

/// `POST /api/sessions/{id}/passkey`: 202; what comes of it shows as the step of linking.
async fn give(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let session = call.session_at(&id).await?;
    Ok(sessions::accepted(sign(&session, &mut call).await?))
}

/// Hands on what the passkey has signed.
pub(super) async fn sign(session: &Session, call: &mut Call) -> Result<SessionView, ApiError> {
    let credential: CredentialBody = call.json().await?;
    Ok(session.give_passkey(assertion(credential)?).await?)
}

/// `GET /api/sessions/{id}/passkey/confirmation`
async fn code(id: String, call: Authenticated) -> Answer {
    confirmation(&sessions::addressed(&id, call).await?).await
}

/// The code that the phone shows as well.
pub(super) async fn confirmation(session: &Session) -> Answer {
    let confirmation = session.confirmation().await?;
    Ok(json::ok(&ConfirmationBody {
        code: confirmation.code.0,
        needs_code: true,
        until: confirmation.until,
    }))
}

/// `POST /api/sessions/{id}/passkey/confirmation`: 202.
async fn compared(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let session = call.session_at(&id).await?;
    Ok(sessions::accepted(confirm(&session, &mut call).await?))
}

/// Hands on whether the codes are the same.
pub(super) async fn confirm(session: &Session, call: &mut Call) -> Result<SessionView, ApiError> {
    let body: ComparedBody = call.json().await?;
    Ok(session.compared(body.accept).await?)
}

/// The credential in the shape in which WhatsApp Web sends it. What is in the fields WhatsApp verifies.
fn assertion(credential: CredentialBody) -> Result<Assertion, ApiError> {
    if credential.kind != "public-key" {
        return Err(ApiError::field("type", "type is not public-key"));
    }
    let response = credential.response;
    let credential_id = decode("rawId", &credential.raw_id)?;
    decode("response.clientDataJSON", &response.client_data)?;
    decode("response.authenticatorData", &response.authenticator_data)?;
    decode("response.signature", &response.signature)?;
    if let Some(handle) = &response.user_handle {
        decode("response.userHandle", handle)?;
    }
    let json = json!({
        "id": credential.raw_id,
        "rawId": credential.raw_id,
        "type": credential.kind,
        "response": {
            "clientDataJSON": response.client_data,
            "authenticatorData": response.authenticator_data,
            "signature": response.signature,
            "userHandle": response.user_handle,
        },
    });
    Ok(Assertion {
        credential_id,
        json: Hidden(json.to_string()),
    })
}

/// The error names the field and not what is in it.
fn decode(field: &str, text: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let wrong = || ApiError::field(field, format!("{field} is not base64url without padding"));
    bytes.filter(|bytes| !bytes.is_empty()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser gives, with everything that it puts in.
    fn credential() -> Value {
        json!({
            "id": "AQI",
            "rawId": "AQI",
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "AAAA",
                "signature": "MEUC",
                "userHandle": null,
            },
        })
    }

    fn parse(body: &Value) -> Result<Assertion, ApiError> {
        json::parse(body.to_string().as_bytes()).and_then(assertion)
    }

    #[test]
    fn what_a_browser_gives_becomes_what_whatsapp_web_sends() {
        let given = parse(&credential()).unwrap();
        assert_eq!(given.credential_id, [1, 2]);
        let mut expected = credential();
        expected
            .as_object_mut()
            .unwrap()
            .remove("authenticatorAttachment");
        expected
            .as_object_mut()
            .unwrap()
            .remove("clientExtensionResults");
        let sent: Value = serde_json::from_str(&given.json.0).unwrap();
        assert_eq!(sent, expected);
    }

    #[test]
    fn what_is_no_signature_is_refused_by_the_name_of_its_field_alone() {
        let wrong = [
            ("type", "/type", json!("password")),
            ("rawId", "/rawId", json!("")),
            ("rawId", "/rawId", json!("secret+/=")),
            (
                "response.signature",
                "/response/signature",
                json!("secret!"),
            ),
            (
                "response.userHandle",
                "/response/userHandle",
                json!("secret!"),
            ),
            (
                "response.clientDataJSON",
                "/response/clientDataJSON",
                json!(7),
            ),
        ];
        for (field, pointer, value) in wrong {
            let mut body = credential();
            *body.pointer_mut(pointer).unwrap() = value;
            let error = parse(&body).unwrap_err();
            let shown = String::from_utf8(error.body("/", "req")).unwrap();
            assert!(shown.contains(&format!(r#""field":"{field}""#)), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
