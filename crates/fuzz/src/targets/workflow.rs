//! A workflow file, beside a sound environment.

use super::parts::check;

const ENVIRONMENT: &str = include_str!("../../../../workflows/environments/rehearsal.yaml");

/// Tries bytes as a workflow.
pub fn try_bytes(bytes: &[u8]) {
    check(&String::from_utf8_lossy(bytes), ENVIRONMENT);
}
