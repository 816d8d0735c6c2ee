//! `xtask test`: everything that CI checks, what fails fast first. It must not know how a part
//! works: a part is one line of the list, and a chore of its own where it is more than cargo.

use super::campaign::{self, Kind};
use super::{blobs, clients, contract, instructions, licences, pages, rehearsals, schema, tidy};
use crate::stopwatch::Stopwatch;
use crate::talk::say;
use crate::{process, require, windlass};
use anyhow::{Result, bail};

/// Runs everything that CI checks.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Runs these parts only; `--list` names them.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// Leaves these parts out; the summary says so.
    #[arg(long, value_name = "PART")]
    skip: Vec<String>,
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

/// Of how many slices CI runs one of the mutants: one of nine takes about a minute.
const MUTANT_SLICES: u64 = 300;

/// Of how many slices CI runs one of the previews: one takes less than a minute.
const PREVIEW_SLICES: u64 = 100;

/// Of how many slices of seeds CI runs one; the row has no end, this only varies them.
const SEED_SLICES: u64 = 1_000;

/// The programs that tests run beside windlass.
fn needs() -> Result<Option<String>> {
    use require::{JQ, OPENSSL, POSTGRES, PYTHON, STRACE, VALGRIND};
    for program in [&STRACE, &PYTHON, &JQ, &OPENSSL, &POSTGRES, &VALGRIND] {
        require::require(program)?;
    }
    Ok(None)
}

/// Tests that run at once for each core: most of a test's time is a wait for a process or a clock.
const TESTS_PER_CORE: usize = 2;

/// Every test of the workspace.
fn tests() -> Result<Option<String>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tests = process::command(&process::cargo(), &["test", "--workspace", "--locked"]);
    tests.env("RUST_TEST_THREADS", (cores * TESTS_PER_CORE).to_string());
    process::stream_prepared(tests)?;
    Ok(None)
}

/// The parts, in their order. A heavy search joins as one line at the end.
const PARTS: [Part; 18] = [
    Part { name: "needs", run: Run::Chore(needs) },
    Part { name: "fmt", run: Run::Cargo(&["fmt", "--all", "--check"]) },
    Part { name: "tidy", run: Run::Chore(|| tidy::check().map(|()| None)) },
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
    Part { name: "schema", run: Run::Chore(schema::check) },
    Part { name: "tests", run: Run::Chore(tests) },
    Part { name: "blobs", run: Run::Chore(blobs::check) },
    Part { name: "pages", run: Run::Chore(pages::check) },
    Part { name: "clients", run: Run::Chore(clients::check) },
    Part { name: "release", run: Run::Chore(|| windlass::released().map(|_| None)) },
    Part { name: "rehearsals", run: Run::Chore(rehearsals::check) },
    Part { name: "instructions", run: Run::Chore(instructions::check) },
    Part { name: "seeds", run: Run::Chore(|| slice(Kind::Seeds, SEED_SLICES)) },
    Part { name: "mutants", run: Run::Chore(|| slice(Kind::Mutants, MUTANT_SLICES)) },
    Part { name: "previews", run: Run::Chore(|| slice(Kind::Previews, PREVIEW_SLICES)) },
    Part { name: "kills", run: Run::Chore(|| slice(Kind::Kills, KILL_SLICES)) },
];

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
    let parts = chosen(&arguments.only, &arguments.skip)?;
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
    say(summary(&outcomes));
    match failure {
        None => Ok(()),
        Some(failure) => bail!("{failure}"),
    }
}

/// Returns the parts that are wanted: all without a choice; a name that is none is an error.
fn chosen(only: &[String], skip: &[String]) -> Result<Vec<&'static Part>> {
    let unknown = |name: &&String| !PARTS.iter().any(|part| part.name == **name);
    if let Some(unknown) = only.iter().chain(skip).find(unknown) {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        bail!("there is no part `{unknown}`; the parts are {}", names.join(", "));
    }
    let named = |list: &[String], part: &Part| list.iter().any(|name| name == part.name);
    let wanted = |part: &&Part| (only.is_empty() || named(only, part)) && !named(skip, part);
    Ok(PARTS.iter().filter(wanted).collect())
}

/// Tells what became of every part, of those too that were not run.
fn summary(outcomes: &[Outcome]) -> String {
    let mut lines = vec!["\n=== summary".to_owned()];
    for part in &PARTS {
        let outcome = outcomes.iter().find(|outcome| outcome.name == part.name);
        lines.push(match outcome {
            Some(Outcome { name, seconds, remark }) => {
                format!("{name:<12} {seconds:>7.1} s  {remark}")
            }
            None => format!("{:<12}       – s  not run", part.name),
        });
    }
    let total: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    lines.push(format!("{:<12} {total:>7.1} s", "in all"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_fast_comes_first_and_names_are_unique() {
        let mut names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        assert_eq!(&names[..3], ["needs", "fmt", "tidy"]);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
    }

    #[test]
    fn an_unknown_part_is_refused_and_none_means_all() {
        let list = |name: &str| vec![name.to_owned()];
        assert!(chosen(&list("fmtt"), &[]).is_err() && chosen(&[], &list("fmtt")).is_err());
        assert_eq!(chosen(&[], &[]).unwrap().len(), PARTS.len());
        assert_eq!(chosen(&list("tidy"), &[]).unwrap().len(), 1);
        assert_eq!(chosen(&[], &list("tidy")).unwrap().len(), PARTS.len() - 1);
    }

    #[test]
    fn the_summary_names_what_was_not_run() {
        let outcome = Outcome { name: "fmt", seconds: 1.25, remark: "FAILED".to_owned() };
        let text = summary(&[outcome]);
        assert!(text.contains("fmt              1.2 s  FAILED"), "{text}");
        assert_eq!(text.matches("not run").count(), PARTS.len() - 1);
    }
}
