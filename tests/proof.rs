//! `check` proves: the shipped files are kept whatever happens, and each trap that somebody falls
//! into while changing one is told as a story, with exit code 3, which happens to the engine too.

use crate::home::{Home, repository};
use crate::stage::{Stage, expect_code};
use crate::traps::ends;
use serde_json::{Value, json};
use std::fs;

/// The shipped files with one of them changed: the verdict on a workflow.
fn verdict(
    changed: &str,
    from: &str,
    to: &str,
    workflow: &str,
    code: i32,
) -> (Home, Value, String) {
    let home = Home::new();
    for folder in ["", "lib", "environments"] {
        for entry in fs::read_dir(repository("workflows").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = fs::read_to_string(&path).unwrap();
                let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
                let name = name.trim_start_matches('/');
                let text = match name == changed {
                    true => {
                        assert!(text.contains(from), "{changed} says `{from}`");
                        text.replace(from, to)
                    }
                    false => text,
                };
                home.file(name, &text);
            }
        }
    }
    let words = ["check", workflow, "--env", "rehearsal", "--json"];
    let checked = home.windlass(&words).expect(code);
    let lines: Vec<Value> =
        checked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let proof = lines.into_iter().find(|line| line["proved"].is_boolean()).unwrap_or_default();
    (home, proof, checked.stdout)
}

/// The one story of a kind, of a file that was changed so.
fn story(changed: &str, from: &str, to: &str, workflow: &str, broken: &str) -> Value {
    let (home, proof, said) = verdict(changed, from, to, workflow, 3);
    let stories = proof["broken"].as_array().unwrap_or_else(|| panic!("{said}"));
    let of = |story: &&Value| story["broken"].as_str().unwrap().starts_with(broken);
    let story = stories.iter().find(of).unwrap_or_else(|| panic!("no {broken}: {said}")).clone();
    plays(&home, workflow, stories);
    story
}

/// Every story in which anything happens is played on the engine's own core, and seen.
fn plays(home: &Home, workflow: &str, stories: &[Value]) {
    let words = ["rehearse", workflow, "--env", "rehearsal", "--stories", "--json"];
    let played = home.windlass(&words).expect(1).stdout;
    let played: Vec<Value> =
        played.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<&Value> =
        played.iter().filter(|one| one["seen"] == true).map(|one| &one["broken"]).collect();
    let happen = stories.iter().filter(|story| !story["events"].as_array().unwrap().is_empty());
    let happen: Vec<&Value> = happen.map(|story| &story["broken"]).collect();
    assert_eq!(seen, happen, "{played:?}");
}

fn events(story: &Value) -> Vec<&str> {
    story["events"].as_array().unwrap().iter().map(|event| event.as_str().unwrap()).collect()
}

const RESTORE: &str = "hotfix_qa4_restore.yaml";

#[test]
fn the_shipped_files_are_kept_whatever_happens() {
    for file in [
        "prepare_release",
        "release",
        "rollback_release",
        "hotfix_pr",
        "hotfix_qa4_setup",
        "hotfix_prod",
        "hotfix_qa4_restore",
        "midday",
    ] {
        let home = Home::new();
        let path = repository(&format!("workflows/{file}.yaml")).display().to_string();
        let proof =
            home.windlass(&["check", &path, "--env", "rehearsal", "--json"]).expect(0).json();
        assert_eq!(proof["proved"], true, "{proof}");
    }
}

/// First the connection strings, then the build: the other order is found without anybody's saying
/// that the order matters.
#[test]
fn d08_the_restore_in_the_wrong_order_is_told_with_the_order_that_is_right() {
    let text = fs::read_to_string(repository("workflows").join(RESTORE)).unwrap();
    let at = |of: &str| text.find(of).unwrap();
    let (connection, deploy, rest) =
        (at("  - id: use_main_database"), at("  - id: deploy_main"), at("  - id: check_health"));
    let from = &text[connection..rest];
    let to = format!("{}{}", &text[deploy..rest], &text[connection..deploy]);
    let story = story(RESTORE, from, &to, RESTORE, "main_build_never_on_prod_database for qa4");
    assert!(events(&story)[0].contains("qa4.branch is now main"), "{story}");
    assert!(story["where"].to_string().contains("dispatcherqa4prod"), "{story}");
    assert!(story["places"][0]["at"].as_str().unwrap().contains("hotfix_qa4_restore.yaml:"));
    let cure = story["cure"].as_str().unwrap();
    assert_eq!(cure, "put `use_main_database` before `deploy_main`: then nothing breaks it");
}

