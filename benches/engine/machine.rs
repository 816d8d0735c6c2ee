//! What the kernel tells of this process, of its disk and of the machine. All of it is Linux's own;
//! elsewhere there is nothing to tell.

use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

const MIB: f64 = 1_024.0 * 1_024.0;

/// Bytes of a block as `stat` counts them, whatever the file system's own are.
const STAT_BLOCK: u64 = 512;

/// Column of `/proc/diskstats` with the flushes that were done, counted from 0 (Linux 5.5 and
/// later, Documentation/admin-guide/iostats.rst).
const FLUSHES: usize = 18;

/// Time on the processors since this process began, all its threads together.
pub fn cpu() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec.unsigned_abs() as u32)
}

/// Bytes that this process handed to `write` and its like.
pub fn written() -> Option<u64> {
    keyed("/proc/self/io", "wchar:")
}

/// Bytes that this process caused to be sent to the disk, in pages of the cache.
pub fn sent_to_disk() -> Option<u64> {
    keyed("/proc/self/io", "write_bytes:")
}

/// The most memory that this process ever had, in MiB.
pub fn rss_peak_mib() -> Option<f64> {
    keyed("/proc/self/status", "VmHWM:").map(|kib| kib as f64 * 1_024.0 / MIB)
}

/// The memory that it has now, in MiB.
pub fn rss_mib() -> Option<f64> {
    keyed("/proc/self/status", "VmRSS:").map(|kib| kib as f64 * 1_024.0 / MIB)
}

/// Flushes that the disk below a folder has done, asked for by anybody.
pub fn device_flushes(folder: &Path) -> Option<u64> {
    let device = fs::metadata(folder).ok()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    // Flushes are counted for whole disks; a partition's folder stands in its disk's.
    let place = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")).ok()?;
    let whole = if place.join("partition").exists() { place.parent()? } else { &place };
    let name = whole.file_name()?.to_str()?;
    let stats = fs::read_to_string("/proc/diskstats").ok()?;
    let row = stats.lines().find(|row| row.split_whitespace().nth(2) == Some(name))?;
    row.split_whitespace().nth(FLUSHES)?.parse().ok()
}

/// Bytes that a folder takes of its disk.
pub fn disk_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => disk_bytes(&entry.path()),
        Ok(data) => data.blocks() * STAT_BLOCK,
        Err(_) => 0,
    });
    sizes.sum()
}

/// The load of the last minute.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// The machine in a line.
pub fn described() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = keyed("/proc/meminfo", "MemTotal:").unwrap_or(0) / (1_024 * 1_024);
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let release = release.trim();
    let disk = file_system(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let disk = disk.unwrap_or_else(|| "an unknown file system".to_owned());
    format!("{cores} cores, {memory} GiB, Linux {release}, {disk}")
}

/// The file system of a folder: of the places where something is mounted, the innermost.
fn file_system(folder: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let rows = mounts.lines().filter_map(|row| {
        let mut words = row.split(' ');
        let (device, place, kind) = (words.next()?, words.next()?, words.next()?);
        folder.starts_with(place).then(|| (place.len(), format!("{kind} on {device}")))
    });
    rows.max_by_key(|(length, _)| *length).map(|(_, said)| said)
}

/// The number behind a key in one of the kernel's files.
fn keyed(file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let row = text.lines().find_map(|row| row.strip_prefix(key))?;
    row.split_whitespace().next()?.parse().ok()
}
