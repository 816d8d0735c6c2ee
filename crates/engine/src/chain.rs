//! The hash chain over the exact stored bytes: each record carries the hash of itself and
//! everything before it.
//!
//! Record = 32 bytes of SHA-256, then the event's bytes. The hash covers the hash before, the run's
//! id, the event's number and its bytes; before the first event stands a hash of the run's id and
//! its workflow's digest.

use sha2::{Digest, Sha256};
use windlass_model::{RunId, Seq};

/// A SHA-256.
pub type Hash = [u8; HASH_BYTES];

/// Length of a hash in bytes.
pub const HASH_BYTES: usize = 32;

/// A history that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A number is missing or twice.
    #[error("event {actual} stands where event {expected} belongs")]
    Gap {
        /// What belongs there.
        expected: Seq,
        /// What stands there.
        actual: Seq,
    },
    /// The bytes are not those that were hashed.
    #[error("event {0} is not what was written")]
    Broken(Seq),
    /// The store finds that its record is not what was written.
    #[error("event {seq} cannot be read: {why}")]
    Unreadable {
        /// Which.
        seq: Seq,
        /// What the store says.
        why: String,
    },
    /// The history ends before the number that the store's head names.
    #[error("the history ends at event {found}, and the store says that it has {expected}")]
    Short {
        /// What the head says.
        expected: Seq,
        /// What was found.
        found: Seq,
    },
}

impl ChainFault {
    /// The first event that is bad.
    pub fn first_bad(&self) -> Seq {
        match self {
            Self::Gap { expected, .. } => *expected,
            Self::Broken(seq) | Self::Unreadable { seq, .. } => *seq,
            Self::Short { found, .. } => found + 1,
        }
    }
}

/// The hash before the first event.
pub fn genesis(run: RunId, workflow_digest: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"windlass history 1\n");
    hasher.update(run.0.as_bytes());
    hasher.update(workflow_digest.as_bytes());
    hasher.finalize().into()
}

/// The record of an event, and its hash.
pub fn link(before: &Hash, run: RunId, seq: Seq, event: &[u8]) -> (Hash, Vec<u8>) {
    let mut record = Vec::with_capacity(HASH_BYTES + event.len());
    record.extend_from_slice(&ROOM);
    record.extend_from_slice(event);
    (link_in_place(before, run, seq, &mut record), record)
}

/// Room for the hash, before an event's bytes.
pub const ROOM: Hash = [0; HASH_BYTES];

/// Makes the record of an event out of `ROOM` and the event's bytes; gives its hash.
pub fn link_in_place(before: &Hash, run: RunId, seq: Seq, record: &mut [u8]) -> Hash {
    let Some((room, event)) = record.split_at_mut_checked(HASH_BYTES) else { return *before };
    let hash = hash_of(before, run, seq, event);
    room.copy_from_slice(&hash);
    hash
}

/// Checks a record against the hash before it; gives its hash and the event's bytes.
pub fn check<'a>(
    before: &Hash,
    run: RunId,
    seq: Seq,
    record: &'a [u8],
) -> Result<(Hash, &'a [u8]), ChainFault> {
    let Some((stored, event)) = record.split_at_checked(HASH_BYTES) else {
        return Err(ChainFault::Broken(seq));
    };
    let hash = hash_of(before, run, seq, event);
    if stored != hash {
        return Err(ChainFault::Broken(seq));
    }
    Ok((hash, event))
}

fn hash_of(before: &Hash, run: RunId, seq: Seq, event: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(run.0.as_bytes());
    hasher.update(seq.to_be_bytes());
    hasher.update(event);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn any_flipped_bit_is_seen() {
        let run = RunId(Uuid::from_u128(1));
        let start = genesis(run, "digest");
        let (_, record) = link(&start, run, 1, b"{\"seq\":1}");
        assert!(check(&start, run, 1, &record).is_ok());
        for bit in 0..record.len() * 8 {
            let mut bad = record.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&start, run, 1, &bad), Err(ChainFault::Broken(1)), "bit {bit}");
        }
        assert_eq!(check(&start, run, 2, &record), Err(ChainFault::Broken(2)));
    }
}
