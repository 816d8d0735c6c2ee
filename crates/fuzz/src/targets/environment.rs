//! An environment file, beside a sound workflow.

use super::parts::check;

const WORKFLOW: &str = include_str!("../../../../workflows/hotfix_qa4_restore.yaml");

/// Tries bytes as an environment.
pub fn try_bytes(bytes: &[u8]) {
    check(WORKFLOW, &String::from_utf8_lossy(bytes));
}
