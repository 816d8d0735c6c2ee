//! Saves what is sound of a damaged store to a new one, with each chain of hashes checked, and
//! tells what is not there. The damaged store is only read.

use super::finding::Finding;
use crate::command_error::{CommandError, Outcome};
use std::path::{Path, PathBuf};
use windlass_engine::chain;
use windlass_model::RunId;
use windlass_ports::store::StoredEvent;
use windlass_store_sled::repair::{Repaired, Verdict, repair};

/// The part's name.
const PART: &str = "repair";

/// Saves it, and says what came of it.
pub async fn save(store: &Path, to: &Path) -> Outcome<Vec<Finding>> {
    let (from, new): (PathBuf, PathBuf) = (store.to_owned(), to.to_owned());
    let saved = tokio::task::spawn_blocking(move || repair(&from, &new, whole)).await;
    let saved = saved.map_err(CommandError::failed)?;
    let repaired = saved.map_err(|why| {
        CommandError::failed(format!("nothing was saved: {why}"))
            .hint("`windlass doctor --repair NEW` takes a folder that is not there")
    })?;
    Ok(tell(&repaired, store, to))
}

/// Whether each event follows the one before it.
fn whole(run: RunId, digest: &str, events: &[StoredEvent]) -> Verdict {
    let mut before = chain::genesis(run, digest);
    for event in events {
        let checked = chain::check(&before, run, event.seq, &event.bytes);
        let why = format!("event {} is not what was written: its hash is another", event.seq);
        before = checked.map_err(|_| (event.seq - 1, why))?.0;
    }
    Ok(())
}

fn tell(repaired: &Repaired, store: &Path, to: &Path) -> Vec<Finding> {
    let shown = to.display();
    let says = format!("{} runs are whole and copied to {shown}", repaired.copied.len());
    let open = format!("`windlass --store {shown} list` shows them");
    let mut found = vec![Finding::fine(PART, says).mend(open)];
    if let Some(why) = &repaired.index {
        found.push(Finding::note(PART, format!("the index did not help: {why}")));
    }
    for lost in &repaired.lost {
        let (first, last) = (lost.frames.start(), lost.frames.end());
        let place = store.join("journal").join(&lost.file);
        let says = format!("{} at byte {}: ", place.display(), lost.offset);
        let says = match last {
            0 => format!("{says}the file is gone, and with it frames whose number is not known"),
            _ => format!("{says}frames {first} to {last} are lost"),
        };
        found.push(Finding::wrong(PART, says, "look at the disk's health"));
    }
    for left in &repaired.left {
        let (run, last) = (left.run, left.last_sound);
        let says = format!("{run} is not copied: {}; event {last} is its last sound one", left.why);
        let mend = "compare what it did with the world, or bring it back from an export";
        found.push(Finding::wrong(PART, says, mend));
    }
    for (name, holder) in &repaired.locks {
        let held =
            holder.map_or("nobody is known to hold it".to_owned(), |run| format!("{run} held it"));
        let says = format!("nobody holds the lock `{name}` in {shown}; {held}");
        let mend = "see that nobody is at work under it before another run begins";
        found.push(Finding::wrong(PART, says, mend));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_engine::chain::{genesis, link};

    #[test]
    fn a_chain_that_breaks_is_told_with_the_last_sound_event() {
        let run = RunId(uuid::Uuid::from_u128(5));
        let mut before = genesis(run, "digest");
        let mut events = Vec::new();
        for seq in 1..=3 {
            let (hash, bytes) = link(&before, run, seq, b"event");
            before = hash;
            events.push(StoredEvent { seq, bytes });
        }
        assert_eq!(whole(run, "digest", &events), Ok(()));
        assert_eq!(whole(run, "another", &events).unwrap_err().0, 0);
        *events[2].bytes.last_mut().unwrap() ^= 1;
        let (last, why) = whole(run, "digest", &events).unwrap_err();
        assert!(last == 2 && why.contains("event 3"), "{last} {why}");
    }
}
