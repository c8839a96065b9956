//! Verbs of a phone's user.

use std::time::Duration;

use serde_json::json;

use super::{AdminError, Given, Verb, done, json as as_json, linking};
use crate::control::{Control, ControlError};

/// Longest wait for something to come in.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// Does what the user of a phone is asked to.
pub(super) async fn answer(control: &Control, verb: &Verb) -> Given {
    match (verb.method.as_str(), verb.path.as_str()) {
        ("POST", "mock-phone/scan-qr") => {
            as_json(control.scan_qr(&verb.body, verb.get("phone")).await?)
        }
        ("POST", "phone/enter-code") => {
            as_json(control.enter_code(verb.need("phone")?, &verb.body).await?)
        }
        ("POST", "phone/create") => {
            as_json(control.create_phone(verb.get("phone"), verb.get("name").unwrap_or_default())?)
        }
        ("GET", "phone/inbox") => inbox(control, verb).await,
        ("GET", "phone/receipts") => as_json(control.receipts(verb.need("phone")?)?),
        ("POST", _) => match linking::answer(control, verb).await {
            Some(given) => given,
            None => act(control, verb),
        },
        _ => Err(AdminError::NoVerb),
    }
}

fn act(control: &Control, verb: &Verb) -> Given {
    match verb.path.as_str() {
        "phone/send" => {
            let id = control.say(verb.need("from")?, verb.need("to")?, &verb.body)?;
            return Ok(json!({ "id": id }));
        }
        "phone/react" => {
            let (phone, chat, message) =
                (verb.need("phone")?, verb.need("chat")?, verb.need("id")?);
            let id = control.react(phone, chat, message, &verb.body)?;
            return Ok(json!({ "id": id }));
        }
        "phone/edit" => {
            let (phone, chat, message) =
                (verb.need("phone")?, verb.need("chat")?, verb.need("id")?);
            let id = control.edit(phone, chat, message, &verb.body)?;
            return Ok(json!({ "id": id }));
        }
        "phone/revoke" => {
            let (phone, chat, message) =
                (verb.need("phone")?, verb.need("chat")?, verb.need("id")?);
            let id = control.revoke(phone, chat, message)?;
            return Ok(json!({ "id": id }));
        }
        "phone/read" => {
            let ids = control.read(verb.need("phone")?, verb.need("chat")?)?;
            return Ok(json!({ "ids": ids }));
        }
        "phone/auto-reply" => {
            let text = verb
                .get("text")
                .or(Some(verb.body.as_str()).filter(|body| !body.is_empty()));
            control.auto_reply(verb.need("phone")?, text)?;
        }
        "phone/online" => control.set_online(verb.need("phone")?, true)?,
        "phone/offline" => control.set_online(verb.need("phone")?, false)?,
        "phone/show" => control.show(verb.need("phone")?, true)?,
        "phone/hide" => control.show(verb.need("phone")?, false)?,
        "phone/typing" => {
            let composing = verb.get("state") != Some("paused");
            control.typing(verb.need("phone")?, verb.need("chat")?, composing)?;
        }
        "phone/call" => {
            let video = verb.parse("video")?.unwrap_or(false);
            let id = control.call(verb.need("phone")?, verb.need("to")?, video)?;
            return Ok(json!({ "id": id }));
        }
        "phone/end-call" => {
            let (phone, to, id) = (verb.need("phone")?, verb.need("to")?, verb.need("id")?);
            control.end_call(phone, to, id, verb.get("reason"))?;
        }
        "phone/rename" => control.rename(verb.need("phone")?, verb.need("name")?)?,
        "phone/forget" => control.forget_sessions(verb.need("phone")?, verb.need("with")?)?,
        "phone/lid-migrated" => {
            control.set_lid_migrated(verb.need("phone")?, verb.need_parsed("on")?)?;
        }
        _ => return Err(AdminError::NoVerb),
    }
    Ok(done())
}

/// What came in after a number; with `wait`, waits for the first such message. Time that runs out is no error.
async fn inbox(control: &Control, verb: &Verb) -> Given {
    let phone = verb.need("phone")?;
    let after: u64 = verb.parse("after")?.unwrap_or(0);
    let wait = Duration::from_secs(verb.parse("wait")?.unwrap_or(0)).min(LONGEST_WAIT);
    if !wait.is_zero() {
        match control
            .expect_inbox(phone, wait, |item| item.seq > after)
            .await
        {
            Ok(_) | Err(ControlError::Waited(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let items = control.inbox(phone)?;
    as_json(
        items
            .into_iter()
            .filter(|item| item.seq > after)
            .collect::<Vec<_>>(),
    )
}
