//! What is counted in instructions: the same work each time, on one thread, with no clock, no disk
//! and no randomness, so that another machine counts the same.
//!
//!     cargo bench -p windlass-engine --bench instructions -- --list | NAME
//!
//! Run plainly it only works and says how often. `cargo xtask instructions` runs it under
//! callgrind, which counts inside of [`only_this_is_counted`], and compares with the committed
//! counts.
#![expect(clippy::print_stdout, reason = "its output is what a bench is for")]

mod stage;
mod pure;
mod whole;

type Failure = Box<dyn std::error::Error>;

/// One thing that is counted: how it is called, and the work; it returns how many times the thing
/// was done.
type Counted = (&'static str, fn() -> Result<u64, Failure>);

/// All of them.
const ALL: [Counted; 5] = [
    ("w1_step", whole::steps),
    ("w3_start", whole::starts),
    ("load_event", whole::loads),
    ("core_chain_step", pure::chain),
    ("core_wide_step", pure::wide),
];

fn main() -> Result<(), Failure> {
    // `cargo bench` adds a `--bench` of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.first().map(String::as_str) {
        Some("--list") => ALL.iter().for_each(|(name, _)| println!("{name}")),
        Some(wanted) => {
            let counted = ALL.iter().find(|(name, _)| *name == wanted);
            let (_, work) = counted.ok_or_else(|| format!("nothing is called `{wanted}`"))?;
            println!("{}", work()?);
        }
        None => {
            for (name, work) in ALL {
                println!("{name}: {} times", work()?);
            }
        }
    }
    Ok(())
}

/// Callgrind counts from the beginning of this function to its end: its name is known to xtask, and
/// no other may have it as a part. What prepares and what cleans up stands outside.
#[inline(never)]
fn only_this_is_counted(work: &mut dyn FnMut()) {
    work();
}