/// Forward all is well. On the way back the build would stay while the connection goes back.
#[test]
fn d07_a_build_that_stays_on_the_way_back_is_found() {
    let from = "      apps: [\"${{ item }}\"]\n    timeout: 1h\n";
    let to = "      apps: [\"${{ item }}\"]\n    timeout: 1h\n    \
              compensate: { uses: none, reason: main is on qa4 most of the time }\n";
    let story = story(RESTORE, from, to, RESTORE, "main_build_never_on_prod_database");
    let events = events(&story);
    assert!(events.iter().any(|event| event.contains("rolls the run back")), "{story}");
    assert!(events.last().unwrap().contains("the undoing of `use_main_database["), "{story}");
}

#[test]
fn d01_an_app_that_is_left_stopped_is_found() {
    let text = fs::read_to_string(repository("workflows/prepare_release.yaml")).unwrap();
    let start = text.find("  - id: start\n").unwrap();
    let health = text.find("  - id: check_health").unwrap();
    let file = "prepare_release.yaml";
    let without = text[health..].replacen(
        "    for_each: [qa4, qa4rnapi]\n",
        "    for_each: [qa4, qa4rnapi]\n    needs: [backup, sprint_copy]\n",
        1,
    );
    let story = story(file, &text[start..], &without, file, "no_app_is_left_stopped");
    assert!(events(&story)[0].contains("`stop[qa4"), "{story}");
}

/// The deployment that migrates is no point of no return any more, and its undo leaves it as it is.
#[test]
fn d05_a_rollback_that_deletes_the_old_database_is_found() {
    let text = fs::read_to_string(repository("workflows/release.yaml")).unwrap();
    let from = text.find("    irreversible: true\n").unwrap();
    let to = text.find("  - id: rest\n").unwrap();
    let guarded =
        "    compensate: { uses: auto, only_if: \"!steps.migrations.outputs.needed\" }\n\n";
    let broken = "no_rollback_deletes_what_is_protected for prod_old_db";
    let story = story("release.yaml", &text[from..to], guarded, "release.yaml", broken);
    assert!(story["then"].to_string().contains("`deploy_rnapi_migrating` stays done"), "{story}");
}

#[test]
fn d06_what_cannot_be_undone_wants_proof() {
    let from = "    requires: >-
      steps.verify_backup.outputs.length > 0 && steps.rest.outputs.done &&
      steps.deploy_rnapi_migrating.outputs.version == inputs.candidate
";
    let story = story("release.yaml", from, "", "release.yaml", "irreversible_without_proof");
    assert!(story["then"].to_string().contains("`delete_old` cannot be undone"), "{story}");
}

/// The file's own check says it before any proof.
#[test]
fn d04_and_d10_are_refused_before_the_proof() {
    let file = "release.yaml";
    let from = "    if: steps.migrations.outputs.needed && !inputs.safer_order\n";
    let (_, _, said) = verdict(file, from, "    if: \"!inputs.safer_order\"\n", file, 3);
    assert!(said.contains("not on the same condition"), "{said}");
    let from = "    with: { server: prod_sql, enabled: false }\n";
    let to = "    with: { server: prod_sql, enabled: false }\n    compensate: none\n";
    let (_, _, said) = verdict(file, from, to, file, 3);
    assert!(said.contains("reason"), "{said}");
}

/// Without the connection string, the main build would come onto the prod-based database: nobody
/// skips that step by the way.
#[test]
fn d08_a_skip_that_could_break_the_rule_is_refused_with_the_story() {
    let path = repository("workflows").join(RESTORE).display().to_string();
    let checked = ["check", &path, "--env", "rehearsal", "--json"];
    let proof = Home::new().windlass(&checked).expect(0).json();
    let kept = proof["not_skippable"].to_string();
    assert!(kept.contains("`use_main_database[qa4]`"), "{proof}");
    assert!(
        !kept.contains("\"`deploy_main[qa4]`\""),
        "without the build nothing is broken: {proof}"
    );

    let stage = Stage::at_pace(1_200).unwrap();
    ends(&stage, "hotfix_qa4_setup", &[], 0);
    let matching = json!({ "method": "PUT", "path": "/sites/qa4/config/connectionstrings" });
    let fault = json!({ "fault": "throttle", "retry_after": 7, "match": matching, "count": 0 });
    stage.cloud.fault(&fault).unwrap();
    let failed = ends(&stage, "hotfix_qa4_restore", &[], 1);
    let run = failed["run"].as_str().unwrap();
    let shown = stage.windlass(&["show", run]).run().unwrap().stdout;
    for next in [&failed["next"].to_string(), &shown] {
        assert!(!next.contains("step skip"), "what is refused is not offered: {next}");
    }
    let skip = ["step", "skip", run, "use_main_database[qa4]", "--reason", "it is late"];
    let refused = stage.windlass(&skip).run().unwrap();
    expect_code(&refused, 1, "skip").unwrap();
    let said = refused.stderr;
    assert!(said.contains("main_build_never_on_prod_database for qa4 could break"), "{said}");
    assert!(said.contains("somebody skips `use_main_database[qa4]`"), "{said}");
    assert!(said.contains("`deploy_main[qa4]`: qa4.branch is now main"), "{said}");
}

