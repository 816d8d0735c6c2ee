//! From files to what is stored with a run: order, expansion, inputs, environments, and the
//! repository's own files.

#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_model::expr::Template;
use windlass_model::step::{Compensate, OnTimeout, Work};
use windlass_model::{Catalog, WorkflowDef};
use windlass_spec::{CheckedWorkflow, EnvRef, check_workflow, render_plain, resolve};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("a file of the repository")
}

fn catalog() -> Catalog {
    serde_json::from_str(&read("tests/catalog.json")).expect("a catalog")
}

fn checked(files: &[(&str, &str)], env: Option<&str>) -> CheckedWorkflow {
    let map: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let env = env.map(EnvRef::parse);
    let report = check_workflow(&map, Path::new(files[0].0), env.as_ref(), &catalog());
    report.workflow.unwrap_or_else(|| panic!("{}", render_plain(&report.diagnostics)))
}

fn steps(text: &str) -> WorkflowDef {
    let text = format!(
        r#"name: w
inputs:
  apps: {{ type: list, default: [x, y] }}
steps:
{text}"#
    );
    resolve(&checked(&[("w.yaml", &text)], None), &Map::new()).expect("resolved")
}

/// `step <- need need` for each step.
fn order(def: &WorkflowDef) -> Vec<String> {
    let lines = def.steps.iter().map(|step| {
        let needs: Vec<&str> = step.needs.iter().map(|need| need.as_str()).collect();
        format!("{} <- {}", step.id, needs.join(" ")).trim_end().to_owned()
    });
    lines.collect()
}

#[test]
fn a_step_needs_the_one_above_unless_it_says_otherwise() {
    let def = steps(
        r#"  - { id: a, run: x }
  - { id: b, run: x }
  - { id: c, run: x, needs: [] }
  - { id: d, run: x, needs: [a, c] }
  - { id: e, run: x, needs: a }
"#,
    );
    assert_eq!(order(&def), ["a <-", "b <- a", "c <-", "d <- a c", "e <- a"]);
}

#[test]
fn for_each_is_steps_and_a_join_that_others_need() {
    let def = steps(
        "  - { id: a, run: x }\n  - { id: b, run: x, for_each: [p, q] }\n  - { id: c, run: x }\n",
    );
    assert_eq!(order(&def), ["a <-", "b[p] <- a", "b[q] <- a", "b <- b[p] b[q]", "c <- b"]);
    assert_eq!(def.steps[1].item, Some(json!("p")));
    assert!(matches!(def.steps[3].work, Work::Join));
}

#[test]
fn max_parallel_is_a_sliding_window() {
    let two = steps("  - { id: b, run: x, for_each: [1, 2, 3, 4], max_parallel: 2 }\n");
    assert_eq!(order(&two)[..4], ["b[1] <-", "b[2] <-", "b[3] <- b[1]", "b[4] <- b[2]"]);
    let one = steps("  - { id: b, run: x, for_each: [1, 2, 3], max_parallel: 1 }\n");
    assert_eq!(order(&one)[..3], ["b[1] <-", "b[2] <- b[1]", "b[3] <- b[2]"]);
}

#[test]
fn for_each_over_an_input_is_expanded_when_the_run_is_known() {
    let text = r#"name: w
inputs:
  apps: { type: list, default: [x, y] }
steps:
  - id: b
    for_each: ${{ inputs.apps.filter(a, a != 'y') }}
    run: x
  - id: c
    uses: set
    with: { code: "${{ steps.b.outputs }}" }
"#;
    let checked = checked(&[("w.yaml", text)], None);
    let first = resolve(&checked, &Map::new()).expect("resolved");
    assert_eq!(order(&first), ["b[x] <-", "b <- b[x]", "c <- b"]);
    let given = checked.read_inputs(&[("apps".to_owned(), "k,l".to_owned())]).expect("inputs");
    let second = resolve(&checked, &given).expect("resolved");
    assert_eq!(order(&second)[..2], ["b[k] <-", "b[l] <-"]);
    let none = checked.read_inputs(&[("apps".to_owned(), "y".to_owned())]).expect("inputs");
    let refused = resolve(&checked, &none).expect_err("nothing to repeat");
    assert!(refused[0].message.contains("0 elements"), "{refused:?}");
}

