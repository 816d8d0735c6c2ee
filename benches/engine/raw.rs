//! The baselines: what the disk gives to one writer of 256 bytes that waits for fdatasync each
//! time, in two ways.

use crate::figures::Figures;
use crate::scratch::Scratch;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, Instant};

/// Bytes of a record: about an event's size.
const RECORD: [u8; 256] = [0x5a; 256];

/// How long one reading takes: longer than the disk's hiccups of some tens of milliseconds.
const READING: Duration = Duration::from_millis(800);

/// Size of the file that is written in place, in records: far more than one reading writes.
const PLACES: u64 = 65_536;

/// Records a second.
#[derive(Clone, Copy)]
pub struct Raw {
    /// Each at the end of a file that grows: its length is written too.
    pub append: f64,
    /// Each behind the one before it in a file that was filled with zeros: data alone is written.
    pub in_place: f64,
}

/// Reads both.
pub fn read() -> std::io::Result<Raw> {
    let folder = Scratch::new("raw")?;
    let growing = File::create(folder.path().join("append"))?;
    let append = rate(growing)?;
    let mut filled = File::create(folder.path().join("in-place"))?;
    for _ in 0..PLACES {
        filled.write_all(&[0; RECORD.len()])?;
    }
    filled.sync_all()?;
    filled.seek(SeekFrom::Start(0))?;
    Ok(Raw { append, in_place: rate(filled)? })
}

fn rate(mut file: File) -> std::io::Result<f64> {
    let begin = Instant::now();
    let mut records = 0_u32;
    while begin.elapsed() < READING {
        file.write_all(&RECORD)?;
        file.sync_data()?;
        records += 1;
    }
    Ok(f64::from(records) / begin.elapsed().as_secs_f64())
}

impl Raw {
    /// The rates in the middle of what stood between two readings.
    pub fn between(self, after: Self) -> Self {
        Self {
            append: (self.append + after.append) / 2.0,
            in_place: (self.in_place + after.in_place) / 2.0,
        }
    }

    /// Sets a reading beside the raw rates: a rate as its part of them, a time as so many times
    /// theirs.
    pub fn beside(self, figures: &mut Figures) {
        figures.set("raw_append_per_s", self.append.round());
        figures.set("raw_in_place_per_s", self.in_place.round());
        if let Some(p50) = figures.get("p50_ms") {
            figures.set("p50_in_raw_appends", p50 * self.append / 1_000.0);
            figures.set("p50_in_raw_in_place", p50 * self.in_place / 1_000.0);
        } else if let Some(rate) = figures.get("steps_per_s") {
            figures.set("of_raw_append", rate / self.append);
            figures.set("of_raw_in_place", rate / self.in_place);
        }
    }
}
