//! Workflows that call others: what becomes of their steps, names and conditions in one graph.

#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_model::expr::{Node, Template};
use windlass_model::step::{Compensate, StepDef, Work};
use windlass_model::{Catalog, Workflow, WorkflowDef};
use windlass_spec::{EnvRef, Report, check_workflow, render_plain, resolve, resolve_open};

fn catalog() -> Catalog {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the catalog")).expect("a catalog")
}

fn report(files: &[(&str, &str)]) -> Report {
    let map: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let env = EnvRef::parse("e");
    let there = files.iter().any(|(path, _)| path.ends_with("environments/e.yaml"));
    check_workflow(&map, Path::new(files[0].0), there.then_some(&env), &catalog())
}

fn resolved(files: &[(&str, &str)]) -> Result<WorkflowDef, String> {
    let report = report(files);
    let said = render_plain(&report.diagnostics);
    let checked = report.workflow.ok_or(said)?;
    resolve(&checked, &Map::new()).map_err(|wrong| render_plain(&wrong))
}

fn def(files: &[(&str, &str)]) -> WorkflowDef {
    resolved(files).unwrap_or_else(|why| panic!("{why}"))
}

/// `step <- need need` for each step.
fn order(def: &WorkflowDef) -> Vec<String> {
    let lines = def.steps.iter().map(|step| {
        let needs: Vec<&str> = step.needs.iter().map(|need| need.as_str()).collect();
        format!("{} <- {}", step.id, needs.join(" ")).trim_end().to_owned()
    });
    lines.collect()
}

fn step<'d>(def: &'d WorkflowDef, id: &str) -> &'d StepDef {
    def.steps.iter().find(|step| step.id.as_str() == id).expect("the step")
}

/// The input of an action's step, where all of it is known before the run.
fn input(def: &WorkflowDef, id: &str) -> Value {
    match &step(def, id).work {
        Work::Action { with: Template::Literal(value), .. } => value.clone(),
        other => panic!("{id}: {other:?}"),
    }
}

const CHECK: &str = r#"name: check
inputs:
  url: { type: string }
  tries: { type: int, default: 3, max: 9 }
outputs:
  exit: ${{ steps.ask.outputs.exit_status }}
  text: asked ${{ inputs.url }}
steps:
  - { id: ask, run: x, env: { URL: "${{ inputs.url }}", N: "${{ inputs.tries }}" } }
  - { id: other, needs: [], run: x, if: "inputs.tries > 1" }
  - { id: told, needs: ask, run: x, env: { E: "${{ steps.ask.outputs.exit_status }}" } }
"#;

#[test]
fn the_called_steps_stand_between_what_the_caller_needs_and_what_needs_it() {
    let text = r#"name: w
steps:
  - { id: a, run: x }
  - { id: check, name: All is well, uses: ./lib/check.yaml, with: { url: here } }
  - { id: z, run: x, env: { T: "${{ steps.check.outputs.text }}" } }
"#;
    let def = def(&[("w.yaml", text), ("lib/check.yaml", CHECK)]);
    let expected = [
        "a <-",
        "check.ask <- a",
        "check.other <- a",
        "check.told <- check.ask",
        "check <- check.other check.told",
        "z <- check",
    ];
    assert_eq!(order(&def), expected);
    assert_eq!(input(&def, "check.ask")["env"], json!({ "URL": "here", "N": 3 }));
    assert_eq!(input(&def, "check.ask")["dir"], "lib", "scripts run in their own file's folder");
    let Work::Action { with, .. } = &step(&def, "check.told").work else { panic!() };
    assert!(format!("{with:?}").contains("check.ask"), "{with:?}");
    let other = step(&def, "check.other");
    let condition = other.condition.as_ref().expect("a condition");
    assert_eq!(condition.source, "inputs.tries > 1", "as the file has it");
    assert_eq!(condition.holds(&()), Ok(true), "with the value that was given");
    assert_eq!((other.file.as_deref(), other.line), (Some("lib/check.yaml"), 10));
    assert_eq!((step(&def, "a").file.as_deref(), step(&def, "a").line), (None, 3));
    let end = step(&def, "check");
    assert_eq!(end.name.as_deref(), Some("All is well"));
    let Work::Set { values } = &end.work else { panic!("{:?}", end.work) };
    assert_eq!(values.preview(&())["text"], "asked here");
    let stored = serde_json::to_string(&def).expect("stored");
    assert_eq!(serde_json::from_str::<WorkflowDef>(&stored).expect("read"), def);
    Workflow::new(def).expect("a graph");
}