#[test]
fn inputs_are_typed_and_all_mistakes_told_at_once() {
    let text = r#"name: w
inputs:
  n: { type: int, min: 1, max: 9 }
  v: { type: string, pattern: '^\d+$', default: '1' }
  fast: { type: bool, default: false }
steps:
  - { id: a, run: x }
"#;
    let checked = checked(&[("w.yaml", text)], None);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let good = checked.read_inputs(&[pair("n", "7"), pair("fast", "true")]).expect("inputs");
    let def = resolve(&checked, &good).expect("resolved");
    assert_eq!(Value::Object(def.inputs), json!({"n": 7, "v": "1", "fast": true}));
    let wrong = [pair("n", "70"), pair("v", "x"), pair("fast", "yes"), pair("m", "1")];
    let wrong = checked.read_inputs(&wrong).expect_err("all wrong");
    let codes: Vec<_> = wrong.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["bad_input", "bad_input", "bad_input", "unknown_input"]);
    assert!(wrong[0].message.contains("9 or less"), "{wrong:?}");
    let missing = resolve(&checked, &Map::new()).expect_err("no n");
    assert_eq!(missing[0].code, "missing_input");
    assert!(missing[0].help[0].contains("--input n="), "{missing:?}");
}

const ENV: &str = r#"zone: Europe/Berlin
confirm: relaxed
time_scale: 60
inputs: { n: 3, other: x }
values: { region: west }
secrets: { PAT: "env:PAT" }
resources:
  qa4: { kind: azure.app_service, site: qa4 }
invariants:
  - { id: up, for_each: [qa4], always: item.running }
"#;

#[test]
fn an_environment_gives_defaults_bindings_invariants_and_the_lock() {
    let text = r#"name: w
environment: qa4
inputs:
  n: { type: int, default: 1 }
resources:
  qa4: azure.app_service
steps:
  - { id: a, run: x, env: { R: "${{ env.region }}", S: "${{ resources.qa4.site }}" } }
"#;
    let files = [("deep/er/w.yaml", text), ("deep/environments/test.yaml", ENV)];
    let def = resolve(&checked(&files, Some("test")), &Map::new()).expect("resolved");
    assert_eq!(def.inputs["n"], 3);
    assert_eq!(def.lock.as_deref(), Some("test/qa4"));
    assert_eq!(def.environment.name, "test");
    assert_eq!(def.environment.time_scale, Some(60.0));
    assert_eq!(def.environment.resources["qa4"].settings["site"], "qa4");
    assert_eq!(def.resources, ["qa4"]);
    assert_eq!(def.invariants.len(), 1);
    assert!(!def.invariants[0].never);
    let near = [("deep/er/w.yaml", text), ("workflows/environments/test.yaml", ENV)];
    assert_eq!(checked(&near, Some("test")).environment().name, "test");
    let unbound = checked(&[("w.yaml", text)], None);
    let refused = resolve(&unbound, &Map::new()).expect_err("no environment");
    assert_eq!(refused[0].code, "no_environment");
}

#[test]
fn policies_reach_the_model() {
    let def = steps(
        r#"  - id: a
    run: x
    timeout: 1h30m
    retry: { max_attempts: 5, initial: 1s, factor: 3 }
    compensate: { uses: shell, with: { run: undo }, only_if: outputs.exit_status == 0 }
    if: inputs.apps.size() > 1
    idempotent: true
  - id: b
    uses: approve
    with: { prompt: "ok?", roles: release }
    on_timeout: wait
    compensate_x: 1
"#
        .replace("    compensate_x: 1\n", "")
        .as_str(),
    );
    let a = &def.steps[0];
    assert_eq!(a.timeout_ms, Some(5_400_000));
    assert_eq!((a.retry.max_attempts, a.retry.initial_ms, a.retry.factor), (5, 1000, 3));
    let Compensate::Custom { uses, only_if, .. } = &a.compensate else { panic!("no compensation") };
    assert_eq!((uses.as_str(), only_if.is_some()), ("shell", true));
    assert!(matches!(&a.work, Work::Action { traits, .. } if traits.idempotent));
    assert_eq!(
        a.condition.as_ref().map(|expr| expr.source.as_str()),
        Some(
            "inputs.apps.size() > \
        1"
        )
    );
    assert_eq!(a.line, 5);
    assert_eq!(def.steps[1].on_timeout, OnTimeout::Wait);
    assert_eq!(def.steps[1].roles, ["release"]);
}

