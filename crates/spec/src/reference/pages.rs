//! The page of the format for readers, in Markdown: every key of both files, and expressions.

use super::tables::{cell, table};
use crate::flow::builtins::builtins;
use crate::shape::{environment_schema, workflow_schema};
use serde_json::Value;
use std::fmt::Write;
use windlass_model::expr::FUNCTIONS;
use windlass_model::expr::functions::Function;

/// The reference of the format: every key of both files, the built-in steps, the names and
/// functions of expressions.
pub fn format_reference() -> String {
    let (workflow, environment) = (workflow_schema(), environment_schema());
    let mut out = String::from(
        "# The format\n\nGenerated from the types that read the files; do not edit.\n",
    );
    let tables: [(&str, &Value, &str); 13] = [
        ("A workflow file", workflow, ""),
        ("A step", workflow, "/$defs/StepFile"),
        ("An input", workflow, "/$defs/InputFile"),
        ("An invariant", workflow, "/$defs/InvariantFile"),
        ("Something given", workflow, "/$defs/GivenFile"),
        ("`repeat`", workflow, "/$defs/RepeatFile"),
        ("`retry`", workflow, "/$defs/RetryFile"),
        ("A message of `notify`", workflow, "/$defs/NoticeFile"),
        ("`compensate` as a map", workflow, "/$defs/CompensateMap"),
        ("`way_back` and `way_on` of `compensate`", workflow, "/$defs/WayOutFile"),
        ("An effect", workflow, "/$defs/EffectFile"),
        ("An environment file", environment, ""),
        ("A resource of an environment", environment, "/$defs/ResourceFile"),
    ];
    for (title, root, path) in tables {
        let schema = root.pointer(path).unwrap_or(&Value::Null);
        // writing into a String cannot fail
        let _ = write!(out, "\n## {title}\n\n{}", note(schema));
        let _ = table(&mut out, root, schema);
    }
    out.push_str(
        "\nBeside these keys an environment file has a section for each provider that \
        its actions use.\n",
    );
    out.push_str("\n## Steps that windlass does by itself\n");
    for one in builtins() {
        let _ = write!(out, "\n### `{}`\n\n{}\n\n", one.kind, one.summary);
        let _ = table(&mut out, &one.input, &one.input);
        let _ = write!(out, "\n```yaml\n{}\n```\n", one.example);
    }
    out.push_str(FLOW);
    out.push_str(CALLS);
    expressions(&mut out);
    out.push_str(EDITORS);
    out
}

fn note(schema: &Value) -> String {
    match schema.get("description").and_then(Value::as_str) {
        Some(note) => format!("{note}\n\n"),
        None => String::new(),
    }
}

/// What an expression may name, and what it is.
const NAMES: &[(&str, &str)] = &[
    ("inputs.NAME", "an input"),
    ("env.NAME", "a value of the environment file"),
    ("env.secrets.NAME", "a reference to a secret, as a whole value only"),
    ("resources.NAME", "a resource's name"),
    (
        "resources.NAME.KEY",
        "a key of its binding; in an invariant and in `given` a field of the world",
    ),
    ("steps.ID.outputs.NAME", "an output of a step that is finished before"),
    ("steps.ID.outputs.ELEMENT.NAME", "the same of one element of a `for_each`"),
    (
        "item",
        "the element of `for_each`; in an invariant and in `given` the resource's fields of the \
         world",
    ),
    ("run.id", "the run's name"),
    ("run.date", "its first day in the environment's zone"),
    ("run.workflow", "the workflow's name"),
    ("run.environment", "the environment's name"),
    ("outputs", "the step's own, in `verify` and `compensate`"),
    ("notice.on", "in `notify`: `start`, `success`, `failure` or `waiting`"),
    ("notice.step", "in `notify`: the step"),
    ("notice.says", "in `notify`: why it failed, or what it asks"),
];

const CALLS: &str = "
## Paths

A path of this machine that is not absolute (`path` in the tables of the actions, `dir` of a script)
begins in the folder of the file that names it, wherever windlass is started or resumed. One that is
computed begins in the folder of the file that was started. What an environment binds has absolute
paths only.

## Workflows that call others

