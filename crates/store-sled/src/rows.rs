//! The rows of runs, locks and signals as bytes, and back. Pure. Numbers are big-endian everywhere,
//! so that keys sort as numbers do. It must not know sled.

use serde::{Deserialize, Serialize};
use windlass_model::{Phase, RunId, Seq, SignalId, Timestamp};
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{Lease, RunHead};

/// What never changes of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixed {
    /// The workflow's name.
    pub workflow: String,
    /// The lock's name.
    pub lock: Option<String>,
    /// The environment's name.
    pub environment: String,
    /// When it was created.
    pub started_at: Timestamp,
    /// The workflow's digest.
    pub workflow_digest: String,
}

/// What changes with every append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The last event.
    pub seq: Seq,
    /// The phase after it.
    pub phase: Phase,
    /// When it was decided.
    pub updated_at: Timestamp,
    /// When the next timer is due.
    pub due: Option<Timestamp>,
}

/// Splits a head into its two halves.
pub fn split_head(head: &RunHead) -> (Fixed, Standing) {
    let fixed = Fixed {
        workflow: head.workflow.clone(),
        lock: head.lock.clone(),
        environment: head.environment.clone(),
        started_at: head.started_at,
        workflow_digest: head.workflow_digest.clone(),
    };
    let standing =
        Standing { seq: head.seq, phase: head.phase, updated_at: head.updated_at, due: head.due };
    (fixed, standing)
}

/// Joins the halves of a head.
pub fn join_head(run: RunId, fixed: &Fixed, standing: Standing) -> RunHead {
    RunHead {
        run,
        workflow: fixed.workflow.clone(),
        lock: fixed.lock.clone(),
        environment: fixed.environment.clone(),
        phase: standing.phase,
        started_at: fixed.started_at,
        updated_at: standing.updated_at,
        seq: standing.seq,
        due: standing.due,
        workflow_digest: fixed.workflow_digest.clone(),
    }
}

/// The row of a run's changing half and its lease.
pub fn head_row(standing: Standing, lease: &LeaseSlot) -> Vec<u8> {
    let mut row = Vec::with_capacity(96);
    row.extend_from_slice(&standing.seq.to_be_bytes());
    row.push(phase_number(standing.phase));
    row.extend_from_slice(&standing.updated_at.0.to_be_bytes());
    row.push(u8::from(standing.due.is_some()));
    row.extend_from_slice(&standing.due.unwrap_or_default().0.to_be_bytes());
    row.extend_from_slice(&lease.epoch.to_be_bytes());
    if let Some(held) = &lease.held {
        row.extend_from_slice(&held.epoch.to_be_bytes());
        row.extend_from_slice(&held.expires.0.to_be_bytes());
        row.extend_from_slice(held.owner.as_bytes());
    }
    row
}

/// Reads the row of a run's changing half and its lease.
pub fn read_head_row(run: RunId, row: &[u8]) -> Option<(Standing, LeaseSlot)> {
    let (seq, row) = number(row)?;
    let (phase, row) = row.split_first()?;
    let (updated_at, row) = time(row)?;
    let (has_due, row) = row.split_first()?;
    let (due, row) = time(row)?;
    let (epoch, row) = number(row)?;
    let phase = PHASES.get(usize::from(*phase)).copied()?;
    let standing = Standing { seq, phase, updated_at, due: (*has_due == 1).then_some(due) };
    let held = if row.is_empty() {
        None
    } else {
        let (epoch, row) = number(row)?;
        let (expires, owner) = time(row)?;
        let owner = String::from_utf8(owner.to_vec()).ok()?;
        Some(Lease { run, owner, epoch, expires })
    };
    Some((standing, LeaseSlot { epoch, held }))
}

/// Phases by their number in a row; new ones go to the end.
const PHASES: [Phase; 11] = [
    Phase::Queued,
    Phase::Running,
    Phase::Waiting,
    Phase::Paused,
    Phase::Failed,
    Phase::RollingBack,
    Phase::Stuck,
    Phase::Succeeded,
    Phase::RolledBack,
    Phase::Cancelled,
    Phase::Superseded,
];

