//! Looks at the runs of a store that is open: those that nobody drives any more.

use super::finding::Finding;
use crate::command_error::Outcome;
use crate::compose::program::Program;
use std::path::Path;
use windlass_model::{Phase, RunId, Timestamp};
use windlass_ports::store::{RunFilter, RunHead};

/// The part's name.
const PART: &str = "runs";

/// Live phases in which somebody should be at work.
const DRIVEN: [Phase; 4] = [Phase::Queued, Phase::Running, Phase::RollingBack, Phase::Waiting];

/// Runs read at once.
const PAGE: usize = 200;

/// Runs named one by one; beyond it a number says enough.
const NAMED_MAX: usize = 20;

/// When the newest run was made, by the machine's clock: its id says so.
pub async fn newest(program: &Program) -> Outcome<Option<Timestamp>> {
    let filter = RunFilter { limit: 1, ..RunFilter::default() };
    let heads = program.store.runs(filter).await?;
    Ok(heads.first().and_then(|head| made_at(head.run)))
}

/// When a run was made, by the machine's clock.
pub fn made_at(run: RunId) -> Option<Timestamp> {
    let (seconds, nanos) = run.0.get_timestamp()?.to_unix();
    let ms = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000));
    Some(Timestamp::default().after(ms))
}

/// Runs that a dead engine left, with the command that goes on.
pub async fn left(program: &Program) -> Outcome<Vec<Finding>> {
    let mut found = unsound(&program.places.store);
    let (mut live, mut before) = (0_usize, None);
    loop {
        let filter =
            RunFilter { phases: DRIVEN.to_vec(), before, limit: PAGE, ..RunFilter::default() };
        let page = program.store.runs(filter).await?;
        before = page.last().map(|head| head.run);
        for head in &page {
            live += 1;
            if program.driver(head.run).await?.is_none() {
                found.push(abandoned(program, head));
            }
        }
        if page.len() < PAGE {
            break;
        }
    }
    let more = found.len().saturating_sub(NAMED_MAX);
    found.truncate(NAMED_MAX);
    if more > 0 {
        let says = format!("{more} more runs have no engine");
        found.push(Finding::wrong(PART, says, program.command("list")));
    }
    if found.is_empty() {
        found.push(Finding::fine(PART, format!("{live} at work, none left behind")));
    }
    Ok(found)
}

/// Live runs that whoever opened the store found damaged. The index is not the cause, or was made
/// anew in vain: what is missing is in no other place of the store.
fn unsound(store: &Path) -> Vec<Finding> {
    let told = std::fs::read_to_string(store.join("unsound")).unwrap_or_default();
    let finding = |line: &str| {
        let says = format!("damaged, and not driven any more: {line}");
        Finding::wrong(PART, says, "bring the file that is named back from a backup, if one is")
            .mend("or the run from an export, into a new store (`windlass import-run`)")
    };
    told.lines().map(finding).collect()
}

fn abandoned(program: &Program, head: &RunHead) -> Finding {
    let RunHead { run, workflow, environment, phase, .. } = head;
    let says = format!("{run} ({workflow} in {environment}) is {phase}, and nobody drives it");
    let resume = program.command(&format!("resume {run}"));
    if *phase == Phase::Waiting {
        // A start that reached a human's step and left is no accident.
        return Finding::note(PART, says).mend(format!("{resume} once it is answered or due"));
    }
    if head.seq == 0 {
        // Nor is one that was only created, by `start --detach`.
        return Finding::note(PART, says).mend(resume);
    }
    Finding::wrong(PART, says, resume)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_run_that_is_damaged_is_wrong_and_named_with_its_file() {
        let home = tempfile::tempdir().unwrap();
        assert!(unsound(home.path()).is_empty());
        let why =
            "run_1: event 3: its file objects/3-ab: the file's content is not what was written";
        std::fs::write(home.path().join("unsound"), format!("{why}\n")).unwrap();
        let found = unsound(home.path());
        assert_eq!((found.len(), found[0].level), (1, Level::Wrong));
        assert!(found[0].says.contains(why) && found[0].lines().contains("backup"));
    }
}
