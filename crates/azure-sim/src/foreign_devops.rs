//! What somebody else does in Azure DevOps, behind the back of whoever is tested. It must not know
//! requests.

use crate::devops::{Due, commit, happen};
use crate::foreign_change::ForeignChange;
use crate::http::Request;
use crate::ledger::Change;
use crate::missing::Missing;
use crate::turn::{Turn, Twist};
use crate::world::{DefinitionRevision, World};
use jiff::Timestamp;
use serde_json::json;

/// Makes a change and returns its lines.
pub fn change(
    world: &mut World,
    wanted: &ForeignChange,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    match wanted {
        ForeignChange::BuildVariable { definition, name, value } => {
            let found = world.devops.build_definition_mut(*definition);
            let found = found.ok_or_else(|| Missing::of(format!("definition {definition}")))?;
            found.variables.entry(name.clone()).or_default().value.clone_from(value);
            found.revision += 1;
            let (revision, comment) = (found.revision, "by hand".to_owned());
            found.revisions.push(DefinitionRevision { revision, comment, at: now });
            Ok(Vec::new())
        }
        ForeignChange::Push { repository, branch, comment, files } => {
            let (request, twist) = (Request::default(), Twist::default());
            let mut turn =
                Turn { world, now, request: &request, twist: &twist, changes: Vec::new() };
            commit(&mut turn, repository, branch, comment, files)
                .ok_or_else(|| Missing::of(format!("branch {branch} in {repository}")))?;
            Ok(signed(turn.changes))
        }
        ForeignChange::PullRequest { repository, id, completed } => {
            let none = || Missing::of(format!("pull request {id} in {repository}"));
            let known = world.devops.repository_mut(repository).ok_or_else(none)?;
            let place = known.id.clone();
            let mut requests = known.pull_requests.iter_mut();
            let request = requests.find(|one| one.id == *id).ok_or_else(none)?;
            if *completed {
                let changes = happen(world, &Due::Completion(place, *id), now);
                return Ok(signed(changes));
            }
            request.status = "abandoned".to_owned();
            request.closed = Some(now);
            Ok(Vec::new())
        }
        ForeignChange::ReleaseTask { release, stage, task, input, value } => {
            let none = || Missing::of(format!("task {task} of {stage} of release {release}"));
            let found = world.devops.release_mut(*release).ok_or_else(none)?;
            let mut stages = found.stages.iter_mut().filter(|one| one.name == *stage);
            let mut tasks = stages.next().ok_or_else(none)?.tasks.iter_mut();
            let found = tasks.find(|one| one.name == *task).ok_or_else(none)?;
            found.inputs.insert(input.clone(), value.clone());
            Ok(Vec::new())
        }
        _ => Ok(Vec::new()),
    }
}

fn signed(mut changes: Vec<Change>) -> Vec<Change> {
    for change in &mut changes {
        change.detail.insert("by".into(), json!("somebody else"));
    }
    changes
}