#[test]
fn a_condition_of_the_call_is_one_of_all_steps_inside() {
    let text = r#"name: w
inputs: { on: { type: bool, default: false }, hot: { type: bool, default: true } }
steps:
  - id: check
    if: inputs.on || inputs.hot
    uses: ./check.yaml
    with: { url: here }
"#;
    let def = def(&[("w.yaml", text), ("check.yaml", CHECK)]);
    let source = |id: &str| step(&def, id).condition.as_ref().map(|c| c.source.clone());
    assert_eq!(source("check.ask").as_deref(), Some("inputs.on || inputs.hot"));
    let both = source("check.other");
    assert_eq!(both.as_deref(), Some("(inputs.on || inputs.hot) && inputs.tries > 1"));
    assert_eq!(source("check").as_deref(), Some("inputs.on || inputs.hot"), "its outputs too");
}

#[test]
fn an_input_that_comes_from_a_step_is_computed_once_and_held_to_its_bounds() {
    let text = r#"name: w
steps:
  - { id: n, uses: set, with: { many: 12 } }
  - id: check
    uses: ./check.yaml
    with: { url: "http://${{ steps.n.outputs.many }}", tries: "${{ steps.n.outputs.many }}" }
"#;
    let def = def(&[("w.yaml", text), ("check.yaml", CHECK)]);
    assert_eq!(order(&def)[1..3], ["check.inputs <- n", "check.ask <- check.inputs"]);
    let entry = step(&def, "check.inputs");
    let proof = entry.requires.as_ref().expect("a bound");
    assert_eq!(proof.source, "tries <= 9");
    let many = |n: i64| {
        let steps = json!({ "n": { "outputs": { "many": n } } });
        Map::from_iter([("steps".to_owned(), steps)])
    };
    assert_eq!(proof.holds(&many(9)), Ok(true));
    assert_eq!(proof.holds(&many(12)), Ok(false));
    let Work::Action { with, .. } = &step(&def, "check.ask").work else { panic!() };
    let run = json!({ "check.inputs": { "outputs": { "url": "u", "tries": 4 } } });
    let scope = Map::from_iter([("steps".to_owned(), run)]);
    assert_eq!(with.render(&scope).expect("filled")["env"], json!({ "URL": "u", "N": 4 }));
}

#[test]
fn a_call_for_each_element_gives_each_its_steps_and_its_outputs() {
    let text = r#"name: w
inputs: { hosts: { type: list, default: [p, q, r] } }
steps:
  - id: check
    for_each: ${{ inputs.hosts }}
    max_parallel: 2
    if: item != 'q'
    uses: ./check.yaml
    with: { url: "http://${{ item }}" }
  - { id: z, run: x, env: { Q: "${{ steps.check.outputs.p.text }}" } }
"#;
    let def = def(&[("w.yaml", text), ("check.yaml", CHECK)]);
    let order = order(&def);
    assert_eq!(order[0], "check[p].ask <-");
    assert!(order.contains(&"check[p] <- check[p].other check[p].told".to_owned()), "{order:?}");
    assert!(order.contains(&"check[r].ask <- check[p]".to_owned()), "two at once: {order:?}");
    assert!(order.contains(&"check <- check[p] check[q] check[r]".to_owned()), "{order:?}");
    assert_eq!(input(&def, "check[q].ask")["env"]["URL"], "http://q");
    assert_eq!(step(&def, "check[q]").item, Some(json!("q")));
    let condition = step(&def, "check[q].ask").condition.as_ref().expect("a condition");
    assert_eq!(condition.holds(&()), Ok(false), "`item` of the call has its value");
}

const ENV: &str = r#"values: { region: west }
secrets: { PAT: "env:PAT" }
azure: { subscription: "0", resource_group: rg, credential: { kind: az_cli } }
resources:
  qa4: { kind: azure.app_service, site: qa4 }
  qa5: { kind: azure.app_service, site: five }
"#;

const RESTART: &str = r#"name: restart
resources: { app: azure.app_service, spare: azure.app_service }
invariants:
  - { id: one_runs, always: resources.app.running || resources.spare.running }
  - { id: none_is_main, for_each: [app, spare], never: item.branch == 'main' }
