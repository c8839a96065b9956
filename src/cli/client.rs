//! Asks the running daemon, as any other caller of its API does.

use std::collections::BTreeMap;
use std::time::Duration;

use form_urlencoded::Serializer;
use reqwest::header::ACCEPT;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::Cli;
use super::healthcheck::reachable;
use crate::app::http_client;
use crate::exit::{Exit, Failure};

/// Longer than the daemon lets a request wait.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Where the daemon is, and what opens it.
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    /// What is not given comes from the configuration.
    pub(super) fn new(cli: &Cli, url: Option<&str>, key: Option<&str>) -> Result<Self, Failure> {
        let config = cli.read_config()?;
        let known = config
            .auth
            .api_key
            .as_ref()
            .map(|key| key.expose().to_owned());
        let key = key.map(str::to_owned).or(known).ok_or_else(|| Failure {
            exit: Exit::Usage,
            sentence:
                "no key: give --key or set WAMUX_KEY; the daemon printed it at its first start"
                    .to_owned(),
        })?;
        let listen = format!("http://{}", reachable(config.server.listen));
        let url = url.map_or(listen, |url| url.trim_end_matches('/').to_owned());
        let http = http_client(TIMEOUT).map_err(|error| Failure::new(Exit::Internal, &error))?;
        Ok(Self { http, url, key })
    }

    /// Text as one part of a path.
    pub(super) fn part(text: &str) -> String {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    }

    /// The JSON at a path.
    pub(super) async fn get(
        &self,
        path: &str,
        query: &BTreeMap<&str, String>,
    ) -> Result<Value, Failure> {
        let (status, body) = self
            .ask(self.request(Method::GET, &with(path, query)))
            .await?;
        checked(status, body)
    }

    /// The JSON at a path; none where the daemon says that there is nothing now.
    pub(super) async fn get_if(
        &self,
        path: &str,
        query: &BTreeMap<&str, String>,
    ) -> Result<Option<Value>, Failure> {
        let (status, body) = self
            .ask(self.request(Method::GET, &with(path, query)))
            .await?;
        if status == StatusCode::CONFLICT {
            return Ok(None);
        }
        checked(status, body).map(Some)
    }

    /// What the daemon makes of a body.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let (status, body) = self
            .ask(self.request(Method::POST, path).json(body))
            .await?;
        checked(status, body)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        request
            .header("X-Api-Key", &self.key)
            .header(ACCEPT, "application/json")
    }

    async fn ask(&self, request: RequestBuilder) -> Result<(StatusCode, Value), Failure> {
        let failed = |error: reqwest::Error| Failure {
            exit: Exit::Internal,
            sentence: format!(
                "{}: {}; is the daemon running there?",
                self.url,
                Failure::new(Exit::Internal, &error.without_url())
            ),
        };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        Ok((status, answer.json().await.map_err(failed)?))
    }
}

fn with(path: &str, query: &BTreeMap<&str, String>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// An error of the API is told in its own words.
fn checked(status: StatusCode, body: Value) -> Result<Value, Failure> {
    if status.is_success() {
        return Ok(body);
    }
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Err(Failure {
        exit: Exit::Internal,
        sentence: format!("{} ({})", text("detail"), text("code")),
    })
}
