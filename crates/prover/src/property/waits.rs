//! Waits that nothing can end: a question that nobody may answer.

use crate::outline::Outline;
use crate::story::{Place, Story};
use std::collections::BTreeSet;
use windlass_model::step::OnTimeout;
use windlass_model::{Confirm, StepDef, StepIdx, Work, WorkflowDef};

/// Every such wait.
pub fn endless_waits(outline: &Outline) -> Vec<Story> {
    let steps = outline.def.steps.iter().enumerate();
    let endless = steps.filter_map(|(at, step)| Some((at, nobody(&outline.def, step)?)));
    let one = |(at, why): (usize, String)| Story {
        broken: "waits_for_ever".to_owned(),
        then: vec![why],
        places: vec![Place::of(outline, at as StepIdx)],
        cure: Some("name people under `approvers:` in the environment, or give a `timeout`".into()),
        ..Story::default()
    };
    endless.map(one).collect()
}

/// Why nobody can answer a step; nothing where somebody can, or where it ends by itself.
fn nobody(def: &WorkflowDef, step: &StepDef) -> Option<String> {
    let asks =
        matches!(step.work, Work::Approve { .. } | Work::Input { .. } | Work::WaitSignal { .. });
    let ends = step.timeout_ms.is_some() && step.on_timeout != OnTimeout::Wait;
    // One that rehearses asks nobody for his name.
    let strict = def.environment.confirm == Confirm::Strict;
    if !asks || ends || !strict || step.roles.is_empty() {
        return None;
    }
    let of = |role: &String| def.environment.approvers.get(role).into_iter().flatten();
    let people = |roles: &[String]| roles.iter().flat_map(of).collect::<BTreeSet<&String>>();
    let (answers, starts) = (people(&step.roles), people(&def.roles));
    let (id, roles, name) = (&step.id, step.roles.join(" or "), &def.environment.name);
    if answers.is_empty() {
        return Some(format!(
            "`{id}` waits for somebody of the role {roles}, which `{name}` gives to nobody"
        ));
    }
    let alone = answers.first().filter(|_| step.not_by_starter && answers.len() == 1)?;
    let starts_it = match &def.started_by {
        Some(starter) => starter == *alone,
        None => !def.roles.is_empty() && starts == answers,
    };
    starts_it.then(|| {
        format!(
            "`{id}` waits for somebody of the role {roles} other than whoever started the run, \
             and in `{name}` {alone} alone is both"
        )
    })
}
