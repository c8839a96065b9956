//! What an operator can rely on, whatever the source: precedence, refusals, and what a refusal says.

use std::collections::BTreeMap;
use std::io::Write;

use tempfile::NamedTempFile;

use super::*;

const MANUAL: &str = include_str!("../../config.toml");

/// Sources with this file, these variables and no flags.
fn sources(toml: &str, env: &[(&str, &str)]) -> (NamedTempFile, Sources) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(toml.as_bytes()).unwrap();
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let sources = Sources {
        file: Some(file.path().into()),
        env,
        flags: Flags::default(),
    };
    (file, sources)
}

fn read(toml: &str, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(&sources(toml, env).1)
}

/// What a file that holds `toml` is refused for.
fn faults(toml: &str) -> BTreeMap<String, String> {
    let (_file, sources) = sources(toml, &[]);
    let error = Config::read(&sources)
        .and_then(|config| config.validate_for(Build::Production))
        .unwrap_err();
    error
        .faults
        .into_iter()
        .map(|fault| (fault.key, fault.problem))
        .collect()
}

#[test]
fn the_manual_shows_the_defaults() {
    assert_eq!(read(MANUAL, &[]).unwrap(), Config::default());
}

#[test]
fn the_manual_shows_every_key() {
    for (section, unknown) in SECTIONS.map(|name| (name, format!("[{name}]\nno_such_key = 1\n"))) {
        let problem = faults(&unknown)
            .remove(&format!("{section}.no_such_key"))
            .unwrap();
        let (_, keys) = problem.split_once("known here are ").unwrap();
        for key in keys.split(", ") {
            assert!(
                manual_section(section).contains(&format!("{key} = ")),
                "config.toml does not show {section}.{key}"
            );
        }
    }
}

/// The part of the manual under `[name]`.
fn manual_section(name: &str) -> &str {
    let (_, rest) = MANUAL.split_once(&format!("\n[{name}]\n")).unwrap();
    rest.split("\n[").next().unwrap()
}

#[test]
fn the_examples_of_the_manual_are_usable() {
    let examples = MANUAL
        .replace("# api_key", "api_key")
        .replace("# app_version", "app_version")
        .replace("# public_url", "public_url")
        .replace("# name =", "name =")
        .replace("# color =", "color =");
    let config = read(&examples, &[]).unwrap();
    assert_eq!(config.validate_for(Build::Production), Ok(()));
    assert_eq!(
        config.whatsapp.app_version.unwrap().parts(),
        (2, 3000, 1_043_857_760)
    );
    assert!(config.auth.api_key.is_some() && config.server.public_url.is_some());
    assert!(config.branding.name.is_some() && config.branding.color.is_some());
}

#[test]
fn the_defaults_suit_a_production_build_and_not_a_sandbox_build() {
    assert_eq!(Config::default().validate_for(Build::Production), Ok(()));
    let error = Config::default().validate_for(Build::Sandbox).unwrap_err();
    assert_eq!(error.faults[0].key, "whatsapp.endpoint");
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let toml = "[server]\nlisten = '127.0.0.1:1'\nmax_connections = 1\nbody_limit_bytes = 2048\n";
    let env = [
        ("WAMUX_SERVER__LISTEN", "127.0.0.1:2"),
        ("WAMUX_SERVER__MAX_CONNECTIONS", "2"),
    ];
    let (_file, mut sources) = sources(toml, &env);
    sources.flags.listen = Some("127.0.0.1:3".into());
    let server = Config::read(&sources).unwrap().server;
    assert_eq!(server.listen.port(), 3);
    assert_eq!(server.max_connections, 2);
    assert_eq!(server.body_limit_bytes, 2048);
    assert_eq!(
        server.shutdown_timeout_secs,
        ServerConfig::default().shutdown_timeout_secs
    );
}

#[test]
fn every_flag_reaches_its_key() {
    let (_file, mut sources) = sources("", &[]);
    let text = |value: &str| Some(value.to_owned());
    sources.flags = Flags {
        listen: text("127.0.0.1:1"),
        state_dir: text("/srv/wamux"),
        log_level: text("debug"),
        log_format: text("json"),
    };
    let config = Config::read(&sources).unwrap();
    assert_eq!(config.server.listen.port(), 1);
    assert_eq!(config.state.dir.to_str(), Some("/srv/wamux"));
    assert_eq!(
        config.log,
        LogConfig {
            format: LogFormat::Json,
            level: "debug".into()
        }
    );
}

#[test]
fn lists_and_digits_come_through_the_environment() {
    let env = [
        (
            "WAMUX_SERVER__CORS_ORIGINS",
            "[https://a.example.com, https://b.example.com:8443]",
        ),
        ("WAMUX_AUTH__API_KEY", "00012345678901234567890123456789"),
        ("WAMUX_WHATSAPP__DEVICE_NAME", "007"),
    ];
    let config = read("", &env).unwrap();
    assert_eq!(
        config.server.cors_origins,
        ["https://a.example.com", "https://b.example.com:8443"]
    );
    assert_eq!(
        config.auth.api_key.unwrap().expose(),
        "00012345678901234567890123456789"
    );
    assert_eq!(config.whatsapp.device_name, "007");
}

