//! A proof of 30 steps in six branches that run at once, beside a plain search of the same: what
//! the reduction gives.
//!
//! `cargo bench -p windlass-prover [-- --json]`. The plain search is stopped at a bound of its own,
//! since it comes to no end; its figure is how many situations a second it looks at.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what it prints, and the time that it takes, is what a bench is for"
)]

use serde_json::json;
use std::time::Instant;
use windlass_model::event::Effect;
use windlass_model::workflow::Invariant;
use windlass_model::{StepDef, Value, WorkflowDef};
use windlass_prover::{Declared, Options, Outline, Verdict, invariants};
use windlass_testkit::small::{both, is, never, sets, workflow};

/// Branches that run at once.
const BRANCHES: usize = 6;

/// Steps of each.
const STEPS: usize = 5;

/// Situations after which the plain search is stopped: some seconds' worth.
const PLAIN_MAX: usize = 5_000;

/// The steps set what they say themselves.
struct Own;

impl Declared for Own {
    fn effects(&self, _uses: &str, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn output(&self, _uses: &str) -> Option<&Value> {
        None
    }
}

/// Six branches of five steps, of which the second sets the database and the fourth the build.
fn branches(rules: Vec<Invariant>) -> WorkflowDef {
    let mut steps: Vec<StepDef> = Vec::new();
    for branch in 0..BRANCHES {
        for at in 0..STEPS {
            let needs = if at == 0 { None } else { Some(format!("s{branch}_{}", at - 1)) };
            let needs: Vec<&str> = needs.as_deref().into_iter().collect();
            let field = match at {
                1 => format!("database{branch}"),
                3 => format!("branch{branch}"),
                _ => format!("other{branch}_{at}"),
            };
            steps.push(sets(&format!("s{branch}_{at}"), &needs, &field, json!("main")));
        }
    }
    let first = rules.first().cloned();
    let def = workflow(steps, first.unwrap_or_else(|| rule(0)));
    WorkflowDef { invariants: rules, max_parallel: 8, ..def }
}

/// No main build on a database that is not main's, in one branch.
fn rule(branch: usize) -> Invariant {
    let broken = both(
        is(&format!("branch{branch}"), json!("main")),
        is(&format!("database{branch}"), json!("prod")),
    );
    Invariant { id: format!("rule{branch}"), ..never(broken) }
}

/// The build of one branch and the database of another, which nothing orders.
fn across(one: usize, other: usize) -> Invariant {
    let broken = both(
        is(&format!("branch{one}"), json!("main")),
        is(&format!("database{other}"), json!("nobody's")),
    );
    Invariant { id: format!("across{one}_{other}"), ..never(broken) }
}

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    let rules = || (0..BRANCHES).map(rule).collect::<Vec<_>>();
    let pairs = || (0..BRANCHES).map(|one| across(one, (one + 1) % BRANCHES)).collect::<Vec<_>>();
    let all = || rules().into_iter().chain(pairs()).collect::<Vec<_>>();
    for (name, rules) in [("a rule a branch", rules()), ("and six across two", all())] {
        let outline = Outline::new(branches(rules), &Own);
        let Ok(outline) = outline else { panic!("the workflow is none") };
        let reduced = measured(&outline, Options::default());
        let plain = Options { reduced: false, states_max: PLAIN_MAX };
        tell(name, "reduced", &reduced, json);
        tell(name, "plain", &measured(&outline, plain), json);
    }
}

fn measured(outline: &Outline, options: Options) -> (Verdict, f64) {
    let since = Instant::now();
    match invariants(outline, options) {
        Ok(verdict) => (verdict, since.elapsed().as_secs_f64()),
        Err(bug) => panic!("the proof broke off: {}", bug.0),
    }
}

fn tell(name: &str, search: &str, (verdict, seconds): &(Verdict, f64), json: bool) {
    let (states, open) = (verdict.states, verdict.not_proved.len());
    let each = states as f64 / seconds;
    if json {
        let what = json!({
            "workflow": name, "search": search, "states": states, "seconds": seconds,
            "not_proved": open, "broken": verdict.stories.len(),
        });
        println!("{what}");
    } else {
        let broken = verdict.stories.len();
        println!(
            "{name:<20} {search:<8} {states:>9} states {seconds:>8.2} s {each:>9.0} a second; \
             {broken} broken, {open} not proved"
        );
    }
}
