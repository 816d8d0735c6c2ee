//! What durability costs: windlass on its own store, beside the raw rate of append + fdatasync on
//! the same disk in the same minute.
//!
//!     cargo bench --bench engine -- --workload w1|w2|w3 [--json] \
//!         [--repeats N] [--runs N] [--steps N]
//!
//! W1: one run of 1,000 steps in a row. W2: 1,000 runs of 10 steps at once. W3: start a one-step
//! run until its durable result. Every figure counts steps whose intent and outcome are both
//! durable before the next effect; the action does nothing and captures nothing.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads the clock"
)]

mod raw;
mod rig;
mod workloads;

use serde_json::{Value, json};
use workloads::Sizes;

/// The command line, small enough to be read by hand: `cargo bench` adds a `--bench` of its own.
struct Options {
    workload: String,
    json: bool,
    repeats: usize,
    sizes: Sizes,
}

fn options() -> Result<Options, String> {
    let mut options = Options {
        workload: "all".into(),
        json: false,
        repeats: 3,
        sizes: Sizes { runs: 1_000, steps: None },
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        match word.as_str() {
            "--workload" => options.workload = value()?.to_lowercase(),
            "--json" => options.json = true,
            "--repeats" => {
                options.repeats = value()?.parse().map_err(|_| "--repeats wants a number")?
            }
            "--runs" => {
                options.sizes.runs = value()?.parse().map_err(|_| "--runs wants a number")?
            }
            "--steps" => {
                options.sizes.steps = Some(value()?.parse().map_err(|_| "--steps wants a number")?);
            }
            _ => {}
        }
    }
    Ok(options)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let names: Vec<&str> = match options.workload.as_str() {
        "all" => vec!["w1", "w2", "w3"],
        one => vec![one],
    };
    for name in names {
        let report = measure(name, &options)?;
        if options.json {
            println!("{report}");
        } else {
            println!("{}", table(&report));
        }
    }
    Ok(())
}

/// Runs a workload several times, each between two readings of the raw rate; the median counts.
fn measure(name: &str, options: &Options) -> Result<Value, Box<dyn std::error::Error>> {
    let mut readings = Vec::new();
    for _ in 0..options.repeats.max(1) {
        let before = raw::appends_per_s()?;
        let reading = workloads::run(name, options.sizes)?;
        let after = raw::appends_per_s()?;
        readings.push((reading, (before + after) / 2.0));
    }
    readings.sort_by(|a, b| a.0.steps_per_s.total_cmp(&b.0.steps_per_s));
    let rates: Vec<f64> = readings.iter().map(|r| r.0.steps_per_s.round()).collect();
    let (median, baseline) = &readings[readings.len() / 2];
    let mut report = json!({
        "workload": name,
        "steps_per_s": median.steps_per_s.round(),
        "baseline_per_s": baseline.round(),
        "of_baseline": (median.steps_per_s / baseline * 1_000.0).round() / 1_000.0,
        "steps": median.steps,
        "elapsed_ms": median.elapsed_ms,
        "rates": rates,
    });
    if let Some(p50) = median.p50_ms {
        report["p50_ms"] = json!((p50 * 1_000.0).round() / 1_000.0);
        report["p50_in_fdatasyncs"] = json!((p50 * baseline / 1_000.0 * 100.0).round() / 100.0);
    }
    Ok(report)
}

fn table(report: &Value) -> String {
    let mut text = format!(
        "{}: {} steps/s, raw append+fdatasync {}/s, {} of raw",
        report["workload"].as_str().unwrap_or("?"),
        report["steps_per_s"],
        report["baseline_per_s"],
        report["of_baseline"]
    );
    if let Some(p50) = report.get("p50_ms") {
        text += &format!(", p50 {p50} ms = {} fdatasyncs", report["p50_in_fdatasyncs"]);
    }
    text
}
