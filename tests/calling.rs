//! Workflows that call others, by the real binary: what the run does, undoes, shows.

use crate::home::Home;
use crate::runs::ledger;
use crate::spoken::keep;

const SWITCH: &str = "\
name: switch
inputs: { app: { type: string }, slow: { type: bool, default: false } }
outputs: { was: \"${{ steps.before.outputs.was }}\" }
steps:
  - id: before
    uses: set
    with: { was: \"old ${{ inputs.app }}\" }
  - id: stop
    run: echo \"stop $APP\" >> ../ledger
    env: { APP: \"${{ inputs.app }}\" }
    compensate:
      uses: shell
      with: { run: 'echo \"start $APP\" >> ../ledger', env: { APP: \"${{ inputs.app }}\" } }
  - id: rest
    if: inputs.slow
    run: echo rest >> ../ledger
";

const RELEASE: &str = "\
name: release
on_failure: rollback
inputs: { bad: { type: bool, default: true } }
steps:
  - id: mark
    run: echo mark >> ledger
    compensate: { uses: shell, with: { run: echo unmark >> ledger } }
  - id: halt
    uses: ./lib/switch.yaml
    for_each: [one, two]
    max_parallel: 1
    with: { app: \"${{ item }}\" }
  - id: never
    if: '!inputs.bad && inputs.bad'
    uses: ./lib/switch.yaml
    with: { app: three, slow: true }
  - id: told
    run: echo \"$WAS\" >> ledger
    env: { WAS: \"${{ steps.halt.outputs.two.was }}\" }
  - id: fails
    if: inputs.bad
    run: exit 1
";

fn home() -> Home {
    let home = Home::new();
    home.file("release.yaml", RELEASE);
    home.file("lib/switch.yaml", SWITCH);
    home
}

#[test]
fn a_rollback_crosses_the_border_of_a_call_in_both_directions() {
    let home = home();
    let started = home.windlass(&["start", "release.yaml"]).expect(5);
    let expected = [
        "mark",
        "stop one",
        "stop two",
        "old two", // forwards
        "start two",
        "start one",
        "unmark",
    ];
    assert_eq!(ledger(&home), expected, "{}", started.stderr);
    keep("calling_says", &started.stderr);
}

#[test]
fn a_call_whose_condition_is_false_skips_all_of_its_steps() {
    let home = home();
    home.windlass(&["start", "release.yaml", "--input", "bad=false"]).expect(0);
    assert_eq!(ledger(&home), ["mark", "stop one", "stop two", "old two"]);
    let run = home.windlass(&["list", "--json"]).expect(0).json();
    let run = run["run"].as_str().unwrap().to_owned();
    let shown = home.windlass(&["show", &run]).expect(0).stdout;
    for step in ["never.before", "never.stop", "never.rest", "fails"] {
        let line = shown.lines().find(|line| line.contains(&format!(" {step} "))).unwrap();
        assert!(line.contains("skipped"), "{shown}");
    }
    home.windlass(&["rollback", &run, "--to", "halt[one]", "--yes"]).expect(0);
    assert_eq!(ledger(&home)[4..], ["start two"], "only what came after the first call");
}

#[test]
fn a_picture_and_a_plan_show_the_steps_inside() {
    let home = home();
    keep("calling_graph", &home.windlass(&["graph", "release.yaml"]).expect(0).stdout);
    keep("calling_plan", &home.windlass(&["plan", "release.yaml"]).expect(0).stdout);
}
