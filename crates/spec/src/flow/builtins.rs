//! The steps that windlass does by itself: what they take and what they give, as schemas.

use crate::keys::NAME_PATTERN;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A built-in step.
#[derive(Clone, Debug)]
pub struct Builtin {
    /// What `uses:` says.
    pub kind: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// JSON Schema of `with`.
    pub input: Value,
    /// JSON Schema of its outputs.
    pub output: Value,
    /// A step as one would write it.
    pub example: &'static str,
}

/// The built-in of a kind.
pub fn builtin(kind: &str) -> Option<&'static Builtin> {
    builtins().iter().find(|builtin| builtin.kind == kind)
}

/// All of them.
pub fn builtins() -> &'static [Builtin] {
    static ALL: LazyLock<Vec<Builtin>> = LazyLock::new(all);
    &ALL
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}

fn object(title: &str, required: &[&str], properties: Value) -> Value {
    json!({ "title": title, "type": "object", "additionalProperties": false,
        "required": required, "properties": properties })
}

fn answered(value: Value) -> Value {
    let mut properties = json!({ "by": { "type": "string" }, "note": {} });
    if let (Value::Object(all), Value::Object(value)) = (&mut properties, value) {
        all.extend(value);
    }
    json!({ "type": "object", "properties": properties })
}

fn all() -> Vec<Builtin> {
    let mut all = for_humans();
    all.extend(for_careful_humans());
    all.extend(for_machines());
    all
}

/// Steps that wait for somebody.
fn for_humans() -> Vec<Builtin> {
    let (roles, not_by) = (roles(), not_by());
    vec![
        Builtin {
            kind: "approve",
            summary: "Asks a human for a yes or no.",
            input: object(
                "`approve`",
                &["prompt"],
                json!({
                    "prompt": text("The question."),
                    "roles": roles,
                    "not_by": not_by,
                    "typed": text("A text to type where a bare yes is not enough: the name of \
                        what is lost."),
                }),
            ),
            output: answered(json!({ "approved": { "type": "boolean" } })),
            example: "- id: tested\n  uses: approve\n  with: { prompt: \"Is qa4 tested?\", roles: \
                [release] }\n  timeout: 3d\n  on_timeout: wait",
        },
        Builtin {
            kind: "input",
            summary: "Asks a human for a value.",
            input: object(
                "`input`",
                &["prompt"],
                json!({
                    "prompt": text("The question."),
                    "type": { "enum": ["string", "int", "bool"], "default": "string",
                        "description": "What is asked for." },
                    "roles": roles,
                    "not_by": not_by,
                }),
            ),
            output: answered(json!({ "value": {} })),
            example: "- id: ticket\n  uses: input\n  with: { prompt: \"Number of the ticket\", \
                type: int }",
        },
    ]
}

/// Steps that wait for more than a yes.
fn for_careful_humans() -> Vec<Builtin> {
    let (roles, not_by) = (roles(), not_by());
    vec![
        Builtin {
            kind: "confirm_by_name",
            summary: "Asks a human to type the name of what is at stake.",
            input: object(
                "`confirm_by_name`",
                &["prompt", "name"],
                json!({
                    "prompt": text("The question."),
                    "name": text("The name to type."),
                    "roles": roles,
                    "not_by": not_by,
                }),
            ),
            output: answered(json!({ "approved": { "type": "boolean" } })),
            example: "- id: really\n  uses: confirm_by_name\n  with: { prompt: \"Delete the old \
                database?\", name: DispatcherProd2old, not_by: starter }",
        },
        Builtin {
            kind: "checklist",
            summary: "Asks for a yes to each item of a list, each by whoever has seen to it.",
            input: object(
                "`checklist`",
                &["items"],
                json!({
                    "prompt": text("What stands before each item."),
                    "items": { "type": "object",
                        "additionalProperties": { "type": "string", "minLength": 1 },
                        "description": "What must be seen to, by a short name: each is a question \
                            of its own, `STEP[NAME]`." },
                    "roles": roles,
                    "not_by": not_by,
                }),
            ),
            output: json!({ "type": "object", "additionalProperties":
                answered(json!({ "approved": { "type": "boolean" } })) }),
            example: "- id: before\n  uses: checklist\n  with:\n    items:\n      backup: The \
                backup is there\n      team: The team knows",
        },
    ]
}

