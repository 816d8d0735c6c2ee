//! Which steps nobody is to skip is found by one search that is gone on from: it finds what a
//! search of its own for each step finds.

use crate::proved::outline;
use serde_json::json;
use windlass_model::{Side, WorkflowDef};
use windlass_prover::{Options, prove, skipped};
use windlass_testkit::small::{both, from_seed, is, never, sets, workflow};

/// Workflows from seeds, beside those that set two fields in turn.
const SEEDS: u64 = 60;

/// Steps of one from a seed.
const STEPS_MAX: u64 = 3;

/// Fields that a workflow sets in turn.
const IN_TURN: [&str; 4] = ["a", "b", "a", "b"];

/// Each way to set two fields in turn to two values, where both must not be 1.
fn in_turn() -> impl Iterator<Item = WorkflowDef> {
    (0..1 << IN_TURN.len()).map(|values: u32| {
        let step = |(at, field): (usize, &&str)| {
            let before = at.checked_sub(1).map(|at| format!("s{at}"));
            let needs: Vec<&str> = before.as_deref().into_iter().collect();
            sets(&format!("s{at}"), &needs, field, json!(values >> at & 1))
        };
        let steps = IN_TURN.iter().enumerate().map(step).collect();
        workflow(steps, never(both(is("a", json!(1)), is("b", json!(1)))))
    })
}

#[test]
fn one_search_finds_what_one_for_each_step_finds() {
    let (mut kept, mut with_some) = (0, 0);
    for mut def in in_turn().chain((0..SEEDS).map(|seed| from_seed(seed, STEPS_MAX))) {
        // One that cannot be undone wants proof, and these have none.
        def.steps.iter_mut().for_each(|step| step.irreversible = false);
        let told = format!("{:?}", def.steps);
        let outline = outline(def);
        let verdict = prove(&outline, Options::default()).unwrap();
        if !verdict.is_kept() {
            continue;
        }
        let steps = 0..outline.sketches.len() as u32;
        let lanes = steps.flat_map(|step| [(step, Side::Forward), (step, Side::Undo)]);
        let breaks = |lane: &_| skipped(&outline, *lane, Options::default()).unwrap().is_some();
        let each: Vec<String> = lanes.filter(breaks).map(|lane| outline.lane_name(lane)).collect();
        assert_eq!(verdict.not_skippable, each, "{told}");
        kept += 1;
        with_some += u64::from(!each.is_empty());
    }
    assert!(kept > SEEDS / 5, "{kept} are kept");
    assert!(with_some > 2, "{with_some} of {kept} have steps that are not to be skipped");
}
