//! What windlass draws, looked at in a real browser: in light, in dark and on paper. Apart from the
//! other tests, since it needs what `cargo xtask test --only pages` installs.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic, prints its findings, and reads its environment"
)]

#[path = "../home.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod home;
mod browser;
mod pages;
mod graphs;
