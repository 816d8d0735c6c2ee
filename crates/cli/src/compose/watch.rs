//! The quiet check of ended runs: whoever holds the store reads their histories, a piece at a time,
//! while nobody works. What it found lies in the store's folder, for `windlass doctor`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use tokio::task::AbortHandle;
use windlass_engine::audit::{Audited, Auditor};
use windlass_model::{Millis, Timestamp};
use windlass_ports::{Clock, Store};
use windlass_store_sled::SharedStore;

/// A command that is over by then checks nothing.
const FIRST_AFTER_MS: Millis = 5_000;

/// Between two pieces: some milliseconds of reading a second disturb nobody.
const EVERY_MS: Millis = 1_000;

/// Between two passes through all ended runs: what rots on a disk does so in months.
const PASS_EVERY_MS: Millis = 24 * 60 * 60 * 1_000;

/// The check; dropping it ends it.
pub struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Watch {
    /// Begins to check the store in a folder. Does not keep it open.
    pub fn begin(store: &Arc<SharedStore>, folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let watch = watch(Arc::downgrade(store), folder.to_path_buf(), clock);
        Self(tokio::spawn(watch).abort_handle())
    }
}

async fn watch(store: Weak<SharedStore>, folder: PathBuf, clock: Arc<dyn Clock>) {
    clock.sleep_until(clock.now().after(FIRST_AFTER_MS)).await;
    let (mut auditor, mut quiet) = (Auditor::default(), Quiet::default());
    loop {
        clock.sleep_until(clock.now().after(EVERY_MS)).await;
        let Some(store) = store.upgrade() else { return };
        if !quiet.is_now(store.groups()) {
            continue;
        }
        let mut audited = noted(&folder).unwrap_or_default();
        let now = clock.now();
        if !is_due(&audited, now) {
            continue;
        }
        let store: Arc<dyn Store> = store;
        match auditor.piece(&store, &mut audited, now).await {
            Ok(_) => {
                if let Err(error) = note(&folder, &audited) {
                    tracing::warn!(%error, "what was checked of ended runs was not noted");
                }
            }
            Err(error) => tracing::debug!(%error, "ended runs were not checked"),
        }
    }
}

/// Whether nobody works: nothing was written since the last look.
#[derive(Default)]
struct Quiet(Option<u64>);

impl Quiet {
    /// Asks with the number of groups that were written; only a holder of the store knows it.
    fn is_now(&mut self, groups: Option<u64>) -> bool {
        let before = std::mem::replace(&mut self.0, groups);
        groups.is_some() && before == groups
    }
}

/// A pass that has begun goes on; the next one waits for its time.
fn is_due(audited: &Audited, now: Timestamp) -> bool {
    let rested = |whole| now.since(whole) >= PASS_EVERY_MS;
    audited.pass.is_some() || audited.whole_at().is_none_or(rested)
}

/// Checks every ended run now, and notes it.
pub async fn check_all(
    store: &Arc<dyn Store>,
    folder: &Path,
    clock: &dyn Clock,
) -> Result<Audited, windlass_ports::StoreError> {
    let mut audited = Audited { pass: None, ..noted(folder).unwrap_or_default() };
    let mut auditor = Auditor::default();
    while !auditor.piece(store, &mut audited, clock.now()).await? {}
    if let Err(error) = note(folder, &audited) {
        tracing::warn!(%error, "what was checked of ended runs was not noted");
    }
    Ok(audited)
}

fn file(folder: &Path) -> PathBuf {
    folder.join("audited.json")
}

/// What is noted of the ended runs of the store in a folder; none where nothing was checked yet, or
/// where a note cannot be read: the next check makes a new one.
pub fn noted(folder: &Path) -> Option<Audited> {
    serde_json::from_slice(&fs::read(file(folder)).ok()?).ok()
}

/// Notes it: all of it or nothing, since another process may read or write it just now.
fn note(folder: &Path, audited: &Audited) -> io::Result<()> {
    let part = folder.join(format!("audited.{}.part", std::process::id()));
    fs::write(&part, serde_json::to_vec(audited)?)?;
    fs::rename(part, file(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_engine::audit::Pass;

    #[test]
    fn it_is_quiet_where_the_holder_wrote_nothing_since_the_last_look() {
        let mut quiet = Quiet::default();
        let looks = [Some(3), Some(3), Some(4), None, None, Some(4), Some(4)];
        let said: Vec<bool> = looks.into_iter().map(|groups| quiet.is_now(groups)).collect();
        assert_eq!(said, [false, true, false, false, false, false, true]);
    }

    #[test]
    fn a_pass_goes_on_and_the_next_one_waits_for_a_day() {
        let now = Timestamp(1_800_000_000_000);
        let whole = |at| Audited { last: Some(Pass { at, ..Pass::default() }), pass: None };
        assert!(is_due(&Audited::default(), now));
        assert!(!is_due(&whole(now), now.after(PASS_EVERY_MS - 1)));
        assert!(is_due(&whole(now), now.after(PASS_EVERY_MS)));
        assert!(is_due(&Audited { pass: Some(Pass::default()), ..whole(now) }, now));
    }

    #[test]
    fn a_note_is_read_as_it_was_written_and_a_torn_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(noted(folder.path()), None);
        let audited = Audited { pass: Some(Pass { sound: 3, ..Pass::default() }), last: None };
        note(folder.path(), &audited).unwrap();
        assert_eq!(noted(folder.path()), Some(audited));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        fs::write(file(folder.path()), b"{\"pa").unwrap();
        assert_eq!(noted(folder.path()), None);
    }
}