A step `uses: ./other.yaml` (a path from this file's folder on) carries out the steps of that file
in its place. A caller writes:

```yaml
resources: { qa4: azure.app_service }
steps:
  - id: deploy
    uses: ./lib/deploy.yaml
    with: { build: \"${{ inputs.build }}\", app: qa4 }
  - id: tell
    run: echo \"$URL\"
    env: { URL: \"${{ steps.deploy.outputs.url }}\" }
```

and the called file:

```yaml
name: deploy
inputs: { build: { type: string } }
resources: { app: azure.app_service }
outputs: { url: \"${{ steps.health.outputs.url }}\" }
steps:
  - { id: stop, uses: azure.app_service.stop, with: { app: app } }
  - { id: health, uses: http.check, with: { app: app } }
```

- The run has the steps `deploy.stop`, `deploy.health`, and `deploy` behind them. `deploy.stop`
  needs what `deploy` needs; who needs `deploy` waits for all of it. Undoing crosses the border:
  each step inside is undone in its turn.
- `with` gives the called file's inputs, and for each of its resources the name of one of the
  caller's; a resource of the same name and type need not be given. Inside, `item` and
  `resources.app` are the caller's name (`qa4`).
- An input that comes from a step is computed once, by a step `deploy.inputs`, and must keep to
  what the input declares. Which resource is meant, and the elements of a `for_each` inside, must be
  known before the run.
- Such a step takes `id`, `name`, `with`, `if`, `needs`, `for_each` and `max_parallel`; `if` holds
  for all steps inside. With `for_each` they are called `deploy[qa4].stop`, and the outputs are
  `steps.deploy.outputs.qa4.url`.
- `on_failure` and `max_parallel` of the called file are for a run of its own; its invariants hold
  here too; the lock and the roles that it names must be those of the caller.
- Workflows may call each other over eight levels, and not in a circle.
";

const FLOW: &str = "
## Windows, rounds and messages

```yaml
steps:
  - id: passed                  # `windlass signal RUN tests_passed --data '{\"build\": \"7.1.2\"}'`
    uses: wait
    with: { signal: tests_passed }
    timeout: 2h
  - id: deploy
    run: ./deploy \"$BUILD\"
    env: { BUILD: \"${{ steps.passed.outputs.data.build }}\" }
    window: { days: [mon, thu], from: \"03:00\", to: \"05:00\", zone: America/New_York }
    notify:
      on: [failure, success]
      uses: notify.slack
      with: { webhook: releases_channel, text: \"${{ notice.step }}: ${{ notice.says }}\" }
  - id: warm                    # `warm[1]`, `warm[2]`, …, and `warm` behind them
    run: ./warm_up \"$ROUND\" >> \"$WINDLASS_OUTPUT\"
    env: { ROUND: \"${{ item }}\" }
    repeat: { until: \"outputs.outputs.hot == 'yes'\", max: 20, every: 30s }
```

- A signal that comes before its wait is kept. Each ends one wait, the oldest first; `windlass list`
  and `windlass show` say what a run waits for.
- `window` holds for each attempt: one that is to be tried again while the window is closed waits
  for the next opening. `not_before` is worked out once, when the step is next. `if` and `requires`
  are looked at before, so that what is not to run waits for nothing; and undoing waits for neither.
- A round begins where the one before it ended well and `until` did not hold. A crash goes on in the
  round where it happened, and a rollback undoes the rounds one by one, the last one first. The step
  fails where `until` does not hold after `max` rounds. Several steps are repeated by calling a
  workflow: `uses: ./other.yaml` with `repeat`, where `until` sees its `outputs`.
- A message is sent after its event is durable, and a run ends after its messages. What cannot be
  sent is told in the history, and fails nothing. Nobody is told of a rollback.
";

const EDITORS: &str = "
## In an editor

An editor that speaks with the YAML language server (Visual Studio Code with the extension YAML, and
others that have it) completes keys and actions, explains them, and underlines what is wrong while
one types. It finds the schema by a comment at the top of the file, a path from that file's folder
on:

```yaml
# yaml-language-server: $schema=../docs/workflow.schema.json
name: deploy
```

- The schemas are `docs/workflow.schema.json` and `docs/environment.schema.json`; the files under
  `workflows/` name them so. Elsewhere `windlass schema > workflow.schema.json` and `windlass schema
  --of environment > environment.schema.json` write those of the windlass that is installed, and
  `windlass init` does both beside a first file.
- An editor sees keys and values. What lies between files, in expressions and in the order of steps
  is said by `windlass check FILE`, in a pull request by `windlass check FILE --format github` or
  `--format sarif`.
";

const LANGUAGE: &str = "
## Expressions

CEL: `==`, `!=`, `<`, `<=`, `>`, `>=`, `&&`, `||`, `!`, `+`, `-`, `*`, `/`, `%`, `in`,
`a ? b : c`, lists, maps, `list.all(x, …)`, `.exists`, `.exists_one`, `.filter`, `.map`, and
`has(path)`. No clock, no randomness. In a text: `${{ … }}`; `if`, `never`, `always`, `verify`,
`requires`, `only_if` and `that` are expressions without the wrapper.

| name | |
|---|---|
";

fn expressions(out: &mut String) {
    out.push_str(LANGUAGE);
    for (name, meaning) in NAMES {
        let _ = writeln!(out, "| `{name}` | {meaning} |");
    }
    out.push_str("\n| function | |\n|---|---|\n");
    for function in FUNCTIONS {
        let _ = writeln!(out, "| `{}` | {} |", form(function), cell(function.summary));
    }
}

fn form(function: &Function) -> String {
    let args = vec!["…"; function.args.len()].join(", ");
    match function.receiver {
        Some(_) => format!("value.{}({args})", function.name),
        None => format!("{}({args})", function.name),
    }
}
