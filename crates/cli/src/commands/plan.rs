//! `windlass plan`: what a start would do, step by step, without starting anything.

use super::at_start::{at_start, looked};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::shared_lock::shared_lock;
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::outlook::back::{self, WayBack};
use crate::outlook::kept::{self, Kept};
use crate::proof;
use crate::render::at_hand::at_hand;
use crate::render::foreseen::{Foreseen, never, nobody};
use crate::render::outlook::Outlook;
use crate::render::permissions::permissions;
use crate::render::plan::{self, AtStart};
use crate::render::switches;
use crate::talk;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use windlass_model::rollback::{point_of_no_return, undo_of};
use windlass_model::{StepId, Work, Workflow};
use windlass_ports::Clock;

/// Shows what a start would do here and now: changes, questions, points of no return
///
/// The world is looked at, and nothing of it is changed: each value that would change is shown with
/// what it is now, marked `probed` (looked at), `computed` (what earlier steps will have made of
/// it) or `unknown` (only the run will tell). Earlier runs say how long steps took. And what a run
/// with these inputs could break is proved, for whatever happens.
///
/// Examples:
///
///   windlass plan workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass plan deploy.yaml --env azure --input n=14 --json
///
///   windlass plan deploy.yaml --env azure --out plan.json
///
///   windlass plan deploy.yaml --env azure --rollback-at switch_traffic
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct PlanArgs {
    /// The workflow file
    file: PathBuf,
    #[command(flatten)]
    with: FileArgs,

    /// Keeps the plan in this file, for `start --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Shows in its place what a rollback would undo once this step is done
    #[arg(long, value_name = "STEP", conflicts_with = "out")]
    rollback_at: Option<String>,
}

/// Shows the plan.
pub async fn run(args: &PlanArgs, globals: &Globals) -> Outcome {
    let (def, checked) = args.with.resolve_checked(&args.file).await?;
    let at_start = at_start(&checked, globals).await?;
    let workflow = Workflow::new(def).map_err(CommandError::failed)?;
    let outlook = looked(&workflow, globals).await?;
    if let Some(step) = &args.rollback_at {
        return back(&workflow, step, &outlook, globals);
    }
    let proof = proof::of_a_start(&workflow).await;
    let kept = Kept::of(workflow.def(), &outlook.sight, SystemClock.now());
    let shown = || {
        let mut shown = kept::within(value(&workflow, &at_start, &outlook), &kept);
        let told = proof.as_ref().ok().map(|verdict| proof::as_json(verdict, &args.file));
        shown["proof"] = json!(told);
        shown
    };
    if let Some(path) = &args.out {
        let text = serde_json::to_vec_pretty(&shown()).map_err(CommandError::failed)?;
        fs::write(path, text).map_err(|error| {
            CommandError::failed(format!("failed to write {}: {error}", path.display()))
        })?;
    }
    match globals.json {
        true => talk::json(&shown()),
        false => talk::raw(&plan::text(&workflow, &at_start, Some(&outlook))),
    }
    match &proof {
        Ok(verdict) => proof::lines(verdict, &args.file).iter().for_each(|line| talk::say(line)),
        Err(why) => talk::say(&format!("not proved: {why}")),
    }
    if let Some(path) = &args.out {
        talk::say(&format!("kept in {}; `start … --plan` goes by it", path.display()));
    }
    Ok(ExitCode::Succeeded)
}

/// Shows the way back from a step.
fn back(workflow: &Workflow, step: &str, outlook: &Outlook, globals: &Globals) -> Outcome {
    let Some(at) = workflow.find(&StepId::new(step)) else {
        let names: Vec<&str> = workflow.def().steps.iter().map(|s| s.id.as_str()).collect();
        return Err(CommandError::usage(format!("failed to plan: there is no step `{step}`"))
            .hint(format!("the steps are {}", names.join(", "))));
    };
    let run = back::at(workflow, at, SystemClock.now(), outlook).map_err(CommandError::failed)?;
    let way_back = WayBack::of(workflow, &run, None, &outlook.took)?;
    match globals.json {
        true => talk::json(&way_back.json()),
        false => {
            talk::data(&format!("A rollback once `{step}` is done, in the order of the plan:"));
            way_back.lines().iter().for_each(|line| talk::prose(line));
        }
    }
    Ok(ExitCode::Succeeded)
}

/// The plan for programs.
fn value(workflow: &Workflow, at_start: &AtStart, outlook: &Outlook) -> Value {
    let def = workflow.def();
    let known = outlook.known.clone();
    let nobody = known.unwrap_or_else(|| nobody(workflow));
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
            "here_and_now": outlook.json(at, &step.id),
        })
    });
    json!({
        "workflow": def.name, "environment": def.environment.name, "lock": def.lock,
        "shared_lock": shared_lock(&def.environment.providers),
        "inputs": def.inputs, "switches": switches::told(workflow, &at_start.described),
        "invariants": def.invariants.iter().map(|one| &one.id).collect::<Vec<_>>(),
        "given": def.given.iter().map(|one| json!({ "that": one.words(), "place": one.place }))
            .collect::<Vec<_>>(),
        "notes": outlook.notes,
        "at_hand": at_hand(workflow, &nobody, at_start.now, outlook),
        "permissions": permissions(workflow, outlook, &at_start.catalog),
        "steps": steps.collect::<Vec<_>>(),
    })
}
