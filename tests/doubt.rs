//! Doubt is settled by looking: every write of the set-up loses its reply, its request, or its
//! peace, and the run ends with each effect once; what no look can tell, a human does, and the
//! history says who and why.

use crate::kill_matrix::verdict::{Story, invariant_held, same_as_clean};
use crate::stage::{Stage, expect_code};
use serde_json::{Value, json};

/// The writes of the set-up: method and a part of the path.
const WRITES: [(&str, &str); 6] = [
    ("POST", "/release/releases"),
    ("PATCH", "/environments/"),
    ("PUT", "/databases/dispatcherqa4prod7"),
    ("POST", "/stop"),
    ("PUT", "/config/connectionstrings"),
    ("POST", "/start"),
];

/// Faults after which the effect stands, does not stand, or comes later.
fn faults() -> [Value; 7] {
    [
        json!({ "fault": "lost_reply" }),
        json!({ "fault": "lost_request" }),
        json!({ "fault": "gateway_timeout", "applied": true }),
        json!({ "fault": "gateway_timeout", "applied": false }),
        json!({
            "fault": "gateway_timeout", "applied": true,
            "after_seconds": 60.0, "lock_seconds": 20.0,
        }),
        json!({ "fault": "html500", "applied": true }),
        json!({ "fault": "throttle", "retry_after": 7 }),
    ]
}

fn play(write: (&str, &str), fault: &Value) -> Result<(), String> {
    let stage = Stage::new()?;
    let mut fault = fault.clone();
    fault["match"] = json!({ "method": write.0, "path": write.1 });
    stage.cloud.fault(&fault)?;
    let ended = stage.start("hotfix_qa4_setup").run()?;
    expect_code(&ended, 0, "start")?;
    if fault["fault"] == "lost_reply" && !ended.stdout.contains("attempt_in_doubt") {
        return Err("a lost reply was no doubt".to_owned());
    }
    same_as_clean(&stage, Story::Setup)?;
    invariant_held(&stage)
}

/// One write with all faults, in turn.
fn all_faults_at(write: usize) {
    let findings: Vec<String> = faults()
        .iter()
        .filter_map(|fault| play(WRITES[write], fault).err().map(|why| format!("{fault}: {why}")))
        .collect();
    assert!(findings.is_empty(), "{:?}\n{}", WRITES[write], findings.join("\n"));
}

#[test]
fn creating_the_release_in_doubt() {
    all_faults_at(0);
}

#[test]
fn deploying_in_doubt() {
    all_faults_at(1);
}

#[test]
fn copying_in_doubt() {
    all_faults_at(2);
}

#[test]
fn stopping_in_doubt() {
    all_faults_at(3);
}

#[test]
fn switching_the_connection_in_doubt() {
    all_faults_at(4);
}

#[test]
fn starting_in_doubt() {
    all_faults_at(5);
}

