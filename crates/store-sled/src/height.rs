//! How far a store has come, as every frame of the journal tells it. Pure.

/// How far a store has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Height {
    /// Changes so far.
    pub changes: u64,
    /// Sum over the digests of all rows of the small tables, wrapping: what the index must agree
    /// with, since sled on a damaged file may open silently in another state.
    pub tally: u128,
    /// Bytes of all rows that live, about.
    pub live: u64,
}

impl Height {
    /// Bytes that [`Height::to_bytes`] gives.
    pub const BYTES: usize = 32;

    /// As it is kept.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.changes.to_be_bytes());
        bytes[8..24].copy_from_slice(&self.tally.to_be_bytes());
        bytes[24..].copy_from_slice(&self.live.to_be_bytes());
        bytes
    }

    /// Reads it back, and what comes after it.
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (changes, rest) = bytes.split_first_chunk::<8>()?;
        let (tally, rest) = rest.split_first_chunk::<16>()?;
        let (live, rest) = rest.split_first_chunk::<8>()?;
        let height = Self {
            changes: u64::from_be_bytes(*changes),
            tally: u128::from_be_bytes(*tally),
            live: u64::from_be_bytes(*live),
        };
        Some((height, rest))
    }
}