fn phase_number(phase: Phase) -> u8 {
    match phase {
        Phase::Queued => 0,
        Phase::Running => 1,
        Phase::Waiting => 2,
        Phase::Paused => 3,
        Phase::Failed => 4,
        Phase::RollingBack => 5,
        Phase::Stuck => 6,
        Phase::Succeeded => 7,
        Phase::RolledBack => 8,
        Phase::Cancelled => 9,
        Phase::Superseded => 10,
    }
}

fn number(row: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = row.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*first), rest))
}

fn time(row: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (first, rest) = row.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*first)), rest))
}

/// Key of a run's rows.
pub fn run_key(run: RunId) -> [u8; 16] {
    run.0.into_bytes()
}

/// Reads the key of a run's row.
pub fn run_of(key: &[u8]) -> Option<RunId> {
    let first = key.first_chunk::<16>()?;
    Some(RunId(uuid::Uuid::from_bytes(*first)))
}

/// A run's key and a number after it: an event's, or a checkpoint's for its checksum.
pub fn numbered_key(run: RunId, number: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&run_key(run));
    key[16..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Reads the number at the end of a key.
pub fn number_of(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|last| u64::from_be_bytes(*last))
}

/// Key of a signal.
pub fn signal_key(run: RunId, signal: SignalId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&run_key(run));
    key[16..].copy_from_slice(signal.0.as_bytes());
    key
}

/// Reads the key of a signal.
pub fn signal_of(key: &[u8]) -> Option<(RunId, SignalId)> {
    let id = key.get(16..)?.try_into().ok()?;
    Some((run_of(key)?, SignalId(uuid::Uuid::from_bytes(id))))
}

/// A number before a packed record: a signal's place, or a checkpoint's event.
pub fn numbered_row(number: u64, recorded: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes(), recorded].concat()
}

/// Reads a number before a packed record.
pub fn read_numbered_row(row: &[u8]) -> Option<(u64, &[u8])> {
    number(row)
}

/// Key of a place in a lock's queue; the holder's place is zero.
pub fn lock_key(lock: &str, place: u64) -> Vec<u8> {
    [lock.as_bytes(), &place.to_be_bytes()].concat()
}

/// Reads the key of a place in a lock's queue.
pub fn lock_of(key: &[u8]) -> Option<(String, u64)> {
    let (name, place) = key.split_last_chunk::<8>()?;
    Some((String::from_utf8(name.to_vec()).ok()?, u64::from_be_bytes(*place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_rows_come_back() {
        let run = RunId(uuid::Uuid::from_u128(5));
        let lease = Lease { run, owner: "a b".to_owned(), epoch: 7, expires: Timestamp(-3) };
        for (phase, number) in PHASES.into_iter().zip(0..) {
            assert_eq!(phase_number(phase), number);
            let due = (number % 2 == 0).then_some(Timestamp(i64::from(number)));
            let standing = Standing { seq: 9, phase, updated_at: Timestamp(1), due };
            let held = (number % 3 == 0).then(|| lease.clone());
            let slot = LeaseSlot { epoch: 8, held };
            let row = head_row(standing, &slot);
            assert_eq!(read_head_row(run, &row), Some((standing, slot)));
        }
    }

    #[test]
    fn keys_come_back_and_sort_by_number() {
        let run = RunId(uuid::Uuid::from_u128(5));
        assert!(numbered_key(run, 255) < numbered_key(run, 256));
        assert_eq!(run_of(&numbered_key(run, 1)), Some(run));
        assert_eq!(number_of(&numbered_key(run, 1)), Some(1));
        assert_eq!(lock_of(&lock_key("a:b", 3)), Some(("a:b".to_owned(), 3)));
        let signal = SignalId(uuid::Uuid::from_u128(6));
        assert_eq!(signal_of(&signal_key(run, signal)), Some((run, signal)));
    }
}