#[test]
fn scripts_and_their_undoing_run_in_the_folder_of_the_file() {
    let text = r#"name: w
inputs:
  x: { type: string, default: y }
steps:
  - { id: a, run: x }
  - { id: b, run: x, dir: sub, env: { X: "${{ inputs.x }}" } }
  - { id: c, run: x, dir: /abs, compensate: { uses: shell, with: { run: undo } } }
  - { id: d, run: x, dir: "./sub/${{ inputs.x }}" }
  - { id: e, run: x, dir: . }
"#;
    let def = resolve(&checked(&[("/flows/w.yaml", text)], None), &Map::new()).expect("resolved");
    let dir = |template: &Template| template.preview(&())["dir"].clone();
    let dirs = def.steps.iter().map(|step| match &step.work {
        Work::Action { with, .. } => dir(with),
        _ => Value::Null,
    });
    let dirs: Vec<Value> = dirs.collect();
    // What is computed is placed when it is known.
    let computed = json!("./sub/${{ inputs.x }}");
    let placed = ["/flows", "/flows/sub", "/abs"].map(Value::from);
    assert_eq!(dirs, [&placed[..], &[computed, json!("/flows")]].concat());
    assert_eq!(def.folder.as_deref(), Some("/flows"));
    let Compensate::Custom { with, .. } = &def.steps[2].compensate else { panic!("no undoing") };
    assert_eq!(dir(with), "/flows");
}

#[test]
fn what_is_resolved_can_be_stored_and_read_again() {
    for file in ["workflows/local/hello.yaml", "tests/good.yaml"] {
        let text = read(&format!("../../{file}"));
        let def = resolve(&checked(&[(file, &text)], None), &Map::new()).expect("resolved");
        let stored = serde_json::to_string(&def).expect("stored");
        let again: WorkflowDef = serde_json::from_str(&stored).expect("read again");
        assert_eq!(def, again, "{file}");
    }
}

#[test]
fn the_way_back_is_ordered_by_position_alone() {
    let text = read("../../workflows/hotfix_qa4_restore.yaml");
    assert!(!text.contains("needs:"));
    let (_, steps) = text.split_once("\nsteps:\n").expect("steps");
    assert!(
        !steps.lines().any(|line| !line.is_empty() && !line.starts_with(' ')),
        "steps come \
        last"
    );
    let ids: Vec<&str> = steps.lines().filter_map(|line| line.strip_prefix("  - id: ")).collect();
    assert!(
        ids.ends_with(&["use_main_database", "deploy_main", "start", "check_health"]),
        "{ids:?}"
    );
    let (_, back) = steps.split_once("  - id: use_main_database").expect("the way back");
    assert!(!back.contains("steps."), "no step of the way back refers to another");
}

/// The engine waits by the environment's clock, so the check must look at the same one.
#[test]
fn a_wait_is_checked_by_the_environment_s_clock() {
    let text =
        "name: w\nsteps:\n  - id: a\n    uses: wait\n    with: { until: \"2026-07-01T03:00\" }\n";
    let until = |env: Option<&str>| {
        let files = [("w.yaml", text), ("environments/test.yaml", "zone: Europe/Berlin\n")];
        let def = resolve(&checked(&files, env), &Map::new()).expect("resolved");
        serde_json::to_value(&def.steps[0].work).expect("a work").to_string()
    };
    assert!(until(Some("test")).contains("2026-07-01T01:00:00Z"), "{}", until(Some("test")));
    assert!(until(None).contains("2026-07-01T03:00:00Z"), "{}", until(None));
}

#[test]
fn an_invariant_of_the_workflow_and_one_of_the_environment_need_two_names() {
    let text = "name: w\ninvariants:\n  - { id: up, always: 'true' }\n\
                steps:\n  - { id: a, run: x }\n";
    let environment = "invariants:\n  - { id: up, never: 'false' }\n";
    let files = [("w.yaml", text), ("environments/e.yaml", environment)];
    let map: BTreeMap<PathBuf, String> =
        files.map(|(path, text)| (PathBuf::from(path), text.to_owned())).into();
    let env = EnvRef::parse("e");
    let report = check_workflow(&map, Path::new("w.yaml"), Some(&env), &catalog());
    let said = render_plain(&report.diagnostics);
    assert!(said.contains("the environment `e` has an invariant `up` too"), "{said}");
    assert!(said.contains("w.yaml:3:11"), "{said}");
}

