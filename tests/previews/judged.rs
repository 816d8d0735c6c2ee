//! After a rollback the world equals what the preview said, over every event behind which a run of
//! the two hotfix workflows or the release may die. The contract with `cargo xtask campaign
//! previews` stands in `crates/xtask/src/commands/campaign.rs`. Without `WINDLASS_PREVIEWS` a small
//! choice is played.

use super::cases::{Case, Worlds};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cases played at once: most of a case is waiting for the simulated cloud.
const WORKERS: usize = 3;

/// Without a range: every so many cases of the hotfix workflows' points, a prime.
const CHOICE_STEP: usize = 23;

/// Cases from here on are of the release alone, whose worlds take long to make.
const CHOICE_END: usize = 130;

#[test]
fn previews_come_true() {
    let all = Case::all();
    let chosen = chosen(all.len());
    println!("campaign: total={}", all.len());
    let cases: Vec<&Case> = chosen.iter().map(|number| &all[*number]).collect();
    if cases.is_empty() {
        println!("campaign: ran=0");
        return;
    }
    let worlds = Worlds::of(&cases).unwrap();
    let findings = Mutex::new(Vec::new());
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(cases.len()) {
            scope.spawn(|| {
                while let Some(number) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let case = &all[*number];
                    match case.run(&worlds) {
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
    println!("campaign: ran={}", cases.len());
    println!("killed in {} of {} cases", killed.load(Ordering::SeqCst), cases.len());
    let findings = findings.into_inner().unwrap();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// The cases of `WINDLASS_PREVIEWS`: `FROM..TO` or `FROM..TO/STEP`.
fn chosen(total: usize) -> Vec<usize> {
    let Ok(text) = std::env::var("WINDLASS_PREVIEWS") else {
        return (CHOICE_STEP..CHOICE_END).step_by(CHOICE_STEP).collect();
    };
    let (range, step) = text.split_once('/').unwrap_or((&text, "1"));
    let (from, to) = range.split_once("..").expect("WINDLASS_PREVIEWS is FROM..TO[/STEP]");
    let number = |text: &str| text.parse::<usize>().expect("it holds numbers");
    (number(from)..number(to).min(total)).step_by(number(step).max(1)).collect()
}
