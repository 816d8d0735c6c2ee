//! What a plug-in says that it sets is part of a proof, as what any other action says.

use crate::home::{Home, ended};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// Switches a service, and says so before it does.
const SWITCH: &str = r#"#!/bin/sh
set -eu
IFS= read -r request || exit 1
case $(printf '%s' "$request" | jq -r .call) in
spec)
    jq -cn '
    {type: "object", required: ["service", "on"], additionalProperties: false,
     properties: {
        service: {type: "string", "x-resource": "service", description: "which"},
        on: {type: "boolean", description: "whether it is to run"}}} as $input |
    {type: "spec", protocol: 1, actions: [{
        verb: "turn", summary: "Turns a service on or off.",
        class: "reversible", captures: true, compensates: true, effects: true, input: $input,
        guide: {captures: "whether it ran", doubt: "it is looked at", undo: "as it was",
                permissions: ["to turn it"]},
        example: "- uses: example.switch/turn"}]}' ;;
effects)
    printf '%s' "$request" | jq -c '{type: "effects",
        effects: [{resource: .input.service, field: "running", value: .input.on}]}' ;;
*) exit 1 ;;
esac
"#;

const ENVIRONMENT: &str = "
description: Two services
confirm: relaxed
zone: Europe/Berlin
resources:
  api: { kind: service, command: [sleep, \"9\"], dir: /tmp }
  web: { kind: service, command: [sleep, \"9\"], dir: /tmp }
";

const HEAD: &str = "
name: turned
description: One service takes over for a while
environment: here
resources: { api: service, web: service }
given:
  - that: resources.api.running
invariants:
  - id: one_answers
    always: resources.api.running || resources.web.running
steps:
";

/// A step that turns a service.
fn turn(id: &str, service: &str, on: bool) -> String {
    let with = format!("{{ service: {service}, on: {on} }}");
    format!("  - id: {id}\n    uses: example.switch/turn\n    with: {with}\n")
}

/// The proof of these steps in this order.
fn proof(steps: &[String], code: i32) -> Value {
    let home = Home::new();
    home.file("environments/here.yaml", ENVIRONMENT);
    home.file("turned.yaml", &(HEAD.to_owned() + &steps.concat()));
    let bin = home.file("bin/windlass-action-example.switch", SWITCH);
    fs::set_permissions(&bin, Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(&["check", "turned.yaml", "--env", "here", "--json"]);
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.parent().unwrap().display());
    let checked = ended(command.env("PATH", path).output().unwrap()).expect(code);
    let lines = checked.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.into_iter().find(|line| line["proved"].is_boolean()).expect("a verdict")
}

#[test]
fn what_a_plug_in_declares_is_proved() {
    let (off, other, on) =
        (turn("rest", "api", false), turn("other", "web", true), turn("back", "api", true));
    let kept = proof(&[other.clone(), off.clone(), on.clone()], 0);
    assert_eq!(kept["proved"], true, "{kept}");

    let broken = proof(&[off, other, on], 3);
    let story = &broken["broken"][0];
    assert_eq!(story["broken"], "one_answers", "{broken}");
    assert_eq!(story["events"][0], "`rest`: api.running is now false", "{broken}");
    assert_eq!(story["events"].as_array().unwrap().len(), 1, "{broken}");
    assert_eq!(story["cure"], "put `other` before `rest`: then nothing breaks it", "{broken}");
}
