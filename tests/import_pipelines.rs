//! `import` of pipelines that were written for it: the output is valid but for what it lists, runs
//! in the order of the source, and holds no secret.

use crate::home::{Ended, Home, repository};
use serde_json::Value;
use std::fs;

fn import(home: &Home, dialect: &str, file: &str) -> Ended {
    let path = repository(&format!("tests/pipelines/{file}")).display().to_string();
    home.windlass(&["import", dialect, &path, "--out", "got"]).expect(0)
}

/// Dialect, file, the workflow's name, and how many places must be filled in.
const ALL: [(&str, &str, &str, usize); 4] = [
    ("azure-pipelines", "azure_release.yml", "azure_release", 1),
    ("azure-pipelines", "azure_steps.yml", "azure_steps", 0),
    ("github", "github_deploy.yml", "deploy_the_shop", 1),
    ("release-definition", "release_definition.json", "shop_production", 1),
];

#[test]
fn each_is_valid_but_for_the_places_that_it_lists() {
    for (dialect, source, name, open) in ALL {
        let home = Home::new();
        let said = import(&home, dialect, source).stderr;
        let file = format!("got/{name}.yaml");
        assert_eq!(said.matches(&format!("fill in: {file}:")).count(), open, "{said}");
        assert!(!said.contains("is not valid yet"), "{said}");
        let at = home.path().join(&file);
        let text = fs::read_to_string(&at).unwrap();
        let found = home.windlass(&["check", "--json", &file]);
        let refused = found.stdout.lines().filter(|line| line.contains("\"severity\":\"error\""));
        assert_eq!(refused.count(), open, "{}", found.stdout);
        let filled: String = text
            .lines()
            .map(|line| match line.trim_start().starts_with("package:    # fill in:") {
                true => "      package: shop.zip\n".to_owned(),
                false => format!("{line}\n"),
            })
            .collect();
        fs::write(&at, filled).unwrap();
        home.windlass(&["check", &file]).expect(0);
    }
}

#[test]
fn what_cannot_be_mapped_is_listed_with_its_line_and_stands_beside_the_place() {
    for (dialect, source, name, _) in ALL {
        let home = Home::new();
        let said = import(&home, dialect, source).stderr;
        let path = repository(&format!("tests/pipelines/{source}"));
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let text = fs::read_to_string(home.path().join(format!("got/{name}.yaml"))).unwrap();
        let before = format!("not mapped: {}:", path.display());
        let listed: Vec<&str> =
            said.lines().filter_map(|line| line.trim().strip_prefix(&before)).collect();
        assert!(listed.len() >= 3, "{said}");
        assert_eq!(text.matches("# not mapped: ").count(), listed.len(), "{said}\n{text}");
        for one in listed {
            let line: usize = one.split(':').next().unwrap().parse().unwrap();
            assert!((1..=lines).contains(&line), "{one}");
        }
    }
}

#[test]
fn no_secret_is_in_what_is_written_or_said() {
    for (dialect, source, name, _) in ALL {
        let home = Home::new();
        let said = import(&home, dialect, source);
        let text = fs::read_to_string(home.path().join(format!("got/{name}.yaml"))).unwrap();
        for canary in ["Sup3rSecretValue", "canary"] {
            for place in [&text, &said.stdout, &said.stderr] {
                assert!(!place.contains(canary), "{source}: {canary} in {place}");
            }
        }
    }
}

/// An environment for what the pipelines name: the apps are those of the simulated world.
const BOUND: &str = "\
resources:
  shop_web: { kind: azure.app_service, site: qa4, connection_string: Default }
  shop_prod: { kind: azure.app_service, site: qa4rnapi, connection_string: Default }
";

/// The order of the source is the order of the run, and a condition that does not hold skips all
/// that hangs on it.
#[test]
fn a_pipeline_rehearses_in_its_order() {
    let home = Home::new();
    import(&home, "azure-pipelines", "azure_release.yml");
    let at = home.path().join("got/azure_release.yaml");
    let text = fs::read_to_string(&at).unwrap();
    let start = text.find("package:    # fill in:").unwrap();
    let end = start + text[start..].find('\n').unwrap();
    let filled = format!("{}package: shop.zip{}", &text[..start], &text[end..]);
    fs::write(&at, filled).unwrap();
    let rehearsal =
        fs::read_to_string(repository("workflows/environments/rehearsal.yaml")).unwrap();
    let section = |key: &str| {
        let from = rehearsal.find(&format!("\n{key}:\n")).unwrap() + 1;
        let rest = &rehearsal[from..];
        let end = rest.find("\n\n").map_or(rest.len(), |end| end + 1);
        rest[..end].to_owned()
    };
    let env = format!(
        "simulator: auto\nconfirm: relaxed\n{}  adminpassword: env:HOME\n{}{BOUND}",
        section("secrets"),
        section("azure")
    );
    home.file("got/environments/bound.yaml", &env);
    // The end of a zip that holds nothing.
    home.file("got/shop.zip", &format!("PK\u{5}\u{6}{}", "\0".repeat(18)));
    let words = ["rehearse", "got/azure_release.yaml", "--env", "bound", "--json"];
    for (dry, effects) in [("false", true), ("true", false)] {
        let inputs = [format!("dryrun={dry}"), "build_sourcebranch=x".to_owned()];
        let mut all: Vec<&str> = words.to_vec();
        inputs.iter().for_each(|input| all.extend(["--input", input]));
        all.extend(["--input", "build_reason=Manual"]);
        let told: Value = home.windlass(&all).expect(0).json();
        assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
        assert_eq!(told["clean"]["effects"].as_u64().unwrap_or_default() > 0, effects, "{told}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_line() {
    let home = Home::new();
    home.file("broken.yml", "stages:\n  - stage: [\n");
    let said = home.windlass(&["import", "azure-pipelines", "broken.yml"]).expect(3).stderr;
    assert!(said.contains("broken.yml: line "), "{said}");
    let said = home.windlass(&["import", "github", "away.yml"]).expect(2).stderr;
    assert!(said.contains("away.yml"), "{said}");
}
