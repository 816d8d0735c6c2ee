//! `repeat` and `notify`, from files to what is stored with a run.

#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_model::expr::Scope;
use windlass_model::notice::Moment;
use windlass_model::step::Work;
use windlass_model::{StepDef, Value, WorkflowDef};
use windlass_spec::{check_workflow, render_plain, resolve};

fn resolved(files: &[(&str, &str)]) -> WorkflowDef {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog.json");
    let catalog = std::fs::read_to_string(path).expect("the catalog");
    let catalog = serde_json::from_str(&catalog).expect("a catalog");
    let map: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let report = check_workflow(&map, Path::new(files[0].0), None, &catalog);
    let said = render_plain(&report.diagnostics);
    resolve(&report.workflow.expect(&said), &Map::new()).expect("resolved")
}

fn step<'a>(def: &'a WorkflowDef, id: &str) -> &'a StepDef {
    def.steps.iter().find(|step| step.id.as_str() == id).expect(id)
}

fn needs(def: &WorkflowDef, id: &str) -> Vec<String> {
    step(def, id).needs.iter().map(ToString::to_string).collect()
}

/// Outputs of steps.
struct Outputs(&'static [(&'static str, Value)]);

impl Scope for Outputs {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let ["steps", id, "outputs", rest @ ..] = path else { return None };
        let output = &self.0.iter().find(|(known, _)| known == id)?.1;
        rest.iter()
            .try_fold(output, |at, key| if at.is_null() { Some(at) } else { at.get(*key) })
            .cloned()
    }
}

const LOOK: &str = "name: w\nsteps:\n\
    \x20 - { id: first, run: x }\n\
    \x20 - id: look\n    run: x\n    env: { ROUND: \"${{ item }}\" }\n    if: \"true\"\n\
    \x20   not_before: \"03:00\"\n    timeout: 5m\n\
    \x20   repeat: { until: outputs.exit_status == 3, max: 3, every: 30s }\n\
    \x20   notify: { on: [start, success, failure], uses: notify.slack, with: { webhook: hook,\n\
    \x20     text: \"${{ notice.step }}: ${{ notice.says }}\" } }\n\
    \x20 - { id: last, run: x, env: { CODE: \"${{ steps.look.outputs.exit_status }}\" } }\n";

#[test]
fn rounds_are_steps_that_begin_where_the_one_before_was_not_enough() {
    let def = resolved(&[("w.yaml", LOOK)]);
    let ids: Vec<&str> = def.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["first", "look[1]", "look[2]", "look[3]", "look", "last"]);
    assert_eq!(needs(&def, "look[1]"), ["first"]);
    assert_eq!(needs(&def, "look[3]"), ["look[2]"]);
    assert_eq!(needs(&def, "look"), ["look[1]", "look[2]", "look[3]"]);
    assert_eq!(needs(&def, "last"), ["look"]);
    let (one, two) = (step(&def, "look[1]"), step(&def, "look[2]"));
    assert_eq!((one.gate.pause_ms, two.gate.pause_ms), (None, Some(30_000)));
    assert!(one.gate.not_before.is_some() && two.gate.not_before.is_none());
    assert_eq!((&one.item, &two.item), (&Some(json!(1)), &Some(json!(2))));
    assert_eq!((one.timeout_ms, two.timeout_ms), (Some(300_000), Some(300_000)));
    let again = two.condition.as_ref().expect("a condition");
    assert_eq!(again.source, "!(outputs.exit_status == 3) after look[1]");
    for (before, more) in [
        (json!({ "exit_status": 0 }), true),
        (json!({ "exit_status": 3 }), false),
        (Value::Null, false),
    ] {
        let outputs: &'static _ = Box::leak(Box::new([("look[1]", before)]));
        assert_eq!(again.holds(&Outputs(outputs)), Ok(more), "{outputs:?}");
    }
    let counted = LOOK.replace("outputs.exit_status == 3", "item == 1");
    let def_of_count = resolved(&[("w.yaml", &counted)]);
    let again_of_count = step(&def_of_count, "look[2]").condition.as_ref().expect("a condition");
    let outputs = Outputs(&[("look[1]", Value::Bool(true))]);
    assert_eq!(again_of_count.holds(&outputs), Ok(false), "`item` is that of the round before");
    let Work::Rounds { until } = &step(&def, "look").work else { panic!("no end") };
    assert_eq!(until.source, "outputs.exit_status == 3");
}

#[test]
fn a_repeated_step_tells_of_its_begin_once_of_each_failure_and_of_its_end() {
    let def = resolved(&[("w.yaml", LOOK)]);
    let on = |id: &str| step(&def, id).notify[0].on.clone();
    assert_eq!(on("look[1]"), [Moment::Start, Moment::Failure]);
    assert_eq!(on("look[2]"), [Moment::Failure]);
    assert_eq!(on("look"), [Moment::Success, Moment::Failure]);
    let notice = &step(&def, "look").notify[0];
    assert_eq!(notice.uses, "notify.slack");
}

#[test]
fn a_workflow_that_is_called_is_repeated_as_a_whole() {
    let caller = "name: w\nsteps:\n\
        \x20 - { id: first, run: x }\n\
        \x20 - id: try\n    uses: ./inner.yaml\n    if: inputs.n == 1\n\
        \x20   with: { round: \"${{ item }}\" }\n\
        \x20   repeat: { until: outputs.code == 0, max: 2, every: 1m }\n\
        \x20 - { id: last, run: x, env: { CODE: \"${{ steps.try.outputs.code }}\" } }\n\
        inputs: { n: { type: int, default: 1 } }\n";
    let inner = "name: inner\ninputs: { round: { type: int } }\n\
        outputs: { code: \"${{ steps.b.outputs.exit_status }}\" }\nsteps:\n\
        \x20 - { id: a, run: x }\n  - { id: other, run: x, needs: [] }\n\
        \x20 - { id: b, run: x, env: { R: \"${{ inputs.round }}\" }, needs: [a, other] }\n";
    let def = resolved(&[("w.yaml", caller), ("inner.yaml", inner)]);
    let ids: Vec<&str> = def.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "first",
            "try[1].a",
            "try[1].other",
            "try[1].b",
            "try[1]",
            "try.pause[2]",
            "try[2].a",
            "try[2].other",
            "try[2].b",
            "try[2]",
            "try",
            "last"
        ]
    );
    assert_eq!(needs(&def, "try[1].a"), ["first"]);
    assert_eq!(needs(&def, "try.pause[2]"), ["try[1]"]);
    for id in ["try[2].a", "try[2].other"] {
        assert_eq!(needs(&def, id), ["try.pause[2]"], "{id}");
        let condition = step(&def, id).condition.as_ref().expect("a condition");
        let enough = Outputs(&[("try[1]", Value::Null)]);
        assert_eq!(condition.holds(&enough), Ok(false), "the first round was not to be");
    }
    assert_eq!(step(&def, "try.pause[2]").gate.pause_ms, Some(60_000));
    assert_eq!(needs(&def, "try"), ["try[1]", "try[2]"]);
    let Work::Action { with, .. } = &step(&def, "try[2].b").work else { panic!("no action") };
    assert_eq!(with.preview(&())["env"]["R"], 2, "`item` is the round's number");
}
