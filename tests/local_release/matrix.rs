//! The local release killed at random moments. The contract with `cargo xtask campaign local`
//! stands in `crates/xtask/src/commands/campaign.rs`. Without `WINDLASS_LOCAL_RANGE` it plays a
//! handful of cases, of each scenario one or two.

use super::cases::{Case, TOTAL};
use super::place::Place;
use super::verdict;
use crate::stage::expect_code;

#[test]
fn local_kills() {
    let numbers = chosen();
    println!("campaign: total={TOTAL}");
    let (mut findings, mut killed) = (Vec::new(), 0);
    for number in &numbers {
        let case = Case::numbered(*number);
        match case.run() {
            Ok(was) => killed += usize::from(was),
            Err(why) => {
                println!("campaign: finding case={number} ({case}) {why}");
                findings.push(format!("case {number} ({case}): {why}"));
            }
        }
    }
    println!("campaign: ran={}", numbers.len());
    println!("killed in {killed} of {} cases", numbers.len());
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// What a person does with the shipped files, one after the other.
#[test]
fn the_local_release_goes_to_its_question_back_and_to_its_end() {
    let place = Place::set_up().unwrap();
    let before = verdict::world(&place).unwrap();
    expect_code(&place.release(false).run().unwrap(), 4, "up to the question").unwrap();
    let during = verdict::world(&place).unwrap();
    assert!(during["databases"].as_str().unwrap().contains("shopold"), "{during}");
    assert!(during["users"].as_str().unwrap().contains("Delft"), "{during}");
    assert_eq!(during["backups"][0], "shopold-1.1.dump");
    let run = place.run().unwrap().unwrap().0;
    expect_code(&place.rollback(&run).run().unwrap(), 5, "rollback").unwrap();
    verdict::put_back(&place, &before).unwrap();
    expect_code(&place.release(true).run().unwrap(), 0, "to its end").unwrap();
    let after = verdict::world(&place).unwrap();
    assert_eq!(after["tags"], "v1.1");
    assert!(!after["databases"].as_str().unwrap().contains("shopold"), "{after}");
    place.ask("sh", &["-c", "cd backups && sha256sum --check --status *.sha256"]).unwrap();
    expect_code(&place.start("tear_down", &["--yes"]).run().unwrap(), 0, "tear_down").unwrap();
    assert!(!place.root().exists());
    assert_eq!(place.processes(), (Vec::new(), Vec::new()));
}

/// The cases of `WINDLASS_LOCAL_RANGE`: `FROM..TO` or `FROM..TO/STEP`; every sixteenth where there
/// is none.
fn chosen() -> Vec<usize> {
    let Ok(text) = std::env::var("WINDLASS_LOCAL_RANGE") else {
        return (0..TOTAL).step_by(16).collect();
    };
    let (range, step) = text.split_once('/').unwrap_or((&text, "1"));
    let (from, to) = range.split_once("..").expect("WINDLASS_LOCAL_RANGE is FROM..TO[/STEP]");
    let number = |text: &str| text.parse::<usize>().expect("it holds numbers");
    (number(from)..number(to).min(TOTAL)).step_by(number(step).max(1)).collect()
}
