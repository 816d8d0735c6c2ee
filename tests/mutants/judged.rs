//! Mutants of the shipped workflows that pass every static check: the prover's verdict on each
//! condition is that of every rehearsal. The contract with `cargo xtask campaign mutants` stands in
//! `crates/xtask/src/commands/campaign.rs`. Without `WINDLASS_MUTANTS` it judges a few.

use super::mutate::{Mutant, mutants};
use crate::home::{Home, repository};
use serde_json::Value;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The shipped files, those first whose rehearsals are the shortest.
const FILES: [&str; 8] = [
    "hotfix_qa4_restore",
    "prepare_release",
    "hotfix_qa4_setup",
    "hotfix_prod",
    "hotfix_pr",
    "rollback_release",
    "midday",
    "release",
];

/// Judged where nobody chose: one that is refused, two that are broken, and one that is kept.
const FEW: [usize; 4] = [6, 18, 24, 27];

/// Mutants that are judged at once.
const AT_ONCE: usize = 2;

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// Some static check refuses it.
    Refused,
    Kept,
    Broken,
}

/// All of them, with the file that each comes from.
fn all() -> Vec<(&'static str, Mutant)> {
    let of = |file: &&'static str| {
        let text = fs::read_to_string(repository(&format!("workflows/{file}.yaml"))).unwrap();
        let file = *file;
        mutants(&text).into_iter().map(move |mutant| (file, mutant))
    };
    FILES.iter().flat_map(of).collect()
}

/// A home with all files that one of the shipped may name.
fn home() -> Home {
    let home = Home::new();
    for folder in ["", "lib", "environments"] {
        for entry in fs::read_dir(repository("workflows").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
                home.file(name.trim_start_matches('/'), &fs::read_to_string(&path).unwrap());
            }
        }
    }
    home
}

/// Judges a mutant twice. The error is where the verdicts are two.
fn judge(home: &Home, mutant: &Mutant) -> Result<Judged, String> {
    home.file("mutant.yaml", &mutant.text);
    let words = ["rehearse", "mutant.yaml", "--env", "rehearsal", "--every-way", "--json"];
    let ended = home.windlass(&words);
    match ended.code {
        Some(3) => return Ok(Judged::Refused),
        Some(0) => {}
        _ => return Err(format!("{} {}", ended.stdout.trim(), ended.stderr.trim())),
    }
    let lines = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let broken = lines.filter(|line| line["proved"] == "broken").count();
    Ok(if broken > 0 { Judged::Broken } else { Judged::Kept })
}

#[test]
fn mutants_are_judged_alike() {
    let all = all();
    let chosen = chosen(all.len());
    println!("campaign: total={}", all.len());
    let (next, judged) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let home = home();
                while let Some(number) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (file, mutant) = &all[*number];
                    let one = judge(&home, mutant);
                    let what = &mutant.what;
                    match &one {
                        Ok(is) => println!("case={number} ({file}: {what}) {is:?}"),
                        Err(why) => {
                            println!("campaign: finding case={number} ({file}: {what}) {why}");
                        }
                    }
                    judged.lock().unwrap().push(one);
                }
            });
        }
    });
    let judged = judged.into_inner().unwrap();
    let count = |is: Judged| judged.iter().filter(|one| **one == Ok(is)).count();
    let (refused, kept, broken) =
        (count(Judged::Refused), count(Judged::Kept), count(Judged::Broken));
    println!("campaign: ran={}", judged.len());
    println!("{refused} refused by a static check, {kept} kept, {broken} broken");
    let findings = judged.iter().filter(|one| one.is_err()).count();
    assert_eq!(findings, 0, "of {} mutants", judged.len());
}

/// The cases of `WINDLASS_MUTANTS`: `FROM..TO` or `FROM..TO/STEP`.
fn chosen(total: usize) -> Vec<usize> {
    let Ok(text) = std::env::var("WINDLASS_MUTANTS") else {
        return FEW.to_vec();
    };
    let (range, step) = text.split_once('/').unwrap_or((&text, "1"));
    let (from, to) = range.split_once("..").expect("WINDLASS_MUTANTS is FROM..TO[/STEP]");
    let number = |text: &str| text.parse::<usize>().expect("it holds numbers");
    (number(from)..number(to).min(total)).step_by(number(step).max(1)).collect()
}
