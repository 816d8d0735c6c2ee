//! kill -9 at every event: the released binary runs both hotfix workflows against the simulator and
//! is killed right before and after every request, and around every write of the store; then
//! `resume` or `rollback` finishes, and the ledger, the world and the invariant are judged.
//!
//! The contract with `cargo xtask campaign kills` stands in
//! `crates/xtask/src/commands/campaign.rs`. Without `WINDLASS_KILL_RANGE` a small choice is run.

use super::cases::{Case, TOTAL};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cases run at once: the machine's two cores wait for the disk most of the time.
const WORKERS: usize = 3;

/// Without a range: every so many cases, a prime, so that all scenarios and kinds of points come
/// by.
const CHOICE_STEP: usize = 97;

#[test]
fn kill_matrix() {
    let numbers = chosen();
    println!("campaign: total={TOTAL}");
    if numbers.is_empty() {
        println!("campaign: ran=0");
        return;
    }
    let findings = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let killed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(number) = numbers.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let case = Case::numbered(*number);
                    match case.run() {
                        Ok(true) => drop(killed.fetch_add(1, Ordering::SeqCst)),
                        Ok(false) => {}
                        Err(why) => {
                            println!("campaign: finding case={number} ({case}) {why}");
                            findings.lock().unwrap().push(format!("case {number} ({case}): {why}"));
                        }
                    }
                }
            });
        }
    });
    println!("campaign: ran={}", numbers.len());
    println!("killed in {} of {} cases", killed.load(Ordering::SeqCst), numbers.len());
    let findings = findings.into_inner().unwrap();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// The cases of `WINDLASS_KILL_RANGE`: `FROM..TO` or `FROM..TO/STEP`.
fn chosen() -> Vec<usize> {
    let Ok(text) = std::env::var("WINDLASS_KILL_RANGE") else {
        return (0..TOTAL).step_by(CHOICE_STEP).collect();
    };
    let (range, step) = text.split_once('/').unwrap_or((&text, "1"));
    let (from, to) = range.split_once("..").expect("WINDLASS_KILL_RANGE is FROM..TO[/STEP]");
    let number = |text: &str| text.parse::<usize>().expect("WINDLASS_KILL_RANGE holds numbers");
    (number(from)..number(to).min(TOTAL)).step_by(number(step).max(1)).collect()
}
