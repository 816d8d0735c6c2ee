//! A change on its way to the committer: what is wanted, already packed, and who waits for the
//! answer. It must not know whether it will be granted.

use crate::record::{Object, Packed, pack};
use crate::rows::{numbered_key, signal_key};
use crate::table::Table;
use tokio::sync::{mpsc, oneshot};
use windlass_model::{Phase, RunId, Seq, SignalId, Timestamp};
use windlass_ports::digest::sha256_hex;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RECORD_BYTES_MAX,
    StoreError, StoredCheckpoint, StoredSignal,
};

/// Who waits for an answer.
pub type Waiter<T, E> = oneshot::Sender<Result<T, E>>;

/// A change and who waits for it.
#[derive(Debug)]
pub enum Change {
    /// See `Store::create_run`.
    CreateRun(NewRun, Box<Packed>, Waiter<(), StoreError>),
    /// See `Store::create_leased`.
    CreateLeased(NewRun, Box<Packed>, LeaseRequest, Waiter<LeaseAnswer, StoreError>),
    /// See `Store::append`.
    Append(PackedAppend, Waiter<Seq, AppendError>),
    /// See `Store::save_checkpoint`.
    SaveCheckpoint(RunId, Seq, Packed, Waiter<(), StoreError>),
    /// See `Store::acquire_lease`.
    AcquireLease(LeaseRequest, Waiter<LeaseAnswer, StoreError>),
    /// See `Store::renew_lease`.
    RenewLease(Lease, Waiter<(), AppendError>),
    /// See `Store::release_lease`.
    ReleaseLease(Lease, Waiter<(), StoreError>),
    /// See `Store::post_signal`.
    PostSignal(RunId, SignalId, Packed, Waiter<(), StoreError>),
    /// See `Store::acquire_lock`.
    AcquireLock(String, RunId, Waiter<LockState, StoreError>),
    /// See `Store::release_lock`.
    ReleaseLock(String, RunId, Waiter<LockState, StoreError>),
    /// See `Store::hand_lock`.
    HandLock(String, RunId, RunId, Waiter<LockState, StoreError>),
    /// See `Store::remove_run`.
    RemoveRun(RunId, Timestamp, Waiter<(), StoreError>),
    /// The index is complete up to a later frame: nobody waits, but room may be given back.
    Indexed,
}

/// An append with its records packed under the numbers that they get if it is granted.
#[derive(Debug)]
pub struct PackedAppend {
    /// Which run.
    pub run: RunId,
    /// The last event that the writer knows.
    pub expected: Seq,
    /// The writer's lease.
    pub epoch: u64,
    /// The records.
    pub records: Vec<Packed>,
    /// The phase after them.
    pub phase: Phase,
    /// When the last of them was decided.
    pub updated_at: Timestamp,
    /// When the next timer is due.
    pub due: Option<Timestamp>,
    /// Signals that they answer.
    pub consumed: Vec<SignalId>,
}

impl Change {
    /// Whether its answer says that it is durable. A lease, a run that nobody has written to, and a
    /// checkpoint are durable with the next write that is: nothing was done on their word before.
    pub fn urgent(&self) -> bool {
        !matches!(
            self,
            Self::CreateLeased(..)
                | Self::AcquireLease(..)
                | Self::RenewLease(..)
                | Self::ReleaseLease(..)
                | Self::SaveCheckpoint(..)
                | Self::Indexed
        )
    }

    /// About how much it adds to a group: rows and bytes.
    pub fn weight(&self) -> (usize, usize) {
        match self {
            Self::Append(append, _) => {
                let bytes = append.records.iter().map(Packed::sled_bytes).sum();
                (append.records.len().max(1), bytes)
            }
            Self::CreateRun(_, packed, _) | Self::CreateLeased(_, packed, ..) => {
                (1, packed.sled_bytes())
            }
            Self::SaveCheckpoint(_, _, packed, _) | Self::PostSignal(_, _, packed, _) => {
                (1, packed.sled_bytes())
            }
            _ => (1, 0),
        }
    }
}

