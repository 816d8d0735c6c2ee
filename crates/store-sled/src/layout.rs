//! Where each thing lies in a store's folder, and the writing of small files that must survive a
//! power cut. It must not know what is in them.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Nobody but the owner reads a store: histories hold names of servers and encrypted secrets.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// The folder of a store.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// A store in this folder, which need not be there yet.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Held by whoever has the store open; tells its process id.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Version and fixed settings.
    pub fn format(&self) -> PathBuf {
        self.root.join("format")
    }

    /// There from the first to the last moment of a store's creation.
    pub fn creating(&self) -> PathBuf {
        self.root.join("creating")
    }

    /// The journal: all that was ever acknowledged.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// There once a record in sled was found damaged: the next open makes the index anew.
    pub fn suspect(&self) -> PathBuf {
        self.root.join("suspect")
    }

    /// Runs that were found damaged at the last open, a line each, for `windlass doctor`.
    pub fn unsound(&self) -> PathBuf {
        self.root.join("unsound")
    }

    /// The high-water mark of older formats.
    pub fn mark(&self) -> PathBuf {
        self.root.join("mark")
    }

    /// Records that are too large for sled.
    pub fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// sled's own folder: the index.
    pub fn sled(&self) -> PathBuf {
        self.root.join("sled")
    }

    /// sled's log: all of its data.
    pub fn db(&self) -> PathBuf {
        self.sled().join("db")
    }

    /// sled's settings.
    pub fn conf(&self) -> PathBuf {
        self.sled().join("conf")
    }

    /// Files that sled would make of large values; always empty here.
    pub fn blobs(&self) -> PathBuf {
        self.sled().join("blobs")
    }

    /// What sled's folder was like before it was made anew for the first time.
    pub fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// Why it was, in a sentence, for `windlass doctor`.
    pub fn why_damaged(&self) -> PathBuf {
        self.damaged().join("why")
    }

    /// The socket on which the holder serves.
    pub fn socket(&self) -> PathBuf {
        self.root.join("socket")
    }

    /// Names the socket where the folder's own path is too long for one.
    pub fn socket_pointer(&self) -> PathBuf {
        self.root.join("socket.path")
    }
}

/// Makes a folder and its parents, for the owner alone; one that is there stays as it is.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))
}

/// Opens a file for reading and writing, for the owner alone, and makes it where it is not there.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)
}

/// What was to be removed and is not there is gone.
pub fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a folder durable.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes a whole file so that after a power cut there is either none or all of it.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let new = folder.join(format!("{TEMPORARY_PREFIX}{number}-{name}"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(folder)
}

/// Files written so far by this process: two writers of one name must not share their half of it.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// How the name of a file begins that a crash may have left half written.
pub const TEMPORARY_PREFIX: &str = "new-";
