//! `windlass plan`: what a start would do, step by step, without starting anything.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::render::plan;
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
    let def = args.with.resolve(&args.file).await?;
    let workflow = Workflow::new(def).map_err(CommandError::failed)?;
    match globals.json {
        true => talk::json(&value(&workflow)),
        false => talk::raw(&plan::text(&workflow)),
    }
    Ok(ExitCode::Succeeded)
}

/// The plan for programs.
fn value(workflow: &Workflow) -> Value {
    let def = workflow.def();
    let nobody = plan::nobody(workflow);
    let shown = workflow.order().iter().copied().filter(|at| !workflow.is_join(*at));
    let steps = shown.map(|at| {
        let step = workflow.step(at);
        let scope = plan::Foreseen { workflow, nobody: &nobody, step: at };
        let asks = matches!(step.work, Work::Approve { .. } | Work::Input { .. });
        json!({
            "step": step.id, "line": step.line, "needs": step.needs,
            "does": plan::work(&step.work, &scope),
            "if": step.condition.as_ref().map(|condition| &condition.source),
            "asks_a_human": asks,
            "can_be_undone": undo_of(step).is_some(),
            "point_of_no_return": point_of_no_return(step),
        })
    });
    json!({
        "workflow": def.name, "environment": def.environment.name, "lock": def.lock,
        "shared_lock": plan::shared_lock(&def.environment.providers),
        "inputs": def.inputs,
        "invariants": def.invariants.iter().map(|one| &one.id).collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
