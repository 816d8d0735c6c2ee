//! `actions`, `schema`, `completions`: what can be written, for people, editors and shells.

use crate::home::{Home, repository};
use serde_json::Value;
use std::fs;

#[test]
fn every_action_has_a_line_a_card_and_an_example_that_is_accepted() {
    let home = Home::new();
    let lines = home.windlass(&["actions", "--json"]).expect(0).stdout;
    let actions: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let table = home.windlass(&["actions"]).expect(0).stdout;
    assert!(actions.len() >= 16, "{}", actions.len());
    for action in &actions {
        let kind = action["kind"].as_str().unwrap();
        assert!(table.lines().any(|line| line.starts_with(kind)), "{kind}\n{table}");
        let card = home.windlass(&["actions", kind]).expect(0).stdout;
        for part in [kind, "effect ", "undo ", "with:", "outputs:", "example:"] {
            assert!(card.contains(part), "{part}\n{card}");
        }
        let example = action["example"].as_str().unwrap();
        assert!(example.contains(kind) || example.contains("run:"), "{kind}: {example}");
    }
    let unknown = home.windlass(&["actions", "azure.sql.copy"]).expect(2);
    assert!(
        unknown.stderr.contains("did you mean") || unknown.stderr.contains("there is:"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn what_is_committed_is_what_the_verb_prints() {
    let home = Home::new();
    let generated = [
        ("docs/workflow.schema.json", vec!["schema"]),
        ("docs/environment.schema.json", vec!["schema", "--of", "environment"]),
        ("docs/format.md", vec!["schema", "--of", "reference"]),
    ];
    for (file, words) in generated {
        let printed = home.windlass(&words).expect(0).stdout;
        let committed = fs::read_to_string(repository(file)).unwrap();
        assert!(
            printed.trim_end() == committed.trim_end(),
            "{file} differs; run `cargo xtask schema`"
        );
    }
    let folder = home.path().join("pages");
    home.windlass(&["schema", "--of", "actions", "--into", folder.to_str().unwrap()]).expect(0);
    for entry in fs::read_dir(&folder).unwrap() {
        let page = entry.unwrap().path();
        let committed = format!("docs/actions/{}", page.file_name().unwrap().to_str().unwrap());
        let text = fs::read_to_string(repository(&committed)).unwrap_or_default();
        let printed = fs::read_to_string(&page).unwrap();
        assert!(printed == text, "{committed} differs; run `cargo xtask schema`");
    }
    let short = home.windlass(&["schema", "--environment"]).expect(0).stdout;
    assert_eq!(short, home.windlass(&["schema", "--of", "environment"]).expect(0).stdout);
}

#[test]
fn schemas_are_json_and_know_every_action() {
    let home = Home::new();
    let schema: Value = serde_json::from_str(&home.windlass(&["schema"]).expect(0).stdout).unwrap();
    let text = schema.to_string();
    let lines = home.windlass(&["actions", "--json"]).expect(0).stdout;
    for line in lines.lines() {
        let action: Value = serde_json::from_str(line).unwrap();
        assert!(text.contains(action["kind"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn every_shell_is_taught() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.windlass(&["completions", shell]).expect(0).stdout;
        for verb in ["start", "rollback", "doctor", "import-run"] {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
}
