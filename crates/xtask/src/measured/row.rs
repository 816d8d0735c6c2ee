//! One row as the bench says it: a line of JSON.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A row.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Row {
    /// The workload's name.
    pub workload: String,
    /// What it is, for people.
    pub what: String,
    /// The figure that counts.
    pub headline: String,
    /// `higher` or `lower`.
    pub better: String,
    /// How many readings it was taken from.
    pub readings: u64,
    /// The machine's load before and after.
    pub load: (Option<f64>, Option<f64>),
    /// The machine, in a line.
    pub machine: String,
    /// The figures by name, in the bench's order.
    pub figures: Map<String, Value>,
}

/// What several readings of a figure gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Row {
    /// Reads a line.
    pub fn read(line: &str) -> Result<Self> {
        serde_json::from_str(line).with_context(|| format!("the bench said no row: `{line}`"))
    }

    /// A figure.
    pub fn figure(&self, name: &str) -> Option<Spread> {
        let figure = self.figures.get(name)?;
        let number = |key: &str| figure.get(key).and_then(Value::as_f64);
        Some(Spread { median: number("median")?, min: number("min")?, max: number("max")? })
    }
}

/// The headline of a row that another build said, which may be older than rows of figures: then it
/// is a plain number of that name.
pub fn headline_in(line: &str, headline: &str) -> Option<f64> {
    let said: Value = serde_json::from_str(line).ok()?;
    let figure = said.get("figures").and_then(|figures| figures.get(headline));
    let median = figure.and_then(|figure| figure.get("median"));
    median.or_else(|| said.get(headline))?.as_f64()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row of W1.
    pub fn w1() -> Row {
        Row::read(
            r#"{"workload":"w1","what":"1 run of 1000 steps in a row","headline":"steps_per_s",
            "better":"higher","readings":5,"load":[1.5,2.0],"machine":"2 cores","figures":{
            "steps_per_s":{"median":2000.0,"min":1900.0,"max":2101.0,"all":[]},
            "of_raw_append":{"median":0.41,"min":0.4,"max":0.42,"all":[]},
            "fdatasync_per_step":{"median":1.004,"min":1.004,"max":1.004,"all":[]},
            "sync_file_range_per_step":{"median":1.0,"min":1.0,"max":1.0,"all":[]},
            "raw_append_per_s":{"median":5000.0,"min":4000.0,"max":6000.0,"all":[]}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_row_gives_its_figures_by_name() {
        let row = w1();
        let spread = Spread { median: 2_000.0, min: 1_900.0, max: 2_101.0 };
        assert_eq!(row.figure("steps_per_s"), Some(spread));
        assert_eq!(row.figure("p50_ms"), None);
        assert!(Row::read("done").is_err());
    }

    #[test]
    fn an_older_build_says_its_headline_as_a_plain_number() {
        let rate = |line: &str| headline_in(line, "steps_per_s");
        assert_eq!(rate(r#"{"figures":{"steps_per_s":{"median":7.5}}}"#), Some(7.5));
        assert_eq!(rate(r#"{"workload":"w1","steps_per_s":7.0}"#), Some(7.0));
        assert_eq!(rate(r#"{"workload":"w1"}"#), None);
    }
}
