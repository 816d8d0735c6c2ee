//! The journal on a disk that forgets, fails and rots.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod story;
mod cuts;
mod reopened;
mod rot;
mod tail;
mod random;
