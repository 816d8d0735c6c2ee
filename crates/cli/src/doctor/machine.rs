//! Looks at the machine: disk, clock, time zones, processes.

use super::finding::Finding;
use std::path::Path;
use windlass_model::Timestamp;
use windlass_store_sled::room::{FREE_BYTES_FLOOR, free_bytes};
use windlass_sys::ProcessId;

/// A mebibyte.
const MIB: u64 = 1024 * 1024;

/// A zone that every installation of the time zone database has, and releases need.
const KNOWN_ZONE: &str = "America/New_York";

/// How far the newest run may lie ahead of the clock: what clocks of one machine drift between two
/// corrections.
const AHEAD_MS_MAX: u64 = 5_000;

/// Free space where the store lies, or will.
pub fn disk(store: &Path) -> Finding {
    let there = store.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    match free_bytes(there) {
        Ok(free) => room(free, there),
        Err(error) => {
            let says = format!("the free space at {} is not known: {error}", there.display());
            Finding::note("disk", says)
        }
    }
}

/// What so much free space means for the store.
fn room(free: u64, there: &Path) -> Finding {
    let says = format!("{} MiB free at {}", free / MIB, there.display());
    if free >= FREE_BYTES_FLOOR {
        return Finding::fine("disk", says);
    }
    let floor = FREE_BYTES_FLOOR / MIB;
    let says = format!("{says}: below {floor} MiB no new run is taken");
    Finding::wrong("disk", says, "make room there; `windlass prune` removes ended runs")
        .mend("or move the store's folder, and name it with --store or WINDLASS_STORE")
}

/// The clock, beside the moment at which the newest run was made.
pub fn clock(now: Timestamp, newest: Option<Timestamp>) -> Finding {
    match newest.filter(|newest| newest.since(now) > AHEAD_MS_MAX) {
        Some(newest) => {
            let says =
                format!("the clock says {now}, but a run was made at {newest}: it went back");
            Finding::wrong("clock", says, "set the clock: leases and timers go by it")
        }
        None => Finding::fine("clock", format!("says {now}")),
    }
}

/// Time zones, which waits until a time of day go by.
pub fn zones() -> Finding {
    match jiff::tz::TimeZone::get(KNOWN_ZONE) {
        Ok(_) => Finding::fine("zones", "the time zone database is there"),
        Err(_) => {
            let says = "there is no time zone database: `wait` until a time of day cannot work";
            Finding::wrong("zones", says, "install the package `tzdata`")
        }
    }
}

/// What shell steps and leases need of the system.
pub fn processes() -> Vec<Finding> {
    let mut found = Vec::new();
    match ProcessId::current() {
        Ok(own) => found.push(Finding::fine("processes", format!("this one is {}", own.pid()))),
        Err(error) => found.push(Finding::wrong("processes", error.to_string(), "mount /proc")),
    }
    if !Path::new("/bin/sh").exists() {
        let says = "there is no /bin/sh: `run:` cannot work";
        found.push(Finding::wrong("processes", says, "install a shell"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_clock_that_went_back_is_seen() {
        let now = Timestamp(1_800_000_000_000);
        assert_eq!(clock(now, None).level, Level::Fine);
        assert_eq!(clock(now, Some(now.after(4_000))).level, Level::Fine);
        assert_eq!(clock(now, Some(now.after(60_000))).level, Level::Wrong);
    }

    #[test]
    fn a_disk_below_the_stores_floor_is_wrong() {
        let there = Path::new("/var/lib/windlass");
        assert_eq!(room(FREE_BYTES_FLOOR, there).level, Level::Fine);
        let full = room(FREE_BYTES_FLOOR - 1, there);
        assert_eq!(full.level, Level::Wrong);
        assert!(full.says.starts_with("127 MiB free at /var/lib/windlass"), "{}", full.says);
        assert!(full.lines().contains("windlass prune") && full.lines().contains("WINDLASS_STORE"));
    }

    #[test]
    fn the_disk_of_a_store_that_is_not_there_yet_is_that_of_its_nearest_folder() {
        let home = tempfile::tempdir().unwrap();
        let said = disk(&home.path().join("a/b/store")).says;
        assert!(said.ends_with(&home.path().display().to_string()), "{said}");
    }
}
