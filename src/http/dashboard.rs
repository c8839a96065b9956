//! The dashboard's files, which are inside the binary: compressed, with a tag that saves sending them again.
//!
//! It knows nothing of what they do. A debug build reads them from `assets/` at each request, so that an edit shows.

use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::error::Code;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::Digest;
use sha2::Sha256;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::Tail;
use warp::http::HeaderMap;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

/// What a page from here may do: use what comes from here, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every file.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    // A browser asks again each time and is mostly told that nothing has changed.
    (header::CACHE_CONTROL, "no-cache"),
    (header::VARY, "Accept-Encoding"),
];

/// What a browser never asks for: the source of the styles, and notes for developers.
const NOT_SERVED: [&str; 2] = ["tailwind.css", "vendor/README.md"];

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

/// A file as it is sent.
#[derive(Clone)]
struct Asset {
    digest: [u8; 32],
    plain: Bytes,
    /// None where that is not smaller.
    gzip: Option<Bytes>,
    tag: HeaderValue,
    kind: HeaderValue,
}

/// `GET /`, `GET /docs` and `GET /assets/{file…}`. No key: there is nothing in them that is not in the sources.
pub(super) fn routes() -> BoxedFilter<(Answer,)> {
    let page = warp::path::end()
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .map(|headers| show("index.html", &headers));
    let docs = warp::path!("docs")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .map(|headers| show("docs.html", &headers));
    let file = warp::path("assets")
        .and(warp::path::tail())
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .map(|path: Tail, headers| show(path.as_str(), &headers));
    page.or(docs).unify().or(file).unify().boxed()
}

/// A page at a secret address: the same file for everybody, and kept by no browser.
pub(super) fn page(path: &str, status: StatusCode, headers: &HeaderMap) -> Answer {
    let asset = find(path).ok_or_else(no_file)?;
    let mut response = with_headers();
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fill(&mut response, asset, headers);
    Ok(response)
}

/// A text that is made here, and sent as a file is: compressed, with a tag. It is made once.
pub(super) fn made(path: &str, headers: &HeaderMap, make: impl FnOnce() -> String) -> Answer {
    let asset = made_ready(path).or_else(|| {
        let text = make().into_bytes();
        let asset = make_ready(path, Sha256::digest(&text).into(), text)?;
        Some(keep(path, asset))
    });
    Ok(send(asset.ok_or_else(no_file)?, headers))
}

fn no_file() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "there is no such file; the dashboard is at /",
    )
}

fn with_headers() -> Response {
    let mut response = Response::new(Bytes::new().into());
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

fn show(path: &str, headers: &HeaderMap) -> Answer {
    Ok(send(find(path).ok_or_else(no_file)?, headers))
}

fn send(asset: Asset, headers: &HeaderMap) -> Response {
    let mut response = with_headers();
    response
        .headers_mut()
        .insert(header::ETAG, asset.tag.clone());
    if mentions(headers, &header::IF_NONE_MATCH, asset.tag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    fill(&mut response, asset, headers);
    response
}

fn fill(response: &mut Response, asset: Asset, headers: &HeaderMap) {
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, asset.kind);
    let body = match asset.gzip {
        Some(gzip) if mentions(headers, &header::ACCEPT_ENCODING, b"gzip") => {
            let gzipped = HeaderValue::from_static("gzip");
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, gzipped);
            gzip
        }
        _ => asset.plain,
    };
    *response.body_mut() = body.into();
}

/// Whether one of the header's values, which have commas between them, is this one.
fn mentions(headers: &HeaderMap, name: &HeaderName, what: &[u8]) -> bool {
    headers.get_all(name).iter().any(|value| {
        let mut all = value.as_bytes().split(|byte| *byte == b',');
        all.any(|one| {
            let one = one.trim_ascii();
            let one = one.strip_prefix(b"W/").unwrap_or(one);
            one == what || one.split(|byte| *byte == b';').next() == Some(what)
        })
    })
}

/// What was made ready before, by path.
static READY: Mutex<Option<HashMap<String, Asset>>> = Mutex::new(None);

fn made_ready(path: &str) -> Option<Asset> {
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    ready.get_or_insert_default().get(path).cloned()
}

fn keep(path: &str, asset: Asset) -> Asset {
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let ready = ready.get_or_insert_default();
    ready.insert(path.to_owned(), asset.clone());
    asset
}

/// A file; from the second time on as it was made ready before, unless it has changed.
fn find(path: &str) -> Option<Asset> {
    if NOT_SERVED.contains(&path) {
        return None;
    }
    let file = Files::get(path)?;
    let digest = file.metadata.sha256_hash();
    if let Some(asset) = made_ready(path).filter(|asset| asset.digest == digest) {
        return Some(asset);
    }
    let asset = make_ready(path, digest, file.data.into_owned())?;
    Some(keep(path, asset))
}

fn make_ready(path: &str, digest: [u8; 32], bytes: Vec<u8>) -> Option<Asset> {
    let plain = Bytes::from(bytes);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest));
    Some(Asset {
        digest,
        gzip: gzip(&plain).filter(|gzip| gzip.len() < plain.len()),
        plain,
        tag: HeaderValue::try_from(tag).ok()?,
        kind: HeaderValue::from_static(kind(path)?),
    })
}

/// None for a file that does not belong into a page.
fn kind(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use crate::http::tests::client::Client;
    use crate::http::tests::client::request;

    #[tokio::test]
    async fn the_page_comes_without_a_key_and_may_use_nothing_from_elsewhere() {
        let client = Client::start().await;
        for path in ["/", "/docs", "/docs/", "/assets/index.html"] {
            let page = client.ask(request("GET", path), "").await;
            assert_eq!(page.status, 200, "{path}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            let policy = page.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
            assert!(!policy.contains("unsafe") && !policy.contains("http"));
        }
    }

    #[tokio::test]
    async fn a_file_is_sent_compressed_and_once() {
        let client = Client::start().await;
        for path in ["/", "/docs", "/assets/docs.css"] {
            let zipped = request("GET", path).header("accept-encoding", "br, gzip;q=0.8");
            let first = client.ask(zipped, "").await;
            assert_eq!(first.header("content-encoding"), "gzip", "{path}");
            let plain = client.ask(request("GET", path), "").await;
            assert!(plain.bytes.len() > first.bytes.len(), "{path}");
            let tag = first.header("etag").to_owned();
            let again = request("GET", path).header("if-none-match", format!("W/{tag}, \"x\""));
            let again = client.ask(again, "").await;
            assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}");
        }
    }

    #[tokio::test]
    async fn nothing_else_is_a_file() {
        let client = Client::start().await;
        let paths = [
            "/assets",
            "/assets/",
            "/assets/nothing.js",
            "/assets/../Cargo.toml",
            "/assets/%2e%2e/Cargo.toml",
            "/assets/tailwind.css",
            "/assets/vendor/README.md",
            "/assets/vendor/swagger-ui/LICENSE",
            "/docs/index.html",
        ];
        for path in paths {
            let answer = client.ask(request("GET", path), "").await;
            assert_eq!(answer.code(), (404, "not_found"), "{path}");
        }
        let posted = client.ask(request("POST", "/"), "").await;
        assert_eq!(posted.code(), (405, "method_not_allowed"));
    }
}
