//! The baseline: one writer appends 256 bytes and waits for fdatasync, again and again, on the disk
//! of the store.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// Bytes of an append: about an event's size.
const RECORD: [u8; 256] = [0x5a; 256];

/// How long one reading takes: longer than the disk's hiccups of some tens of milliseconds.
const READING: Duration = Duration::from_millis(1_500);

/// Appends per second.
pub fn appends_per_s() -> std::io::Result<f64> {
    let folder = crate::rig::scratch("raw")?;
    let mut file = File::create(folder.join("appends"))?;
    let start = Instant::now();
    let mut appends = 0_u32;
    while start.elapsed() < READING {
        file.write_all(&RECORD)?;
        file.sync_data()?;
        appends += 1;
    }
    let rate = f64::from(appends) / start.elapsed().as_secs_f64();
    std::fs::remove_dir_all(folder)?;
    Ok(rate)
}