/// Checks and packs a new run's workflow.
pub fn pack_run(new: &mut NewRun) -> Result<Packed, StoreError> {
    check_size(&new.workflow)?;
    let digest = new.head.workflow_digest.clone();
    if digest != sha256_hex(&new.workflow) {
        let why = format!("the workflow's bytes have another digest than {digest}");
        return Err(StoreError::Refused(why));
    }
    Ok(pack(Table::Workflows as u8, digest.as_bytes(), std::mem::take(&mut new.workflow)))
}

/// Checks and packs the records of an append.
pub fn pack_append(append: Append) -> Result<PackedAppend, StoreError> {
    append.events.iter().try_for_each(|bytes| check_size(bytes))?;
    let numbered = (1..).zip(append.events);
    let records = numbered.map(|(nth, bytes)| {
        let key = numbered_key(append.run, append.expected.saturating_add(nth));
        pack(Table::Events as u8, &key, bytes)
    });
    Ok(PackedAppend {
        run: append.run,
        expected: append.expected,
        epoch: append.epoch,
        records: records.collect(),
        phase: append.phase,
        updated_at: append.updated_at,
        due: append.due,
        consumed: append.consumed_signals,
    })
}

/// Checks and packs a checkpoint.
pub fn pack_checkpoint(run: RunId, checkpoint: StoredCheckpoint) -> Result<Packed, StoreError> {
    check_size(&checkpoint.bytes)?;
    let key = numbered_key(run, checkpoint.seq);
    Ok(pack(Table::Checkpoints as u8, &key, checkpoint.bytes))
}

/// Checks and packs a signal.
pub fn pack_signal(run: RunId, signal: StoredSignal) -> Result<Packed, StoreError> {
    check_size(&signal.bytes)?;
    Ok(pack(Table::Signals as u8, &signal_key(run, signal.id), signal.bytes))
}

/// Takes the objects out of packed records: they are written before the change is sent.
pub fn take_objects<'a>(records: impl IntoIterator<Item = &'a mut Packed>) -> Vec<Object> {
    records.into_iter().filter_map(|packed| packed.object.take()).collect()
}

fn check_size(bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.len() <= RECORD_BYTES_MAX {
        return Ok(());
    }
    let length = bytes.len();
    let why = format!("a record of {length} bytes, at most {RECORD_BYTES_MAX} are taken");
    Err(StoreError::Refused(why))
}

/// Waits for the answer to a change that was sent. Where none comes, the committer has failed, and
/// it says why before its end of the channel closes, but not before it lets go of who waits: `away`
/// is asked once it is closed.
pub async fn answered<T, E: From<StoreError>>(
    changes: &mpsc::Sender<Change>,
    answer: oneshot::Receiver<Result<T, E>>,
    away: impl FnOnce() -> StoreError,
) -> Result<T, E> {
    match answer.await {
        Ok(answer) => answer,
        Err(_) => {
            changes.closed().await;
            Err(away().into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::OnceLock;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn who_waits_is_told_why_though_the_waiters_go_first() {
        let broken = OnceLock::new();
        let why = || broken.get().copied().unwrap_or("it was closed").to_owned();
        let (changes, received) = mpsc::channel(1);
        let (waiter, answer) = oneshot::channel::<Result<(), StoreError>>();
        let mut asked = pin!(answered(&changes, answer, || StoreError::Unavailable(why())));
        let mut context = Context::from_waker(Waker::noop());
        drop(waiter);
        assert!(asked.as_mut().poll(&mut context).is_pending(), "nothing is known yet");
        broken.set("the disk is full").unwrap();
        drop(received);
        let Poll::Ready(Err(StoreError::Unavailable(said))) = asked.as_mut().poll(&mut context)
        else {
            panic!("no answer");
        };
        assert_eq!(said, "the disk is full");
    }
}
