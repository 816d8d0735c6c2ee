//! What the seeds met, so that nobody believes a search that never saw the hard places.

/// What one seed met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    pub crash: bool,
    pub parallel_at_crash: bool,
    pub undo_in_doubt: bool,
    pub stolen: bool,
    pub stolen_in_rollback: bool,
    pub answer_races: bool,
    pub rolled_back: bool,
    pub succeeded: bool,
    pub cancelled: bool,
    pub stuck: bool,
    pub paused: bool,
    pub asked: bool,
    pub clock_back: bool,
    pub undone_in_progress: bool,
    pub half_done: bool,
    pub partial: bool,
    pub queued: bool,
    pub released: bool,
    pub superseded: bool,
    pub sent_early: bool,
    pub gated_at_crash: bool,
    pub told_again: bool,
}

/// A share that must not be small, in percent.
pub const SHARE_MIN_PERCENT: f64 = 2.0;

/// What all seeds met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shares {
    seeds: u64,
    happenings: u64,
    counts: [u64; 22],
}

const NAMES: [&str; 22] = [
    "a crash",
    "a parallel step in flight at a crash",
    "a compensation in doubt",
    "a stolen lease",
    "a stolen lease during rollback",
    "an answer that races a timeout",
    "rolled back",
    "succeeded",
    "cancelled",
    "stuck",
    "paused",
    "a human asked about doubt",
    "a clock set back",
    "undone while its operation worked",
    "an operation that failed half-way",
    "a partial rollback",
    "queued behind another run",
    "a lock that another run waited for",
    "superseded by another run",
    "a signal that came before its wait",
    "a closed gate at a crash",
    "a message sent again after a crash",
];

/// Those that the search must meet often, by their place in the list.
const REQUIRED: [usize; 10] = [1, 2, 4, 5, 16, 17, 18, 19, 20, 21];

impl Shares {
    /// Counts a seed.
    pub fn add(&mut self, met: Met, happenings: u64) {
        let flags = [
            met.crash,
            met.parallel_at_crash,
            met.undo_in_doubt,
            met.stolen,
            met.stolen_in_rollback,
            met.answer_races,
            met.rolled_back,
            met.succeeded,
            met.cancelled,
            met.stuck,
            met.paused,
            met.asked,
            met.clock_back,
            met.undone_in_progress,
            met.half_done,
            met.partial,
            met.queued,
            met.released,
            met.superseded,
            met.sent_early,
            met.gated_at_crash,
            met.told_again,
        ];
        self.seeds += 1;
        self.happenings += happenings;
        for (count, flag) in self.counts.iter_mut().zip(flags) {
            *count += u64::from(flag);
        }
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.happenings += other.happenings;
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
    }

    /// How many seeds were counted.
    pub fn seeds(&self) -> u64 {
        self.seeds
    }

    /// The shares, a line each.
    pub fn told(&self) -> String {
        let mut text = format!("{} seeds, {} happenings\n", self.seeds, self.happenings);
        for (at, name) in NAMES.iter().enumerate() {
            text.push_str(&format!("{:6.2} %  {name}\n", self.percent(at)));
        }
        text
    }

    /// Those of the required shares that are too small.
    pub fn too_small(&self) -> Vec<&'static str> {
        let small = REQUIRED.iter().filter(|at| self.percent(**at) < SHARE_MIN_PERCENT);
        small.map(|at| NAMES[*at]).collect()
    }

    fn percent(&self, at: usize) -> f64 {
        self.counts[at] as f64 * 100.0 / self.seeds.max(1) as f64
    }
}
