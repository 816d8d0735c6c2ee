//! The program put together: store, engine and reader over the folders of this user.

use super::clocks::SystemClock;
use super::outfit::Workshop;
use super::places::Places;
use super::shared_lock::shared_lock;
use super::standing::{Before, Lock, Standing, successor};
use super::{key, key_id, watch};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::shell_word::shell_word;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;
use windlass_engine::{Cipher, Engine, Loaded, Parts, Reader};
use windlass_model::world::world;
use windlass_model::{Phase, RunId};
use windlass_ports::store::{RunFilter, RunHead};
use windlass_ports::{Clock, Store};
use windlass_store_sled::SharedStore;
use windlass_sys::{ProcessId, env};

/// Runs shown where a prefix fits several: enough to see which one was meant.
const SHOWN_RUNS: usize = 5;

/// Runs in a row that were taken over before they did anything: enough for a night of typing
/// errors.
const TAKEN_OVER_MAX: usize = 32;

/// The program.
pub struct Program {
    /// Drives runs.
    pub engine: Arc<Engine>,
    /// Reads them.
    pub reader: Reader,
    /// Keeps them.
    pub store: Arc<dyn Store>,
    /// Where everything lies.
    pub places: Places,
    /// Opens and hashes what was captured.
    pub cipher: Arc<dyn Cipher>,
    key_fault: Option<String>,
    _watch: watch::Watch,
}

impl Program {
    /// Opens the store, or joins the process that has it open.
    pub async fn open(store: Option<&Path>) -> Outcome<Self> {
        let places = Places::find(store)?;
        let keyed = key::find(&places.config, &places.store).await?;
        let shared = open_store(&places).await?;
        let watch = watch::Watch::begin(&shared, &places.store, Arc::new(SystemClock));
        let store: Arc<dyn Store> = shared;
        if let Some(id) = &keyed.id
            && let Err(error) = key_id::keep(&places.store, id)
        {
            tracing::warn!(%error, "the key's fingerprint was not kept");
        }
        let owner = ProcessId::current().map_err(|e| CommandError::new(ErrorKind::Failed, e))?;
        let engine = Engine::new(Parts {
            store: store.clone(),
            outfitter: Arc::new(Workshop::new(places.clone())),
            cipher: keyed.cipher.clone(),
            wall: Arc::new(SystemClock),
            owner: owner.to_string(),
            is_dead: Arc::new(is_dead),
            new_id: Arc::new(new_id),
        });
        let reader = engine.reader();
        Ok(Self {
            engine,
            reader,
            store,
            places,
            cipher: keyed.cipher,
            key_fault: keyed.fault,
            _watch: watch,
        })
    }

    /// Whether runs can be driven here: the key must be the one that sealed what is there.
    pub fn ready(&self) -> Outcome<()> {
        let Some(fault) = &self.key_fault else { return Ok(()) };
        Err(CommandError::failed(fault.clone()).hint(format!(
            "bring {} back from a backup, or set {}; `windlass doctor` looks at it",
            key::file(&self.places.config).display(),
            key::KEY_COMMAND
        )))
    }

    /// How a run stands beside others.
    pub async fn standing(&self, loaded: &Loaded) -> Outcome<Standing> {
        let head = &loaded.head;
        let driver = self.driver(head.run).await?;
        let lock = match &head.lock {
            Some(name) => {
                let providers = &loaded.workflow.def().environment.providers;
                Some(Lock { shared: shared_lock(providers), ..self.lock(name).await? })
            }
            None => None,
        };
        let after = match loaded.run.phase() {
            Phase::Superseded => self.successor(head.run).await?,
            _ => None,
        };
        let before = self.before(loaded).await;
        Ok(Standing { driver, lock, before, after, ..Standing::default() })
    }

    /// The run that took the place of this one, where one did.
    pub async fn successor(&self, run: RunId) -> Outcome<Option<RunId>> {
        Ok(successor(&self.reader.events(run, 0, usize::MAX).await?))
    }