#[test]
fn variables_that_are_no_keys_or_are_empty_are_passed_over() {
    let env = [
        ("WAMUX_PORT", "tcp://10.0.0.1:80"),
        ("OTHER__KEY", "1"),
        ("WAMUX_AUTH__API_KEY", ""),
        ("PATH", "/bin"),
    ];
    assert_eq!(read("", &env).unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_by_name_and_place() {
    let (file, sources) = sources("[server]\nlisen = '127.0.0.1:1'\n", &[]);
    let message = Config::read(&sources).unwrap_err().to_string();
    assert!(
        message
            .contains("server.lisen: unknown key; known here are listen, public_url, cors_origins"),
        "{message}"
    );
    assert!(message.contains(file.path().to_str().unwrap()), "{message}");
    assert_eq!(message.lines().count(), 1);
}

#[test]
fn an_unknown_variable_is_refused_as_it_was_written() {
    let message = read("", &[("WAMUX_SERVER__LISEN", "x")])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("server.lisen: unknown key")
            && message.contains("(in WAMUX_SERVER__LISEN)"),
        "{message}"
    );
    let message = read("", &[("WAMUX_SEVER__LISTEN", "x")])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("sever: unknown section; known are server, auth"),
        "{message}"
    );
}

#[test]
fn a_bad_flag_is_named() {
    let (_file, mut sources) = sources("[server]\nlisten = '127.0.0.1:1'\n", &[]);
    sources.flags = Flags {
        listen: Some("localhost".into()),
        log_level: Some("loud".into()),
        ..Flags::default()
    };
    let message = Config::load(&sources).unwrap_err().to_string();
    assert!(
        message.contains("`localhost` is not an address to listen on"),
        "{message}"
    );
    assert!(
        message.contains("(in --listen)") && message.contains("(in --log-level)"),
        "{message}"
    );
}

#[test]
fn a_wrong_type_says_what_is_expected() {
    let faults = faults(
        "[limits]\nsessions = 'many'\n[server]\ncors_origins = 'https://a'\n[log]\nformat = 'xml'\n",
    );
    assert_eq!(
        faults["limits.sessions"],
        "found string \"many\", expected usize"
    );
    assert!(faults["server.cors_origins"].contains("expected a sequence"));
    assert_eq!(faults["log.format"], "`xml` is not one of pretty, json");
}

#[test]
fn a_file_that_is_no_toml_or_is_missing_is_refused_by_name() {
    let (file, sources) = sources("[server\n", &[]);
    let message = Config::read(&sources).unwrap_err().to_string();
    assert!(
        message.contains(file.path().to_str().unwrap()) && message.contains("line 1"),
        "{message}"
    );

    let missing = Sources {
        file: Some("/nowhere/wamux.toml".into()),
        ..Sources::default()
    };
    let message = Config::read(&missing).unwrap_err().to_string();
    assert_eq!(
        message,
        "the configuration cannot be used: there is no such file (in /nowhere/wamux.toml)"
    );
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = faults(
        "[server]\nbody_limit_bytes = 1\nmax_connections = 0\nheader_timeout_secs = 0\nshutdown_timeout_secs = 601\n\
         cors_origins = ['*', 'https://a.example.com/', 'ftp://a', 'https://ok.example.com']\n\
         [auth]\napi_key = 'changeme'\n[state]\ndir = ''\n\
         [whatsapp]\nendpoint = 'ws://127.0.0.1:1/ws/chat'\ndevice_name = ' '\nack_timeout_secs = 0\n\
         unlink_timeout_secs = 0\n[log]\nlevel = 'loud'\n\
         [limits]\nsessions = 0\nparallel_starts = 0\noutbox_per_session = 0\nrestart_budget = 1001\nrestart_window_secs = 0\n\
         restart_backoff_min_ms = 0\nrestart_backoff_max_ms = 0\ntext_bytes = 0\nqr_wait_secs = 0\npairing_link_max_secs = 59\nlink_waits = 0\nlink_waits_total = 0\nlink_codes = 0\nlink_rounds = 0\npage_max = 0\n\
         [webhooks]\ntimeout_secs = 0\nretry_first_secs = 0\nretry_max_secs = 0\nretry_for_hours = 0\n\
         breaker_failures = 0\nbreaker_pause_min_secs = 0\nbreaker_pause_max_secs = 0\nparallel_per_webhook = 0\n\
         max_webhooks = 0\nexcerpt_bytes = 65537\n\
         [branding]\nname = ' '\ncolor = 'red'\nlogo = '/nowhere/logo.png'\n",
    );
    let keys = [
        "auth.api_key",
        "branding.color",
        "branding.logo",
        "branding.name",
        "limits.link_codes",
        "limits.link_rounds",
        "limits.link_waits",
        "limits.link_waits_total",
        "limits.outbox_per_session",
        "limits.page_max",
        "limits.pairing_link_max_secs",
        "limits.parallel_starts",
        "limits.qr_wait_secs",
        "limits.restart_backoff_max_ms",
        "limits.restart_backoff_min_ms",
        "limits.restart_budget",
        "limits.restart_window_secs",
        "limits.sessions",
        "limits.text_bytes",
        "log.level",
        "server.body_limit_bytes",
        "server.cors_origins",
        "server.header_timeout_secs",
        "server.max_connections",
        "server.shutdown_timeout_secs",
        "state.dir",
        "webhooks.breaker_failures",
        "webhooks.breaker_pause_max_secs",
        "webhooks.breaker_pause_min_secs",
        "webhooks.excerpt_bytes",
        "webhooks.max_webhooks",
        "webhooks.parallel_per_webhook",
        "webhooks.retry_first_secs",
        "webhooks.retry_for_hours",
        "webhooks.retry_max_secs",
        "webhooks.timeout_secs",
        "whatsapp.ack_timeout_secs",
        "whatsapp.device_name",
        "whatsapp.endpoint",
        "whatsapp.unlink_timeout_secs",
    ];
    assert_eq!(faults.keys().map(String::as_str).collect::<Vec<_>>(), keys);
    assert_eq!(
        faults["server.max_connections"],
        "0 is out of range; use 1 to 1000000 connections"
    );
}

