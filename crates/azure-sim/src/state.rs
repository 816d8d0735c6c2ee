//! Everything that survives a death of the simulator, and its place on disk. It must not know how
//! a request is answered.

use crate::faults::Armed;
use crate::http::Request;
use crate::ledger::LedgerEntry;
use crate::seed::WorldSeed;
use crate::world::World;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A request that the provider will work on later, although it was answered already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deferred {
    /// When.
    pub at: Timestamp,
    /// What.
    pub request: Request,
}

/// What survives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// How the world began; a reset begins it again.
    pub seed: WorldSeed,
    /// How often it began: ids of before a reset never come back.
    pub beginnings: u64,
    /// The world.
    pub world: World,
    /// The armed faults.
    pub faults: Vec<Armed>,
    /// The work still to come.
    pub deferred: Vec<Deferred>,
    /// The number of the last line of the ledger.
    pub ledger_seq: u64,
    /// The lines of the last change, which the ledger's file may lack after a death.
    pub last_lines: Vec<LedgerEntry>,
}

/// Why the state cannot be read or kept.
#[derive(Debug, Error)]
pub enum StateError {
    /// The file system said no.
    #[error("failed to {what} {path}: {source}; check the folder's rights and free space")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// Another simulator serves this world.
    #[error("failed to lock {0}: another simulator serves this world; stop it first")]
    InUse(PathBuf),
    /// A file is not what this version writes.
    #[error("failed to read {path}: {source}; remove the folder to begin a new world")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// What a simulator tells about itself in `server.json`, as long as it listens. After a death it
/// still stands there: ask `/_sim/status` whether it is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Its process.
    pub pid: u32,
    /// Its port on loopback.
    pub port: u16,
    /// When it was started, in real time.
    pub started: Timestamp,
}

