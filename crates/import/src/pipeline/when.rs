//! The condition of a part or a step, with what is said about it put where it stands.

use super::condition::{Condition, read};
use super::flow::Flow;
use crate::tree::Node;

/// The condition that a key holds, and its expression.
pub fn condition_of(
    flow: &mut Flow,
    node: &Node,
    key: &str,
    label: &str,
) -> (Option<Condition>, Vec<String>) {
    let Some(text) = node.text_of(key) else { return (None, Vec::new()) };
    let (condition, said) = read(text, label, node.line_of(key), &mut flow.scope);
    said.into_iter().for_each(|said| flow.say(said));
    let when = condition.expression.iter().cloned().collect();
    (Some(condition), when)
}

/// Conditions as one.
pub fn joined(when: Vec<String>) -> Option<String> {
    (!when.is_empty()).then(|| when.join(" && "))
}
