//! Records from nothing to several MiB come back byte for byte, in events, signals, checkpoints and
//! workflows.

use super::subject::{NOON, Subject, append, new_run, signal};
use windlass_ports::digest::sha256_hex;
use windlass_ports::store::{StoredCheckpoint, StoredSignal};

const MIB: usize = 1024 * 1024;

/// Bytes that differ from place to place and from record to record.
fn record(n: u64, size: usize) -> Vec<u8> {
    let step = n.wrapping_mul(2).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let words = (1..).map(|place: u64| place.wrapping_mul(step));
    words.flat_map(|word| [(word >> 56) as u8, (word >> 48) as u8]).take(size).collect()
}

/// Runs the case.
pub async fn check(subject: Subject) {
    let mut new = new_run(1);
    new.workflow = record(1, 3 * MIB);
    new.head.workflow_digest = sha256_hex(&new.workflow);
    let (run, digest, workflow) =
        (new.head.run, new.head.workflow_digest.clone(), new.workflow.clone());
    subject.store.create_run(new).await.expect("a large workflow is kept");
    let lease = subject.lease(run, "a", NOON, None).await.expect("free");
    let sizes = [0, 1, 255, 4_000, 4_095, 4_096, 4_097, 8_200, 65_536, 262_144, 262_145, 5 * MIB];
    let events: Vec<_> = (2..).zip(sizes).map(|(n, size)| record(n, size)).collect();
    for (seq, bytes) in (0..).zip(&events) {
        let one = append(&lease, seq, vec![bytes.clone()]);
        assert_eq!(subject.store.append(one).await, Ok(seq + 1));
    }
    let seq = events.len() as u64;
    let all = subject.store.append(append(&lease, seq, events.clone())).await;
    assert_eq!(all, Ok(2 * seq), "all of them at once");
    let big = StoredSignal { bytes: record(3, 2 * MIB), ..signal(1) };
    subject.post(run, &big).await.expect("a large signal is kept");
    for (seq, size) in [(3, 3 * MIB), (4, 70_000), (5, 10)] {
        let checkpoint = StoredCheckpoint { seq, bytes: record(seq, size) };
        subject.store.save_checkpoint(run, checkpoint.clone()).await.expect("kept");
        assert_eq!(subject.store.latest_checkpoint(run).await, Ok(Some(checkpoint)));
    }
    let subject = subject.reopen().await;
    let expected: Vec<_> = (1..).zip([events.clone(), events].concat()).collect();
    assert!(subject.events(run, 0).await == expected, "the events differ");
    assert!(subject.store.workflow(digest).await == Ok(workflow), "the workflow differs");
    assert!(subject.store.pending_signals(run).await == Ok(vec![big]), "the signal differs");
    let last = StoredCheckpoint { seq: 5, bytes: record(5, 10) };
    assert_eq!(subject.store.latest_checkpoint(run).await, Ok(Some(last)));
}
