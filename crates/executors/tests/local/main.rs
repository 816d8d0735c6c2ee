//! What teams without a cloud use, against the real things: git repositories, a PostgreSQL server,
//! processes, files.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic, and says why")]

mod support;

mod git;
mod git_doubt;
mod postgres;
mod postgres_doubt;
mod service;
mod service_doubt;
mod file;
mod archive;
mod blob;
mod notify;
