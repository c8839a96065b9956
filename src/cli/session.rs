//! `wamux session`: looks at the sessions of a running daemon, links one, sends from one. A client of the API.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::{Args, Subcommand};
use comfy_table::presets;
use comfy_table::{ContentArrangement, Table};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

use super::client::Client;
use super::{Cli, say};
use crate::exit::{Exit, Failure};

/// How long the daemon may keep a request for a code.
const WAIT_SECS: u64 = 25;
/// Between two looks at a session that is on its way.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What can be done with sessions.
#[derive(Clone, Debug, Args)]
pub struct SessionArgs {
    /// Where the daemon is [default: the configured `server.listen`]
    #[arg(long, global = true, value_name = "URL", env = "WAMUX_URL")]
    url: Option<String>,
    /// The key of its API [default: the configured `auth.api_key`]
    #[arg(
        long,
        global = true,
        value_name = "KEY",
        env = "WAMUX_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// List the sessions with their states
    List {
        /// Only those of this client
        #[arg(long, value_name = "CLIENT")]
        client: Option<String>,
        /// As JSON, one session a line
        #[arg(long)]
        json: bool,
    },
    /// Draw the code to scan, anew until a phone is linked
    Qr {
        /// The session
        session: String,
    },
    /// Send a text and say what became of it
    Send {
        /// The session to send from
        session: String,
        /// A phone number such as +5511999998888, or a chat id
        to: String,
        /// The text
        text: String,
    },
}

/// Carries a command out.
pub async fn session(cli: &Cli, args: &SessionArgs) -> Result<Exit, Failure> {
    let client = Client::new(cli, args.url.as_deref(), args.key.as_deref())?;
    match &args.what {
        What::List { client: of, json } => list(&client, of.as_deref(), *json).await,
        What::Qr { session } => qr(&client, session).await,
        What::Send { session, to, text } => send(&client, session, to, text).await,
    }
}

async fn list(client: &Client, of: Option<&str>, as_json: bool) -> Result<Exit, Failure> {
    let mut sessions = Vec::new();
    let mut query = BTreeMap::from([("limit", "200".to_owned())]);
    query.extend(of.map(|client| ("clientId", client.to_owned())));
    loop {
        let page = client.get("/api/sessions", &query).await?;
        sessions.extend(page["data"].as_array().into_iter().flatten().cloned());
        match page["nextCursor"].as_str() {
            Some(cursor) => query.insert("cursor", cursor.to_owned()),
            None => break,
        };
    }
    if as_json {
        for session in &sessions {
            say(&session.to_string());
        }
    } else if sessions.is_empty() {
        say("no sessions");
    } else {
        say(&table(&sessions));
    }
    Ok(Exit::Ok)
}

fn table(sessions: &[Value]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["SESSION", "CLIENT", "STATE", "PHONE", "NAME", "CAUSE"]);
    for session in sessions {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        table.add_row([
            text(&session["id"]),
            text(&session["clientId"]),
            text(&session["state"]),
            text(&session["phone"]),
            text(&session["name"]),
            text(&session["cause"]["code"]),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim().to_owned()).collect();
    lines.join("\n")
}

async fn qr(client: &Client, session: &str) -> Result<Exit, Failure> {
    let path = format!("/api/sessions/{}", Client::part(session));
    let wait = BTreeMap::from([("wait", WAIT_SECS.to_string())]);
    let mut shown = String::new();
    let mut said = String::new();
    loop {
        let view = client.get(&path, &BTreeMap::new()).await?;
        match view["state"].as_str().unwrap_or_default() {
            "connected" => {
                let phone = view["phone"].as_str().unwrap_or("its phone");
                say(&format!("{session} is connected as {phone}"));
                return Ok(Exit::Ok);
            }
            "linking" => {}
            "starting" | "reconnecting" => {
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            }
            state => {
                return Err(Failure {
                    exit: Exit::Internal,
                    sentence: format!(
                        "{session} is {state}; start it with POST {path}/start, then try again"
                    ),
                });
            }
        }
        let step = view["linking"]["step"].as_str().unwrap_or_default();
        if !step.is_empty() && step != "qr" && step != "code" {
            let todo = view["linking"]["todo"].as_str().unwrap_or_default();
            if said != todo {
                say(todo);
                todo.clone_into(&mut said);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        }
        let answer = client.get_if(&format!("{path}/qr"), &wait).await?;
        match answer.as_ref().and_then(|answer| answer["qr"].as_str()) {
            Some(code) if code != shown => {
                say(&drawn(code)?);
                say(
                    "Scan it with WhatsApp on the phone: Linked devices, Link a device. A new one comes by itself; Ctrl-C ends.",
                );
                code.clone_into(&mut shown);
            }
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// Two modules a character, dark on light whatever the terminal's colours are.
fn drawn(code: &str) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(code, EcLevel::L);
    let code = code.map_err(|error| Failure::new(Exit::Internal, &error))?;
    Ok(code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .build())
}

async fn send(client: &Client, session: &str, to: &str, text: &str) -> Result<Exit, Failure> {
    let body = json!({"sessionId": session, "to": to, "text": text});
    let message = client.post("/api/messages/send", &body).await?;
    let [id, state] =
        [&message["id"], &message["state"]].map(|value| value.as_str().unwrap_or_default());
    if state == "failed" {
        let why = message["failure"]["detail"].as_str().unwrap_or(state);
        return Err(Failure {
            exit: Exit::Internal,
            sentence: format!("{id} was not sent: {why}"),
        });
    }
    say(&format!("{id} {state}"));
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_stand_in_columns_with_a_dash_for_what_is_not_there() {
        let sessions = [
            json!({"id": "support", "clientId": "acme", "state": "linking", "phone": null, "name": "Help desk", "cause": {"code": "qrExpired"}}),
        ];
        let shown = table(&sessions);
        let words: Vec<&str> = shown.split_whitespace().collect();
        assert_eq!(
            words[..6],
            ["SESSION", "CLIENT", "STATE", "PHONE", "NAME", "CAUSE"]
        );
        assert_eq!(
            words[6..],
            [
                "support",
                "acme",
                "linking",
                "-",
                "Help",
                "desk",
                "qrExpired"
            ]
        );
    }

    #[test]
    fn a_code_is_drawn_two_modules_a_character() {
        let lines = drawn("2@abc").unwrap();
        let lines: Vec<&str> = lines.lines().collect();
        // Version 1 has 21 modules, and four of quiet zone on each side.
        assert_eq!((lines.len(), lines[0].chars().count()), (15, 29));
    }
}
