//! Builds another commit and runs its bench and ours in turn: is one better, or is that noise?

use super::pairs::{CHANCE_MAX, Difference, PAIRS_MIN, difference};
use super::reading::{BENCH, lines_of};
use super::row::{Row, headline_in};
use crate::talk::{data, say};
use crate::{bench_binary, metadata, process};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// How it is compared.
pub struct Terms<'a> {
    /// Turns; each runs both once.
    pub turns: usize,
    /// Words for the bench.
    pub words: &'a [String],
}

/// Builds another commit and runs both in turn.
pub fn compare(rev: &str, workloads: &[&str], terms: &Terms<'_>) -> Result<()> {
    if terms.turns < PAIRS_MIN {
        bail!("fewer than {PAIRS_MIN} turns tell nothing; say --turns {PAIRS_MIN} or more");
    }
    let (commit, other) = build_other(rev)?;
    let ours = bench_binary::build(BENCH)?;
    let mut table = format!("| | {commit} | here | ratio | |\n|---|---|---|---|---|");
    for workload in workloads {
        table += &format!("\n{}", in_turn(workload, [&other, &ours], terms)?);
    }
    data(table);
    say(format!(
        "medians of {} turns; ratio: here to {commit} in the same turn, the median, with the \
         smallest and the largest; p by Wilcoxon's signed-rank test over the turns, exact, \
         two-sided: above {CHANCE_MAX} it is called noise",
        terms.turns
    ));
    Ok(())
}

/// Builds the bench of a commit in a work tree of its own below `target`.
fn build_other(rev: &str) -> Result<(String, PathBuf)> {
    let commit =
        process::read("git", &["rev-parse", "--short", "--verify", &format!("{rev}^{{commit}}")])
            .with_context(|| format!("git knows no commit `{rev}`"))?;
    let commit = commit.trim().to_owned();
    let target = PathBuf::from(metadata::workspace()?.target_directory);
    let folder = target.join("compare");
    let tree = folder.join(&commit);
    if !tree.join("Cargo.toml").exists() {
        process::stream("git", &["worktree", "prune"])?;
        let place = tree.display().to_string();
        process::stream("git", &["worktree", "add", "--detach", &place, &commit])?;
    }
    // Into our own target folder: of what both need from outside nothing is built anew, and what is
    // of this repository has other names there, since its place is another.
    let built = bench_binary::build_in(BENCH, &tree, Some(&target))?;
    // The next commit's binary may take the same name.
    let kept = folder.join(format!("engine-{commit}"));
    std::fs::copy(&built, &kept).context("failed to keep the other commit's bench")?;
    Ok((commit, kept))
}

/// One workload: a pair a turn, each turn begun by the other of the two.
fn in_turn(workload: &str, [other, ours]: [&Path; 2], terms: &Terms<'_>) -> Result<String> {
    let words = [&["--repeats".to_owned(), "1".to_owned()], terms.words].concat();
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    let (mut headline, mut better) = (String::new(), String::new());
    for turn in 0..terms.turns {
        let read = |binary: &Path| -> Result<String> {
            let lines = lines_of(binary, workload, &words)?;
            Ok(lines.into_iter().next_back().unwrap_or_default())
        };
        let (theirs, own) = if turn % 2 == 0 {
            let theirs = read(other)?;
            (theirs, read(ours)?)
        } else {
            let own = read(ours)?;
            (read(other)?, own)
        };
        let row = Row::read(&own)?;
        (headline, better) = (row.headline.clone(), row.better.clone());
        let pair = headline_in(&theirs, &headline).zip(headline_in(&own, &headline));
        pairs.push(pair.with_context(|| format!("the other commit says no `{headline}`"))?);
    }
    let found = difference(&pairs).context("nothing was measured")?;
    Ok(verdict(workload, (&headline, &better), &pairs, &found))
}

fn verdict(
    workload: &str,
    (headline, better): (&str, &str),
    pairs: &[(f64, f64)],
    found: &Difference,
) -> String {
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        all[(all.len() - 1) / 2]
    };
    let theirs = median(pairs.iter().map(|pair| pair.0).collect());
    let own = median(pairs.iter().map(|pair| pair.1).collect());
    let Difference { ratio, range: (least, most), chance } = found;
    let said = match (*chance <= CHANCE_MAX, (*ratio > 1.0) == (better == "higher")) {
        (false, _) => "noise",
        (true, true) => "better",
        (true, false) => "worse",
    };
    format!(
        "| {workload} {headline} | {theirs} | {own} | {ratio:.3} ({least:.3} to {most:.3}) \
         | **{said}**, p = {chance:.3} |"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_time_is_better_and_less_rate_is_worse() {
        let pairs = [(2.0, 1.0), (2.2, 1.1)];
        let sure = Difference { ratio: 0.5, range: (0.5, 0.5), chance: 0.01 };
        let said = |better: &str, found: &Difference| verdict("w", ("f", better), &pairs, found);
        assert!(said("lower", &sure).contains("**better**, p = 0.010"));
        assert!(said("higher", &sure).contains("**worse**"));
        assert!(said("lower", &Difference { chance: 0.2, ..sure }).contains("**noise**"));
    }
}