steps:
  - { id: stop, uses: azure.app_service.stop, with: { app: app } }
  - { id: all, for_each: [app, spare], uses: azure.app_service.start, with: { app: "${{ item }}" } }
  - id: note
    run: x
    env: { SITE: "${{ resources.app.site }}", APP: "${{ resources.app }}" }
    effects: [{ resource: app, field: running, value: true }]
    compensate: { uses: none, reason: the script only notes it }
"#;

#[test]
fn resources_of_the_called_workflow_are_the_callers() {
    let text = r#"name: w
resources: { qa4: azure.app_service, spare: azure.app_service, qa5: azure.app_service }
steps:
  - { id: go, uses: ./restart.yaml, with: { app: qa4, spare: "${{ resources.qa5 }}" } }
"#;
    let text = text.replace("spare: azure.app_service, ", "");
    let files = [("w.yaml", &*text), ("restart.yaml", RESTART), ("environments/e.yaml", ENV)];
    let def = def(&files);
    assert_eq!(input(&def, "go.stop"), json!({ "app": "qa4" }));
    let ids: Vec<&str> = def.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["go.stop", "go.all[qa4]", "go.all[qa5]", "go.all", "go.note", "go"]);
    let Work::Action { with, .. } = &step(&def, "go.all[qa5]").work else { panic!() };
    let item = Map::from_iter([("item".to_owned(), json!("qa5"))]);
    assert_eq!(with.render(&item).expect("filled"), json!({ "app": "qa5" }));
    let note = step(&def, "go.note");
    let Work::Action { with, .. } = &note.work else { panic!() };
    let site = json!({ "qa4": { "site": "the site" } });
    let scope = Map::from_iter([("resources".to_owned(), site)]);
    let env = with.render(&scope).expect("filled")["env"].clone();
    assert_eq!(env, json!({ "SITE": "the site", "APP": "qa4" }));
    assert_eq!(note.effects[0].resource, Template::Literal(json!("qa4")));
    let kept: Vec<(&str, &[String])> =
        def.invariants.iter().map(|one| (one.id.as_str(), one.for_each.as_slice())).collect();
    let both = ["qa4".to_owned(), "qa5".to_owned()];
    assert_eq!(kept, [("go.one_runs", &[][..]), ("go.none_is_main", &both[..])]);
    assert!(format!("{:?}", def.invariants[0].expr.node).contains("qa5"));
    assert_eq!(def.resources, ["qa4", "qa5"]);
}

#[test]
fn a_resource_of_the_same_name_needs_no_word() {
    let text = r#"name: w
resources: { app: azure.app_service, spare: azure.app_service }
steps:
  - { id: go, uses: ./restart.yaml }
"#;
    let env = ENV.replace("qa4:", "app:").replace("qa5:", "spare:");
    let def = def(&[("w.yaml", text), ("restart.yaml", RESTART), ("environments/e.yaml", &env)]);
    assert_eq!(input(&def, "go.stop"), json!({ "app": "app" }));
}

#[test]
fn calls_within_calls_carry_inputs_conditions_and_resources_through() {
    let outer = r#"name: outer
inputs: { where: { type: string }, on: { type: bool } }
resources: { left: azure.app_service }
outputs: { said: "${{ steps.inner.outputs.exit }}" }
steps:
  - id: inner
    if: inputs.on
    uses: ../check.yaml
    with: { url: "${{ inputs.where }}/up" }
  - { id: stop, uses: azure.app_service.stop, with: { app: left } }
"#;
    let text = r#"name: w
resources: { qa4: azure.app_service }
steps:
  - { id: know, uses: set, with: { on: true } }
  - id: go
    if: steps.know.outputs.on
    uses: ./deep/outer.yaml
    with: { where: "http://x", on: "${{ steps.know.outputs.on }}", left: qa4 }
  - { id: z, run: x, env: { SAID: "${{ steps.go.outputs.said }}" } }
"#;
    let files = [
        ("f/w.yaml", text),
        ("f/deep/outer.yaml", outer),
        ("f/check.yaml", CHECK),
        ("f/environments/e.yaml", ENV),
    ];
    let def = def(&files);
    assert_eq!(input(&def, "go.inner.ask")["env"]["URL"], "http://x/up");
    assert_eq!(input(&def, "go.stop"), json!({ "app": "qa4" }));
    let condition = step(&def, "go.inner.other").condition.as_ref().expect("a condition");
    assert_eq!(condition.source, "steps.know.outputs.on && inputs.on && inputs.tries > 1");
    let on = |on: bool| {
        let steps = json!({ "know": { "outputs": { "on": on } },
            "go.inputs": { "outputs": { "on": on } } });
        Map::from_iter([("steps".to_owned(), steps)])
    };
    assert_eq!(condition.holds(&on(true)), Ok(true));
    assert_eq!(condition.holds(&on(false)), Ok(false));
    assert_eq!(step(&def, "go.inner.ask").file.as_deref(), Some("f/check.yaml"));
    let Work::Set { values: Template::Map(values) } = &step(&def, "go").work else { panic!() };
    let Template::Expr(said) = &values[0].1 else { panic!("{values:?}") };
    assert!(matches!(&said.node, Node::Select { field, .. } if field == "exit"));
    Workflow::new(def).expect("a graph");
}