/// A deployment that Azure DevOps rejects fails the run; `resume` deploys once more, and takes the
/// old attempt for what it was.
#[test]
fn a_rejected_deployment_is_tried_again_by_resume() {
    let stage = Stage::new().unwrap();
    let fault = json!({
        "fault": "failed_operation", "match": { "method": "PATCH", "path": "/environments/" },
    });
    stage.cloud.fault(&fault).unwrap();
    expect_code(&stage.start("hotfix_qa4_setup").run().unwrap(), 1, "start").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    let resumed = stage.windlass(&["resume", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&resumed, 0, "resume").unwrap();
    let started = |line: &&Value| line["effect"] == "stage_deployment_started";
    let ledger = stage.cloud.ledger().unwrap();
    assert_eq!(ledger.iter().filter(started).count(), 3, "one that failed, then one each");
    invariant_held(&stage).unwrap();
}

/// A request that is delivered twice is refused the second time, since the first one is at work: a
/// look finds our own copy, and the run goes on with it.
#[test]
fn a_copy_that_was_asked_for_twice_is_looked_at() {
    let stage = Stage::new().unwrap();
    let fault = json!({
        "fault": "duplicate", "match": { "method": "PUT", "path": "/databases/" },
    });
    stage.cloud.fault(&fault).unwrap();
    let ended = stage.start("hotfix_qa4_setup").run().unwrap();
    expect_code(&ended, 0, "start").unwrap();
    assert!(ended.stdout.contains("attempt_in_doubt"), "it was looked at");
    same_as_clean(&stage, Story::Setup).unwrap();
}

/// `step done` is a claim about the world: where a look contradicts it, nothing is recorded.
#[test]
fn a_step_that_a_look_says_is_absent_is_not_done_by_a_word() {
    let stage = Stage::new().unwrap();
    let fault = json!({
        "fault": "failed_operation", "match": { "method": "PUT", "path": "/databases/" },
    });
    stage.cloud.fault(&fault).unwrap();
    expect_code(&stage.start("hotfix_qa4_setup").run().unwrap(), 1, "start").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    let done = ["step", "done", &run, "restore_backup", "--reason", "surely"];
    let refused = stage.windlass(&done).run().unwrap();
    expect_code(&refused, 1, "step done").unwrap();
    assert!(refused.stderr.contains("looked at `restore_backup`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--unseen"), "{}", refused.stderr);
    let history = stage.windlass(&["history", &run, "--json"]).run().unwrap();
    assert!(!history.stdout.contains("operator_decision"), "nothing was recorded");
    let empty = ["step", "skip", &run, "restore_backup", "--reason", " "];
    expect_code(&stage.windlass(&empty).run().unwrap(), 2, "no reason").unwrap();
}

/// A copy whose reply is lost while every look at its target fails for good: nobody can tell, so a
/// human is asked; he looks, says what he saw, and the run goes on.
#[test]
fn what_no_look_can_tell_a_human_does() {
    let stage = Stage::new().unwrap();
    let file = stage.path().join("ask.yaml");
    let text = "\
name: ask
steps:
  - id: write
    on_in_doubt: ask
    run: |
      echo once >> written
      kill -9 $PPID
  - id: after
    run: cat written
";
    std::fs::write(&file, text).unwrap();
    let words = ["start", &file.to_string_lossy(), "--yes", "--json"];
    let killed = stage.windlass(&words).run().unwrap();
    assert_ne!(killed.code, Some(0), "{}", killed.stdout);
    let run = stage.newest_run().unwrap().unwrap();
    let stuck = stage.windlass(&["resume", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&stuck, 6, "resume of what nobody can tell").unwrap();
    let summary: Value = serde_json::from_str(stuck.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(summary["phase"], "stuck");
    let next = summary["next"].to_string();
    assert!(next.contains("step done") && next.contains("step retry"), "{next}");
    let done = ["step", "done", &run, "write", "--reason", "the file says so"];
    let done = stage.windlass(&done).run().unwrap();
    expect_code(&done, 0, "step done").unwrap();
    assert!(done.stderr.contains("looked at `write`: it cannot be told"), "{}", done.stderr);
    let history = stage.windlass(&["history", &run, "--json"]).run().unwrap();
    let decision = history.stdout.lines().find(|l| l.contains("\"operator_decision\"")).unwrap();
    assert!(decision.contains("the file says so") && decision.contains("\"by\""), "{decision}");
}

/// A run that stands at its stop of qa4, whose reply was lost; more of the file comes behind it.
fn stopped_and_asked(more: &str) -> (Stage, String) {
    let stage = Stage::new().unwrap();
    let fault = json!({ "fault": "lost_reply", "match": { "method": "POST", "path": "/stop" } });
    stage.cloud.fault(&fault).unwrap();
    let file = stage.path().join("stop.yaml");
    let text = format!(
        "name: stop\nresources: {{ qa4: azure.app_service }}\nsteps:\n  - id: stop\n    uses: \
         azure.app_service.stop\n    with: {{ app: qa4 }}\n    on_in_doubt: ask\n{more}"
    );
    std::fs::write(&file, text).unwrap();
    let env = stage.environment();
    let words = ["start", &file.to_string_lossy(), "--env", env, "--yes", "--json"];
    expect_code(&stage.windlass(&words).run().unwrap(), 6, "start").unwrap();
    let run = stage.newest_run().unwrap().unwrap();
    (stage, run)
}

/// `step done` asks the file's own `verify`, too: that the app is stopped is not all that it wants.
#[test]
fn a_step_whose_verify_does_not_hold_is_not_done_by_a_word() {
    let (stage, run) = stopped_and_asked("    verify: outputs.changed == false\n");
    let done = ["step", "done", &run, "stop", "--reason", "the portal says so"];
    let refused = stage.windlass(&done).run().unwrap();
    expect_code(&refused, 1, "step done").unwrap();
    let seen = "looked at `stop`: it is done, but `outputs.changed == false` does not hold";
    assert!(refused.stderr.contains(seen), "{}", refused.stderr);
    let taken = stage.windlass(&[&done[..], &["--unseen"]].concat()).run().unwrap();
    expect_code(&taken, 0, "step done --unseen").unwrap();
    assert!(taken.stderr.contains("`stop` counts as done: no step waits for it"));
    assert!(taken.stderr.contains("it may have acted: a rollback undoes it all the same"));
}

/// What a look has seen is what the step gives: a later one does not stand before nothing, as if it
/// had been skipped.
#[test]
fn a_step_that_is_called_done_gives_what_a_look_has_seen() {
    let (stage, run) = stopped_and_asked(
        "  - id: after\n    needs: [stop]\n    uses: assert\n    with:\n      that: \
         steps.stop.outputs.state == 'Stopped'\n      message: it is not known to be stopped\n",
    );
    let done = ["step", "done", &run, "stop", "--reason", "the portal says so"];
    let taken = stage.windlass(&done).run().unwrap();
    expect_code(&taken, 0, "step done").unwrap();
    assert!(!taken.stderr.contains("stay empty"), "{}", taken.stderr);
    let history = stage.windlass(&["history", &run, "--json"]).run().unwrap().stdout;
    let decision = history.lines().find(|line| line.contains("\"operator_decision\"")).unwrap();
    assert!(decision.contains("\"state\":\"Stopped\""), "{decision}");
}

/// A copy by itself, and what became of the step: attempts, and whether one was in doubt.
fn copy_with(faults: &[Value], more: &str, code: i32) -> (Stage, usize, bool) {
    // slow enough that a busy machine answers well within the two minutes that settle a doubt
    let stage = Stage::at_pace(600).unwrap();
    for fault in faults {
        stage.cloud.fault(fault).unwrap();
    }
    let text = format!(
        "name: copy\nresources: {{ backup: azure.sql_database }}\nsteps:\n  - id: copy\n    uses: \
         azure.sql.copy_database\n    with: {{ from: backup, to: {COPY} }}\n{more}"
    );
    let file = stage.path().join("copy.yaml");
    std::fs::write(&file, text).unwrap();
    let env = stage.environment();
    let words = ["start", &file.to_string_lossy(), "--env", env, "--yes", "--json"];
    let ended = stage.windlass(&words).run().unwrap();
    expect_code(&ended, code, "a copy").unwrap();
    let attempts = ended.stdout.matches("\"attempt_started\"").count();
    (stage, attempts, ended.stdout.contains("\"attempt_in_doubt\""))
}

/// The database that is copied into.
const COPY: &str = "dispatcherqa4prod9";

fn copies(stage: &Stage) -> usize {
    let ledger = stage.cloud.ledger().unwrap();
    ledger.iter().filter(|line| line["effect"] == "database_copy_started").count()
}

/// Whether the copy was begun is asked of the world, and only "absent" lets it be asked for again.
#[test]
fn d03_only_what_a_look_finds_absent_is_tried_again() {
    let matching = json!({ "method": "PUT", "path": format!("/databases/{COPY}") });
    let fault = |name: &str| json!({ "fault": name, "match": matching });
    // it was begun, and the reply was lost: it is found at work, and waited for
    let (stage, attempts, in_doubt) = copy_with(&[fault("lost_reply")], "", 0);
    assert_eq!((attempts, in_doubt, copies(&stage)), (1, true, 1));
    // the request never came: it is absent, and asked for once more
    let (stage, attempts, in_doubt) = copy_with(&[fault("lost_request")], "", 0);
    assert_eq!((attempts, in_doubt, copies(&stage)), (2, true, 1));
    // Azure begins it long after it gave up: absent at first is no "absent" yet
    let late = json!({
        "fault": "gateway_timeout", "applied": true, "after_seconds": 60.0, "match": matching,
    });
    let (stage, attempts, in_doubt) = copy_with(&[late], "", 0);
    assert_eq!((attempts, in_doubt, copies(&stage)), (1, true, 1));
}

/// A database under the name that is not known to be ours: a human is asked, and neither a second
/// copy nor a deletion happens meanwhile.
#[test]
fn d03_what_no_look_can_tell_goes_to_a_human() {
    let path = format!("/databases/{COPY}");
    let lost = json!({ "fault": "lost_request", "match": { "method": "PUT", "path": path } });
    let foreign = json!({
        "fault": "somebody_else", "match": { "method": "GET", "path": path }, "nth": 3,
        "does": { "change": "create_database", "server": "sql-qa", "name": COPY },
    });
    let (stage, attempts, in_doubt) = copy_with(&[lost, foreign], "", 6);
    assert_eq!((attempts, in_doubt, copies(&stage)), (1, true, 0));
    let run = stage.newest_run().unwrap().unwrap();
    let resumed = stage.windlass(&["resume", &run, "--yes", "--json"]).run().unwrap();
    expect_code(&resumed, 6, "resume").unwrap();
    let summary: Value = serde_json::from_str(resumed.stdout.lines().last().unwrap()).unwrap();
    let next = summary["next"].to_string();
    assert!(next.contains("step done") && next.contains("step retry"), "{next}");
    assert_eq!(copies(&stage), 0);
}
