//! Runs that have changed since what a run left: that one is not undone behind their backs, for
//! what it would put back is no longer what stood before.

use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use std::collections::BTreeSet;
use windlass_engine::reader::Loaded;
use windlass_model::way_out::barrier;
use windlass_model::world::world;
use windlass_ports::store::RunFilter;

/// So many of the newest runs are looked at.
const RUNS_MAX: usize = 500;

/// Fields that a refusal names.
const FIELDS_NAMED: usize = 3;

type Fields = BTreeSet<(String, String)>;

/// The fields of the world that a run set and did not put back.
pub fn fields(loaded: &Loaded) -> Fields {
    world(&loaded.workflow, &loaded.run, false).into_keys().collect()
}

/// Refuses to undo a run where a newer one of the same environment has set since what this one
/// would put back.
pub async fn not_behind_a_newer_one(program: &Program, old: &Loaded) -> Outcome<()> {
    let ours = fields(old);
    if ours.is_empty() {
        return Ok(());
    }
    let filter = RunFilter { limit: RUNS_MAX, ..RunFilter::default() };
    let heads = program.store.runs(filter).await?;
    let newer = heads.into_iter().filter(|head| {
        head.environment == old.head.environment && head.run > old.head.run && head.seq > 0
    });
    for head in newer {
        // One that cannot be read tells nothing; `doctor` says so.
        let Ok(one) = program.reader.load(head.run).await else { continue };
        let same: Vec<String> = fields(&one)
            .intersection(&ours)
            .map(|(resource, field)| format!("{resource}.{field}"))
            .collect();
        if same.is_empty() {
            continue;
        }
        let named = same[..same.len().min(FIELDS_NAMED)].join(", ");
        let more = same.len().saturating_sub(FIELDS_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (run, workflow) = (head.run, &head.workflow);
        let message = format!(
            "failed to roll back {}: {workflow} ({run}) has changed since what it would put back: \
             {named}{more}",
            old.head.run
        );
        let first = match barrier(&one.workflow, &one.run) {
            Some(at) => format!(
                "that one is past `{}`, which cannot be undone: bring what is to be there by a new \
                 run",
                one.workflow.step(at).id
            ),
            None => {
                let first = program.command(&format!("rollback {run}"));
                format!("undo that one first: `{first}`")
            }
        };
        return Err(CommandError::usage(message)
            .hint(first)
            .hint("--past-guard undoes this one all the same: look at its --preview before"));
    }
    Ok(())
}
