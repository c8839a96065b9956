//! What is written comes back, and what was changed on the way is refused.

use super::*;
use age::secrecy::ExposeSecret;
use tempfile::TempDir;

const TEXT: &str = "what the daemon keeps";

struct World {
    folder: TempDir,
    manifest: Manifest,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sessions")).unwrap();
    // Nothing that packs well: in a run of equal bytes many bits could be others.
    let noise: Vec<u8> = (0..30_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    for (path, bytes) in [("wamux.db", noise), ("sessions/a.db", TEXT.into())] {
        std::fs::write(folder.path().join(path), bytes).unwrap();
    }
    let paths = ["wamux.db", "sessions/a.db"].map(str::to_owned).to_vec();
    let at = "2026-11-24T00:00:00Z".to_owned();
    let manifest = Manifest::of(Kind::Backup, at, folder.path(), paths).unwrap();
    World { folder, manifest }
}

impl World {
    fn packed(&self, seal: &Seal) -> Vec<u8> {
        let (folder, nothing) = (self.folder.path(), &mut |_, _| Ok(()));
        pack(&self.manifest, folder, Vec::new(), seal, nothing).unwrap()
    }
}

fn unpacked(bytes: &[u8], key: &Key) -> Result<Manifest, ArchiveError> {
    unpack(bytes, key, None, &mut |_, _| Ok(()))
}

#[test]
fn what_is_packed_comes_back_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let world = world();
    let mut told = Vec::new();
    let to = tempfile::tempdir().unwrap();
    let bytes = world.packed(&Seal::Open);
    let manifest = unpack(
        bytes.as_slice(),
        &Key::None,
        Some(to.path()),
        &mut |done, of| {
            told.push((done, of));
            Ok(())
        },
    );
    assert_eq!(manifest.unwrap().kind, Kind::Backup);
    let file = to.path().join("sessions/a.db");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), TEXT);
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let all = world.manifest.bytes();
    assert_eq!(told.last(), Some(&(all, all)));
}

#[test]
fn a_seal_hides_everything_and_opens_for_its_key_alone() {
    let world = world();
    let seal = Seal::passphrase("correct horse".to_owned());
    let bytes = world.packed(&seal);
    assert!(
        !bytes
            .windows(TEXT.len())
            .any(|part| part == TEXT.as_bytes())
    );
    assert!(unpacked(&bytes, &seal.key().unwrap()).is_ok());
    let wrong = unpacked(&bytes, &Key::passphrase("wrong".to_owned()));
    assert!(matches!(wrong, Err(ArchiveError::WrongKey)), "{wrong:?}");
    assert!(matches!(
        unpacked(&bytes, &Key::None),
        Err(ArchiveError::Sealed)
    ));
}

#[test]
fn what_is_sealed_for_somebody_else_opens_with_their_file_of_keys() {
    let (world, theirs) = (world(), x25519::Identity::generate());
    let seal = Seal::recipient(&theirs.to_public().to_string()).unwrap();
    assert!(seal.key().is_none(), "this machine cannot open it");
    let bytes = world.packed(&seal);
    let file = world.folder.path().join("key.txt");
    std::fs::write(&file, theirs.to_string().expose_secret()).unwrap();
    assert!(unpacked(&bytes, &Key::Identity(file.clone())).is_ok());
    let others = x25519::Identity::generate();
    std::fs::write(&file, others.to_string().expose_secret()).unwrap();
    let refused = unpacked(&bytes, &Key::Identity(file));
    assert!(
        matches!(refused, Err(ArchiveError::WrongKey)),
        "{refused:?}"
    );
    assert!(Seal::recipient("age1nonsense").is_err());
}

#[test]
fn a_byte_that_was_changed_or_lost_is_found() {
    let world = world();
    let mine = x25519::Identity::generate();
    let file = world.folder.path().join("key.txt");
    std::fs::write(&file, mine.to_string().expose_secret()).unwrap();
    let sealed = Seal::recipient(&mine.to_public().to_string()).unwrap();
    for (seal, key) in [(Seal::Open, Key::None), (sealed, Key::Identity(file))] {
        let good = world.packed(&seal);
        assert!(unpacked(&good, &key).is_ok());
        let mut found = 0;
        for at in (0..good.len()).step_by(good.len() / 23) {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            match unpacked(&bad, &key) {
                Err(_) => found += 1,
                // gzip has bits that mean nothing; what is in it is as it was written all the same.
                Ok(manifest) => {
                    assert!(matches!(seal, Seal::Open), "byte {at} of {}", good.len());
                    assert_eq!(manifest.files[0].sha256, world.manifest.files[0].sha256);
                }
            }
            assert!(unpacked(&good[..at], &key).is_err(), "cut at {at}");
        }
        assert!(found >= 20, "{found} of some 23 were found");
    }
}

#[test]
fn what_leads_out_of_its_folder_or_is_no_backup_is_refused() {
    let world = world();
    for path in ["../wamux.db", "/etc/passwd", "sessions/../../x"] {
        let mut manifest = world.manifest.clone();
        manifest.files[0].path = path.to_owned();
        let json = serde_json::to_vec(&manifest).unwrap();
        let refused = Manifest::parse(&json);
        assert!(matches!(refused, Err(ArchiveError::Damaged(_))), "{path}");
    }
    let mut newer = world.manifest.clone();
    newer.version = VERSION + 1;
    let refused = Manifest::parse(&serde_json::to_vec(&newer).unwrap());
    assert!(matches!(refused, Err(ArchiveError::TooNew(_))));
    for bytes in [&b""[..], b"SQLite format 3\0", b"{}"] {
        let refused = unpacked(bytes, &Key::None);
        assert!(
            matches!(refused, Err(ArchiveError::NotABackup)),
            "{refused:?}"
        );
    }
}
