//! The shape of the code, as a test: who may name whom, and how big and how documented a file is.
//!
//! It reads the sources as text, and fails on any edge that the table below does not have. `docs/ARCHITECTURE.md` says
//! why the table is as it is; change both together.
#![expect(clippy::unwrap_used, reason = "a panic is a test failure")]

#[path = "architecture/scan.rs"]
mod scan;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scan::Source;

/// What a module at the top of `src/` may name beside itself.
const LAYERS: [(&str, &[&str]); 17] = [
    (
        "main",
        &[
            "app",
            "cli",
            "config",
            "exit",
            "shutdown",
            "systemd",
            "telemetry",
        ],
    ),
    ("lib", &[]),
    (
        "cli",
        &["app", "clock", "config", "exit", "shutdown", "telemetry"],
    ),
    (
        "app",
        &[
            "actors", "clock", "config", "courier", "domain", "exit", "http", "meter", "shutdown",
            "store", "systemd", "whatsapp",
        ],
    ),
    (
        "http",
        &["actors", "clock", "config", "domain", "meter", "telemetry"],
    ),
    (
        "actors",
        &[
            "clock",
            "config",
            "courier",
            "domain",
            "meter",
            "shutdown",
            "store",
            "telemetry",
            "whatsapp",
        ],
    ),
    ("courier", &["config", "domain"]),
    ("whatsapp", &["config", "domain"]),
    ("store", &["clock", "config", "domain", "meter"]),
    ("telemetry", &["config", "courier"]),
    ("exit", &["config"]),
    ("meter", &[]),
    ("shutdown", &[]),
    ("systemd", &[]),
    ("clock", &[]),
    ("config", &["domain"]),
    ("domain", &[]),
];

/// Libraries that are behind one layer, so that replacing one touches one folder.
const FENCED: [(&str, &[&str]); 24] = [
    ("age", &["app"]),
    // In `whatsapp` because traits of whatsapp-rust that it implements return it.
    ("anyhow", &["cli", "main", "whatsapp"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("figment", &["config"]),
    ("listenfd", &["systemd"]),
    ("metrics", &["meter"]),
    ("metrics_exporter_prometheus", &["meter"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_otlp", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("ractor", &["actors"]),
    ("reqwest", &["cli", "courier"]),
    ("ring", &["store"]),
    ("rustls", &["courier"]),
    ("sd_notify", &["systemd"]),
    ("sqlx", &["store"]),
    ("tar", &["app"]),
    ("utoipa", &["domain", "http"]),
    ("tracing_opentelemetry", &["telemetry"]),
    ("wacore", &["whatsapp"]),
    ("waproto", &["whatsapp"]),
    ("warp", &["http"]),
    ("whatsapp_rust", &["whatsapp"]),
];

/// The libraries that plain data may use.
const IN_DOMAIN: [&str; 4] = ["jiff", "serde", "thiserror", "utoipa"];

/// What the simulator must not know: it stands for WhatsApp, whoever the client is.
const NOT_IN_SIMULATOR: [&str; 2] = ["wamux", "whatsapp_rust"];

const CODE_LINES_MAX: usize = 400;

#[test]
fn a_layer_names_only_the_layers_below_it() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let layer = source.layer();
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            faults.push(format!(
                "{}: `{layer}` is not in the table of layers",
                source.path
            ));
            continue;
        };
        let edges = source.layers_named(&LAYERS.map(|(name, _)| name));
        faults.extend(refused(&source, &edges, |edge| {
            edge == layer || allowed.contains(&edge)
        }));
    }
    assert_none(&faults);
}

#[test]
fn a_library_stays_behind_its_layer() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let layer = source.layer();
        let named = source.crates_named(&FENCED.map(|(name, _)| name));
        let is_allowed = |name: &str| {
            FENCED
                .iter()
                .any(|(fenced, at)| *fenced == name && at.contains(&layer.as_str()))
        };
        faults.extend(refused(&source, &named, is_allowed));
    }
    assert_none(&faults);
}

#[test]
fn the_domain_is_plain_data() {
    let dependencies = scan::dependencies(&fs::read_to_string(root().join("Cargo.toml")).unwrap());
    let names: Vec<&str> = dependencies.iter().map(String::as_str).collect();
    assert!(
        names.contains(&"whatsapp_rust"),
        "the dependencies were not read: {names:?}"
    );
    let domain = sources("src")
        .into_iter()
        .filter(|source| source.layer() == "domain");
    let faults: Vec<String> = domain
        .flat_map(|source| {
            refused(&source, &source.crates_named(&names), |name| {
                IN_DOMAIN.contains(&name)
            })
        })
        .collect();
    assert_none(&faults);
}

#[test]
fn the_simulator_knows_the_protocol_and_never_wamux() {
    let simulator = sources("simulator/src");
    assert!(!simulator.is_empty());
    let faults: Vec<String> = simulator
        .iter()
        .flat_map(|source| refused(source, &source.crates_named(&NOT_IN_SIMULATOR), |_| false))
        .collect();
    assert_none(&faults);
}

#[test]
fn nobody_climbs_two_modules_up() {
    let climbing = all_sources()
        .into_iter()
        .filter(|source| source.code.contains("super::super"));
    assert_none(
        &climbing
            .map(|source| format!("{}: write crate::… for super::super", source.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = all_sources()
        .into_iter()
        .filter(|source| !source.opens_with_doc());
    assert_none(
        &silent
            .map(|source| format!("{}: does not open with //!", source.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = all_sources()
        .into_iter()
        .filter(|source| source.code_lines() > CODE_LINES_MAX);
    let fault = |source: Source| {
        format!(
            "{}: {} lines of code; split it",
            source.path,
            source.code_lines()
        )
    };
    assert_none(&long.map(fault).collect::<Vec<_>>());
}

#[test]
fn a_module_is_found_under_its_own_name() {
    let nameless = all_sources()
        .into_iter()
        .filter(|source| source.path.ends_with("/mod.rs"));
    assert_none(
        &nameless
            .map(|source| format!("{}: call it foo.rs beside foo/", source.path))
            .collect::<Vec<_>>(),
    );
}

fn refused(
    source: &Source,
    named: &BTreeSet<String>,
    is_allowed: impl Fn(&str) -> bool,
) -> Vec<String> {
    let faults = named.iter().filter(|name| !is_allowed(name));
    faults
        .map(|name| format!("{}: must not name `{name}`", source.path))
        .collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn all_sources() -> Vec<Source> {
    sources("src")
        .into_iter()
        .chain(sources("simulator/src"))
        .collect()
}

/// Every Rust file under `folder`, in a fixed order.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let name = path
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        Source::new(&name, &fs::read_to_string(&path).unwrap())
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
