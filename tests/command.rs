//! The binary as a script sees it: exit codes, and one sentence on stderr for each failure.
#![expect(clippy::unwrap_used, reason = "a panic is a test failure")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use tempfile::TempDir;

/// Runs the binary in an empty folder and an empty environment.
fn wamux(args: &[&str]) -> Output {
    wamux_in(TempDir::new().unwrap().path(), args)
}

fn wamux_in(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wamux"))
        .current_dir(folder)
        .env_clear()
        .args(args)
        .output()
        .unwrap()
}

/// The code, stdout and stderr.
fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// A configuration that suits the build under test, which is a sandbox build.
const SANDBOX: &str = "[whatsapp]\nendpoint = 'ws://127.0.0.1:1/ws/chat'\n";

#[test]
fn help_and_version_end_well() {
    let (code, stdout, stderr) = said(&wamux(&["--help"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.contains("Exit codes:")
            && stdout.contains("check-config")
            && stdout.contains("Examples:")
    );
    assert_eq!(said(&wamux(&["--version"])).0, Some(0));
}

#[test]
fn the_description_of_the_api_is_the_one_in_the_documents() {
    let (code, stdout, stderr) = said(&wamux(&["openapi"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let kept = include_str!("../docs/openapi.json");
    assert!(
        stdout == kept,
        "docs/openapi.json is not what `wamux openapi` prints: run `make openapi`"
    );
}

#[test]
fn every_command_has_its_page_and_its_completions() {
    let folder = TempDir::new().unwrap();
    let written = said(&wamux_in(folder.path(), &["man", "."]));
    assert_eq!(written, (Some(0), String::new(), String::new()));
    let page = std::fs::read_to_string(folder.path().join("wamux.1")).unwrap();
    assert_eq!(
        said(&wamux(&["man"])),
        (Some(0), page.clone(), String::new())
    );
    // A page that the first one leads to and that is not there helps nobody.
    let named = page
        .lines()
        .filter_map(|line| line.strip_prefix("wamux\\-"));
    let named: Vec<_> = named.map(|name| name.replace("\\-", "-")).collect();
    assert!(named.contains(&"backup(1)".to_owned()), "{named:?}");
    for name in named {
        let file = format!("wamux-{}.1", name.trim_end_matches("(1)"));
        assert!(folder.path().join(&file).is_file(), "{file}");
    }
    let backup = std::fs::read_to_string(folder.path().join("wamux-backup.1")).unwrap();
    assert!(backup.contains("recipient"), "{backup}");
    let (code, _, stderr) = said(&wamux(&["man", "nowhere"]));
    assert_eq!((code, stderr.lines().count()), (Some(64), 1), "{stderr}");
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = said(&wamux(&["completions", shell]));
        assert!(code == Some(0) && stdout.contains("recipient"), "{shell}");
    }
}

#[test]
fn bad_usage_ends_with_64() {
    for args in [&["--lisen", "x"][..], &["sevre"], &["--listen"]] {
        let (code, stdout, stderr) = said(&wamux(args));
        assert_eq!((code, stdout.as_str()), (Some(64), ""), "{args:?}");
        assert!(stderr.contains("error:"), "{stderr}");
    }
}

#[test]
fn a_good_configuration_is_called_ok() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("config.toml"), SANDBOX).unwrap();
    assert_eq!(
        said(&wamux_in(folder.path(), &["check-config"])),
        (Some(0), "config ok\n".into(), String::new())
    );
}

#[test]
fn an_unknown_key_ends_every_command_with_64_and_one_sentence() {
    let folder = TempDir::new().unwrap();
    std::fs::write(
        folder.path().join("config.toml"),
        "[server]\nlisen = '127.0.0.1:0'\n",
    )
    .unwrap();
    // `serve` and `check-config` judge the endpoint, too.
    for (command, lines) in [("serve", 3), ("check-config", 3), ("healthcheck", 1)] {
        let (code, stdout, stderr) = said(&wamux_in(folder.path(), &[command]));
        assert_eq!((code, stdout.as_str()), (Some(64), ""), "{command}");
        assert!(stderr.starts_with("wamux: the configuration "), "{stderr}");
        assert!(
            stderr.contains("server.lisen: unknown key") && stderr.contains("(in config.toml)"),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), lines, "{stderr}");
    }
}

#[test]
fn a_named_file_must_exist() {
    let (code, _, stderr) = said(&wamux(&["--config", "nowhere.toml"]));
    assert_eq!(code, Some(64));
    assert!(
        stderr.contains("there is no such file (in nowhere.toml)"),
        "{stderr}"
    );
}

#[test]
fn a_sandbox_build_refuses_whatsapp_and_every_host_but_this_one() {
    let folder = TempDir::new().unwrap();
    for endpoint in [
        "production",
        "ws://192.0.2.1:4000/ws/chat",
        "wss://web.whatsapp.com/ws/chat",
    ] {
        std::fs::write(
            folder.path().join("config.toml"),
            format!("[whatsapp]\nendpoint = '{endpoint}'\n"),
        )
        .unwrap();
        let (code, _, stderr) = said(&wamux_in(folder.path(), &["serve"]));
        assert_eq!(code, Some(64), "{endpoint}");
        assert!(
            stderr.contains("whatsapp.endpoint") && stderr.contains("loopback"),
            "{stderr}"
        );
    }
}

#[test]
fn a_healthcheck_tells_a_healthy_daemon_from_none() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 512];
        assert!(stream.read(&mut asked).unwrap() > 0);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    });
    assert_eq!(
        said(&wamux(&["healthcheck", "--listen", &address])).0,
        Some(0)
    );
    served.join().unwrap();

    let (code, stdout, stderr) = said(&wamux(&["healthcheck", "--listen", &address]));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains("the daemon did not answer") && stderr.lines().count() == 1,
        "{stderr}"
    );
}
