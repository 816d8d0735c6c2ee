//! The power goes while the engine is under load: everything that was acknowledged is there
//! afterwards, and nothing happens twice. Apart from the other tests, since it needs root and loop
//! devices; the contract with `cargo xtask campaign power-cuts` stands in
//! `crates/xtask/src/commands/campaign.rs`.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, prints its findings, and reads its environment"
)]

#[path = "../loaded/mod.rs"]
#[expect(dead_code, reason = "the other tests use the rest of it")]
mod loaded;
mod device;
mod cases;

use cases::{Case, TOTAL};
use loaded::Seen;

#[test]
fn power_cuts() {
    println!("campaign: total={TOTAL}");
    let (mut findings, mut sums) = (Vec::new(), Seen::default());
    let numbers = chosen();
    for number in &numbers {
        let case = Case::numbered(*number);
        match case.run() {
            Ok(seen) => sums.add(&seen),
            Err(why) => {
                println!("campaign: finding case={number} ({case}) {why}");
                findings.push(format!("case {number} ({case}): {why}"));
            }
        }
    }
    println!("campaign: ran={}", numbers.len());
    println!("{sums}");
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// The cases of `WINDLASS_POWER_CUTS`: `FROM..TO` or `FROM..TO/STEP`; two, of each file system one,
/// where there is none.
fn chosen() -> Vec<usize> {
    let text = std::env::var("WINDLASS_POWER_CUTS").unwrap_or_else(|_| "0..2".to_owned());
    let (range, step) = text.split_once('/').unwrap_or((&text, "1"));
    let (from, to) = range.split_once("..").expect("WINDLASS_POWER_CUTS is FROM..TO[/STEP]");
    let number = |text: &str| text.parse::<usize>().expect("it holds numbers");
    (number(from)..number(to).min(TOTAL)).step_by(number(step).max(1)).collect()
}