#[test]
fn what_only_a_start_can_know_is_told_then() {
    let text = r#"name: w
inputs: { n: { type: int, default: 12 } }
steps:
  - { id: check, uses: ./check.yaml, with: { url: x, tries: "${{ inputs.n }}" } }
"#;
    let why = resolved(&[("w.yaml", text), ("check.yaml", CHECK)]).expect_err("12 is too many");
    assert!(why.contains("step `check`: the input `tries` must be 9 or less"), "{why}");
    let list = "name: l\ninputs: { hosts: { type: list } }\nsteps:\n  - { id: a, run: x, for_each: \
                \"${{ inputs.hosts }}\" }\n";
    let text = r#"name: w
steps:
  - { id: first, uses: input, with: { prompt: which } }
  - { id: go, uses: ./list.yaml, with: { hosts: ["${{ steps.first.outputs.value }}"] } }
"#;
    let why = resolved(&[("w.yaml", text), ("list.yaml", list)]).expect_err("not known");
    assert!(why.contains("in `go`: step `a`") && why.contains("hosts"), "{why}");
}

#[test]
fn a_broken_workflow_is_told_once_in_its_own_place_and_the_caller_is_not_blamed() {
    let text = r#"name: w
steps:
  - { id: one, uses: ./lib/b.yaml, with: { nonsense: 1 } }
  - { id: two, uses: ./lib/b.yaml }
  - { id: z, run: x, env: { A: "${{ steps.one.outputs.what }}" } }
"#;
    let broken = "name: b\nsteps:\n  - { id: a, runn: x }\n";
    let report = report(&[("w.yaml", text), ("lib/b.yaml", broken)]);
    let said = render_plain(&report.diagnostics);
    assert!(said.contains("lib/b.yaml:3:14"), "{said}");
    assert!(report.diagnostics.iter().all(|found| found.file == "lib/b.yaml"), "{said}");
    assert_eq!(said.matches("`runn`").count(), 1, "{said}");
    assert!(report.workflow.is_none());
}

#[test]
fn a_tower_of_calls_has_an_end() {
    let call = |to: usize| format!("name: w\nsteps:\n  - {{ id: a, uses: ./w{to}.yaml }}\n");
    let mut files: Vec<(String, String)> =
        (0..12).map(|at| (format!("w{at}.yaml"), call(at + 1))).collect();
    files.push(("w12.yaml".to_owned(), "name: w\nsteps:\n  - { id: a, run: x }\n".to_owned()));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let said = render_plain(&report(&files).diagnostics);
    assert!(said.contains("over more than 8 levels") && said.contains("w8.yaml:3:"), "{said}");
    let low = resolved(&files[5..]).expect("seven levels are few enough");
    assert_eq!(low.steps[0].id.as_str(), "a.a.a.a.a.a.a.a");
}

#[test]
fn calls_that_multiply_end_at_the_bound_of_steps() {
    let ten = |to: usize| {
        format!(
            "name: w\nsteps:\n  - {{ id: a, for_each: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], \
             uses: ./w{to}.yaml }}\n"
        )
    };
    let mut files: Vec<(String, String)> =
        (0..7).map(|at| (format!("w{at}.yaml"), ten(at + 1))).collect();
    files.push(("w7.yaml".to_owned(), "name: w\nsteps:\n  - { id: a, run: x }\n".to_owned()));
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let why = resolved(&files).expect_err("ten million steps");
    assert!(why.contains("more than 100000 steps"), "{why}");
}

