//! A first file, and what editors find: `init` writes files that work as it says, and every file
//! that is shipped names a schema that is there.

use crate::home::{Home, repository};
use crate::terminal::Terminal;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands before the schema's place.
const MARK: &str = "# yaml-language-server: $schema=";

/// The schema that a file names, from its own folder on.
fn schema_of(file: &Path) -> PathBuf {
    let text = fs::read_to_string(file).unwrap();
    let first = text.lines().next().unwrap_or_default();
    let place = first.strip_prefix(MARK).unwrap_or_else(|| panic!("{}: {first}", file.display()));
    file.parent().unwrap().join(place)
}

/// All files of a folder and below it that end in `.yaml`.
fn yaml_below(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_below(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            all.push(path);
        }
    }
}

#[test]
fn every_shipped_file_leads_editors_to_its_schema() {
    let mut all = Vec::new();
    yaml_below(&repository("workflows"), &mut all);
    assert!(all.len() >= 20, "{}", all.len());
    for file in all {
        let schema: Value =
            serde_json::from_str(&fs::read_to_string(schema_of(&file)).unwrap()).unwrap();
        let environment = file.parent().unwrap().ends_with("environments");
        let title = if environment { "windlass environment" } else { "windlass workflow" };
        assert_eq!(schema["title"], title, "{}", file.display());
    }
}

/// Runs a line that `init` printed, as a shell reads it.
fn typed(home: &Home, line: &str) {
    let words: Vec<String> =
        line.split_whitespace().skip(1).map(|word| word.trim_matches('\'').to_owned()).collect();
    home.windlass(&words).expect(0);
}

#[test]
fn a_first_file_works_by_the_two_commands_that_are_printed() {
    for works in ["scripts", "azure"] {
        let home = Home::new();
        let words =
            ["init", "--yes", "--with", works, "--name", "first", "--zone", "Europe/Berlin"];
        let said = home.windlass(&words).expect(0).stderr;
        let next = said.split("Next:\n").nth(1).unwrap();
        let lines: Vec<&str> = next.lines().map(str::trim).collect();
        assert_eq!(lines.len(), 2, "{said}");
        lines.iter().for_each(|line| typed(&home, line));
        for file in ["first.yaml", "environments/rehearsal.yaml"] {
            assert!(schema_of(&home.path().join(file)).exists(), "{file}");
        }
        let text = fs::read_to_string(home.path().join("first.yaml")).unwrap();
        assert!(!text.contains('@'), "{text}");
        let again = home.windlass(&words).expect(2).stderr;
        assert!(again.contains("is there already, and nothing was written"), "{again}");
        assert_eq!(text, fs::read_to_string(home.path().join("first.yaml")).unwrap());
        // Another one beside it takes the schemas that are there.
        let words = ["init", "--yes", "--name", "second", "--environment", "other", "--json"];
        let told = home.windlass(&words).expect(0).json();
        assert_eq!(told["written"].as_array().unwrap().len(), 2, "{told}");
    }
}

#[test]
fn a_folder_elsewhere_is_named_in_what_is_printed() {
    let home = Home::new();
    let words = ["init", "a folder", "--yes", "--approver", "Ana \"the\" O'Neil: #1"];
    let said = home.windlass(&words).expect(0).stderr;
    assert!(said.contains("windlass check 'a folder/release.yaml' --env rehearsal"), "{said}");
    home.windlass(&["check", "a folder/release.yaml", "--env", "rehearsal"]).expect(0);
}

#[test]
fn five_questions_are_asked_on_a_terminal_and_a_wrong_answer_is_asked_again() {
    let home = Home::new();
    let mut terminal = Terminal::start(&home, &["init"]);
    terminal.until("What is the workflow called? [release]");
    terminal.types("Not A Name\n");
    terminal.until("lower case letters");
    terminal.types("night\n");
    terminal.until("`scripts` or `azure`?");
    terminal.types("azure\n");
    terminal.until("first environment called? [rehearsal]");
    terminal.types("\n");
    terminal.until("time zone");
    terminal.types("America/New_York\n");
    terminal.until("Who may say go? [tester]");
    terminal.types("ana\n");
    let (code, _) = terminal.end();
    assert_eq!(code, 0);
    home.windlass(&["check", "night.yaml", "--env", "rehearsal"]).expect(0);
    let env = fs::read_to_string(home.path().join("environments/rehearsal.yaml")).unwrap();
    assert!(env.contains("zone: America/New_York\n") && env.contains("[\"ana\"]"), "{env}");
}

#[test]
fn without_a_terminal_the_flag_is_named_and_a_wrong_one_is_refused() {
    let home = Home::new();
    let said = home.windlass(&["init"]).expect(2).stderr;
    assert!(said.contains("add --name, or --yes, which takes `release`"), "{said}");
    for (flag, value) in [
        ("--name", "A b"),
        ("--environment", "../x"),
        ("--zone", "Moon/Crater"),
        ("--approver", " "),
    ] {
        let said = home.windlass(&["init", "--yes", flag, value]).expect(2).stderr;
        assert!(said.contains(&format!("`{flag} {value}`: ")), "{said}");
    }
    assert!(fs::read_dir(home.path()).unwrap().next().is_none());
}
