//! The README holds what it says: its links lead somewhere, its workflow is valid, its verbs are
//! there.

use crate::home::{Home, repository};
use std::fs;

fn readme() -> String {
    fs::read_to_string(repository("README.md")).unwrap()
}

#[test]
fn every_link_leads_to_a_file() {
    let text = readme();
    let targets: Vec<&str> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.starts_with("http"))
        .collect();
    assert!(targets.len() >= 8, "{targets:?}");
    for target in targets {
        assert!(repository(".").join(target).exists(), "{target} is not there");
    }
}

#[test]
fn the_workflow_that_it_shows_is_valid_and_the_commands_below_it_work() {
    let text = readme();
    let yaml = text.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let home = Home::new();
    home.file("deploy.yaml", yaml);
    let said = home.windlass(&["check", "deploy.yaml"]).expect(0);
    assert_eq!(said.stdout, "", "not even a warning");
    home.windlass(&["plan", "deploy.yaml", "--input", "version=1.2.3"]).expect(0);
    let words = ["graph", "deploy.yaml", "--input", "version=1.2.3", "--format", "mermaid"];
    assert!(home.windlass(&words).expect(0).stdout.contains("flowchart"));
}

#[test]
fn every_verb_that_it_names_is_there() {
    let text = readme();
    let table = text.split("## Verbs").nth(1).unwrap().split("\n## ").next().unwrap();
    let help = Home::new().windlass(&["--help"]).expect(0).stdout;
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = rows.filter_map(|row| row.split(" | ").nth(1));
    let verbs: Vec<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter_map(|command| command.split([' ', '\\']).next())
        .filter(|word| !word.starts_with('-'))
        .collect();
    assert!(verbs.len() >= 20, "{verbs:?}");
    for verb in verbs {
        assert!(help.contains(&format!("\n  {verb} ")), "`{verb}` is no verb of\n{help}");
    }
}
