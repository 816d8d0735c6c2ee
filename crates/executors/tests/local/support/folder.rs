//! What lies in a folder, byte for byte, a number that any change of it moves, and the kit on both.

use super::bench::Bench;
use serde_json::{Map, Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_kit::Subject;

fn each(folder: &Path, seen: &mut impl FnMut(&Path, &std::fs::Metadata)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let found = std::fs::symlink_metadata(&path).unwrap();
        seen(&path, &found);
        if found.is_dir() {
            each(&path, seen);
        }
    }
}

/// Names with modes, contents and where links lead.
pub fn content(folder: &Path) -> Value {
    let mut all = Map::new();
    each(folder, &mut |path, found| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        let mode = format!("{:o}", found.mode());
        let bytes = if found.is_file() { std::fs::read(path).unwrap() } else { Vec::new() };
        let to = std::fs::read_link(path).ok();
        all.insert(name, json!({"mode": mode, "bytes": bytes, "to": to}));
    });
    all.sort_keys();
    Value::Object(all)
}

/// Moves with any file that is made or written.
pub fn changes(folder: &Path) -> usize {
    let mut sum = 0_usize;
    each(folder, &mut |path, found| {
        let stamp = (found.ino() ^ found.ctime_nsec().cast_unsigned()) as usize;
        sum = sum.wrapping_add(stamp).wrapping_add(path.as_os_str().len());
    });
    sum
}

/// A step whose bench's folder is what it changes.
pub struct FolderSubject {
    pub bench: Bench,
    pub kind: &'static str,
    pub input: Value,
}

impl Subject for FolderSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        None
    }

    fn context(&self) -> Context {
        self.bench.parts.context()
    }

    fn input(&self) -> Value {
        self.input.clone()
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        let there = content(self.bench.folder.path());
        Box::pin(async move { there })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        let moved = changes(self.bench.folder.path());
        Box::pin(async move { moved })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        self.bench.parts.clock.advance(span);
        Box::pin(async {})
    }
}