    async fn lock(&self, name: &str) -> Outcome<Lock> {
        let state = self.store.lock(name.to_owned()).await?;
        let holder = match state.holder {
            Some(holder) => self.store.head(holder).await.ok().map(|head| (head.run, head.phase)),
            None => None,
        };
        let holder_driven = match holder {
            Some((holder, _)) => self.driver(holder).await?.is_some(),
            None => false,
        };
        let (name, waiting) = (name.to_owned(), state.queue.len());
        Ok(Lock { name, holder, holder_driven, waiting, shared: None })
    }

    /// The run whose place another one took; where that one did nothing, the one before it. One
    /// that was pruned since has left nothing to tell.
    async fn before(&self, loaded: &Loaded) -> Option<Before> {
        let mut old = loaded.workflow.def().takes_over?;
        for _ in 0..TAKEN_OVER_MAX {
            let Loaded { workflow, run, .. } = self.reader.load(old).await.ok()?;
            let acted = world(&workflow, &run, false).values().next().is_some();
            match workflow.def().takes_over.filter(|_| !acted) {
                Some(earlier) => old = earlier,
                None => return Some(Before { workflow, run }),
            }
        }
        None
    }

    /// The run that an id or a unique beginning of one names.
    pub async fn find(&self, text: &str) -> Outcome<RunHead> {
        let id_prefix = Some(text.trim().replace('-', ""));
        let filter = RunFilter { id_prefix, limit: SHOWN_RUNS, ..RunFilter::default() };
        let mut found = self.store.runs(filter).await?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(CommandError::usage(format!("failed to find a run `{text}`"))
                .hint("`windlass list` shows the runs of this store")),
            _ => {
                let many = format!("failed to tell which run `{text}` is: several begin so");
                let hint =
                    |head: &RunHead| format!("{} {} {}", head.run, head.workflow, head.phase);
                Err(found
                    .iter()
                    .fold(CommandError::usage(many), |error, head| error.hint(hint(head))))
            }
        }
    }

    /// A command of this program as the user would type it, for the same store.
    pub fn command(&self, words: &str) -> String {
        match self.places.store_named {
            true => format!(
                "windlass --store {} {words}",
                shell_word(&self.places.store.display().to_string())
            ),
            false => format!("windlass {words}"),
        }
    }

    /// Who drives a run: the owner of a lease that has not run out, and who is not known to be
    /// dead.
    pub async fn driver(&self, run: RunId) -> Outcome<Option<String>> {
        let lease = self.store.lease(run).await?;
        let living = lease.filter(|l| l.expires > SystemClock.now() && !is_dead(&l.owner));
        Ok(living.map(|lease| lease.owner))
    }

    /// The head of a run as it is now.
    pub async fn head(&self, run: RunId) -> Outcome<RunHead> {
        Ok(self.store.head(run).await?)
    }
}

/// Who acts, for the history: `--as`, else the user that the system names.
pub fn acting(named: Option<&str>) -> String {
    let known = || ["USER", "LOGNAME"].iter().find_map(|name| env::var(name));
    named
        .map(str::to_owned)
        .or_else(known)
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

async fn open_store(places: &Places) -> Outcome<Arc<SharedStore>> {
    SharedStore::open(&places.store).await.map_err(|error| {
        CommandError::new(ErrorKind::Store, error)
            .hint("`windlass doctor` looks at this installation")
    })
}

/// Whether a lease's owner is known to be dead. What cannot be told is not known.
fn is_dead(owner: &str) -> bool {
    let process: Result<ProcessId, _> = owner.parse();
    process.is_ok_and(|process| process.is_alive().is_ok_and(|alive| !alive))
}

/// A new identity: newer ones sort last.
#[expect(clippy::disallowed_methods, reason = "the composition root is the source of identities")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
