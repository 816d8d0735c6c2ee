//! How fast the journal makes groups durable, beside what the disk gives in the same minute: an
//! append and fdatasync, and a write in place into zeros and fdatasync. Each is asked in turn, and
//! all of it several times; the median counts. Prints the syncs of a group too.
//!
//! `cargo bench -p windlass-journal`; WINDLASS_BENCH_DIR moves it to another disk.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time and takes its folder from outside"
)]
#![expect(clippy::expect_used, reason = "a bench may panic")]
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use windlass_journal::{Ahead, Disk, DiskFile, Journal, RealDisk, Sizes};

/// Groups of a reading.
const GROUPS: u64 = 500;

/// Readings of each, in turn.
const REPEATS: usize = 7;

const RECORD: [u8; 300] = [0x5a; 300];

/// Records in a group.
const SIZES: [usize; 2] = [1, 64];

fn main() {
    let base = std::env::var_os("WINDLASS_BENCH_DIR").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(base).expect("a folder");
    for records in SIZES {
        let group = RECORD.repeat(records);
        let mut append = raw_append(folder.path(), &group);
        let mut in_place = raw_in_place(folder.path(), &group);
        let syncs = Arc::new(AtomicU64::new(0));
        let path = folder.path().join(format!("journal-{records}"));
        let disk = Counted { disk: RealDisk::open(&path).expect("a folder"), syncs: syncs.clone() };
        let supplier = Ahead::start(disk.clone()).expect("a thread");
        let mut journal = Journal::open(&disk, supplier, Sizes::default(), 1).expect("a journal");
        let before = syncs.load(Ordering::Relaxed);
        let groups = Rc::new(Cell::new(0));
        let counted = groups.clone();
        let mut ours = || {
            journal.commit(&[&group]).expect("committed");
            counted.set(counted.get() + 1);
            if journal.bytes() > 256 * 1024 * 1024 {
                journal.release_before(journal.active_segment());
            }
        };
        let mut rates = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..REPEATS {
            rates[0].push(rate(&mut append));
            rates[1].push(rate(&mut in_place));
            rates[2].push(rate(&mut ours));
        }
        let [append, in_place, ours] = rates.map(median);
        let syncs = syncs.load(Ordering::Relaxed) - before;
        let (of_append, of_in_place) = (ours / append, ours / in_place);
        let a_group = syncs as f64 / groups.get() as f64;
        let raw = format!(r#""append_per_s":{append:.0},"in_place_per_s":{in_place:.0}"#);
        let of = format!(r#""of_append":{of_append:.2},"of_in_place":{of_in_place:.2}"#);
        let ours = format!(r#""journal_per_s":{ours:.0},{of},"syncs_a_group":{a_group:.3}"#);
        println!(r#"{{"records":{records},{raw},{ours}}}"#);
    }
}

fn rate(act: &mut impl FnMut()) -> f64 {
    let begun = Instant::now();
    (0..GROUPS).for_each(|_| act());
    GROUPS as f64 / begun.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn raw_append(folder: &Path, group: &[u8]) -> impl FnMut() {
    let file = File::create(folder.join("append")).expect("a file");
    let mut at = 0;
    move || {
        file.write_all_at(group, at).expect("written");
        file.sync_data().expect("synced");
        at += group.len() as u64;
    }
}

fn raw_in_place(folder: &Path, group: &[u8]) -> impl FnMut() {
    let file = File::create(folder.join("in-place")).expect("a file");
    let mut padded = group.to_vec();
    padded.resize(group.len().next_multiple_of(512), 0);
    let zeros = vec![0; padded.len() * GROUPS as usize];
    for reading in 0..REPEATS as u64 {
        file.write_all_at(&zeros, reading * zeros.len() as u64).expect("written");
    }
    file.sync_all().expect("synced");
    let mut at = 0;
    move || {
        file.write_all_at(&padded, at).expect("written");
        file.sync_data().expect("synced");
        at += padded.len() as u64;
    }
}

/// The real disk, with its syncs counted.
#[derive(Clone)]
struct Counted {
    disk: RealDisk,
    syncs: Arc<AtomicU64>,
}

struct CountedFile {
    file: File,
    syncs: Arc<AtomicU64>,
}

impl Disk for Counted {
    type File = CountedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn open(&self, name: &str) -> io::Result<CountedFile> {
        Ok(CountedFile { file: self.disk.open(name)?, syncs: self.syncs.clone() })
    }

    fn create(&self, name: &str) -> io::Result<CountedFile> {
        Ok(CountedFile { file: self.disk.create(name)?, syncs: self.syncs.clone() })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.disk.sync_folder()
    }
}

impl DiskFile for CountedFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        DiskFile::read_at(&self.file, buffer, at)
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        DiskFile::write_at(&self.file, bytes, at)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        DiskFile::sync_data(&self.file)
    }
}
