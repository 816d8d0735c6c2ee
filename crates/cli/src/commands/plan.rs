//! `windlass plan`: what a start would do, step by step, without starting anything.

use super::at_start::at_start;
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::render::foreseen::{Foreseen, never, nobody};
use crate::render::plan::{self, AtStart};
use crate::render::switches;
use crate::talk;
use serde_json::{Value, json};
use std::path::PathBuf;
use windlass_model::rollback::{point_of_no_return, undo_of};
use windlass_model::{Work, Workflow};

/// Shows what a start would do: steps, lock, questions, points of no return
///
/// Examples:
///
///   windlass plan workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass plan deploy.yaml --env azure --input n=14 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct PlanArgs {
    /// The workflow file
    file: PathBuf,
    #[command(flatten)]
    with: FileArgs,
}

/// Shows the plan.
pub async fn run(args: &PlanArgs, globals: &Globals) -> Outcome {
    let (def, checked) = args.with.resolve_checked(&args.file).await?;
    let at_start = at_start(&checked, globals).await?;
    let workflow = Workflow::new(def).map_err(CommandError::failed)?;
    match globals.json {
        true => talk::json(&value(&workflow, &at_start)),
        false => talk::raw(&plan::text(&workflow, &at_start)),
    }
    Ok(ExitCode::Succeeded)
}

/// The plan for programs.
fn value(workflow: &Workflow, at_start: &AtStart) -> Value {
    let def = workflow.def();
    let nobody = nobody(workflow);
    let shown = workflow.order().iter().copied().filter(|at| !workflow.is_join(*at));
    let steps = shown.map(|at| {
        let step = workflow.step(at);
        let scope = Foreseen { workflow, nobody: &nobody, step: at };
        let asks = matches!(step.work, Work::Approve { .. } | Work::Input { .. });
        json!({
            "step": step.id, "line": step.line, "needs": step.needs,
            "does": plan::work(&scope, at_start.now),
            "if": step.condition.as_ref().map(|condition| &condition.source),
            "never_runs": step.condition.as_ref().is_some_and(|one| never(one, &scope)),
            "asks_a_human": asks,
            "can_be_undone": undo_of(step).is_some(),
            "point_of_no_return": point_of_no_return(step),
        })
    });
    json!({
        "workflow": def.name, "environment": def.environment.name, "lock": def.lock,
        "shared_lock": plan::shared_lock(&def.environment.providers),
        "inputs": def.inputs, "switches": switches::told(workflow, &at_start.described),
        "invariants": def.invariants.iter().map(|one| &one.id).collect::<Vec<_>>(),
        "given": def.given.iter().map(|one| json!({ "that": one.words(), "place": one.place }))
            .collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
