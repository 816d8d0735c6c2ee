//! How a process comes to a store: it opens it where nobody has it, and then serves it; else it
//! becomes the holder's guest. When a holder goes, each of its guests takes a seat anew, and one of
//! them is the next holder.

use super::link::{ConnectError, Link};
use super::place;
use super::server::Server;
use crate::layout::Layout;
use crate::lock_file::holder_of;
use crate::open_error::OpenError;
use crate::settings::Settings;
use crate::sled_store::SledStore;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use windlass_ports::Store;

/// How long a store may be in nobody's hands: its holder has gone, or opens it and does not serve
/// yet.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a seat is tried in that time. Lock and socket are another process's: there is nothing
/// to wait on.
const TRY_EVERY: Duration = Duration::from_millis(20);

/// A process's way to the store.
#[derive(Debug)]
pub enum Seat {
    /// It has the store open.
    Holder(Held),
    /// It speaks to who has.
    Guest(Link),
}

/// An open store that is served. The socket goes before the store, and with it the lock.
pub struct Held {
    _server: Server,
    /// The store.
    pub store: Arc<SledStore>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

/// Who has a store open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Whether it is this process.
    pub here: bool,
    /// Its process id.
    pub pid: u32,
}

impl Seat {
    /// Takes a seat at the store in a folder. The settings count where it is opened here.
    pub async fn take(
        layout: &Layout,
        temporary: &Path,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let taking = Self::try_until_taken(layout, temporary, settings);
        let tried = tokio::time::timeout(PATIENCE, taking).await;
        tried.unwrap_or_else(|_| {
            let holder = holder_of(&layout.lock());
            Err(OpenError::Held { store: layout.root().to_path_buf(), holder })
        })
    }

    async fn try_until_taken(
        layout: &Layout,
        temporary: &Path,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let mut tries = tokio::time::interval(TRY_EVERY);
        loop {
            tries.tick().await;
            match open_and_serve(layout, temporary, settings).await {
                Ok(held) => return Ok(Self::Holder(held)),
                Err(OpenError::Held { .. }) => {}
                Err(error) => return Err(error),
            }
            let Ok(socket) = place::to_visit(layout) else { continue };
            match Link::connect(&socket).await {
                Ok(link) => return Ok(Self::Guest(link)),
                Err(ConnectError::Nobody(_)) => {}
                Err(error @ ConnectError::OtherVersion { .. }) => {
                    let why = error.to_string();
                    return Err(OpenError::Foreign { store: layout.root().to_path_buf(), why });
                }
            }
        }
    }

    /// Who has the store open.
    pub fn holder(&self) -> Holder {
        match self {
            Self::Holder(_) => Holder { here: true, pid: std::process::id() },
            Self::Guest(link) => Holder { here: false, pid: link.pid },
        }
    }
}

async fn open_and_serve(
    layout: &Layout,
    temporary: &Path,
    settings: Settings,
) -> Result<Held, OpenError> {
    let root: PathBuf = layout.root().to_path_buf();
    let folder = root.clone();
    let open = move || SledStore::open_with(&folder, settings);
    let opened = tokio::task::spawn_blocking(open).await;
    let io = |what| move |source| OpenError::Io { store: root.clone(), what, source };
    let ended = io("opening it");
    let store = Arc::new(opened.map_err(|error| ended(std::io::Error::other(error)))??);
    let serving = place::to_serve(layout, temporary).and_then(|socket| {
        let port: Arc<dyn Store> = store.clone();
        Server::start(&socket, port)
    });
    let io =
        |source| OpenError::Io { store: layout.root().to_path_buf(), what: "serving it", source };
    Ok(Held { _server: serving.map_err(io)?, store })
}