#[test]
fn inputs_come_from_a_file_of_yaml_or_json_with_every_mistake_in_its_place() {
    let text = "name: w\ninputs:\n  build: { type: string }\n  n: { type: int, max: 9 }\n\
                steps:\n  - { id: a, run: x }\n";
    let workflow = checked(&[("w.yaml", text)], None);
    let read = |text: &str| {
        let files = BTreeMap::from([(PathBuf::from("in.yaml"), text.to_owned())]);
        workflow.read_inputs_file(&files, Path::new("in.yaml"))
    };
    let expected = json!({ "build": "26.10", "n": 7 });
    for good in ["build: '26.10'\nn: 7\n", "{\n\t\"build\": \"26.10\",\n\t\"n\": 7\n}\n"] {
        assert_eq!(read(good).map(Value::Object), Ok(expected.clone()), "{good}");
    }
    let said = render_plain(&read("build: 26.10\nn: 12\nm: 1\n").expect_err("all wrong"));
    for words in [
        "in.yaml:1:8",
        "write `\"26.10\"`",
        "in.yaml:2:4",
        "must be 9 or less",
        "in.yaml:3:1",
        "no input `m`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    for bad in ["", "- build", "build: ["] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_checklist_is_a_question_for_each_item() {
    let def = steps(
        r#"  - id: before
    uses: checklist
    with:
      prompt: Before the release
      not_by: starter
      items:
        backup: The backup of ${{ run.date }} is there
        team: The team knows
  - id: after
    uses: assert
    with: { that: "steps.before.outputs.backup.approved" }
"#,
    );
    assert_eq!(
        order(&def),
        [
            "before[backup] <-",
            "before[team] <-",
            "before <- before[backup] before[team]",
            "after <- before"
        ]
    );
    let Work::Approve { prompt, typed: None } = &def.steps[1].work else {
        panic!("{:?}", def.steps[1].work)
    };
    assert_eq!(prompt.render(&Map::new()).unwrap(), "Before the release: The team knows");
    assert!(def.steps[0].not_by_starter && def.steps[1].not_by_starter);
}

#[test]
fn a_window_reaches_the_model_and_fail_and_log_are_steps_of_windlass_itself() {
    let def = steps(
        r#"  - id: at_night
    uses: wait
    with: { window: { days: [mon, thu], from: "22:00", to: "04:00", zone: America/New_York } }
  - { id: told, uses: log, with: { message: "it is ${{ inputs.apps.size() }}" } }
  - { id: ended, uses: fail, if: "steps.told.outputs.message == 'x'", with: { message: no more } }
"#,
    );
    let work = serde_json::to_value(&def.steps[0].work).expect("a work");
    let window = json!({ "days": ["mon", "thu"], "from": "22:00", "to": "04:00",
        "zone": "America/New_York" });
    assert_eq!(work, json!({ "wait_window": { "window": window } }));
    let Work::Set { values } = &def.steps[1].work else { panic!("{:?}", def.steps[1].work) };
    let inputs = Map::from_iter([("inputs".to_owned(), json!({ "apps": [1, 2] }))]);
    assert_eq!(values.render(&inputs).expect("a message"), json!({ "message": "it is 2" }));
    let Work::Assert { that, message } = &def.steps[2].work else { panic!("no assertion") };
    assert_eq!(that.holds(&()), Ok(false));
    assert_eq!(message.as_ref().map(|m| m.preview(&())), Some(json!("no more")));
}

#[test]
fn waits_for_signals_and_files_reach_the_model_with_what_they_give() {
    let def = steps(
        r#"  - { id: go, uses: wait, with: { signal: go }, timeout: 2h, on_timeout: skip }
  - id: dump
    uses: wait
    with: { file: { path: "/x/${{ steps.go.outputs.data.name }}", unchanged_for: 30s } }
  - { id: told, uses: set, with: { n: "${{ steps.dump.outputs.bytes }}" } }
"#,
    );
    assert_eq!(def.steps[0].work, Work::WaitSignal { name: "go".into() });
    assert_eq!(
        (def.steps[0].timeout_ms, def.steps[0].on_timeout),
        (Some(7_200_000), OnTimeout::Skip)
    );
    let Work::Action { uses, with, .. } = &def.steps[1].work else { panic!("no action") };
    assert_eq!(uses, "file.wait");
    let Template::Map(entries) = with else { panic!("{with:?}") };
    assert_eq!(entries.len(), 2);
}

#[test]
fn when_a_step_may_begin_reaches_the_model() {
    let def = steps(
        r#"  - id: at
    uses: set
    with: { time: "2026-11-27T03:00:00Z" }
  - id: a
    run: x
    window: { days: [mon], from: "22:00", to: "04:00", zone: America/New_York }
    not_before: "${{ steps.at.outputs.time }}"
  - { id: b, uses: approve, with: { prompt: go }, not_before: "2026-03-07T03:00" }
"#,
    );
    let gate = &def.steps[1].gate;
    assert_eq!(gate.window.as_ref().map(|window| window.from.as_str()), Some("22:00"));
    assert!(matches!(gate.not_before, Some(Template::Expr(_))), "{gate:?}");
    let at = Template::Literal("2026-03-07T03:00:00Z".into());
    assert_eq!(def.steps[2].gate.not_before, Some(at));
    assert!(def.steps[0].gate.is_open());
}
