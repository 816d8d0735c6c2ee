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

/// Thousands with commas, as people write them.
fn counted(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
    groups.join(",")
}

#[test]
fn the_page_of_limits_has_the_numbers_that_count() {
    use windlass_spec::limits as file;
    let page = std::fs::read_to_string(repository("docs/limits.md")).unwrap();
    let limits: [(&str, u64); 17] = [
        ("FILE_BYTES_MAX", file::FILE_BYTES_MAX as u64),
        ("STEPS_WRITTEN_MAX", file::STEPS_WRITTEN_MAX as u64),
        ("ITEMS_MAX", file::ITEMS_MAX as u64),
        ("ROUNDS_MAX", file::ROUNDS_MAX.into()),
        ("ATTEMPTS_MAX", file::ATTEMPTS_MAX.into()),
        ("PARALLEL_MAX", file::PARALLEL_MAX.into()),
        ("CALL_DEPTH_MAX", file::CALL_DEPTH_MAX as u64),
        ("EXPRESSION_BYTES_MAX", file::EXPRESSION_BYTES_MAX as u64),
        ("BRACKETS_MAX", file::BRACKETS_MAX as u64),
        ("STEPS_MAX", file::STEPS_MAX as u64),
        ("EVENTS_MAX", windlass_model::decide::EVENTS_MAX),
        ("OUTPUT_BYTES_MAX", windlass_engine::core::OUTPUT_BYTES_MAX as u64),
        ("RUNS_DRIVEN_MAX", windlass_engine::RUNS_DRIVEN_MAX as u64),
        ("SIGNALS_PENDING_MAX", windlass_ports::store::SIGNALS_PENDING_MAX as u64),
        ("SIGNALS_KEPT_MAX", windlass_model::settle::SIGNALS_KEPT_MAX as u64),
        ("RECORD_BYTES_MAX", windlass_ports::store::RECORD_BYTES_MAX as u64),
        ("FREE_BYTES_FLOOR", windlass_store_sled::room::FREE_BYTES_FLOOR),
    ];
    for (name, limit) in limits {
        let named = |line: &&str| line.contains(&format!("{name}`"));
        let line = page.lines().find(named).unwrap_or_else(|| panic!("{name} is not told"));
        let told = line.split(|c: char| !c.is_ascii_digit() && c != ',');
        assert!(
            told.into_iter().any(|word| word.trim_end_matches(',') == counted(limit)),
            "{line}"
        );
    }
    assert_eq!(page.matches("_MAX`").count() + page.matches("_FLOOR`").count(), limits.len());
}
