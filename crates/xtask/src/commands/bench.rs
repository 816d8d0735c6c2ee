//! `xtask bench`: runs the engine's benchmark, a workload after the other, and prints a table. It
//! must not know what is measured: each line of figures is the benchmark's own.

use crate::process;
use crate::talk::{data, say};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// Measures the engine and prints a table.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// The workloads to run.
    #[arg(long = "workload", default_values = ["w1", "w2", "w3"])]
    workloads: Vec<String>,
}

/// Runs every workload, then prints all figures.
pub fn run(arguments: &BenchArgs) -> Result<()> {
    let mut rows = Vec::new();
    for workload in &arguments.workloads {
        say(format!("== {workload}"));
        let words = ["bench", "--locked", "--package", "windlass", "--bench", "engine", "--"];
        let own = ["--workload", workload, "--json"];
        let command = process::command(&process::cargo(), &[words.as_slice(), &own].concat());
        let mut last = String::new();
        let passed = process::each_line(command, |line| {
            say(line);
            if !line.trim().is_empty() {
                last = line.to_owned();
            }
        })?;
        if !passed {
            bail!("the benchmark failed in {workload}; its own messages are above");
        }
        rows.push(figures(&last).with_context(|| format!("failed to read {workload}"))?);
    }
    data(table(&rows));
    Ok(())
}

/// Reads the last line that the benchmark wrote.
fn figures(last: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(last).with_context(|| format!("the last line is no JSON object: `{last}`"))
}

/// Lays out one line a figure, grouped by workload.
fn table(rows: &[Map<String, Value>]) -> String {
    let mut lines = vec!["| workload | figure | value |".to_owned(), "|---|---|---|".to_owned()];
    for row in rows {
        let workload = row.get("workload").and_then(Value::as_str).unwrap_or("?");
        for (name, value) in row.iter().filter(|(name, _)| *name != "workload") {
            let shown = match value {
                Value::Number(number) => match number.as_f64() {
                    Some(value) if number.is_f64() => format!("{value:.3}"),
                    _ => number.to_string(),
                },
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            lines.push(format!("| {workload} | {name} | {shown} |"));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_holds_the_figures() {
        let row = figures("{\"workload\":\"w1\",\"steps_per_s\":1234.5678,\"n\":3}").unwrap();
        let table = table(&[row]);
        assert!(table.contains("| w1 | steps_per_s | 1234.568 |"), "{table}");
        assert!(table.contains("| w1 | n | 3 |"), "{table}");
    }

    #[test]
    fn a_benchmark_that_says_nothing_fails() {
        assert!(figures("").is_err());
        assert!(figures("done").is_err());
    }
}
