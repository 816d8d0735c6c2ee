//! Rows as they are now: the fresh ones, and below them what is in sled. It must not know records.

use crate::fresh::Fresh;
use crate::index_error::IndexResult;
use crate::table::Table;
use crate::trees::Trees;
use sled::IVec;
use std::collections::btree_map;
use std::iter::Peekable;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Both. Clones share them.
#[derive(Clone)]
pub struct Index {
    /// In memory.
    pub fresh: Arc<Fresh>,
    /// In sled.
    pub trees: Trees,
}

impl Index {
    /// A row's value.
    pub fn get(&self, table: Table, key: &[u8]) -> IndexResult<Option<IVec>> {
        Ok(self.find(table, key)?.map(|(_, value)| value))
    }

    /// A row's value, and the frame that wrote it. Fresh rows first: those that move to sled
    /// meanwhile are then found there.
    pub fn find(&self, table: Table, key: &[u8]) -> IndexResult<Option<(u64, IVec)>> {
        match self.fresh.get(table, key) {
            Some((frame, value)) => Ok(value.map(|value| (frame, value))),
            None => self.trees.get(table, key),
        }
    }

    /// Rows between two keys, in order.
    pub fn range(
        &self,
        table: Table,
        keys: RangeInclusive<[u8; 24]>,
    ) -> impl Iterator<Item = IndexResult<(IVec, IVec)>> {
        let fresh = self.fresh.range(table, &keys).into_iter().peekable();
        Merged { fresh, below: self.trees.range(table, keys).peekable() }
    }
}

/// Two orders of rows as one; a fresh row hides the one below it.
struct Merged<B: Iterator> {
    fresh: Peekable<btree_map::IntoIter<IVec, Option<IVec>>>,
    below: Peekable<B>,
}

impl<B: Iterator<Item = IndexResult<(IVec, IVec)>>> Iterator for Merged<B> {
    type Item = IndexResult<(IVec, IVec)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((fresh, _)) = self.fresh.peek() else { return self.below.next() };
            match self.below.peek() {
                Some(Ok((key, _))) if key < fresh => return self.below.next(),
                Some(Ok((key, _))) if key == fresh => drop(self.below.next()),
                Some(Err(_)) => return self.below.next(),
                _ => {}
            }
            if let Some((key, Some(value))) = self.fresh.next() {
                return Some(Ok((key, value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fresh::Next;
    use crate::table::Writes;

    #[test]
    fn fresh_rows_hide_those_below() {
        let folder = tempfile::tempdir().unwrap();
        let trees = Trees::open(&sled::Config::new().path(folder.path())).unwrap();
        let index = Index { fresh: Arc::default(), trees };
        let key = |n: u8| [n; 24];
        for n in [1, 3, 5, 7] {
            index.trees.put(1, Table::Events, &key(n), Some(b"below")).unwrap();
        }
        let mut writes = Writes::default();
        writes.insert(Table::Events, key(3)[..].into(), Some(b"new"[..].into()));
        writes.insert(Table::Events, key(5)[..].into(), None);
        writes.insert(Table::Events, key(6)[..].into(), Some(b"between"[..].into()));
        writes.insert(Table::Events, key(9)[..].into(), Some(b"after"[..].into()));
        index.fresh.stage(2, &writes);
        let rows = || {
            let all = index.range(Table::Events, key(1)..=key(9)).map(Result::unwrap);
            all.map(|(key, value)| (key[0], value.to_vec())).collect::<Vec<_>>()
        };
        let expected = [
            (1, b"below".to_vec()),
            (3, b"new".to_vec()),
            (6, b"between".to_vec()),
            (7, b"below".to_vec()),
            (9, b"after".to_vec()),
        ];
        assert_eq!(rows(), expected, "staged");
        index.fresh.commit(2, writes);
        assert_eq!(rows(), expected, "waiting");
        index.fresh.close();
        let Some(Next::Rows(batch)) = index.fresh.next() else { panic!("nothing to index") };
        assert_eq!((rows(), batch.frame, batch.rows.len()), (expected.to_vec(), 2, 4), "indexing");
        assert_eq!(index.find(Table::Events, &key(3)).unwrap(), Some((2, b"new"[..].into())));
        assert_eq!(index.get(Table::Events, &key(5)).unwrap(), None);
        assert_eq!(index.find(Table::Events, &key(7)).unwrap().map(|(frame, _)| frame), Some(1));
        index.fresh.indexed(2);
        assert_eq!(rows().len(), 4, "what was given is forgotten");
        assert!(index.fresh.next().is_none() && index.fresh.noted() == 2);
    }
}
