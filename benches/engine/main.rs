//! What durability costs: windlass on its own store, beside what the disk gives in the same minute.
//!
//!     cargo bench --bench engine -- --workload w1|w2|w3|w4|scale|parked|recovery [--json] \
//!         [--repeats N] [--seconds S] [--runs N] [--steps N] [--in-flight K]
//!
//! Every reading is a process of its own, so that its memory, its processor time and its bytes are
//! its own too, and so that it can be killed. Before and after each one the raw rates of the disk
//! are read. Every figure counts steps whose intent and outcome are both durable before the next
//! effect; the action does nothing and captures nothing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads the clock"
)]

mod figures;
mod machine;
mod scratch;
mod raw;
mod options;
mod meter;
mod rig;
mod steps;
mod parked;
mod histories;
mod part;
mod child;
mod flushes;
mod rows;
mod report;

use options::{Options, Workload};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let began = std::time::Instant::now();
    let options = options::read();
    if let Some(order) = options.order() {
        return part::carry_out(&order, began);
    }
    if !options.json {
        println!("{}", machine::described());
    }
    options.workloads().into_iter().try_for_each(|workload| measure(workload, &options))
}

/// Measures a workload and prints each of its rows as soon as it is known.
fn measure(workload: Workload, options: &Options) -> Result<(), Failure> {
    let mut smallest = None;
    for row in rows::of(workload, options) {
        let mut report = report::of(&row, options)?;
        report.compare_with(&mut smallest);
        let text = if options.json { report.json().to_string() } else { report.table() };
        println!("{text}");
    }
    Ok(())
}
