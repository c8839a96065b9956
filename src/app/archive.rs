//! The single file of a backup: a manifest and databases, packed, and sealed where that is wanted.
//!
//! From the inside out: tar, gzip, and [age](https://age-encryption.org/v1) where it is sealed, so that `age`, `gzip`
//! and `tar` can open one without wamux. The manifest comes first and has the length and the SHA-256 of every file.

use age::Decryptor;
use age::Encryptor;
use age::Identity;
use age::IdentityFile;
use age::Recipient;
use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::x25519;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::fmt;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::iter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

const MANIFEST: &str = "manifest.json";
/// A list of some hundred thousand files.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;
const FORMAT: &str = "wamux-backup";
const VERSION: u32 = 1;
/// How every age file begins.
const SEALED: &[u8] = b"age-encryption.org/";
const PIECE_BYTES: usize = 128 * 1024;

/// What is told of long work: bytes done, of how many. An error ends the work.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> io::Result<()>;

/// What is in a file of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// All that a daemon keeps.
    Backup,
    /// One session, to be taken to another daemon.
    Session,
}

/// What a file says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    format: String,
    version: u32,
    /// What is in it.
    pub kind: Kind,
    /// The version of wamux that wrote it.
    pub wamux: String,
    /// When, as RFC 3339.
    pub at: String,
    /// Its files, in their order.
    pub files: Vec<Entry>,
}

/// A file in the archive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the state folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Of these files in `folder`, as they are there now.
    pub fn of(
        kind: Kind,
        at: String,
        folder: &Path,
        paths: Vec<String>,
    ) -> Result<Self, ArchiveError> {
        let entry = |path: String| {
            let (bytes, sha256) = digest(&folder.join(&path))?;
            Ok(Entry {
                path,
                bytes,
                sha256,
            })
        };
        Ok(Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind,
            wamux: env!("CARGO_PKG_VERSION").to_owned(),
            at,
            files: paths.into_iter().map(entry).collect::<io::Result<_>>()?,
        })
    }

    /// How long its files are together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|entry| entry.bytes).sum()
    }

    fn parse(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| ArchiveError::NotABackup)?;
        if manifest.format != FORMAT {
            return Err(ArchiveError::NotABackup);
        }
        if manifest.version > VERSION {
            return Err(ArchiveError::TooNew(manifest.wamux));
        }
        // What is unpacked stays in the folder that it is unpacked to.
        let is_inside = |path: &str| {
            let mut parts = Path::new(path).components();
            parts.all(|part| matches!(part, Component::Normal(_)))
        };
        match manifest.files.iter().find(|entry| !is_inside(&entry.path)) {
            Some(entry) => Err(ArchiveError::Damaged(entry.path.clone())),
            None => Ok(manifest),
        }
    }
}

/// Why a file cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is something else.
    #[error("it is not a backup of wamux")]
    NotABackup,
    /// A later version of wamux wrote it in another way.
    #[error("it was written by wamux {0}, which is newer than this one; use that version")]
    TooNew(String),
    /// Something in it is not as it was written.
    #[error("it is damaged: {0} is not as it was written; use another backup")]
    Damaged(String),
    /// It is sealed, and there is nothing to open it with.
    #[error("it is encrypted; give --passphrase-file or --identity")]
    Sealed,
    /// What was given does not open it.
    #[error("the passphrase or identity that was given does not open it")]
    WrongKey,
    /// What was given to seal it with is no public key.
    #[error("{0:?} is no public key of age, such as `age-keygen` prints (age1…)")]
    BadRecipient(String),
    /// What was given to open it with is no file of keys.
    #[error("{0} cannot be used as an identity of age")]
    BadIdentity(PathBuf),
    /// The system.
    #[error("it cannot be written or read")]
    Io(#[from] io::Error),
}

/// What an archive is sealed with.
#[derive(Clone)]
pub enum Seal {
    /// Nothing: whoever has the file has the sessions.
    Open,
    /// A passphrase, which opens it as well.
    Passphrase(SecretString),
    /// A public key; only the owner of the private one opens it.
    Recipient(x25519::Recipient),
}

