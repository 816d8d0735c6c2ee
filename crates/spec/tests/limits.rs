//! Every limit of a workflow file at its edge and one past it: the edge is taken, what is past it
//! is refused by name before anything starts.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use windlass_model::Catalog;
use windlass_spec::limits::{
    ATTEMPTS_MAX, BRACKETS_MAX, CALL_DEPTH_MAX, EXPRESSION_BYTES_MAX, FILE_BYTES_MAX, ITEMS_MAX,
    PARALLEL_MAX, ROUNDS_MAX, STEPS_MAX, STEPS_WRITTEN_MAX,
};
use windlass_spec::{check_workflow, resolve};

fn catalog() -> Catalog {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the catalog")).expect("a catalog")
}

/// How many steps a run of these files has; else the codes of what is wrong with them.
fn steps(files: &BTreeMap<PathBuf, String>) -> Result<usize, Vec<&'static str>> {
    let report = check_workflow(files, Path::new("a.yaml"), None, &catalog());
    let codes: Vec<_> = report.diagnostics.iter().map(|found| found.code).collect();
    let checked = report.workflow.ok_or(codes)?;
    match resolve(&checked, &serde_json::Map::new()) {
        Ok(def) => Ok(def.steps.len()),
        Err(wrong) => Err(wrong.iter().map(|found| found.code).collect()),
    }
}

fn one(text: String) -> BTreeMap<PathBuf, String> {
    BTreeMap::from([("a.yaml".into(), text)])
}

/// The edge is taken, and one more is refused with this code.
fn at_the_edge(code: &str, file: impl Fn(usize) -> String, edge: usize) {
    let taken = steps(&one(file(edge)));
    assert!(taken.is_ok(), "{code} at {edge}: {taken:?}");
    let refused = steps(&one(file(edge + 1))).expect_err("one past it");
    assert!(refused.contains(&code), "{code} past {edge}: {refused:?}");
}

const SET: &str = "uses: set, with: { x: 1 }";

#[test]
fn a_file() {
    let file = |bytes: usize| {
        let text = format!("name: a\nsteps: [{{ id: s, {SET} }}]\n# ");
        let rest = bytes - text.len();
        text + &"x".repeat(rest)
    };
    at_the_edge("file_too_large", file, FILE_BYTES_MAX);
}

#[test]
fn its_steps() {
    let file = |count: usize| {
        let mut text = "name: a\nsteps:\n".to_owned();
        for n in 0..count {
            writeln!(text, "  - {{ id: s{n}, {SET} }}").expect("text");
        }
        text
    };
    at_the_edge("too_many", file, STEPS_WRITTEN_MAX);
}

#[test]
fn what_runs_at_once_repeats_and_is_tried_again() {
    let run = |most: usize| format!("name: a\nmax_parallel: {most}\nsteps: [{{ id: s, {SET} }}]\n");
    at_the_edge("out_of_range", run, PARALLEL_MAX as usize);
    let step = |keys: String| format!("name: a\nsteps: [{{ id: s, {SET}, {keys} }}]\n");
    let each = |most: usize| step(format!("for_each: [a, b], max_parallel: {most}"));
    at_the_edge("out_of_range", each, PARALLEL_MAX as usize);
    let rounds = |most: usize| step(format!("repeat: {{ until: outputs.x > 0, max: {most} }}"));
    at_the_edge("out_of_range", rounds, ROUNDS_MAX as usize);
    let run = |most: usize| {
        format!("name: a\nsteps: [{{ id: s, run: echo, retry: {{ max_attempts: {most} }} }}]\n")
    };
    at_the_edge("out_of_range", run, ATTEMPTS_MAX as usize);
}

#[test]
fn elements() {
    let file = |count: usize| {
        let items: Vec<String> = (0..count).map(|n| format!("i{n}")).collect();
        format!("name: a\nsteps: [{{ id: s, {SET}, for_each: [{}] }}]\n", items.join(", "))
    };
    at_the_edge("for_each", file, ITEMS_MAX);
}

#[test]
fn an_expression() {
    let text = |bytes: usize| {
        let fill = "x".repeat(bytes - "'' == ''".len());
        format!("name: a\nsteps: [{{ id: s, {SET}, if: \"'{fill}' == ''\" }}]\n")
    };
    at_the_edge("expression", text, EXPRESSION_BYTES_MAX);
    let nested = |depth: usize| {
        let (open, close) = ("(".repeat(depth), ")".repeat(depth));
        format!("name: a\nsteps: [{{ id: s, {SET}, if: \"{open}1 < 2{close}\" }}]\n")
    };
    at_the_edge("expression", nested, BRACKETS_MAX);
}

/// `a` calls `w1`, which calls `w2`, and so on.
fn calls(levels: usize) -> BTreeMap<PathBuf, String> {
    let name = |n: usize| if n == 0 { "a".to_owned() } else { format!("w{n}") };
    let all = 0..=levels;
    all.map(|n| {
        let step = match n == levels {
            true => format!("{{ id: s, {SET} }}"),
            false => format!("{{ id: s, uses: ./{}.yaml }}", name(n + 1)),
        };
        let text = format!("name: {}\nsteps: [{step}]\n", name(n));
        (format!("{}.yaml", name(n)).into(), text)
    })
    .collect()
}

#[test]
fn workflows_that_call_each_other() {
    steps(&calls(CALL_DEPTH_MAX)).expect("the edge");
    steps(&calls(CALL_DEPTH_MAX + 1)).expect_err("one past it");
}

/// A run of the most steps that there may be, and of one more: a thousand calls of a file, and some
/// steps beside them.
#[test]
fn the_steps_of_a_run() {
    let items: Vec<String> = (0..ITEMS_MAX).map(|n| format!("i{n}")).collect();
    let files = |inner: usize, beside: usize| {
        let mut part = "name: part\nsteps:\n".to_owned();
        for n in 0..inner {
            writeln!(part, "  - {{ id: p{n}, {SET} }}").expect("text");
        }
        let items = items.join(", ");
        let mut text =
            format!("name: a\nsteps:\n  - {{ id: c, uses: ./part.yaml, for_each: [{items}] }}\n");
        for n in 0..beside {
            writeln!(text, "  - {{ id: b{n}, {SET} }}").expect("text");
        }
        BTreeMap::from([("a.yaml".into(), text), ("part.yaml".into(), part)])
    };
    let (few, more) = (steps(&files(1, 0)).expect("few"), steps(&files(2, 0)).expect("more"));
    let inner = 1 + (STEPS_MAX - few) / (more - few);
    let beside = STEPS_MAX - (few + (inner - 1) * (more - few));
    assert_eq!(steps(&files(inner, beside)), Ok(STEPS_MAX));
    let refused = steps(&files(inner, beside + 1)).expect_err("one past it");
    assert!(refused.contains(&"too_many"), "{refused:?}");
}