/// What annotates a pull request, and what code scanning reads, has the story where its last step
/// stands.
#[test]
fn findings_are_told_to_other_tools_with_their_places() {
    let from = "      apps: [\"${{ item }}\"]\n    timeout: 1h\n";
    let to = "      apps: [\"${{ item }}\"]\n    timeout: 1h\n    \
              compensate: { uses: none, reason: main is on qa4 most of the time }\n";
    let (home, ..) = verdict(RESTORE, from, to, RESTORE, 3);
    let format = |format: &str| {
        home.windlass(&["check", RESTORE, "--env", "rehearsal", "--format", format])
            .expect(3)
            .stdout
    };
    let github = format("github");
    let line = github.lines().next().unwrap();
    assert!(line.starts_with("::error file=hotfix_qa4_restore.yaml,line="), "{line}");
    let told = "title=windlass main_build_never_on_prod_database::\
                main_build_never_on_prod_database for qa4 can be broken:%0A1. `use_main_database";
    assert!(line.contains(told), "{line}");
    let sarif: Value = serde_json::from_str(&format("sarif")).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "main_build_never_on_prod_database");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], RESTORE);
    assert!(place["region"]["startLine"].as_u64().unwrap() > 30, "{place}");
}

/// Past its bound the proof knows nothing, and nobody takes that for "proved".
#[test]
fn beyond_its_bound_nothing_is_called_proved() {
    let path = repository("workflows").join(RESTORE).display().to_string();
    let check = |more: &[&str], code: i32| {
        let words = ["check", &path, "--env", "rehearsal", "--states-max", "20"];
        Home::new().windlass(&[&words, more].concat()).expect(code)
    };
    let told = check(&[], 1);
    let open = "NOT PROVED beyond 20 states: main_build_never_on_prod_database for qa4rnapi";
    assert!(told.stdout.contains(open), "{}", told.stdout);
    let said = format!("{}{}", told.stdout, told.stderr);
    assert!(!said.contains(": ok") && !said.contains("proved,"), "{said}");

    let proof = check(&["--json"], 1).json();
    assert_eq!(proof["proved"], false, "{proof}");
    let open = json!([
        "main_build_never_on_prod_database for qa4",
        "main_build_never_on_prod_database for qa4rnapi"
    ]);
    assert_eq!(proof["not_proved"], open, "{proof}");

    let told = check(&["--format", "github"], 1).stdout;
    assert!(told.contains("main_build_never_on_prod_database for qa4 is not proved"), "{told}");
}

/// What a step sets of something whose name is only known with the inputs is no part of the proof,
/// and that is said.
#[test]
fn what_is_named_by_an_input_is_told_as_an_assumption() {
    let text = fs::read_to_string(repository("workflows/local/blue_green.yaml")).unwrap();
    let rule = "\ninvariants:\n  - id: web_answers\n    always: resources.web.running\nsteps:\n";
    let home = Home::new();
    let env = repository("workflows/environments/local.yaml");
    home.file("environments/local.yaml", &fs::read_to_string(env).unwrap());
    for (text, said) in [(text.replacen("\nsteps:\n", rule, 1), true), (text, false)] {
        home.file("blue_green.yaml", &text);
        let words = ["check", "blue_green.yaml", "--env", "local"];
        let checked = home.windlass(&words).expect(0).stdout;
        let of =
            "these change nothing that a rule is about, though they could name it: stop, start";
        assert_eq!(checked.contains(of), said, "{checked}");
    }
}
