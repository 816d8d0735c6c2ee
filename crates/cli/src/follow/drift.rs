//! What is no longer as a run left it: told before the run goes on, and a human decides. It must
//! not know how the world is looked at.

use super::stdin_lines;
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::talk;
use crate::visible::visible;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_engine::core::Drift;
use windlass_model::drift::DriftDecision;
use windlass_model::{RunId, StepId};

/// What the command line says of drift: for one step, or (without a step) for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    step: Option<String>,
    decision: DriftDecision,
}

/// Reads `accept`, `put-back`, `stop`, or `STEP=` and one of them.
pub fn said(text: &str) -> Result<Said, String> {
    let (step, word) = match text.rsplit_once('=') {
        Some((step, word)) => (Some(step.trim().to_owned()), word),
        None => (None, text),
    };
    let all = [DriftDecision::Accept, DriftDecision::PutBack, DriftDecision::Stop];
    let decision = all.into_iter().find(|one| one.as_str() == word.trim());
    let decision = decision.ok_or("write accept, put-back or stop, or STEP=accept")?;
    Ok(Said { step, decision })
}

/// Each thing that drifted with what is to become of it: as the command line says, else as the
/// human in front of it says, else it stops. What a point of no return stands on is accepted past
/// a guard only.
pub async fn decided(
    program: &Program,
    run: RunId,
    said: &[Said],
    past_guard: bool,
    quiet: bool,
) -> Outcome<Vec<(Drift, DriftDecision)>> {
    let found = program.engine.drifted(run).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    if !quiet {
        lines(&found).iter().for_each(|line| talk::say(line));
    }
    let named: BTreeMap<&str, DriftDecision> =
        said.iter().filter_map(|one| Some((one.step.as_deref()?, one.decision))).collect();
    let rest = said.iter().rev().find(|one| one.step.is_none()).map(|one| one.decision);
    let mut decided = Vec::new();
    for drift in found {
        let told = named.get(drift.step.as_str()).copied().or(rest);
        let decision = match told {
            Some(DriftDecision::PutBack) if !drift.can_be_put_back => {
                return Err(CommandError::usage(format!(
                    "failed to put back what `{}` left: a rollback is on its way, what the step \
                     does cannot be undone, or a point of no return stands on it",
                    drift.step
                ))
                .hint(format!("say --drift {0}=accept or --drift {0}=stop", drift.step)));
            }
            Some(decision) => decision,
            None if talk::can_ask() => asked(&drift).await,
            None => DriftDecision::Stop,
        };
        if decision == DriftDecision::Accept
            && !past_guard
            && let Some(on) = &drift.stands
        {
            return Err(lost(&drift, on, run));
        }
        decided.push((drift, decision));
    }
    let stops = decided.iter().any(|(_, decision)| *decision == DriftDecision::Stop);
    if stops && !quiet {
        let goes_on = program.command(&format!("resume {run} --drift"));
        talk::say("nothing is done before somebody has decided:");
        match decided.iter().find_map(|(drift, _)| drift.stands.as_ref()) {
            None => talk::say(&format!("  `{goes_on} accept` goes on with things as they are")),
            Some(on) => talk::say(&format!(
                "  `{on}` was begun because of what is gone: look first who took it, and whether \
                 another run took things back; {}",
                leaves(run)
            )),
        }
        if decided.iter().any(|(drift, _)| drift.can_be_put_back) {
            talk::say(&format!("  `{goes_on} put-back` has the steps bring them back first"));
        }
    }
    Ok(decided)
}

/// The refusal to go on without what a point of no return was begun because of.
fn lost(drift: &Drift, on: &StepId, run: RunId) -> CommandError {
    let Drift { step, what, .. } = drift;
    let message =
        format!("failed to accept what became of `{step}`: `{on}` was begun because of it");
    CommandError::failed(message)
        .hint(what.clone())
        .hint(format!(
            "look first who took it, and whether another run took things back; {}",
            leaves(run)
        ))
        .hint("with --past-guard you take it upon yourself")
}

/// How a run is left as it stands.
fn leaves(run: RunId) -> String {
    format!("`windlass cancel {run} --keep` leaves all as it is")
}

/// What drifted, in lines.
pub fn lines(found: &[Drift]) -> Vec<String> {
    let head = match found.len() {
        0 => return vec!["everything is as the run's finished steps left it".to_owned()],
        1 => "DRIFT: one thing is no longer as this run left it".to_owned(),
        many => format!("DRIFT: {many} things are no longer as this run left them"),
    };
    let of = |drift: &Drift| {
        let who = drift.who.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
        visible(&format!("  {}: {}{who}", drift.step, drift.what)).into_owned()
    };
    std::iter::once(head).chain(found.iter().map(of)).collect()
}

/// What drifted, for programs.
pub fn as_json(found: &[Drift]) -> Value {
    let one = |drift: &Drift| {
        json!({
            "step": drift.step, "what": drift.what, "who": drift.who,
            "can_be_put_back": drift.can_be_put_back, "stands": drift.stands,
        })
    };
    found.iter().map(one).collect()
}

/// What the human says; anything else than the two words stops.
async fn asked(drift: &Drift) -> DriftDecision {
    let (choice, back) = match drift.can_be_put_back {
        true => ("accept it as it is, have the step put it back, or stop?", "/put-back"),
        false => ("accept it as it is, or stop?", ""),
    };
    talk::ask(&format!("`{}`: {choice} [accept{back}/Stop] ", drift.step));
    let line = stdin_lines::next().await.unwrap_or_default();
    match line.trim().to_ascii_lowercase().as_str() {
        "accept" | "a" => DriftDecision::Accept,
        "put-back" | "put back" | "p" if drift.can_be_put_back => DriftDecision::PutBack,
        _ => DriftDecision::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_for_each_step_or_for_one() {
        let one = Said { step: Some("stop[qa4]".into()), decision: DriftDecision::PutBack };
        assert_eq!(said("stop[qa4]=put-back"), Ok(one));
        assert_eq!(said("accept"), Ok(Said { step: None, decision: DriftDecision::Accept }));
        assert!(said("yes").is_err());
    }
}