/// A way back is checked against the inputs of its file, and its values see what the step sees,
/// called or not.
#[test]
fn a_way_back_names_a_file_and_gives_what_it_asks_for() {
    let back = "name: back\ninputs:\n  previous: { type: string }\n  migrated: { type: bool }\n\
                steps:\n  - { id: a, run: x }\n";
    let called = |inputs: &str| {
        format!(
            r#"name: lib
inputs: {{ version: {{ type: string }} }}
steps:
  - id: deploy
    run: x
    irreversible: true
    requires: inputs.version != ''
    compensate:
      uses: none
      reason: it migrates
      way_back: {{ workflow: ../back.yaml, inputs: {inputs} }}
"#
        )
    };
    let text = "name: w\nsteps:\n  - { id: call, uses: ./lib/l.yaml, with: { version: v7 } }\n";
    let files = |lib: &str| {
        let files = [("w.yaml", text), ("lib/l.yaml", lib), ("back.yaml", back)];
        resolved(&files)
    };
    let def = files(&called(r#"{ previous: "${{ inputs.version }}", migrated: true }"#));
    let def = def.unwrap_or_else(|why| panic!("{why}"));
    let Compensate::None { way_back: Some(way_back), .. } = &step(&def, "call.deploy").compensate
    else {
        panic!("{def:?}")
    };
    assert_eq!(way_back.workflow, "lib/../back.yaml");
    let given: Vec<(&str, Value)> =
        way_back.inputs.iter().map(|(name, value)| (name.as_str(), value.preview(&()))).collect();
    assert_eq!(given, [("previous", json!("v7")), ("migrated", json!(true))]);
    for (inputs, wrong) in [
        ("{ migrated: true }", "`previous`"),
        ("{ previous: v6, migrated: true, lost: 1 }", "`lost`"),
        ("{ previous: v6, migrated: perhaps }", "`migrated`"),
    ] {
        let said = files(&called(inputs)).unwrap_err();
        assert!(said.contains(wrong) && said.contains("lib/l.yaml:11"), "{inputs}: {said}");
    }
    let clear = "{ previous: 'Server=s;Password=hunter2hunter2', migrated: true }";
    let said = files(&called(clear)).unwrap_err();
    assert!(said.contains("secret") && !said.contains("hunter2"), "{said}");
    let nowhere = called("{}").replace("../back.yaml", "./gone.yaml");
    let said = files(&nowhere).unwrap_err();
    assert!(said.contains("failed to read lib/gone.yaml: there is no such file"), "{said}");
    let undone = called("{ previous: v6, migrated: true }").replace("uses: none", "uses: auto");
    assert!(files(&undone).unwrap_err().contains("`way_back` leads out"));
    let on = |lib: &str| lib.replace("way_back:", "way_on:");
    let def = files(&on(&called("{ previous: v6, migrated: true }"))).unwrap();
    let Compensate::None { way_on: Some(way_on), way_back: None, .. } =
        &step(&def, "call.deploy").compensate
    else {
        panic!("{def:?}")
    };
    assert_eq!((way_on.workflow.as_str(), way_on.inputs.len()), ("lib/../back.yaml", 2));
    assert!(files(&on(&called("{ previous: v6 }"))).unwrap_err().contains("`migrated`"));
    assert!(files(&on(&undone)).unwrap_err().contains("`way_on` leads out"));
}

/// A proof is for whatever inputs a run may be given: what stands for one is no value to be judged.
#[test]
fn an_input_that_is_handed_on_is_open_in_a_proof() {
    let caller = "name: caller\ninputs:\n  again: { type: bool, default: false }\nsteps:\n  \
                  - { id: part, uses: ./part.yaml, with: { twice: \"${{ inputs.again }}\" } }\n";
    let part = "name: part\ninputs: { twice: { type: bool } }\nsteps:\n  \
                - { id: act, if: inputs.twice, uses: assert, with: { that: \"1 < 2\" } }\n";
    let report = report(&[("caller.yaml", caller), ("part.yaml", part)]);
    let checked = report.workflow.expect("a sound workflow");
    let open = |name: &str| Value::from(format!("whatever {name} is"));
    let def = resolve_open(&checked, &open).unwrap_or_else(|e| panic!("{}", render_plain(&e)));
    assert!(def.steps.iter().any(|step| step.id.as_str() == "part.act"));
    let no_truth = Map::from_iter([("again".to_owned(), json!("perhaps"))]);
    resolve(&checked, &no_truth).expect_err("a run's own inputs are judged");
}
