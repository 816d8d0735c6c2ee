//! The actions on stores against real servers: Azurite, and moto's S3. `cargo xtask test --only
//! blobs` installs and runs them; `cargo test` alone does not, since neither may be there.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic, and says why")]

mod support;

mod conformance;
mod doubt;
mod lease;
mod promises;
mod secrets;
mod storage;
