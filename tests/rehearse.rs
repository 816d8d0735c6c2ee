//! `rehearse`: crashes, failures and other orders in a simulated world, in time that jumps.

use crate::home::{Home, repository};

fn words(file: &str) -> Vec<String> {
    let path = |path: &str| repository(path).display().to_string();
    vec![
        "rehearse".to_owned(),
        path(file),
        "--env".to_owned(),
        path("workflows/environments/rehearsal.yaml"),
    ]
}

const RESTORE: &str = "workflows/hotfix_qa4_restore.yaml";

#[test]
fn a_crash_changes_nothing_and_leaves_nothing_in_the_home() {
    let home = Home::new();
    let mut words = words(RESTORE);
    words.extend(["--crash", "5", "--fail", "deploy_main[qa4]:lost_reply"].map(str::to_owned));
    words.push("--json".to_owned());
    let told = home.windlass(&words).expect(0).json();
    assert_eq!((&told["rehearsals"], &told["resumed"]), (&3.into(), &2.into()), "{told}");
    for key in ["effects_doubled", "effects_missing", "invariants_broken", "ended_otherwise"] {
        assert_eq!(told[key], 0, "{key}: {told}");
    }
    assert_eq!(told["clean"]["phase"], "succeeded");
    assert!(!home.path().join(".local/share/windlass/store").exists(), "nothing was started");
}

#[test]
fn trying_again_in_place_of_looking_is_seen() {
    let home = Home::new();
    let text = "\
name: one
resources: { qa4: azure.app_service }
steps:
  - id: deploy
    uses: azure_devops.release.deploy
    with: { branch: prod, stage: qa4, apps: [qa4] }
";
    let mut words = words(RESTORE);
    words[1] = home.file("one.yaml", text).display().to_string();
    words.extend(["--crash", "everywhere", "--without-probes", "--json"].map(str::to_owned));
    let told = home.windlass(&words).expect(1).json();
    assert!(told["effects_doubled"].as_u64().unwrap() > 0, "{told}");
    let why = told["findings"].to_string();
    assert!(why.contains("stage_deployed of") && why.contains("2 times, not 1"), "{why}");
}

#[test]
fn a_step_that_fails_stops_the_run_or_brings_it_back() {
    let home = Home::new();
    let text = std::fs::read_to_string(repository(RESTORE)).unwrap();
    let text = text.replace("environment: qa4\n", "environment: qa4\non_failure: rollback\n");
    let file = home.file("restore.yaml", &text).display().to_string();
    let mut words = words(RESTORE);
    words[1] = file;
    words.extend(["--fail", "deploy_main[qa4]", "--json"].map(str::to_owned));
    let told = home.windlass(&words).expect(0).json();
    assert_eq!(told["ends"]["rolled_back"], 1, "{told}");
}

#[test]
fn what_cannot_be_rehearsed_is_said_and_stood_in_for() {
    let home = Home::new();
    let file = home.file(
        "scripts.yaml",
        "name: scripts\nsteps:\n  - id: write\n    run: touch written; exit 3\n",
    );
    let mut words = words(RESTORE);
    words[1] = file.display().to_string();
    let said = home.windlass(&words).expect(0).stdout;
    assert!(said.contains("not rehearsed") && said.contains("`shell`"), "{said}");
    assert!(!home.path().join("written").exists());
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let home = Home::new();
    let wrong = |more: &[&str], needle: &str| {
        let mut words = words(RESTORE);
        words.extend(more.iter().map(|word| (*word).to_owned()));
        let said = home.windlass(&words).expect(2).stderr;
        assert!(said.contains(needle), "{said}");
    };
    wrong(&["--crash", "soon"], "`--crash everywhere`");
    wrong(&["--fail", "deploy_main[qa5]"], "deploy_main[qa4]");
    wrong(&["--fail", "deploy_main[qa4]:badly"], "half_done");
    let mut real = words(RESTORE);
    real.truncate(2);
    let env = repository("workflows/environments/azure.yaml").display().to_string();
    real.extend(["--env".to_owned(), env]);
    let said = home.windlass(&real).expect(2).stderr;
    assert!(said.contains("no simulated one"), "{said}");
}

/// The order that the runbook forbids: qa4 points at a prod-based database when main is deployed.
#[test]
fn d08_the_forbidden_order_breaks_the_invariant_of_the_environment() {
    let home = Home::new();
    let text = "\
name: wrong_order
resources: { qa4: azure.app_service, backup: azure.sql_database }
steps:
  - id: copy
    uses: azure.sql.copy_database
    with: { from: backup, to: dispatcherqa4prod9 }
  - id: point
    uses: azure.app_service.set_connection_string
    with: { app: qa4, name: Default, database: dispatcherqa4prod9 }
  - id: deploy
    uses: azure_devops.release.deploy
    with: { branch: main, stage: qa4, apps: [qa4] }
";
    let mut words = words(RESTORE);
    words[1] = home.file("wrong.yaml", text).display().to_string();
    let said = home.windlass(&words).expect(1).stdout;
    assert!(said.contains("BROKEN") && said.contains("main_build_never_on_prod"), "{said}");
    words.push("--json".to_owned());
    let told = home.windlass(&words).expect(1).json();
    assert!(told["invariants_broken"].as_u64().unwrap() > 0, "{told}");
}