fn roles() -> Value {
    json!({ "description": "Who may answer; anybody where absent.",
        "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
}

fn not_by() -> Value {
    json!({ "enum": ["starter"], "description": "Who may not answer: `starter` asks for other \
        eyes than those of whoever started the run." })
}

fn window() -> Value {
    let mut window = object(
        "`window`",
        &["from", "to"],
        json!({
            "days": { "type": "array", "minItems": 1,
                "items": { "enum": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
                "description": "Days on which it opens; every day where absent." },
            "from": text("When it opens, as `HH:MM`."),
            "to": text("When it closes, as `HH:MM`; on the next day where that is not later."),
            "zone": text("The IANA zone whose clock decides; the environment's where absent."),
        }),
    );
    window["description"] = json!(
        "A window of time: done at once while it is open, else when it \
        opens. `days` (`[mon, thu]`; every day where absent), `from` and `to` (`HH:MM`), `zone`."
    );
    window
}

fn signal() -> Value {
    json!({ "type": "string", "pattern": NAME_PATTERN,
        "description": "The name of a signal that somebody sends with `windlass signal RUN NAME`: \
            before the wait or during it, each ends one wait. Gives `data`, `by` and `note`." })
}

fn file() -> Value {
    json!({ "type": "object", "description": "A file that appears: `path`, and where given, \
        `unchanged_for` (a span in which nobody writes to it) and `sha256`. The input and outputs \
        of the action `file.wait`." })
}

/// Steps that windlass finishes alone.
fn for_machines() -> Vec<Builtin> {
    vec![
        Builtin {
            kind: "wait",
            summary: "Waits for a span of time, until a time of day or a date, for a window, for a \
                signal that `windlass signal` sends, or for a file.",
            input: object(
                "`wait`",
                &[],
                json!({
                    "for": text("A span: `30s`, `5m`, `2h`."),
                    "until": text("`HH:MM` (the next time that the zone's clock shows it), \
                        `2026-03-07T03:00`, or RFC 3339."),
                    "zone": text("The IANA zone of `until`: `Europe/Berlin`. The environment's \
                        where absent."),
                    "window": window(),
                    "signal": signal(),
                    "file": file(),
                }),
            ),
            output: json!({ "type": "object", "properties": {} }),
            example: "- id: at_three\n  uses: wait\n  with: { until: \"03:00\", zone: \
                America/New_York }\n- id: at_night\n  uses: wait\n  with: { window: { days: [mon, \
                thu], from: \"03:00\", to: \"05:00\", zone: America/New_York } }\n- id: passed\n  \
                uses: wait\n  with: { signal: tests_passed }\n  timeout: 2h\n- id: dump\n  uses: \
                wait\n  with: { file: { path: /var/backups/orders.dump, unchanged_for: 30s } }\n  \
                timeout: 1h",
        },
        Builtin {
            kind: "fail",
            summary: "Fails the run, for a case in which it must not go on: give it an `if`.",
            input: object("`fail`", &["message"], json!({ "message": text("Why.") })),
            output: json!({ "type": "object", "properties": {} }),
            example: "- id: too_late\n  uses: fail\n  if: steps.find.outputs.branch != 'prod'\n  \
                with: { message: The build is not of prod }",
        },
        log(),
        Builtin {
            kind: "assert",
            summary: "Fails the run unless an expression holds.",
            input: object(
                "`assert`",
                &["that"],
                json!({
                    "that": { "anyOf": [{ "type": "boolean" }, { "type": "string" }],
                        "description": "An expression, without `${{ }}`." },
                    "message": text("What is said where it does not hold."),
                }),
            ),
            output: json!({ "type": "object", "properties": {} }),
            example: "- id: fits\n  uses: assert\n  with: { that: \"steps.find.outputs.branch == \
                'prod'\", message: The build is not of prod }",
        },
        Builtin {
            kind: "set",
            summary: "Computes values; each key of `with` is an output.",
            input: json!({ "title": "`set`", "type": "object", "additionalProperties": true }),
            output: json!({ "type": "object", "additionalProperties": true }),
            example: "- id: names\n  uses: set\n  with: { database: \"dispatcherqa4prod${{ \
                inputs.n }}\" }",
        },
    ]
}

fn log() -> Builtin {
    Builtin {
        kind: "log",
        summary: "Puts a message into the history, and values beside it, which are outputs \
            too. A secret in them is refused.",
        input: object(
            "`log`",
            &["message"],
            json!({
                "message": text("What is told."),
                "values": { "type": "object", "additionalProperties": true,
                    "description": "What belongs to it, by name." },
            }),
        ),
        output: json!({ "type": "object", "properties": {
            "message": { "type": "string" } }, "additionalProperties": true }),
        example: "- id: found\n  uses: log\n  with:\n    message: The build is found\n    \
            values: { build: \"${{ steps.find.outputs.number }}\" }",
    }
}
