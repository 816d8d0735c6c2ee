//! The world of a simulator that does not run: its ledger is read, or all of it is forgotten.

use serde::Deserialize;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use windlass_azure_sim::LedgerEntry;

/// What of the kept world bears on the ledger.
#[derive(Deserialize)]
struct Kept {
    ledger_seq: u64,
    last_lines: Vec<LedgerEntry>,
}

/// The ledger as the simulator would show it after a start; none where no world is kept. The last
/// lines come from the world, which is written first.
pub fn ledger(folder: &Path) -> io::Result<Option<Vec<LedgerEntry>>> {
    let world = match fs::read(folder.join("world.json")) {
        Ok(world) => world,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let kept: Kept = serde_json::from_slice(&world)?;
    let text = match fs::read_to_string(folder.join("ledger.jsonl")) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().filter(|line| !line.is_empty()).map(serde_json::from_str);
    let mut entries = lines.collect::<Result<Vec<LedgerEntry>, _>>()?;
    // A reset writes the world first: lines of before it may still stand in the file.
    if entries.last().is_some_and(|last| last.seq > kept.ledger_seq) {
        entries.clear();
    }
    let known = entries.last().map_or(0, |last| last.seq);
    entries.extend(kept.last_lines.into_iter().filter(|line| line.seq > known));
    Ok(Some(entries))
}

/// Forgets a kept world, so that the next start begins a new one. An error where a simulator holds
/// it.
pub fn forget(folder: &Path) -> io::Result<()> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    };
    let lock = match File::open(folder.join("lock")) {
        Ok(lock) => lock,
        Err(error) => return gone(error),
    };
    lock.try_lock()?;
    for file in ["world.json", "ledger.jsonl"] {
        fs::remove_file(folder.join(file)).or_else(gone)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{forget, ledger};
    use serde_json::json;

    fn line(seq: u64) -> serde_json::Value {
        json!({ "seq": seq, "at": "2026-03-07T03:00:00Z", "effect": "app_stopped", "target": "qa4",
            "request_id": null, "detail": {} })
    }

    #[test]
    fn a_forgotten_world_leaves_nothing_and_a_held_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        forget(folder.path()).unwrap();
        for file in ["lock", "world.json", "ledger.jsonl"] {
            std::fs::write(folder.path().join(file), "{}").unwrap();
        }
        let held = std::fs::File::open(folder.path().join("lock")).unwrap();
        held.lock().unwrap();
        forget(folder.path()).unwrap_err();
        assert!(folder.path().join("world.json").exists());
        drop(held);
        forget(folder.path()).unwrap();
        assert!(!folder.path().join("world.json").exists());
        assert_eq!(ledger(folder.path()).unwrap(), None);
    }

    #[test]
    fn a_torn_line_comes_from_the_world_and_a_reset_ledger_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ledger(folder.path()).unwrap(), None);
        let world = json!({ "ledger_seq": 2, "last_lines": [line(2)], "other": 1 });
        std::fs::write(folder.path().join("world.json"), world.to_string()).unwrap();
        let torn = format!("{}\n{{\"seq\":2,\"at", line(1));
        std::fs::write(folder.path().join("ledger.jsonl"), torn).unwrap();
        let seqs: Vec<u64> =
            ledger(folder.path()).unwrap().unwrap().iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [1, 2]);
        let world = json!({ "ledger_seq": 0, "last_lines": [] });
        std::fs::write(folder.path().join("world.json"), world.to_string()).unwrap();
        assert_eq!(ledger(folder.path()).unwrap().unwrap(), []);
    }
}
