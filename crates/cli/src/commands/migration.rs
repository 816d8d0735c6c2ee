//! `resume --workflow`: a live run goes on by another file, once a human has seen what differs and
//! the prover has looked from where the run stands.

use super::going::GoingArgs;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::program::Program;
use crate::file_args::FileArgs;
use crate::follow::stdin_lines;
use crate::proof;
use crate::talk;
use serde_json::json;
use std::path::Path;
use windlass_engine::reader::Loaded;
use windlass_model::migrate::{Difference, difference, migrated, refusals};
use windlass_model::{StepId, Workflow, WorkflowDef};

/// Steps of one kind that are named; a file has more than a screen holds.
const NAMED: usize = 12;

/// Shows what differs, asks, and has the run go on by the file. Nothing is changed where what has
/// begun would mean something else, or where something could break from here.
pub async fn migrate(
    program: &Program,
    loaded: &Loaded,
    (file, env): (&Path, Option<&str>),
    (going, reason): (&GoingArgs, &str),
    quiet: bool,
) -> Outcome<()> {
    let run = loaded.head.run;
    let old = &loaded.workflow;
    let was = &old.def().environment;
    // A run that was started without one is on this machine alone, whatever files lie here.
    let named = !was.resources.is_empty() || !was.providers.is_empty() || !was.secrets.is_empty();
    let env = env.or(named.then_some(was.name.as_str())).map(str::to_owned);
    let with = FileArgs { env, ..FileArgs::default() };
    let def = with.resolve_with(file, old.def().inputs.clone()).await?;
    let (started_by, takes_over) = (old.def().started_by.clone(), old.def().takes_over);
    let def = WorkflowDef { started_by, takes_over, ..def };
    let new = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
    let told = difference(old, &new);
    match quiet {
        true => talk::json(&json!({ "type": "difference", "run": run, "steps": told })),
        false => lines(&told).iter().for_each(|line| talk::say(line)),
    }
    let why = refusals(old, &new, &loaded.run);
    if !why.is_empty() {
        let shown = file.display();
        let message = format!("failed to go on by {shown}:\n  {}", why.join("\n  "));
        return Err(CommandError::failed(message)
            .hint("what has begun stays as it is: put that back in the file, or roll back"));
    }
    proved(&new, &migrated(old, &new, &loaded.run), file, quiet).await?;
    let asks = talk::can_ask() && !going.yes;
    if asks && !stdin_lines::agrees(&format!("Go on with {run} by this file?")).await {
        return Err(CommandError::failed("nothing was changed, as you said"));
    }
    program.engine.migrate(run, new.def().clone(), &going.acting(), reason).await?;
    Ok(())
}

/// Refuses what could break on the way from where the run stands.
async fn proved(
    new: &Workflow,
    run: &windlass_model::run::Run,
    file: &Path,
    quiet: bool,
) -> Outcome<()> {
    let verdict = match proof::from_here(new.def(), run).await {
        Ok(verdict) => verdict,
        // Where nothing must hold, what cannot be asked breaks nothing.
        Err(why) if new.def().invariants.is_empty() => {
            talk::say(&format!("not proved: {why}"));
            return Ok(());
        }
        Err(why) => return Err(CommandError::failed(why)),
    };
    if !quiet || !verdict.is_kept() {
        proof::lines(&verdict, file).iter().for_each(|line| talk::say(line));
    }
    if verdict.stories.is_empty() {
        return Ok(());
    }
    let shown = file.display();
    let message = format!("failed to go on by {shown}: it can break from where the run stands");
    Err(CommandError::new(ErrorKind::Invalid, anyhow::anyhow!(message))
        .hint("mend the file after the story above; nothing was changed"))
}

/// What differs, in lines.
fn lines(told: &Difference) -> Vec<String> {
    let Difference { kept, added, removed, changed } = told;
    let mut lines = vec![format!("{} steps are the same", kept.len())];
    let mut list = |word: &str, steps: Vec<String>| {
        if !steps.is_empty() {
            let named = steps[..steps.len().min(NAMED)].join(", ");
            let more = steps.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(format!("  {word}: {named}{more}"));
        }
    };
    let names = |steps: &[StepId]| steps.iter().map(StepId::to_string).collect::<Vec<_>>();
    list("added", names(added));
    list("removed", names(removed));
    let changed = changed.iter().map(|(step, keys)| format!("{step} ({})", keys.join(", ")));
    list("changed", changed.collect());
    lines
}