impl Seal {
    /// With a passphrase.
    pub fn passphrase(text: String) -> Self {
        Self::Passphrase(SecretString::from(text))
    }

    /// With a public key as `age1…`.
    pub fn recipient(text: &str) -> Result<Self, ArchiveError> {
        let recipient = x25519::Recipient::from_str(text);
        let recipient = recipient.map_err(|_| ArchiveError::BadRecipient(text.to_owned()))?;
        Ok(Self::Recipient(recipient))
    }

    /// What opens what it has sealed, where that is the same.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Open => Some(Key::None),
            Self::Passphrase(passphrase) => Some(Key::Passphrase(passphrase.clone())),
            Self::Recipient(_) => None,
        }
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

/// What an archive is opened with.
#[derive(Clone)]
pub enum Key {
    /// Nothing.
    None,
    /// A passphrase.
    Passphrase(SecretString),
    /// A file of private keys, as `age-keygen` writes it.
    Identity(PathBuf),
}

impl Key {
    /// A passphrase.
    pub fn passphrase(text: String) -> Self {
        Self::Passphrase(SecretString::from(text))
    }

    fn identities(&self) -> Result<Vec<Box<dyn Identity>>, ArchiveError> {
        match self {
            Self::None => Err(ArchiveError::Sealed),
            Self::Passphrase(passphrase) => Ok(vec![Box::new(age::scrypt::Identity::new(
                passphrase.clone(),
            ))]),
            Self::Identity(path) => {
                let bad = || ArchiveError::BadIdentity(path.clone());
                let file = BufReader::new(File::open(path)?);
                let file = IdentityFile::from_buffer(file).map_err(|_| bad())?;
                let identities = file.into_identities().map_err(|_| bad())?;
                Ok(identities
                    .into_iter()
                    .map(|identity| identity as Box<dyn Identity>)
                    .collect())
            }
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// What is below the compression.
enum Sink<W: Write> {
    Plain(W),
    Sealed(StreamWriter<W>),
}

impl<W: Write> Sink<W> {
    fn new(out: W, seal: &Seal) -> io::Result<Self> {
        let encryptor = match seal {
            Seal::Open => return Ok(Self::Plain(out)),
            Seal::Passphrase(passphrase) => Encryptor::with_user_passphrase(passphrase.clone()),
            Seal::Recipient(recipient) => {
                Encryptor::with_recipients(iter::once(recipient as &dyn Recipient))
                    .map_err(io::Error::other)?
            }
        };
        Ok(Self::Sealed(encryptor.wrap_output(out)?))
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Sealed(out) => out.finish(),
        }
    }
}

impl<W: Write> Write for Sink<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Sealed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Sealed(out) => out.flush(),
        }
    }
}

