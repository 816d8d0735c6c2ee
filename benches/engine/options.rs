//! The command line. It also carries what a process is told that takes one reading for another.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Measures windlass on its own store, beside what the disk gives in the same minute.
#[derive(Clone, Debug, Parser)]
#[command(name = "engine")]
pub struct Options {
    /// What to measure; w1, w2 and w3 without a choice.
    #[arg(long = "workload", value_name = "WORKLOAD")]
    workloads: Vec<Workload>,
    /// Prints one line of JSON a row.
    #[arg(long)]
    pub json: bool,
    /// Readings of each row; their median counts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub repeats: usize,
    /// For how long a reading of w1, w2 or w3 goes on with new runs, at the least.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    seconds: f64,
    /// Runs: of one batch in w2, parked in w4 and `parked`, with a history in `recovery`.
    #[arg(long, value_name = "N")]
    pub runs: Option<usize>,
    /// Steps of a run; of the largest one in `scale`.
    #[arg(long, value_name = "N")]
    pub steps: Option<usize>,
    /// Runs that are driven at once; all of them without a choice.
    #[arg(long, value_name = "K")]
    pub in_flight: Option<usize>,
    /// Takes one reading in this process.
    #[arg(long, hide = true)]
    part: Option<Part>,
    /// Where this process has its store.
    #[arg(long, hide = true, default_value = ".")]
    folder: PathBuf,
    /// Said by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Workload {
    /// One run of 1,000 steps in a row.
    W1,
    /// 1,000 runs of 10 steps at once.
    W2,
    /// A one-step run from its start until its success is durable and published.
    W3,
    /// 1,000 runs wait, their process is killed, the next one signals all and ends them.
    W4,
    /// One run of 1,000, 10,000 and 100,000 steps, as a chain and as a wide graph.
    Scale,
    /// A store of runs that wait: memory and start-up.
    Parked,
    /// A store of long histories whose writer was killed: opening it.
    Recovery,
}

/// What one process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Drives runs of steps in a row.
    Chain,
    /// Drives runs of steps beside each other.
    Wide,
    /// Starts one-step runs, one after another.
    Starts,
    /// Has runs wait in memory, then waits to be killed.
    Wait,
    /// Has runs wait and leaves them, then waits to be killed.
    Leave,
    /// Signals all runs that wait and drives them to their end.
    Wake,
    /// Opens a store of parked runs, looks at it, and wakes one.
    Look,
    /// Writes histories, and goes on until it is killed.
    Write,
    /// Opens a store whose writer was killed, and drives what was broken off to its end.
    Reopen,
}

/// One reading as one process takes it.
#[derive(Clone, Debug)]
pub struct Order {
    /// What it does.
    pub part: Part,
    /// Its store's folder.
    pub folder: PathBuf,
    /// How many runs.
    pub runs: usize,
    /// How many steps a run.
    pub steps: usize,
    /// How many runs at once.
    pub in_flight: usize,
    /// How long it goes on with new runs, at the least.
    pub at_least: Duration,
}

/// Reads the command line; what is wrong with it ends the process with a sentence.
pub fn read() -> Options {
    Options::parse()
}

impl Options {
    /// The workloads that are asked for.
    pub fn workloads(&self) -> Vec<Workload> {
        match self.workloads.is_empty() {
            true => vec![Workload::W1, Workload::W2, Workload::W3],
            false => self.workloads.clone(),
        }
    }

    /// What this process is told to do for another one.
    pub fn order(&self) -> Option<Order> {
        let part = self.part?;
        Some(self.order_for(part, (1, 1)).in_folder(self.folder.clone()))
    }

    /// An order of so many runs and steps, where the command line does not say otherwise.
    pub fn order_for(&self, part: Part, (runs, steps): (usize, usize)) -> Order {
        let runs = self.runs.unwrap_or(runs);
        Order {
            part,
            folder: PathBuf::new(),
            runs,
            steps: self.steps.unwrap_or(steps),
            in_flight: self.in_flight.unwrap_or(runs).max(1),
            at_least: Duration::from_secs_f64(self.seconds.max(0.0)),
        }
    }
}

impl Order {
    /// The same in another folder.
    pub fn in_folder(self, folder: PathBuf) -> Self {
        Self { folder, ..self }
    }

    /// The same for another process.
    pub fn with(&self, part: Part) -> Self {
        Self { part, ..self.clone() }
    }

    /// The words that say all this.
    pub fn words(&self) -> Vec<String> {
        let part = self.part.to_possible_value().map(|value| value.get_name().to_owned());
        vec![
            format!("--part={}", part.unwrap_or_default()),
            format!("--folder={}", self.folder.display()),
            format!("--runs={}", self.runs),
            format!("--steps={}", self.steps),
            format!("--in-flight={}", self.in_flight),
            format!("--seconds={}", self.at_least.as_secs_f64()),
        ]
    }
}
