//! `xtask instructions`: counts the instructions and allocations of the engine's work on one thread
//! and compares with the committed counts. It must not know what the work is: the bench lists it.

use crate::bench_binary;
use crate::counts::baseline::{Baselines, Count, GROWTH_PERCENT_MAX, Verdict};
use crate::counts::callgrind;
use crate::talk::say;
use crate::{metadata, process, repo, require};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Counts instructions and compares with the committed counts.
#[derive(Debug, clap::Args)]
pub struct InstructionsArgs {
    /// Takes what is counted now for the baseline of this compiler, for this reason; commit it with
    /// what it is about.
    #[arg(long, value_name = "WHY")]
    raise: Option<String>,
}

/// What is counted.
const BENCH: &str = "instructions";

/// The committed counts.
const BASELINE: &str = "benches/instructions.json";

/// Counts, and compares or writes.
pub fn run(arguments: &InstructionsArgs) -> Result<()> {
    let Some(reason) = &arguments.raise else { return check().map(|_| ()) };
    if reason.trim().is_empty() {
        bail!("a baseline is raised for a reason; say which: --raise \"WHY\"");
    }
    let (compiler, counts) = counted()?;
    let path = repo::at(BASELINE);
    let mut known = Baselines::load(&path)?;
    for (name, count) in &counts {
        say(line(name, count, &known.judge(&compiler, name, count)));
    }
    known.raise(&compiler, counts, reason.trim());
    known.save(&path)?;
    say(format!("wrote {BASELINE} for {compiler}"));
    Ok(())
}

/// Counts and compares; the remark says with which compiler's counts.
pub fn check() -> Result<Option<String>> {
    let (compiler, counts) = counted()?;
    let known = Baselines::load(&repo::at(BASELINE))?;
    let (mut dear, mut unknown) = (Vec::new(), false);
    for (name, count) in &counts {
        let verdict = known.judge(&compiler, name, count);
        say(line(name, count, &verdict));
        match verdict {
            Verdict::Changed(percent) if percent > GROWTH_PERCENT_MAX => {
                dear.push(format!("`{name}` costs {percent:.1} % more than its baseline"));
            }
            Verdict::NoCount => dear.push(format!("`{name}` has no baseline")),
            Verdict::NoCompiler => unknown = true,
            Verdict::Changed(_) => {}
        }
    }
    if !dear.is_empty() {
        bail!(
            "{}; make it cheaper, or commit with it what `cargo xtask instructions --raise WHY` \
             writes to {BASELINE}",
            dear.join(", ")
        );
    }
    if unknown {
        let remark = format!("not compared: {BASELINE} does not know {compiler}");
        say(&remark);
        return Ok(Some(remark));
    }
    Ok(None)
}

/// The compiler, and what everything costs, once.
fn counted() -> Result<(String, BTreeMap<String, Count>)> {
    require::require(&require::VALGRIND)?;
    let binary = bench_binary::build(BENCH)?;
    let folder = Path::new(&metadata::workspace()?.target_directory).join("xtask");
    std::fs::create_dir_all(&folder).context("failed to make xtask's folder below target")?;
    let names = process::read(&binary.display().to_string(), &["--list"])?;
    let mut counts = BTreeMap::new();
    for name in names.lines() {
        counts.insert(name.to_owned(), cost(&binary, name, &folder)?);
    }
    Ok((compiler()?, counts))
}

fn cost(binary: &Path, name: &str, folder: &Path) -> Result<Count> {
    let file: PathBuf = folder.join(format!("callgrind.{name}"));
    let (said, total) = callgrind::count(binary, &[name], &file)?;
    let times: f64 = said.trim().parse().with_context(|| {
        format!("the bench says `{said}` of `{name}`, and not how often it did it")
    })?;
    // A tenth is enough of what comes by the dozen.
    let tenths = |total: u64| (total as f64 / times * 10.0).round() / 10.0;
    let instructions = (total.instructions as f64 / times).round();
    let allocations = tenths(total.allocations);
    Ok(Count { instructions, allocations, reason: String::new() })
}

/// Counts depend on the compiler's version and on what it compiles for.
fn compiler() -> Result<String> {
    let said = process::read("rustc", &["-vV"])?;
    let version = said.lines().next().unwrap_or_default();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(format!("{version}, {}", host.context("`rustc -vV` names no host")?))
}

fn line(name: &str, Count { instructions, allocations, .. }: &Count, verdict: &Verdict) -> String {
    let beside = match verdict {
        Verdict::Changed(percent) => format!("{percent:+.2} %"),
        Verdict::NoCount | Verdict::NoCompiler => "no baseline".to_owned(),
    };
    format!("{name:<16} {instructions:>9} instructions {allocations:>7} allocations  {beside}")
}
