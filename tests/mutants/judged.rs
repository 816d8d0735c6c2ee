//! Mutants of the shipped workflows that pass every static check: the prover's verdict on each
//! condition is that of every rehearsal. The contract with `cargo xtask campaign mutants` stands in
//! `crates/xtask/src/commands/campaign.rs`. Without `WINDLASS_MUTANTS` it judges a few.

use super::mutate::{Mutant, mutants};
use super::rules::with_rules;
use crate::home::{Home, repository};
use serde_json::Value;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A shipped workflow, the file of it that is changed (itself, or one that it calls), and the
/// environment that it is judged in.
struct Shipped {
    workflow: &'static str,
    changed: &'static str,
    env: &'static str,
}

const fn itself(workflow: &'static str, env: &'static str) -> Shipped {
    Shipped { workflow, changed: workflow, env }
}

const fn called(workflow: &'static str, changed: &'static str) -> Shipped {
    Shipped { workflow, changed, env: "rehearsal" }
}

/// The shipped files, those first whose rehearsals are the shortest.
const FILES: [Shipped; 17] = [
    itself("local/canary", "local"),
    itself("local/set_up", "local"),
    itself("local/tear_down", "local"),
    itself("local/blue_green", "local"),
    itself("local/nightly_refresh", "local"),
    itself("hotfix_qa4_restore", "rehearsal"),
    itself("prepare_release", "rehearsal"),
    called("hotfix_prod", "lib/keep_old_database"),
    called("hotfix_prod", "lib/deploy_the_rest"),
    itself("hotfix_qa4_setup", "rehearsal"),
    itself("local/release_postgres", "local"),
    itself("rollback_release", "rehearsal"),
    called("midday", "lib/move_traffic"),
    itself("midday", "rehearsal"),
    itself("hotfix_prod", "rehearsal"),
    itself("release", "rehearsal"),
    itself("hotfix_pr", "rehearsal"),
];

/// Judged where nobody chose: one that is kept, one that is refused, and two that are broken.
const FEW: [usize; 4] = [2, 49, 1, 394];

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

/// The text of a shipped file, with what must hold beside.
fn text(file: &str) -> String {
    let text = fs::read_to_string(repository(&format!("workflows/{file}.yaml"))).unwrap();
    with_rules(file, &text)
}

/// All of them, with what each comes from.
fn all() -> Vec<(&'static Shipped, Mutant)> {
    let of = |shipped: &'static Shipped| {
        mutants(&text(shipped.changed)).into_iter().map(move |mutant| (shipped, mutant))
    };
    FILES.iter().flat_map(of).collect()
}

/// A home with all files that one of the shipped may name.
fn home() -> Home {
    let home = Home::new();
    for folder in ["", "lib", "local", "environments"] {
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
fn judge(home: &Home, shipped: &Shipped, mutant: &Mutant) -> Result<Judged, String> {
    let Shipped { workflow, changed, env } = shipped;
    let name = |file: &str| format!("{file}.yaml");
    home.file(&name(workflow), &text(workflow));
    home.file(&name(changed), &mutant.text);
    let words = ["rehearse", &name(workflow), "--env", env, "--every-way", "--json"];
    let ended = home.windlass(&words);
    home.file(&name(changed), &text(changed));
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
                    let (shipped, mutant) = &all[*number];
                    let one = judge(&home, shipped, mutant);
                    let file = shipped.changed;
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
