//! The executors against the simulator, against recordings of the real services, and against real
//! processes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic, and says why")]

mod support;

mod app_service;
mod conformance;
mod credentials;
mod deploy_zip;
mod devops_builds;
mod devops_changed_releases;
mod devops_git;
mod devops_pull_requests;
mod devops_recordings;
mod devops_releases;
mod doubt;
mod health;
mod hostile;
mod http_request;
mod lease;
mod observe;
mod recordings;
mod restore;
mod settings;
mod plugins;
mod shell;
mod slot_recordings;
mod slow;
mod swap_doubt;
mod swap_preview;
mod sql;
mod storage;
