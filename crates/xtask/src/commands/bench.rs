//! `xtask bench`: measures the engine and lays the figures out, writes them down in the README of
//! the benches, or compares with another commit. It must not know what is measured.

use crate::bench_binary;
use crate::measured::reading::{BENCH, lines_of};
use crate::measured::row::Row;
use crate::measured::table::tables;
use crate::measured::turns::{Terms, compare};
use crate::talk::{data, say};
use crate::{process, repo};
use anyhow::{Context, Result};

/// Measures the engine and prints a table.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// The workloads; w1, w2 and w3 without a choice, all with `--write`.
    #[arg(long = "workload")]
    workloads: Vec<String>,
    /// Writes the table into benches/README.md, in place of the one that is there.
    #[arg(long, conflicts_with = "compare")]
    write: bool,
    /// Builds this commit too and runs both in turn: is one faster, or is that noise?
    #[arg(long, value_name = "REV")]
    compare: Option<String>,
    /// Turns of a comparison; each runs both once.
    #[arg(long, value_name = "N", default_value_t = 12, requires = "compare")]
    turns: usize,
    /// Words for the bench itself, such as `-- --seconds 5`.
    #[arg(last = true)]
    words: Vec<String>,
}

const DEFAULT: [&str; 3] = ["w1", "w2", "w3"];
const ALL: [&str; 7] = ["w1", "w2", "w3", "w4", "scale", "parked", "recovery"];

/// Where the figures are written down, and between which lines.
const README: &str = "benches/README.md";
const BEGIN: &str = "<!-- `cargo xtask bench --write` writes from here";
const END: &str = "<!-- to here -->";

/// Runs what the arguments ask for.
pub fn run(arguments: &BenchArgs) -> Result<()> {
    let workloads: Vec<&str> = match (arguments.workloads.as_slice(), arguments.write) {
        ([], true) => ALL.to_vec(),
        ([], false) => DEFAULT.to_vec(),
        (chosen, _) => chosen.iter().map(String::as_str).collect(),
    };
    if let Some(rev) = &arguments.compare {
        let terms = Terms { turns: arguments.turns, words: &arguments.words };
        return compare(rev, &workloads, &terms);
    }
    let binary = bench_binary::build(BENCH)?;
    let mut rows = Vec::new();
    for workload in workloads {
        for line in lines_of(&binary, workload, &arguments.words)? {
            rows.push(Row::read(&line)?);
        }
    }
    if arguments.write { write_down(&rows, &arguments.words) } else { print(&rows) }
}

fn print(rows: &[Row]) -> Result<()> {
    data(tables(rows));
    Ok(())
}

/// Puts the tables where the last ones were.
fn write_down(rows: &[Row], words: &[String]) -> Result<()> {
    let path = repo::at(README);
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("failed to read {README}"))?;
    let said = |command: &str, words: &[&str]| {
        process::read(command, words).map(|said| said.trim().to_owned())
    };
    let (date, commit) =
        (said("date", &["-u", "+%F"])?, said("git", &["rev-parse", "--short", "HEAD"])?);
    let (rustc, words) = (said("rustc", &["-V"])?, words.join(" "));
    let machine = rows.first().map_or("", |row| &row.machine);
    let loads = rows.iter().flat_map(|row| [row.load.0, row.load.1]).flatten();
    let (low, high) = loads.fold((f64::MAX, 0.0_f64), |(low, high), l| (low.min(l), high.max(l)));
    let readings = rows.iter().map(|row| row.readings).max().unwrap_or(0);
    let about = format!(
        "{machine}, {rustc}, at {commit} on {date}, `cargo xtask bench --write{words}`: the median \
         of up to {readings} readings, with the smallest and the largest; the load of the minute \
         was {low} to {high}.",
        words = if words.is_empty() { String::new() } else { format!(" -- {words}") },
    );
    let fresh = replaced(&text, &format!("{about}\n\n{}", tables(rows)))?;
    std::fs::write(&path, fresh).with_context(|| format!("failed to write {README}"))?;
    say(format!("wrote the figures into {README}"));
    Ok(())
}

/// The text with something else between the marks.
fn replaced(text: &str, between: &str) -> Result<String> {
    let marks = || format!("{README} has no lines `{BEGIN} …` and `{END}` to write between");
    let (before, rest) = text.split_once(BEGIN).with_context(marks)?;
    let (mark, rest) = rest.split_once('\n').with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}{mark}\n\n{between}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let text = format!("a\n{BEGIN} -->\nold\n{END}\nb\n");
        let fresh = replaced(&text, "new").unwrap();
        assert_eq!(fresh, format!("a\n{BEGIN} -->\n\nnew\n\n{END}\nb\n"));
        assert_eq!(replaced(&fresh, "new").unwrap(), fresh, "written again it is the same");
        assert!(replaced("a", "new").is_err());
    }

    #[test]
    fn the_readme_has_the_marks() {
        let text = std::fs::read_to_string(repo::at(README)).unwrap();
        assert!(replaced(&text, "new").unwrap().contains("new"));
    }
}
