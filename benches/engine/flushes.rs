//! Counts the flushes that a reading asks the kernel for, by looking on with strace. Its time does
//! not count: strace slows it down.

use crate::figures::Figures;
use crate::meter::{BEGIN, END};
use crate::options::Order;
use crate::scratch::Scratch;
use crate::{Failure, child};
use std::process::Command;

/// The calls that flush.
const FLUSHES: [&str; 3] = ["fdatasync", "fsync", "sync_file_range"];

/// Flushes a step of one more reading; none where there is no strace.
pub fn counted(order: &Order) -> Result<Figures, Failure> {
    let mut figures = Figures::default();
    if !Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        eprintln!("flushes are not counted: strace is missing");
        return Ok(figures);
    }
    let folder = Scratch::new("flushes")?;
    let trace = folder.path().join("trace");
    let plain = child::command(&order.clone().in_folder(folder.path().join("store")))?;
    let mut watched = Command::new("strace");
    // By seccomp only the calls that are looked for stop the process.
    let calls = format!("--trace={},?statx,?newfstatat,?stat", FLUSHES.join(","));
    watched.args(["--follow-forks", "--seccomp-bpf", &calls, "--output"]).arg(&trace);
    watched.arg(plain.get_program()).args(plain.get_args());
    watched.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    let steps = child::reading_of(watched)?.get("steps").unwrap_or(1.0);
    let trace = std::fs::read_to_string(&trace)?;
    for (call, count) in FLUSHES.iter().zip(while_measured(&trace)) {
        figures.set(&format!("{call}_per_step"), count as f64 / steps);
    }
    Ok(figures)
}

/// How often each call was begun between the marks of the meter.
fn while_measured(trace: &str) -> [u64; FLUSHES.len()] {
    let (mut counts, mut measured) = ([0; FLUSHES.len()], false);
    for line in trace.lines() {
        if line.contains(BEGIN) || line.contains(END) {
            measured = line.contains(BEGIN);
        }
        // A line is `PID call(...`; where a call ends later than it began, the rest stands in a
        // line of its own, which begins otherwise.
        let begun = line.split_whitespace().nth(1).and_then(|word| word.split('(').next());
        if let Some(at) = FLUSHES.iter().position(|call| measured && begun == Some(call)) {
            counts[at] += 1;
        }
    }
    counts
}
