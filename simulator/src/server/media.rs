//! The media host (facts a9): ciphertexts by token, the hash of their content. Uploads can be resumed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use super::stanza::tag;
use crate::hub::State;
use crate::wire::node::child;
use crate::world::media::Media;

/// Bytes of one file.
pub const FILE_LIMIT: usize = 256 << 20;
/// Bytes of all files; the ones whose token sorts first go first.
const TOTAL_LIMIT: usize = 1 << 30;
/// Seconds for which hosts and authorisation hold.
const TTL: u32 = 3_600;

/// `w:m` queries.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    if child(query, "media_conn").is_none() {
        return Answer::Unknown;
    }
    let host = NodeBuilder::new("host")
        .attr("hostname", state.host.as_str())
        .attr("type", "primary")
        .children([tag("upload"), tag("download")])
        .build();
    let auth = format!("sim-{}-{}", caller.device.account, caller.device.device);
    let connection = NodeBuilder::new("media_conn")
        .attr("auth", auth)
        .attr("ttl", TTL)
        .attr("auth_ttl", TTL)
        .attr("max_buckets", 12)
        .attr("is_new", 1)
        .children([host]);
    Answer::one(connection.build())
}

/// Where a file can be fetched.
pub fn direct_path(token: &str) -> String {
    format!("/m1/v/{token}")
}

/// A token without the padding that some clients leave on.
pub fn bare(token: &str) -> &str {
    token.trim_end_matches('=')
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing of it is here.
    Unknown,
    /// This many bytes are here.
    Partial(u64),
    /// All of it is here.
    Complete,
}

/// What a resuming client wants to know.
pub fn progress(state: &State, token: &str) -> Progress {
    match state.world.media.get(bare(token)) {
        None => Progress::Unknown,
        Some(media) if media.complete => Progress::Complete,
        Some(media) => Progress::Partial(media.length),
    }
}

/// Adds bytes at an offset; `ended` says that the client has sent all it wanted to. A whole file must have the hash
/// that its token is.
///
/// Returns how far the upload has come: `Partial` after `ended` means that the content is not what was announced.
pub fn store(state: &mut State, kind: &str, token: &str, part: (u64, &[u8], bool)) -> Progress {
    let (offset, bytes, ended) = part;
    let token = bare(token);
    let file = state.files.entry(token.to_owned()).or_default();
    file.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
    file.extend_from_slice(bytes);
    let complete = ended && URL_SAFE_NO_PAD.encode(Sha256::digest(&file)) == token;
    let length = file.len() as u64;
    let media = Media {
        kind: kind.to_owned(),
        length,
        complete,
    };
    state.world.media.insert(token.to_owned(), media);
    trim(state, token);
    if complete {
        Progress::Complete
    } else {
        Progress::Partial(length)
    }
}

fn trim(state: &mut State, keep: &str) {
    let mut total: usize = state.files.values().map(Vec::len).sum();
    while total > TOTAL_LIMIT {
        let Some(token) = state.files.keys().find(|token| *token != keep).cloned() else {
            return;
        };
        total -= state.files.remove(&token).map_or(0, |file| file.len());
        state.world.media.remove(&token);
    }
}

/// A whole file.
pub fn fetch(state: &State, token: &str) -> Option<Vec<u8>> {
    let token = bare(token);
    state
        .world
        .media
        .get(token)
        .filter(|media| media.complete)?;
    state.files.get(token).cloned()
}
