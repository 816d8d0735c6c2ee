//! `xtask test`: everything that CI checks, what fails fast first. It must not know how a part
//! works: a part is one line of the list, and a chore of its own where it is more than cargo.

use super::campaign::{self, Kind};
use super::{contract, licences, schema, tidy};
use crate::process;
use crate::stopwatch::Stopwatch;
use crate::talk::say;
use anyhow::{Result, bail};

/// Runs everything that CI checks.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Runs these parts only; `--list` names them.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Names the parts and runs none.
    #[arg(long)]
    list: bool,
}

/// One part: its name, what it is, how it is run.
struct Part {
    name: &'static str,
    run: Run,
}

/// How a part is run.
enum Run {
    /// By cargo with these words.
    Cargo(&'static [&'static str]),
    /// By a chore, which may return a remark for the summary.
    Chore(fn() -> Result<Option<String>>),
}

/// Of how many slices CI runs one of the kill matrix: one takes about two minutes.
const KILL_SLICES: u64 = 40;

/// Of how many slices of seeds CI runs one; the row has no end, this only varies them.
const SEED_SLICES: u64 = 1_000;

/// The parts, in their order. A heavy search joins as one line at the end.
const PARTS: [Part; 10] = [
    Part { name: "fmt", run: Run::Cargo(&["fmt", "--all", "--check"]) },
    Part { name: "tidy", run: Run::Chore(|| tidy::run().map(|()| None)) },
    Part { name: "licences", run: Run::Chore(|| licences::run().map(|()| None)) },
    Part { name: "contract", run: Run::Chore(contract::check) },
    Part {
        name: "clippy",
        run: Run::Cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    },
    Part { name: "schema", run: Run::Chore(|| schema::run(&CHECK_ONLY).map(|()| None)) },
    Part { name: "tests", run: Run::Cargo(&["test", "--workspace", "--locked"]) },
    Part {
        name: "release",
        run: Run::Cargo(&["build", "--release", "--locked", "-p", "windlass"]),
    },
    Part { name: "seeds", run: Run::Chore(|| slice(Kind::Seeds, SEED_SLICES)) },
    Part { name: "kills", run: Run::Chore(|| slice(Kind::Kills, KILL_SLICES)) },
];

const CHECK_ONLY: schema::SchemaArgs = schema::SchemaArgs { check: true };

fn slice(kind: Kind, count: u64) -> Result<Option<String>> {
    let slice = campaign::slice_of_commit(count);
    campaign::run_slice(kind, slice)?;
    Ok(Some(format!("slice {}/{}", slice.index, slice.count)))
}

/// What became of a part.
struct Outcome {
    name: &'static str,
    seconds: f64,
    remark: String,
}

/// Runs the parts until one fails, then tells what was run and for how long.
pub fn run(arguments: &TestArgs) -> Result<()> {
    if arguments.list {
        PARTS.iter().for_each(|part| say(part.name));
        return Ok(());
    }
    let parts = chosen(&arguments.only)?;
    let mut outcomes = Vec::new();
    let mut failure = None;
    for part in &parts {
        say(format!("\n=== {}", part.name));
        let since = Stopwatch::start();
        let result = match part.run {
            Run::Cargo(words) => process::stream(&process::cargo(), words).map(|()| None),
            Run::Chore(chore) => chore(),
        };
        let seconds = since.seconds();
        let remark = match result {
            Ok(remark) => remark.unwrap_or_else(|| "ok".to_owned()),
            Err(error) => {
                failure = Some(format!("{}: {error:#}", part.name));
                "FAILED".to_owned()
            }
        };
        outcomes.push(Outcome { name: part.name, seconds, remark });
        if failure.is_some() {
            break;
        }
    }
    say(summary(&outcomes, &parts));
    match failure {
        None => Ok(()),
        Some(failure) => bail!("{failure}"),
    }
}

/// Returns the parts that were asked for, all when none was; a name that is none is an error.
fn chosen(only: &[String]) -> Result<Vec<&'static Part>> {
    if let Some(unknown) = only.iter().find(|name| !PARTS.iter().any(|part| part.name == **name)) {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        bail!("there is no part `{unknown}`; the parts are {}", names.join(", "));
    }
    let wanted = |part: &&Part| only.is_empty() || only.iter().any(|name| name == part.name);
    Ok(PARTS.iter().filter(wanted).collect())
}

fn summary(outcomes: &[Outcome], parts: &[&Part]) -> String {
    let mut lines = vec!["\n=== summary".to_owned()];
    for Outcome { name, seconds, remark } in outcomes {
        lines.push(format!("{name:<10} {seconds:>7.1} s  {remark}"));
    }
    for part in &parts[outcomes.len()..] {
        lines.push(format!("{:<10}       – s  not run", part.name));
    }
    let total: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    lines.push(format!("{:<10} {total:>7.1} s", "in all"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_fast_comes_first_and_names_are_unique() {
        let mut names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        assert_eq!(&names[..2], ["fmt", "tidy"]);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
    }

    #[test]
    fn an_unknown_part_is_refused_and_none_means_all() {
        assert!(chosen(&["fmtt".to_owned()]).is_err());
        assert_eq!(chosen(&[]).unwrap().len(), PARTS.len());
        assert_eq!(chosen(&["tidy".to_owned()]).unwrap().len(), 1);
    }

    #[test]
    fn the_summary_names_what_was_not_run() {
        let outcome = Outcome { name: "fmt", seconds: 1.25, remark: "FAILED".to_owned() };
        let parts: Vec<&Part> = PARTS.iter().collect();
        let text = summary(&[outcome], &parts);
        assert!(text.contains("fmt            1.2 s  FAILED"), "{text}");
        assert_eq!(text.matches("not run").count(), PARTS.len() - 1);
    }
}