/// What the simulator of a folder told about itself, if it did.
pub fn announced(folder: &Path) -> Option<Announcement> {
    let text = fs::read(folder.join(SERVER)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The folder of a world. While it lives no other simulator can open it.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    ledger: File,
    lock: File,
}

/// The state and the ledger, as of the last change.
type Kept = Option<(State, Vec<LedgerEntry>)>;

/// The world holds passwords: nobody but its owner reads it.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

const WORLD: &str = "world.json";
const LEDGER: &str = "ledger.jsonl";
const SERVER: &str = "server.json";
const LOCK: &str = "lock";

impl Disk {
    /// Opens a folder, making it if needed, and reads what is there.
    pub fn open(folder: &Path) -> Result<(Self, Kept), StateError> {
        fs::create_dir_all(folder).map_err(|source| error("create", folder, source))?;
        let owners_only = fs::set_permissions(folder, fs::Permissions::from_mode(FOLDER_MODE));
        owners_only.map_err(|source| error("guard", folder, source))?;
        let lock_path = folder.join(LOCK);
        let lock =
            File::create(&lock_path).map_err(|source| error("create", &lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => return Err(error("lock", &lock_path, source)),
        }
        let path = folder.join(LEDGER);
        let mut options = OpenOptions::new();
        let opened = options.create(true).append(true).read(true).mode(FILE_MODE).open(&path);
        let ledger = opened.map_err(|source| error("open", &path, source))?;
        // One of an earlier version may be open to others.
        let owners_only = ledger.set_permissions(fs::Permissions::from_mode(FILE_MODE));
        owners_only.map_err(|source| error("guard", &path, source))?;
        let mut disk = Self { folder: folder.to_owned(), ledger, lock };
        let kept = disk.read()?;
        Ok((disk, kept))
    }

    fn read(&mut self) -> Result<Kept, StateError> {
        let path = self.folder.join(WORLD);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(error("read", &path, source)),
        };
        let malformed = |source| StateError::Malformed { path: path.clone(), source };
        let state: State = serde_json::from_slice(&text).map_err(malformed)?;
        let ledger = self.mend_ledger(&state)?;
        Ok(Some((state, ledger)))
    }

    /// Reads the ledger. A death between the two files leaves it behind the world, perhaps with a
    /// torn line: the world has the missing lines.
    fn mend_ledger(&mut self, state: &State) -> Result<Vec<LedgerEntry>, StateError> {
        let path = self.folder.join(LEDGER);
        let text = fs::read(&path).map_err(|source| error("read", &path, source))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let parsed: Result<Vec<LedgerEntry>, _> = lines.map(serde_json::from_slice).collect();
        let mut entries =
            parsed.map_err(|source| StateError::Malformed { path: path.clone(), source })?;
        // A reset writes the world first: lines of before it may still stand here.
        if entries.last().is_some_and(|last| last.seq > state.ledger_seq) {
            entries.clear();
            self.ledger.set_len(0).map_err(|source| error("cut", &path, source))?;
        } else if whole < text.len() {
            let length = u64::try_from(whole).unwrap_or(u64::MAX);
            self.ledger.set_len(length).map_err(|source| error("cut", &path, source))?;
        }
        let known = entries.last().map_or(0, |last| last.seq);
        let missing: Vec<_> =
            state.last_lines.iter().filter(|line| line.seq > known).cloned().collect();
        self.append(&missing)?;
        entries.extend(missing);
        Ok(entries)
    }

    /// Whether the folder is still the one that was opened: somebody may have removed it.
    pub fn is_there(&self) -> bool {
        let (Ok(there), Ok(ours)) = (fs::metadata(self.folder.join(LOCK)), self.lock.metadata())
        else {
            return false;
        };
        (there.dev(), there.ino()) == (ours.dev(), ours.ino())
    }

    /// Makes a state durable, and then its new lines.
    pub fn save(&mut self, state: &State, lines: &[LedgerEntry]) -> Result<(), StateError> {
        let path = self.folder.join(WORLD);
        let text = serde_json::to_vec(state)
            .map_err(|source| StateError::Malformed { path: path.clone(), source })?;
        replace(&path, &text)?;
        self.append(lines)
    }

    fn append(&mut self, lines: &[LedgerEntry]) -> Result<(), StateError> {
        if lines.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(LEDGER);
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)
                .map_err(|source| StateError::Malformed { path: path.clone(), source })?;
            text.push(b'\n');
        }
        let written = self.ledger.write_all(&text).and_then(|()| self.ledger.sync_data());
        written.map_err(|source| error("append to", &path, source))
    }

    /// Empties the ledger, for a world that begins again.
    pub fn clear_ledger(&mut self) -> Result<(), StateError> {
        let cut = self.ledger.set_len(0).and_then(|()| self.ledger.sync_data());
        cut.map_err(|source| error("cut", &self.folder.join(LEDGER), source))
    }

    /// Tells others where the simulator listens.
    pub fn announce(&self, pid: u32, port: u16, started: Timestamp) -> Result<(), StateError> {
        let path = self.folder.join(SERVER);
        let text = serde_json::to_vec(&Announcement { pid, port, started })
            .map_err(|source| StateError::Malformed { path: path.clone(), source })?;
        replace(&path, &text)
    }

    /// Takes that back.
    pub fn withdraw(&self) {
        if let Err(problem) = fs::remove_file(self.folder.join(SERVER)) {
            tracing::debug!(%problem, "server.json was gone already");
        }
    }
}

/// Writes a file beside, makes it durable, and moves it into place.
fn replace(path: &Path, text: &[u8]) -> Result<(), StateError> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    let created = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&beside);
    let written = created.and_then(|mut file| {
        file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
        file.write_all(text)?;
        file.sync_data()
    });
    written.map_err(|source| error("write", &beside, source))?;
    let moved = fs::rename(&beside, path).and_then(|()| match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    });
    moved.map_err(|source| error("replace", path, source))
}

fn error(what: &'static str, path: &Path, source: io::Error) -> StateError {
    StateError::Io { what, path: path.to_owned(), source }
}
