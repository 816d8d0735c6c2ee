//! A world that is not as a workflow takes it to be: what a human is told of it, and which run left
//! it so.

use super::newer::fields;
use crate::command_error::CommandError;
use crate::compose::program::Program;
use std::collections::BTreeSet;
use windlass_model::{Phase, Workflow};
use windlass_ports::store::RunFilter;

/// So many of the newest runs are looked at.
const RUNS_MAX: usize = 200;

/// Why nothing is begun: a line for each thing that is otherwise, and who left it so.
pub async fn not_as_given(
    program: &Program,
    workflow: &Workflow,
    otherwise: &[String],
) -> CommandError {
    let name = &workflow.def().name;
    let lines = otherwise.join("\n  ");
    let error = CommandError::failed(format!(
        "nothing was begun: the world is not as `{name}` takes it to be\n  {lines}"
    ));
    match left_so(program, workflow, otherwise).await {
        Some(by) => error.hint(by),
        None => error,
    }
    .hint("put that right first; or change `given` in the file, and start anew")
}

/// The newest run of the environment that set what is otherwise, and how it is taken back.
async fn left_so(program: &Program, workflow: &Workflow, otherwise: &[String]) -> Option<String> {
    let def = workflow.def();
    let mut given = BTreeSet::new();
    for one in &def.given {
        one.visit_fields(&mut |name, field| {
            let names = name.map(str::to_owned).into_iter().chain(one.for_each.iter().cloned());
            given.extend(names.map(|name| (name, field.to_owned())));
        });
    }
    given.retain(|(resource, field)| {
        let said = format!("{resource}.{field} is ");
        otherwise.iter().any(|line| line.contains(&said))
    });
    // What cannot be read tells nothing; `doctor` says so.
    let filter = RunFilter { limit: RUNS_MAX, ..RunFilter::default() };
    let heads = program.store.runs(filter).await.ok()?;
    for head in heads.into_iter().filter(|it| it.environment == def.environment.name) {
        let Ok(one) = program.reader.load(head.run).await else { continue };
        let set = fields(&one);
        let Some((resource, field)) = given.iter().find(|it| set.contains(it)) else { continue };
        let (workflow, run) = (&head.workflow, head.run);
        let left = format!("{workflow} ({run}) left {resource}.{field} so");
        return Some(match head.phase {
            Phase::Cancelled => format!("{left}, and was ended: nothing here takes it back"),
            _ => {
                let back = program.command(&format!("rollback {run}"));
                format!("{left}: `{back} --preview` shows what undoing it puts back")
            }
        });
    }
    None
}
