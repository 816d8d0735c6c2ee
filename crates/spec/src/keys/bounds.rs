//! How much a file may ask for. More is a mistake, or wants a workflow of its own.

/// Steps in flight at once, of a run or of one `for_each`: each holds a connection and a call, and
/// every service that windlass speaks to slows its callers down far below that.
pub const PARALLEL_MAX: u32 = 1_000;

/// Steps written in one file: nobody reviews a longer one. What repeats itself is a `for_each` or a
/// workflow that is called.
pub const STEPS_WRITTEN_MAX: usize = 2_000;

/// Rounds of a `repeat`: each is a step of the graph before the run starts.
pub const ROUNDS_MAX: u32 = 100;

/// Attempts at a step: with the longest delay that is most of a night.
pub const ATTEMPTS_MAX: u32 = 100;
