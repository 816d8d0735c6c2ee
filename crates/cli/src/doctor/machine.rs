//! Looks at the machine: disk, clock, time zones, processes.

use super::finding::Finding;
use std::path::Path;
use windlass_model::Timestamp;
use windlass_sys::ProcessId;

/// Free space below which a run may stop in its middle: sled's file doubles while it cleans up, and
/// a long run writes some megabytes.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// A zone that every installation of the time zone database has, and releases need.
const KNOWN_ZONE: &str = "America/New_York";

/// How far the newest run may lie ahead of the clock: what clocks of one machine drift between two
/// corrections.
const AHEAD_MS_MAX: u64 = 5_000;

/// Free space where the store lies, or will.
pub fn disk(store: &Path) -> Finding {
    let there = store.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let free = match rustix::fs::statvfs(there) {
        Ok(stat) => stat.f_bavail.saturating_mul(stat.f_frsize),
        Err(error) => {
            let says = format!("the free space at {} is not known: {error}", there.display());
            return Finding::note("disk", says);
        }
    };
    let says = format!("{} MiB free at {}", free / (1024 * 1024), there.display());
    if free < FREE_BYTES_MIN {
        let mend = "make room: a store without room stops its runs where they are";
        return Finding::wrong("disk", says, mend);
    }
    Finding::fine("disk", says)
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
    fn the_disk_of_a_store_that_is_not_there_yet_is_that_of_its_nearest_folder() {
        let home = tempfile::tempdir().unwrap();
        let said = disk(&home.path().join("a/b/store")).says;
        assert!(said.ends_with(&home.path().display().to_string()), "{said}");
    }
}
