//! The allow list: places where a banned word is somebody else's own term, each with its reason.
//! It must not know which words are banned.

use super::finding::Finding;
use std::cell::Cell;

/// Where the list lies.
pub const ALLOW_LIST: &str = "crates/xtask/tidy-allow.txt";

/// The allowed words, by file or folder.
#[derive(Debug, Default)]
pub struct AllowList {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    /// A file, or a folder when it ends in `/`.
    path: String,
    word: String,
    line: usize,
    used: Cell<bool>,
}

impl AllowList {
    /// Reads lines of `path word reason…`; `#` begins a comment.
    pub fn parse(text: &str) -> (Self, Vec<Finding>) {
        let mut list = Self::default();
        let mut findings = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            match (words.next(), words.next(), words.next()) {
                (Some(path), Some(word), Some(_reason)) => list.entries.push(Entry {
                    path: path.to_owned(),
                    word: word.to_owned(),
                    line: index + 1,
                    used: Cell::new(false),
                }),
                _ => findings.push(Finding::new(
                    ALLOW_LIST,
                    index + 1,
                    "allow-list",
                    "an entry is `path word reason`; give all three",
                )),
            }
        }
        (list, findings)
    }

    /// Says whether a word may stand in a file, and remembers that the entry was needed.
    pub fn allows(&self, path: &str, word: &str) -> bool {
        let mut allowed = false;
        for entry in self.entries.iter().filter(|entry| entry.covers(path) && entry.word == word) {
            entry.used.set(true);
            allowed = true;
        }
        allowed
    }

    /// Reports entries that nothing needed: a list that only grows hides things.
    pub fn unused(&self) -> Vec<Finding> {
        let unused = self.entries.iter().filter(|entry| !entry.used.get());
        unused
            .map(|entry| {
                let message = format!(
                    "`{}` no longer stands in {}; remove the entry",
                    entry.word, entry.path
                );
                Finding::new(ALLOW_LIST, entry.line, "allow-list", message)
            })
            .collect()
    }
}

impl Entry {
    fn covers(&self, path: &str) -> bool {
        if self.path.ends_with('/') { path.starts_with(&self.path) } else { path == self.path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_its_file_or_folder_and_its_word_only() {
        let (list, findings) = AllowList::parse("# why\na/b.rs one its own term\nc/ two theirs\n");
        assert_eq!(findings, []);
        assert!(list.allows("a/b.rs", "one"));
        assert!(!list.allows("a/b.rs", "two"));
        assert!(list.allows("c/d/e.rs", "two"));
        assert!(!list.allows("cc/d.rs", "two"));
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        let (list, findings) = AllowList::parse("a/b.rs one\n");
        assert_eq!(findings.len(), 1);
        assert!(!list.allows("a/b.rs", "one"));
    }

    #[test]
    fn an_entry_that_nothing_needs_is_reported() {
        let (list, _) = AllowList::parse("a.rs one reason\nb.rs two reason\n");
        list.allows("a.rs", "one");
        let unused = list.unused();
        assert_eq!(unused.len(), 1);
        assert_eq!(unused[0].line, 2);
    }
}
