//! The rows of each workload, and how one reading of a row is taken.

use crate::figures::Figures;
use crate::options::{Options, Order, Part, Workload};
use crate::scratch::Scratch;
use crate::{Failure, child, flushes};

/// The largest run of `scale`, and by how much the next smaller one is smaller.
const SCALE_STEPS: usize = 100_000;
const SCALE_BY: usize = 10;
const SCALE_ROWS: u32 = 3;

/// Runs of `parked` without a choice: a million takes minutes to write.
const PARKED: usize = 20_000;

/// One line of the tables.
pub struct Row {
    /// Which, for programs.
    pub name: String,
    /// What it is, for people.
    pub what: String,
    /// The figure that counts.
    pub headline: &'static str,
    /// Whether more of it is better.
    pub more_is_better: bool,
    /// The row with which its cost per step is compared: the first of the same name.
    pub scale: Option<&'static str>,
    /// Whether the raw rates say something about it.
    pub counts_flushes: bool,
    order: Order,
}

/// The rows of a workload.
pub fn of(workload: Workload, options: &Options) -> Vec<Row> {
    match workload {
        Workload::W1 => vec![row("w1", options.order_for(Part::Chain, (1, 1_000)))],
        Workload::W2 => vec![row("w2", options.order_for(Part::Chain, (1_000, 10)))],
        Workload::W3 => vec![row("w3", options.order_for(Part::Starts, (200, 1)))],
        Workload::W4 => vec![row("w4", options.order_for(Part::Wake, (1_000, 1)))],
        Workload::Parked => vec![row("parked", options.order_for(Part::Look, (PARKED, 1)))],
        Workload::Recovery => vec![row("recovery", options.order_for(Part::Reopen, (200, 500)))],
        Workload::Scale => {
            let shapes = [("chain", Part::Chain), ("wide", Part::Wide)];
            shapes.into_iter().flat_map(|(shape, part)| scale(options, shape, part)).collect()
        }
    }
}

fn scale(options: &Options, shape: &'static str, part: Part) -> Vec<Row> {
    let largest = options.steps.unwrap_or(SCALE_STEPS);
    let smaller = (0..SCALE_ROWS).rev().map(|times| largest / SCALE_BY.pow(times));
    let rows = smaller.filter(|steps| *steps > 0).map(|steps| {
        let order = Order { runs: 1, steps, in_flight: 1, ..options.order_for(part, (1, 1)) };
        let what = format!("one run of {steps} steps, {shape}");
        Row { what, scale: Some(shape), counts_flushes: false, ..row("scale", order) }
    });
    rows.collect()
}

fn row(name: &str, order: Order) -> Row {
    let Order { runs, steps, in_flight, .. } = order;
    let at_once = if in_flight < runs { format!(", {in_flight} at once") } else { String::new() };
    let (what, headline, more_is_better) = match name {
        "w2" => (format!("{runs} runs of {steps} steps{at_once}"), "steps_per_s", true),
        "w3" => (format!("{runs} starts of one step, one after another"), "p50_ms", false),
        "w4" => (format!("{runs} waiting runs killed, woken and ended{at_once}"), "seconds", false),
        "parked" => (format!("{runs} runs that wait"), "open_ms", false),
        "recovery" => (format!("{runs} runs of {steps} steps, killed{at_once}"), "open_ms", false),
        _ => (format!("{runs} run of {steps} steps in a row"), "steps_per_s", true),
    };
    let counts_flushes = matches!(name, "w1" | "w2" | "w3");
    let name = name.to_owned();
    Row { name, what, headline, more_is_better, scale: None, counts_flushes, order }
}

impl Row {
    /// Takes one reading on a fresh store.
    pub fn read(&self) -> Result<Figures, Failure> {
        let scratch = Scratch::new(&self.name)?;
        let order = self.order.clone().in_folder(scratch.path().join("store"));
        let before = match order.part {
            Part::Wake => child::killed(&order.with(Part::Wait))?,
            Part::Look => child::killed(&order.with(Part::Leave))?,
            Part::Reopen => child::killed(&order.with(Part::Write))?,
            _ => return child::reading(&order),
        };
        let mut figures = child::reading(&order)?;
        // What the process that was killed alone could tell.
        for name in
            ["kib_per_waiting_run", "parked_per_s", "disk_bytes_per_run", "parking_rss_peak_mib"]
        {
            figures.set_known(name, before.get(name));
        }
        Ok(figures)
    }

    /// Flushes a step, where they are counted.
    pub fn flushes(&self) -> Result<Figures, Failure> {
        if self.counts_flushes { flushes::counted(&self.order) } else { Ok(Figures::default()) }
    }
}
