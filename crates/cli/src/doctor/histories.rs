//! Tells what was checked of the histories of ended runs, and which are not what was written.

use super::finding::Finding;
use crate::command_error::Outcome;
use crate::compose::program::Program;
use crate::render::duration::date_time;
use windlass_engine::audit::{Audited, Broken};
use windlass_ports::StoreError;

/// The part's name.
const PART: &str = "histories";

/// Runs named one by one; beyond it a number says enough.
const NAMED_MAX: usize = 20;

/// What is noted, of the runs that are still there.
pub async fn look(program: &Program, noted: Option<Audited>) -> Outcome<Vec<Finding>> {
    let check = program.command("doctor --histories");
    let Some(audited) = noted else {
        let says = "no ended run was checked yet: whoever holds the store does so now and then";
        return Ok(vec![Finding::fine(PART, format!("{says}; `{check}` does it now"))]);
    };
    let mut found = Vec::new();
    for broken in audited.broken() {
        match program.store.head(broken.run).await {
            Err(StoreError::NoSuchRun(_)) => {}
            _ => found.push(of(program, broken)),
        }
    }
    let more = found.len().saturating_sub(NAMED_MAX);
    found.truncate(NAMED_MAX);
    if more > 0 {
        let says = format!("{more} more ended runs are not what was written");
        found.push(Finding::wrong(PART, says, program.command("history RUN --verify")));
    }
    if found.is_empty() {
        found.push(Finding::fine(PART, sound(&audited)));
    }
    Ok(found)
}

fn sound(audited: &Audited) -> String {
    match (&audited.last, &audited.pass) {
        (Some(last), _) => {
            format!("{} ended runs were checked, all by {}: sound", last.sound, date_time(last.at))
        }
        (None, Some(pass)) => format!("{} ended runs were checked so far: sound", pass.sound),
        (None, None) => "no ended run was checked yet".to_owned(),
    }
}

fn of(program: &Program, broken: &Broken) -> Finding {
    let Broken { run, first_bad, why } = broken;
    let says = match first_bad {
        Some(seq) => format!("{run} is not what was written, from event {seq} on: {why}"),
        None => format!("{run} is not what was written: {why}"),
    };
    let verify =
        format!("`{}` checks it again", program.command(&format!("history {run} --verify")));
    Finding::wrong(PART, says, verify)
        .mend("it cannot be rolled back: compare it with an export or a backup, and test the disk")
}
