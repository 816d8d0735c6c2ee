//! What several readings of a row say together.

use crate::figures::{Figures, Spread, spreads};
use crate::options::Options;
use crate::rows::Row;
use crate::{Failure, machine, raw};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long the readings of one row may take, in all: what is slow is read less often, but once.
const ENOUGH: Duration = Duration::from_secs(90);

/// A row with its figures.
pub struct Report {
    name: String,
    what: String,
    headline: &'static str,
    more_is_better: bool,
    scale: Option<&'static str>,
    readings: usize,
    load: (Option<f64>, Option<f64>),
    figures: Vec<(String, Spread)>,
}

/// Takes the readings of a row, each between two of the raw rates.
pub fn of(row: &Row, options: &Options) -> Result<Report, Failure> {
    let (began, load) = (Instant::now(), machine::load());
    let mut readings: Vec<Figures> = Vec::new();
    let mut before = raw::read()?;
    for _ in 0..options.repeats.max(1) {
        let mut figures = row.read()?;
        let after = raw::read()?;
        before.between(after).beside(&mut figures);
        before = after;
        readings.push(figures);
        if began.elapsed() > ENOUGH {
            break;
        }
    }
    let count = readings.len();
    let mut figures = spreads(&readings);
    figures.extend(spreads(&[row.flushes()?]));
    Ok(Report {
        name: row.name.clone(),
        what: row.what.clone(),
        headline: row.headline,
        more_is_better: row.more_is_better,
        scale: row.scale,
        readings: count,
        load: (load, machine::load()),
        figures,
    })
}

impl Report {
    /// Adds by how much a step costs more than in the smallest run of the same shape.
    pub fn compare_with(&mut self, smallest: &mut Option<(&'static str, f64)>) {
        let figure = self.figures.iter().find(|(name, _)| name == "us_per_step");
        let (Some(shape), Some((_, cost))) = (self.scale, figure) else { return };
        let cost = cost.median;
        if smallest.is_none_or(|(of, _)| of != shape) {
            *smallest = Some((shape, cost));
        }
        if let Some((_, least)) = smallest {
            let mut figures = Figures::default();
            figures.set("times_the_smallest", cost / *least);
            self.figures.extend(spreads(&[figures]));
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let figures = self.figures.iter().map(|(name, spread)| (name.clone(), json!(spread)));
        json!({
            "workload": self.name,
            "what": self.what,
            "headline": self.headline,
            "better": if self.more_is_better { "higher" } else { "lower" },
            "readings": self.readings,
            "load": [self.load.0, self.load.1],
            "machine": machine::described(),
            "figures": figures.collect::<serde_json::Map<_, _>>(),
        })
    }

    /// For people.
    pub fn table(&self) -> String {
        let load = |load: Option<f64>| load.map_or_else(|| "?".to_owned(), |load| load.to_string());
        let Self { name, what, readings, .. } = self;
        let (from, to) = (load(self.load.0), load(self.load.1));
        let mut text = format!("\n{name}: {what}; {readings} readings, load {from} to {to}\n");
        for (name, Spread { median, min, max, all }) in &self.figures {
            let mark = if name == self.headline { '*' } else { ' ' };
            text += &format!("{mark} {name:<24} {median:>12}");
            if all.len() > 1 {
                text += &format!("   {min} to {max}");
            }
            text.push('\n');
        }
        text
    }
}
