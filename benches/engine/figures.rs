//! Named numbers, as one process hands them to another and as several readings are summed up. A
//! name ends in its unit. It must not know what they mean.

use serde::{Deserialize, Serialize};
use serde_json::Map;

/// What one reading gave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures(Map<String, serde_json::Value>);

/// What several readings of one figure gave.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// The middle one; of an even number the lower of the two in the middle, so that it was read.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// All, in the order of their reading.
    pub all: Vec<f64>,
}

/// Digits that are kept: more would be noise.
const DIGITS: i32 = 4;

impl Figures {
    /// Adds a figure.
    pub fn set(&mut self, name: &str, value: f64) {
        self.0.insert(name.to_owned(), rounded(value).into());
    }

    /// Adds a figure that the machine may not tell.
    pub fn set_known(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Adds all of another reading.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A figure.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(serde_json::Value::as_f64)
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// Sums up each figure of several readings, in the order in which they were told.
pub fn spreads(readings: &[Figures]) -> Vec<(String, Spread)> {
    let mut names: Vec<&String> = Vec::new();
    for name in readings.iter().flat_map(Figures::names) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let spread = |name: &String| {
        let all: Vec<f64> = readings.iter().filter_map(|reading| reading.get(name)).collect();
        let mut sorted = all.clone();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let median = *sorted.get((sorted.len() - 1) / 2)?;
        Some((name.clone(), Spread { median, min, max, all }))
    };
    names.into_iter().filter_map(spread).collect()
}

/// Keeps the first digits only; whole numbers stay whole.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = (DIGITS - 1 - value.abs().log10().floor() as i32).max(0);
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
