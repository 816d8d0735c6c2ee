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

/// A step that waits for its turn in another order has as long for its work as before: the checks
/// of three hosts within minutes, where one begins a quarter of an hour late.
#[test]
fn another_order_of_parallel_steps_takes_nobody_his_time() {
    let home = Home::new();
    let mut words = words("workflows/rollback_release.yaml");
    words.extend(["--interleavings", "3", "--json"].map(str::to_owned));
    let told = home.windlass(&words).expect(0).json();
    assert_eq!(told["ends"]["succeeded"], 3, "{told}");
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

/// What a stand-in says that it changed is not looked for: the simulated world has none of it.
#[test]
fn what_a_stand_in_says_that_it_did_is_no_untruth() {
    let home = Home::new();
    let text = "\
name: by_hand
resources: { qa4: azure.app_service, qa4rnapi: azure.app_service }
steps:
  - id: stop_by_hand
    run: ./stop.sh
    effects: [{ resource: qa4, field: running, value: false }]
    compensate: { uses: none, reason: started by hand }
  - id: stop
    uses: azure.app_service.stop
    with: { app: qa4rnapi }
";
    let mut words = words(RESTORE);
    words[1] = home.file("by_hand.yaml", text).display().to_string();
    words.extend(["--fail", "stop", "--json"].map(str::to_owned));
    let told = home.windlass(&words).expect(0).json();
    assert_eq!(told["ends"]["failed"], 1, "{told}");
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

/// What the runbook forbids is a main build that runs on the prod-based database, by whichever of
/// the three it comes about; the other way round is fine.
#[test]
fn d07_a_main_build_never_runs_on_the_prod_database() {
    let copy = ("copy", "azure.sql.copy_database", "{ from: backup, to: dispatcherqa4prod9 }");
    let point = |app: &'static str| {
        let with = format!("{{ app: {app}, name: Default, database: dispatcherqa4prod9 }}");
        ("point", "azure.app_service.set_connection_string", with)
    };
    let app = |id: &'static str, verb: &str, app: &str| {
        (id, format!("azure.app_service.{verb}"), format!("{{ app: {app} }}"))
    };
    let deploy = |branch: &str, app: &str| {
        let with = format!("{{ branch: {branch}, stage: {app}, apps: [{app}] }}");
        ("deploy", "azure_devops.release.deploy".to_owned(), with)
    };
    let copy = || (copy.0, copy.1.to_owned(), copy.2.to_owned());
    let point = |app| {
        let (id, uses, with) = point(app);
        (id, uses.to_owned(), with)
    };
    // each begins as qa4 mostly is: a main build that runs on its own database
    let cases = [
        ("its database changes", true, vec![copy(), point("qa4rnapi")]),
        ("its build changes", true, {
            vec![copy(), deploy("prod", "qa4"), point("qa4"), {
                let (_, uses, with) = deploy("main", "qa4");
                ("again", uses, with)
            }]
        }),
        (
            "it is started",
            true,
            vec![copy(), app("stop", "stop", "qa4"), point("qa4"), app("start", "start", "qa4")],
        ),
        ("it does not run", false, vec![copy(), app("stop", "stop", "qa4"), point("qa4")]),
        ("a prod build on it", false, vec![copy(), deploy("prod", "qa4"), point("qa4")]),
        ("vice versa", false, vec![deploy("prod", "qa4rnapi")]),
    ];
    for (case, breaks, steps) in cases {
        let steps = steps
            .iter()
            .map(|(id, uses, with)| format!("  - {{ id: {id}, uses: {uses}, with: {with} }}\n"));
        let text = format!(
            "name: one\nresources: {{ qa4: azure.app_service, qa4rnapi: azure.app_service, backup: \
             azure.sql_database }}\nsteps:\n{}",
            steps.collect::<String>()
        );
        let home = Home::new();
        let mut words = words(RESTORE);
        words[1] = home.file("one.yaml", &text).display().to_string();
        words.push("--json".to_owned());
        let told = home.windlass(&words).expect(i32::from(breaks)).json();
        let broken = told["clean"]["broken"].as_array().unwrap();
        assert_eq!(!broken.is_empty(), breaks, "{case}: {told}");
        assert_eq!(told["clean"]["phase"], "succeeded", "{case}: {told}");
    }
}

/// It holds too where the shipped set-up dies in the middle, and on every way back out of it.
#[test]
fn d07_the_shipped_order_keeps_it_on_the_way_back_too() {
    let home = Home::new();
    let setup = "workflows/hotfix_qa4_setup.yaml";
    let text = std::fs::read_to_string(repository(setup)).unwrap();
    let text = text.replace("environment: qa4\n", "environment: qa4\non_failure: rollback\n");
    let mut words = words(setup);
    words[1] = home.file("setup.yaml", &text).display().to_string();
    let clean = words.clone();
    let wrong = ["--fail", "use_prod_database[qa4]:half_done", "--fail", "check_health[qa4rnapi]"];
    words.extend(wrong.map(str::to_owned));
    words.extend(["--crash", "12", "--json"].map(str::to_owned));
    let told = home.windlass(&words).expect(0).json();
    assert_eq!(told["invariants_broken"], 0, "{told}");
    assert!(told["ends"]["rolled_back"].as_u64().unwrap() >= 2, "{told}");
    // the one step that the order hangs on, put last
    let moved = text.replace("  - id: deploy\n", "  - id: deploy\n    needs: [check_health]\n");
    let moved =
        moved.replace("  - id: restore_backup\n", "  - id: restore_backup\n    needs: [release]\n");
    assert_ne!(text, moved);
    home.file("setup.yaml", &moved);
    let said = home.windlass(&clean).expect(1).stdout;
    assert!(said.contains("BROKEN") && said.contains("main_build_never_on_prod"), "{said}");
}
