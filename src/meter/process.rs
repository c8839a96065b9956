//! What this process uses, as Linux tells it in `/proc/self`. Elsewhere nothing is known.

use crate::meter;
use std::fs;

/// Reads it now.
pub(super) fn measure() {
    if let Some(bytes) = memory() {
        meter::set(meter::MEMORY, bytes);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        meter::set(meter::OPEN_FILES, files.count() as u64);
    }
    if let Some(files) = max_files() {
        meter::set(meter::MAX_FILES, files);
    }
}

/// How much of this process is in RAM, in bytes.
pub fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn max_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}
