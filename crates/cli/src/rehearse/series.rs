//! Many rehearsals, two at a time, each judged as it ends.

use super::play::{Case, Played, play};
use super::verdict::Verdict;
use super::world::Beginning;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use windlass_model::{Millis, Phase, Workflow};

/// Rehearsals at once: one waits for the disk while the other works.
const AT_ONCE: usize = 2;

/// A case with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// What people call it.
    pub name: String,
    /// The case.
    pub case: Case,
}

/// How one went.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Whether the engine died and another went on.
    pub resumed: bool,
    /// Where the run stood in the end; none where it could not be played.
    pub phase: Option<Phase>,
    /// What is wrong.
    pub verdict: Verdict,
    /// The machine's time, in milliseconds.
    pub real_ms: Millis,
}

/// Plays all cases; `judge` gets the case and how it went. Blocks.
pub fn play_all(
    workflow: &Arc<Workflow>,
    cases: &[Named],
    beginning: &Beginning,
    judge: impl Fn(&Case, &Played) -> Verdict + Sync,
) -> Vec<Judged> {
    let next = AtomicUsize::new(0);
    let judged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(named) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let one = match play(workflow, &named.case, beginning) {
                        Ok(played) => Judged {
                            name: named.name.clone(),
                            resumed: played.resumed,
                            phase: Some(played.phase),
                            verdict: judge(&named.case, &played),
                            real_ms: played.real_ms,
                        },
                        Err(why) => unplayable(named, why),
                    };
                    judged.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            });
        }
    });
    let mut judged = judged.into_inner().unwrap_or_else(PoisonError::into_inner);
    let place = |name: &str| cases.iter().position(|case| case.name == name);
    judged.sort_by_key(|one| place(&one.name));
    judged
}

fn unplayable(named: &Named, why: String) -> Judged {
    let verdict = Verdict { otherwise: vec![why], ..Verdict::default() };
    Judged { name: named.name.clone(), resumed: false, phase: None, verdict, real_ms: 0 }
}
