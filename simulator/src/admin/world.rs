//! Verbs about the server and everything else than phones.

use std::time::Duration;

use serde_json::json;

use super::{AdminError, Given, VERBS, Verb, done, json as as_json};
use crate::control::Control;
use crate::fault::plan::FaultPlan;

/// Does what the server is asked to.
pub(super) fn answer(control: &Control, verb: &Verb) -> Given {
    match (verb.method.as_str(), verb.path.as_str()) {
        ("GET", path) => look(control, path),
        ("POST", _) => act(control, verb),
        _ => Err(AdminError::NoVerb),
    }
}

fn look(control: &Control, path: &str) -> Given {
    match path {
        "" => {
            let verbs = VERBS.iter().map(|(method, path, does)| {
                let path = format!("/admin/{path}");
                json!({ "method": method, "path": path.trim_end_matches('/'), "does": does })
            });
            Ok(verbs.collect())
        }
        "state" => as_json(control.state()),
        "trace" => as_json(control.trace()),
        "unknown" => {
            Ok(json!({ "count": control.unknown_stanzas(), "stanzas": control.unknown_list() }))
        }
        "faults" => Ok(json!({ "plan": control.faults(), "counts": control.fault_counts() })),
        "root" => Ok(json!({ "root_pub_hex": hex::encode(control.root_public()) })),
        _ => Err(AdminError::NoVerb),
    }
}

fn act(control: &Control, verb: &Verb) -> Given {
    match verb.path.as_str() {
        "device/remove" => {
            control.remove_device(verb.need("phone")?, verb.need_parsed("device")?)?;
        }
        "group/create" => {
            let members = members(verb);
            let group = control.create_group(verb.need("by")?, verb.need("subject")?, &members)?;
            return Ok(json!({ "group": group }));
        }
        "group/subject" => {
            control.set_subject(verb.need("by")?, verb.need("group")?, verb.need("subject")?)?;
        }
        "group/members" => {
            let (by, group) = (verb.need("by")?, verb.need("group")?);
            control.change_members(by, group, verb.need("do")?, &members(verb))?;
        }
        "kick" => {
            return Ok(hit(
                control.kick(verb.need("phone")?, verb.parse("device")?)?
            ));
        }
        "replace" => {
            return Ok(hit(
                control.replace(verb.need("phone")?, verb.parse("device")?)?
            ));
        }
        "stream-error" => {
            return Ok(hit(
                control.stream_error(verb.need("phone")?, verb.need_parsed("code")?)?
            ));
        }
        "ban" => control.ban(
            verb.need("phone")?,
            verb.need_parsed("code")?,
            verb.need_parsed("expire")?,
        )?,
        "refuse" => control.refuse(verb.need("phone")?, verb.need_parsed("reason")?)?,
        "forgive" => {
            control.forgive(verb.need("phone")?)?;
        }
        "nack" => control.nack(verb.need("phone")?, verb.parse("error")?)?,
        "silent" => control.silent(verb.need("phone")?, verb.need_parsed("on")?)?,
        "mute" => {
            return Ok(hit(
                control.mute(verb.need("phone")?, verb.need_parsed("on")?)?
            ));
        }
        "faults" => {
            let plan: FaultPlan = serde_json::from_str(&verb.body)?;
            control.set_faults(Some(plan).filter(|plan| *plan != FaultPlan::default()))?;
        }
        "refuse-ik" => control.refuse_ik(verb.need_parsed("on")?),
        "outdated" => control.outdated(verb.need_parsed("on")?),
        "refs-ttl" => {
            control.set_refs_ttl(verb.parse("seconds")?.map(Duration::from_secs));
        }
        "expire-refs" => control.expire_refs(),
        _ => return Err(AdminError::NoVerb),
    }
    Ok(done())
}

/// Digits with commas between.
fn members(verb: &Verb) -> Vec<String> {
    let listed = verb.get("members").unwrap_or_default().split(',');
    listed
        .filter(|member| !member.is_empty())
        .map(str::to_owned)
        .collect()
}

fn hit(sockets: usize) -> serde_json::Value {
    json!({ "connections": sockets })
}
