//! Whatever is done in whatever order: what was committed is read again, and nothing else.

use crate::story::{Simulated, all, open};
use proptest::prelude::*;
use std::collections::BTreeMap;
use windlass_testkit::SimDisk;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<u8>),
    Stage(Vec<u8>),
    /// Lets so many of the oldest segments go.
    Release(u64),
    /// The process ends.
    Die,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..3000);
    prop_oneof![
        6 => bytes().prop_map(Step::Commit),
        2 => bytes().prop_map(Step::Stage),
        1 => (1_u64..3).prop_map(Step::Release),
        1 => Just(Step::Die),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_was_committed_is_read_again(steps in proptest::collection::vec(step(), 1..60)) {
        let disk = SimDisk::default();
        let mut journal = open(&disk).unwrap();
        let mut known: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        let mut staged: Option<Vec<u8>> = None;
        for step in steps {
            match step {
                Step::Commit(bytes) => {
                    staged = None;
                    known.insert(journal.commit(&[&bytes]).unwrap(), bytes);
                }
                Step::Stage(bytes) => {
                    journal.stage(&[&bytes]).unwrap();
                    staged = Some(bytes);
                }
                Step::Release(count) => {
                    journal.release_before(journal.oldest_segment() + count);
                    known.retain(|frame, _| *frame >= journal.first());
                }
                Step::Die => {
                    // A staged group outlives its process.
                    known.extend(staged.take().map(|bytes| (journal.last() + 1, bytes)));
                    drop(journal);
                    journal = open(&disk).unwrap();
                    prop_assert!(readable(&journal, &known));
                }
                Step::Close => {
                    staged = None;
                    journal.close().unwrap();
                    journal = open(&disk).unwrap();
                    prop_assert!(readable(&journal, &known));
                }
            }
        }
        prop_assert!(readable(&journal, &known));
    }
}

/// Whether all that is known is there, and nothing else but what was let go and not overtaken yet.
fn readable(journal: &Simulated, known: &BTreeMap<u64, Vec<u8>>) -> bool {
    let found = all(journal);
    let first = known.keys().next().copied().unwrap_or(u64::MAX);
    known.iter().all(|(frame, bytes)| found.get(frame) == Some(bytes))
        && found.keys().all(|frame| known.contains_key(frame) || *frame < first)
}
