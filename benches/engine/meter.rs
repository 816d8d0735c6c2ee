//! What a stretch of work costs: time, processor time, bytes, flushes, memory.

use crate::figures::Figures;
use crate::machine;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Names that nothing in the file system has. Looking for them leaves a trace among the calls that
/// this process makes, by which another one that watches it knows what is measured.
pub const BEGIN: &str = "/windlass-bench/begin";
/// The end of it.
pub const END: &str = "/windlass-bench/end";

/// Adds up what was spent between `begin` and `end`.
pub struct Meter {
    folder: PathBuf,
    since: Option<(Instant, Counters)>,
    wall: Duration,
    spent: Counters,
}

/// What the kernel counts.
#[derive(Clone, Copy, Default)]
struct Counters {
    cpu: Duration,
    written: Option<u64>,
    sent: Option<u64>,
    flushes: Option<u64>,
    disk: u64,
}

impl Meter {
    /// Measures a process whose store is in this folder.
    pub fn new(folder: &Path) -> Self {
        let spent =
            Counters { written: Some(0), sent: Some(0), flushes: Some(0), ..Counters::default() };
        Self { folder: folder.to_path_buf(), since: None, wall: Duration::ZERO, spent }
    }

    /// From here on it counts.
    pub fn begin(&mut self) {
        let counters = Counters::read(&self.folder);
        drop(std::fs::metadata(BEGIN));
        self.since = Some((Instant::now(), counters));
    }

    /// Up to here it counts.
    pub fn end(&mut self) {
        let Some((began, before)) = self.since.take() else { return };
        self.wall += began.elapsed();
        drop(std::fs::metadata(END));
        self.spent = self.spent.plus(before, Counters::read(&self.folder));
    }

    /// Time that was measured.
    pub fn wall(&self) -> Duration {
        self.wall
    }

    /// All of it for so many steps.
    pub fn figures(&self, steps: usize) -> Figures {
        let (steps, spent) = (steps.max(1) as f64, self.spent);
        let each = |count: Option<u64>| count.map(|count| count as f64 / steps);
        let mut figures = Figures::default();
        figures.set("steps", steps);
        figures.set("seconds", self.wall.as_secs_f64());
        figures.set("steps_per_s", steps / self.wall.as_secs_f64());
        figures.set("us_per_step", self.wall.as_secs_f64() * 1e6 / steps);
        figures.set("cpu_us_per_step", spent.cpu.as_secs_f64() * 1e6 / steps);
        figures.set_known("device_flushes_per_step", each(spent.flushes));
        figures.set_known("written_bytes_per_step", each(spent.written));
        figures.set_known("sent_bytes_per_step", each(spent.sent));
        figures.set("disk_bytes_per_step", spent.disk as f64 / steps);
        figures.extend(memory());
        figures
    }
}

/// What this process has of memory.
pub fn memory() -> Figures {
    let mut figures = Figures::default();
    figures.set_known("rss_peak_mib", machine::rss_peak_mib());
    figures.set_known("rss_after_mib", machine::rss_mib());
    figures
}

impl Counters {
    fn read(folder: &Path) -> Self {
        Self {
            cpu: machine::cpu(),
            written: machine::written(),
            sent: machine::sent_to_disk(),
            flushes: machine::device_flushes(folder),
            disk: machine::disk_bytes(folder),
        }
    }

    fn plus(self, before: Self, after: Self) -> Self {
        let more = |sum: Option<u64>, before: Option<u64>, after: Option<u64>| {
            Some(sum? + after?.saturating_sub(before?))
        };
        Self {
            cpu: self.cpu + after.cpu.saturating_sub(before.cpu),
            written: more(self.written, before.written, after.written),
            sent: more(self.sent, before.sent, after.sent),
            flushes: more(self.flushes, before.flushes, after.flushes),
            disk: self.disk + after.disk.saturating_sub(before.disk),
        }
    }
}
