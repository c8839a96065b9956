//! Verbs about what stands between a phone and a new companion.

use std::time::Duration;

use serde_json::json;

use super::{AdminError, Given, Verb, done, json as as_json};
use crate::control::Control;
use crate::world::passkey::PasskeyRegistration;

/// The error of a throttled phone, when none is named.
const THROTTLED: u16 = 400;

/// Does what is asked for; `None` for a verb of another kind.
pub(super) async fn answer(control: &Control, verb: &Verb) -> Option<Given> {
    Some(match verb.path.as_str() {
        "phone/passkey" => passkey(control, verb),
        "phone/confirm" => confirm(control, verb).await,
        "phone/gate" | "phone/hosted" | "phone/full" | "phone/throttle" => rule(control, verb),
        _ => return None,
    })
}

fn passkey(control: &Control, verb: &Verb) -> Given {
    let registration = if verb.body.is_empty() {
        PasskeyRegistration::default()
    } else {
        serde_json::from_str(&verb.body).map_err(AdminError::Passkey)?
    };
    match control.passkey(verb.need("phone")?, registration)? {
        Some(made) => as_json(made),
        None => Ok(done()),
    }
}

async fn confirm(control: &Control, verb: &Verb) -> Given {
    let code = control
        .confirm(verb.need("phone")?, verb.parse("accept")?)
        .await?;
    Ok(json!({ "code": code }))
}

fn rule(control: &Control, verb: &Verb) -> Given {
    let phone = verb.need("phone")?;
    match verb.path.as_str() {
        "phone/gate" => {
            let timeout = verb.parse("timeout-ms")?.map(Duration::from_millis);
            control.gate(phone, verb.need_parsed("mode")?, timeout)?;
        }
        "phone/hosted" => control.hosted(phone, verb.need_parsed("on")?)?,
        "phone/full" => control.full(phone, verb.need_parsed("on")?)?,
        _ => {
            let on: bool = verb.need_parsed("on")?;
            let error = verb.parse("error")?.unwrap_or(THROTTLED);
            control.throttle(phone, on.then_some(error))?;
        }
    }
    Ok(done())
}