/// Writes what the manifest names, from `folder`.
pub fn pack<W: Write>(
    manifest: &Manifest,
    folder: &Path,
    out: W,
    seal: &Seal,
    progress: Progress<'_>,
) -> Result<W, ArchiveError> {
    let sink = GzEncoder::new(Sink::new(out, seal)?, Compression::fast());
    let mut tar = tar::Builder::new(sink);
    let json = serde_json::to_vec_pretty(manifest).map_err(io::Error::other)?;
    tar.append_data(&mut header(json.len() as u64), MANIFEST, json.as_slice())?;
    let (mut done, total) = (0, manifest.bytes());
    for entry in &manifest.files {
        let file = File::open(folder.join(&entry.path))?;
        let counted = Counted {
            inner: file.take(entry.bytes),
            told: &mut |bytes| {
                done += bytes;
                progress(done, total)
            },
        };
        tar.append_data(&mut header(entry.bytes), &entry.path, counted)?;
    }
    Ok(tar.into_inner()?.finish()?.finish()?)
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Reads an archive to its end and compares everything in it with its manifest. Its files go into `folder`, where there
/// is one.
pub fn unpack(
    input: impl Read,
    key: &Key,
    folder: Option<&Path>,
    progress: Progress<'_>,
) -> Result<Manifest, ArchiveError> {
    let mut input = BufReader::new(input);
    let is_sealed = input.fill_buf()?.starts_with(SEALED);
    let opened: Box<dyn Read> = if is_sealed {
        let identities = key.identities()?;
        let decryptor = Decryptor::new_buffered(input).map_err(|_| ArchiveError::NotABackup)?;
        let opened = decryptor.decrypt(identities.iter().map(Box::as_ref));
        Box::new(opened.map_err(|_| ArchiveError::WrongKey)?)
    } else {
        Box::new(input)
    };
    let mut tar = tar::Archive::new(GzDecoder::new(opened));
    let mut entries = tar.entries().map_err(|_| ArchiveError::NotABackup)?;
    let manifest = manifest_in(entries.next())?;
    let (mut done, total) = (0, manifest.bytes());
    for wanted in &manifest.files {
        let damaged = || ArchiveError::Damaged(wanted.path.clone());
        let found = entries.next().and_then(Result::ok).ok_or_else(damaged)?;
        let is_it = found
            .path()
            .is_ok_and(|path| path.as_ref() == Path::new(&wanted.path));
        if !is_it || !found.header().entry_type().is_file() {
            return Err(damaged());
        }
        let counted = Counted {
            inner: found,
            told: &mut |bytes| {
                done += bytes;
                progress(done, total)
            },
        };
        if !take(counted, wanted, folder)? {
            return Err(damaged());
        }
    }
    let end = || ArchiveError::Damaged("the end of the file".to_owned());
    if entries.next().is_some() {
        return Err(end());
    }
    // What protects the whole stands behind it.
    let mut rest = tar.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(|_| end())?;
    match io::copy(&mut rest.into_inner(), &mut io::sink()) {
        Ok(0) => Ok(manifest),
        _ => Err(end()),
    }
}

fn manifest_in<R: Read>(
    entry: Option<io::Result<tar::Entry<'_, R>>>,
) -> Result<Manifest, ArchiveError> {
    let entry = entry.and_then(Result::ok).ok_or(ArchiveError::NotABackup)?;
    let is_manifest = entry
        .path()
        .is_ok_and(|path| path.as_ref() == Path::new(MANIFEST));
    let mut json = Vec::new();
    let read = entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut json);
    if !is_manifest || read.is_err() {
        return Err(ArchiveError::NotABackup);
    }
    Manifest::parse(&json)
}

/// Whether a file is as it was; it is written down, where there is a folder.
fn take(mut from: impl Read, wanted: &Entry, folder: Option<&Path>) -> io::Result<bool> {
    let mut to: Box<dyn Write> = match folder {
        None => Box::new(io::sink()),
        Some(folder) => {
            let path = folder.join(&wanted.path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let new = File::options()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(path)?;
            Box::new(Synced(new))
        }
    };
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; PIECE_BYTES]);
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            // A stream that does not open any more, or ends too early.
            Err(_) => return Ok(false),
        };
        let piece = piece.get(..read).unwrap_or_default();
        hash.update(piece);
        to.write_all(piece)?;
        bytes += read as u64;
    }
    to.flush()?;
    Ok(bytes == wanted.bytes && hex(&hash.finalize()) == wanted.sha256)
}

/// A file that is on disk once it is flushed.
struct Synced(File);

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}

/// Tells what was read.
struct Counted<'a, R> {
    inner: R,
    told: &'a mut dyn FnMut(u64) -> io::Result<()>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        (self.told)(read as u64)?;
        Ok(read)
    }
}

/// The length of a file and its SHA-256 in hexadecimal.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut file = BufReader::with_capacity(PIECE_BYTES, File::open(path)?);
    let mut bytes = 0;
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(piece);
        let read = piece.len();
        bytes += read as u64;
        file.consume(read);
    }
}

fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests;
