//! `windlass prune`: removes runs that ended long ago, so that the store does not grow for ever.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::outfit::forget_scripts;
use crate::doctor::runs::made_at;
use crate::exit_code::ExitCode;
use crate::render::duration::date_time;
use crate::signing::kept;
use crate::talk;
use serde_json::json;
use windlass_model::time::parse_span;
use windlass_model::{Millis, Phase, RunId, Timestamp};
use windlass_ports::Clock;
use windlass_ports::store::{RunFilter, RunHead, StoreError};

/// Runs asked from the store at once.
const PAGE: usize = 200;

/// Removes runs that ended long ago, with their histories; shows them first
///
/// Only runs that have ended go. A run that is gone cannot be looked at, exported or rolled back
/// any more: `windlass export RUN` keeps it as a file.
///
/// Examples:
///
///   windlass prune --older-than 90d
///
///   windlass prune --older-than 90d --keep 20 --yes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct PruneArgs {
    /// How long ago they must have ended: `90d`, `12h`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub older_than: Millis,

    /// Keeps the newest so many runs that have ended, however old they are
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub keep: usize,

    /// Removes them; without it they are only shown
    #[arg(long)]
    pub yes: bool,
}

/// Runs the verb.
pub async fn run(args: &PruneArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let now = SystemClock.now();
    let old = old(&ended(&*program.store).await?, args, now);
    let mut stayed = 0;
    for head in &old {
        let mut said = json!({ "run": head.run, "removed": args.yes });
        if args.yes {
            match program.store.remove_run(head.run, now).await {
                Ok(()) => {
                    forget_scripts(&program.places, head.run).await;
                    if let Err(error) = kept::forget(&program.places.store, head.run) {
                        tracing::warn!(run = %head.run, %error, "its signature was not forgotten");
                    }
                }
                Err(StoreError::Refused(why)) => {
                    stayed += 1;
                    said = json!({ "run": head.run, "removed": false, "why": why });
                }
                Err(error) => return Err(error.into()),
            }
        }
        match globals.json {
            true => talk::json(&said),
            false => talk::data(&line(head, said["why"].as_str())),
        }
    }
    let count = old.len() - stayed;
    let last = match (args.yes, count) {
        (true, _) if stayed > 0 => format!("{count} removed, {stayed} stay"),
        (true, _) => format!("{count} removed"),
        (false, 0) => "no run that has ended is that old".to_owned(),
        (false, _) => format!("{count} would go; the same with `--yes` removes them"),
    };
    talk::say(&last);
    match stayed {
        0 => Ok(ExitCode::Succeeded),
        _ => Err(CommandError::failed("some runs could not be removed: see above")),
    }
}

/// All runs that have ended, newest first.
async fn ended(store: &dyn windlass_ports::Store) -> Outcome<Vec<RunHead>> {
    let mut heads: Vec<RunHead> = Vec::new();
    loop {
        let before: Option<RunId> = heads.last().map(|head| head.run);
        let phases = Phase::ENDS.to_vec();
        let filter = RunFilter { phases, before, limit: PAGE, ..RunFilter::default() };
        let page = store.runs(filter).await?;
        let last = page.len() < PAGE;
        heads.extend(page);
        if last {
            return Ok(heads);
        }
    }
}

/// The runs that go, oldest first, so that a prune that is cut short has removed the oldest.
fn old(heads: &[RunHead], args: &PruneArgs, now: Timestamp) -> Vec<RunHead> {
    let beyond = heads.iter().skip(args.keep);
    let old = beyond.filter(|head| now.since(last_heard(head, now)) > args.older_than);
    let mut old: Vec<_> = old.cloned().collect();
    old.reverse();
    old
}

/// When a run was last heard of, by the machine's clock. A rehearsal's clock may stand anywhere: a
/// time before the run was made, or one that is still to come, says nothing.
fn last_heard(head: &RunHead, now: Timestamp) -> Timestamp {
    let made = made_at(head.run).unwrap_or(head.started_at);
    if head.updated_at <= now { made.max(head.updated_at) } else { made }
}

fn line(head: &RunHead, why: Option<&str>) -> String {
    let RunHead { run, workflow, environment, phase, .. } = head;
    let text = format!("{run}  {workflow}  {environment}  {phase}  {}", date_time(head.updated_at));
    why.map_or(text.clone(), |why| format!("{text}  stays: {why}"))
}

fn span(text: &str) -> Result<Millis, String> {
    parse_span(text).ok_or_else(|| "expected a number and a unit: `90d`, `12h`, `30m`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Millis = 86_400_000;

    fn head(made: u64, updated: u64) -> RunHead {
        let run = format!("run_{made:012x}70008000{:012x}", 0);
        RunHead {
            run: run.parse().unwrap(),
            workflow: "w".to_owned(),
            lock: None,
            environment: "e".to_owned(),
            phase: Phase::Succeeded,
            started_at: Timestamp::default(),
            updated_at: Timestamp::default().after(updated),
            seq: 1,
            due: None,
            workflow_digest: String::new(),
        }
    }

    #[test]
    fn the_oldest_go_first_and_the_newest_are_kept() {
        let now = Timestamp::default().after(100 * DAY);
        let heads = [
            head(99 * DAY, 99 * DAY),
            head(50 * DAY, 95 * DAY),
            head(40 * DAY, 41 * DAY),
            head(30 * DAY, 5_000 * DAY),
            head(20 * DAY, 2 * DAY),
        ];
        let args = |keep| PruneArgs { older_than: 10 * DAY, keep, yes: false };
        let gone = |keep| old(&heads, &args(keep), now);
        assert_eq!(gone(0), [heads[4].clone(), heads[3].clone(), heads[2].clone()]);
        assert_eq!(gone(3), [heads[4].clone(), heads[3].clone()]);
        assert_eq!(gone(9), []);
        assert!(span("3 weeks").is_err() && span("90d") == Ok(90 * DAY));
    }
}