#[test]
fn what_cannot_be_read_does_not_hide_what_must_not_be_used() {
    let (_file, sources) = sources(
        "[server]\nlisten = 3000\n[limits]\npage_max = 0\n[typo]\nx = 1\n",
        &[],
    );
    let error = Config::load(&sources).unwrap_err();
    let keys: Vec<_> = error
        .faults
        .iter()
        .map(|fault| fault.key.as_str())
        .collect();
    for key in ["typo", "server.listen", "limits.page_max"] {
        assert!(keys.contains(&key), "{key} is missing from {keys:?}");
    }
}

#[test]
fn a_backoff_that_would_shrink_is_refused() {
    let faults = faults("[limits]\nrestart_backoff_min_ms = 100\nrestart_backoff_max_ms = 99\n");
    assert_eq!(
        faults["limits.restart_backoff_min_ms"],
        "100 is more than restart_backoff_max_ms, which is 99"
    );
}

#[test]
fn pauses_of_webhooks_that_would_shrink_are_refused() {
    let faults = faults(
        "[webhooks]\nretry_first_secs = 3\nretry_max_secs = 2\nbreaker_pause_min_secs = 2\nbreaker_pause_max_secs = 1\n",
    );
    assert_eq!(
        faults["webhooks.retry_first_secs"],
        "3 is more than retry_max_secs, which is 2"
    );
    assert_eq!(
        faults["webhooks.breaker_pause_min_secs"],
        "2 is more than breaker_pause_max_secs, which is 1"
    );
}

#[test]
fn a_public_url_is_scheme_host_and_port() {
    for good in ["https://wamux.example.com", "http://127.0.0.1:3000"] {
        let toml = format!("[server]\npublic_url = '{good}'\n");
        let server = read(&toml, &[]).unwrap().server;
        assert_eq!(server.public_url.as_deref(), Some(good));
        assert_eq!(
            read(&toml, &[]).unwrap().validate_for(Build::Production),
            Ok(())
        );
    }
    for bad in [
        "",
        "wamux.example.com",
        "ftp://a.example",
        "https://a.example/",
        "https://a.example/x",
        "https://u@a.example",
    ] {
        let faults = faults(&format!("[server]\npublic_url = '{bad}'\n"));
        assert!(
            faults["server.public_url"].contains("https://wamux.example.com"),
            "{bad}"
        );
    }
}

#[test]
fn addresses_are_allowed_by_range_or_one_by_one() {
    let toml = "[webhooks]\nallow_addresses = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8']\n";
    let allowed = read(toml, &[]).unwrap().webhooks.allow_addresses;
    let shown: Vec<String> = allowed.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"]);

    let (_, problem) = faults("[webhooks]\nallow_addresses = ['10.0.0.0/33']\n")
        .pop_first()
        .unwrap();
    assert!(
        problem.contains("`10.0.0.0/33` is not a range of addresses; write"),
        "{problem}"
    );
}

#[test]
fn no_message_shows_a_key() {
    for (toml, secret) in [
        ("[auth]\napi_key = 918273645\n", "918273645"),
        ("[auth]\napi_key = 'hunter2'\n", "hunter2"),
    ] {
        let (_file, sources) = sources(toml, &[]);
        let message = Config::load(&sources).unwrap_err().to_string();
        assert!(
            message.contains("auth.api_key") && !message.contains(secret),
            "{message}"
        );
    }
}
