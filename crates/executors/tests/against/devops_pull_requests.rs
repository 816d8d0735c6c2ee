//! Pull requests and pipelines: the kit, what people do meanwhile, what is refused.

use crate::support::devops::{DevOpsSubject, devops};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange};
use windlass_ports::{ActionError, Executed, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const CREATE: &str = "azure_devops.pull_request.create";
const COMPLETE: &str = "azure_devops.pull_request.complete";
const WAIT: &str = "azure_devops.pull_request.wait";
const RUN: &str = "azure_devops.pipeline.run";
const APPROVE: &str = "azure_devops.pipeline.approve";

fn push(branch: &str, text: &str) -> ForeignChange {
    ForeignChange::Push {
        repository: "Dispatcher".into(),
        branch: branch.into(),
        comment: text.into(),
        files: [("/src/Api/New.cs".into(), Some(text.into()))].into(),
    }
}

/// Does something as an earlier step would.
async fn step(subject: &DevOpsSubject, kind: &'static str, input: Value) -> Value {
    let sim = subject.sim();
    let (action, context) = (sim.action(kind), sim.parts.context());
    let mut attempt = crate::support::context::attempt(input, 79);
    if action.spec().traits.captures {
        attempt.captured = action.capture(&context, &attempt.input).await.unwrap().captured;
    }
    match action.execute(&context, &attempt).await.unwrap() {
        Executed::Done(output) => output,
        Executed::Accepted(handle) => handle,
    }
}

/// A branch with a commit on it.
async fn with_branch(kind: &'static str, input: Value) -> DevOpsSubject {
    let subject = devops(kind, input).await;
    let branch = json!({"name": "fix", "from": "prod"});
    step(&subject, "azure_devops.git.create_branch", branch).await;
    subject.sim().somebody(push("fix", "mended")).await;
    subject
}

fn pull() -> Value {
    json!({"from": "fix", "into": "prod", "not_into": ["main"], "title": "Mend hosts"})
}

/// The same with an open pull request, whose number is 57.
async fn with_pull(kind: &'static str, input: Value) -> DevOpsSubject {
    let subject = with_branch(kind, input).await;
    step(&subject, CREATE, pull()).await;
    subject.pass(10_000).await;
    subject
}

action_conformance!(create, with_branch(CREATE, pull()));
action_conformance!(complete, with_pull(COMPLETE, json!({"pull_request": 57})));
action_conformance!(
    run,
    devops(RUN, json!({"pipeline": 12, "branch": "prod", "id_variable": "WindlassRequest"}))
);

/// One that people have completed.
async fn completed() -> DevOpsSubject {
    let subject = with_pull(WAIT, json!({"pull_request": 57})).await;
    let repository = "Dispatcher".into();
    subject
        .sim()
        .somebody(ForeignChange::PullRequest { repository, id: 57, completed: true })
        .await;
    subject
}

action_conformance!(wait, completed());

async fn asked() -> DevOpsSubject {
    let subject = devops(APPROVE, json!({"run": 4123})).await;
    let run = step(&subject, RUN, json!({"pipeline": "Dispatcher-Smoke"})).await;
    assert_eq!(run["id"], 4123);
    subject
}

action_conformance!(approve, asked());

fn message(error: ActionError, code: &str) -> String {
    match error {
        ActionError::Permanent(failure) => {
            assert_eq!(failure.code, code, "{}", failure.message);
            failure.message
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pull_request_into_main_is_refused_where_told() {
    let input = json!({"from": "fix", "into": "refs/heads/MAIN", "not_into": ["main"],
        "title": "t"});
    let subject = with_branch(CREATE, input.clone()).await;
    let context = subject.context();
    assert_eq!(subject.action().check(&context.bindings, &input).len(), 1);
    let refused = subject.action().capture(&context, &input).await.unwrap_err();
    message(refused, "wrong_target");
}

#[tokio::test]
async fn an_open_pull_request_is_found_and_a_completed_one_stays() {
    let subject = with_pull(CREATE, pull()).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&json!(57), &json!(false)));
    trial.undo(Some(output)).finish().await;
    assert!(subject.sim().ledger("pull_request_abandoned").await.is_empty());

    let subject = with_branch(CREATE, pull()).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::LostReply).on("POST", "/pullrequests")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    let Probed::Done(output) = trial.probe(None).await else { panic!("it is there") };
    assert_eq!(output["created"], true);
    let people =
        ForeignChange::PullRequest { repository: "Dispatcher".into(), id: 57, completed: true };
    subject.sim().somebody(people).await;
    let head = subject.head("prod").await;
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.head("prod").await, head);
}

#[tokio::test]
async fn a_completed_pull_request_becomes_a_commit_and_a_build() {
    let input = json!({"pull_request": {"id": 57}, "message": "Mend hosts [skip ci]",
        "delete_branch": true});
    let subject = with_pull(COMPLETE, input).await;
    let output = Trial::prepare(&subject).await.finish().await;
    assert_eq!(output["commit"], subject.head("prod").await);
    assert_eq!(subject.head("fix").await, "none");
    let builds = subject.sim().ledger("build_queued").await;
    assert_eq!(builds.len(), 1, "in spite of its message");
    assert_eq!(builds[0]["detail"]["commit"], output["commit"]);
}

#[tokio::test]
async fn a_push_after_the_look_and_a_conflict_are_not_merged() {
    let subject = with_pull(COMPLETE, json!({"pull_request": 57})).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().somebody(push("fix", "more")).await;
    message(trial.act().await.unwrap_err(), "moved_past");
    let subject = with_pull(COMPLETE, json!({"pull_request": 57})).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().somebody(push("prod", "other")).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes a while") };
    subject.pass(60_000).await;
    let refused = trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap_err();
    assert!(message(refused, "not_merged").contains("conflicts"));
    assert!(subject.sim().ledger("pull_request_completed").await.is_empty());
}

#[tokio::test]
async fn people_are_waited_for_and_an_abandoned_one_fails() {
    for completed in [true, false] {
        let subject = with_pull(WAIT, json!({"pull_request": 57})).await;
        let trial = Trial::prepare(&subject).await;
        let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it is open") };
        let does =
            ForeignChange::PullRequest { repository: "Dispatcher".into(), id: 57, completed };
        subject.sim().somebody(does).await;
        let seen = trial.action.poll(&trial.context, &trial.attempt, &handle).await;
        match completed {
            true => {
                let output = trial.follow(Executed::Accepted(handle)).await;
                assert_eq!(output["commit"], subject.head("prod").await);
            }
            false => {
                message(seen.unwrap_err(), "abandoned");
            }
        }
    }
}

#[tokio::test]
async fn a_run_whose_answer_was_lost_is_found_or_left_to_a_human() {
    let lost = || Fault::new(FaultKind::LostReply).on("POST", "/runs");
    for (input, found) in [
        (json!({"pipeline": 14, "id_variable": "WindlassRequest"}), true),
        (json!({"pipeline": 14}), false),
    ] {
        let subject = devops(RUN, input).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(lost()).await;
        assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
        match trial.probe(None).await {
            Probed::Done(run) => assert!(found, "{run}"),
            Probed::Unknown(why) => assert!(!found && why.contains("id_variable"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(subject.sim().ledger("pipeline_run_started").await.len(), 1);
    }
}

#[tokio::test]
async fn a_run_that_is_rejected_fails_and_one_of_somebody_else_is_left_alone() {
    let subject = asked().await;
    let other = json!({"run": 99});
    let subject_of_other =
        DevOpsSubject(crate::support::sim::SimSubject { input: other, ..subject.0 });
    let trial = Trial::prepare(&subject_of_other).await;
    let acted = trial.act().await.unwrap();
    assert!(matches!(acted, Executed::Accepted(_)), "that run asks nobody");
    assert!(subject_of_other.sim().ledger("approval_given").await.is_empty());
    let no = json!({"run": 4123, "decision": "rejected"});
    step(&subject_of_other, APPROVE, no).await;
    let sim = subject_of_other.sim();
    let action = sim.action("azure_devops.build.wait");
    let over = crate::support::context::attempt(json!({"build": 4123}), 80);
    let refused = action.execute(&sim.parts.context(), &over).await.unwrap_err();
    message(refused, "build_failed");
}

#[tokio::test]
async fn what_arrives_twice_is_one_pull_request_and_two_runs_that_are_both_cancelled() {
    let subject = with_branch(CREATE, pull()).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::Duplicate).on("POST", "/pullrequests")).await;
    match trial.act().await {
        Err(ActionError::Transient(failure)) => {
            assert!(failure.message.contains("TF401179"), "{}", failure.message);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(trial.finish().await["created"], true);
    assert_eq!(subject.sim().ledger("pull_request_created").await.len(), 1);

    let input = json!({"pipeline": 14, "id_variable": "WindlassRequest"});
    let subject = devops(RUN, input).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::Duplicate).on("POST", "/runs")).await;
    let output = trial.finish().await;
    assert_eq!(subject.sim().ledger("pipeline_run_started").await.len(), 2);
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.sim().ledger("pipeline_run_cancelled").await.len(), 2);
}

#[tokio::test]
async fn a_pull_request_that_somebody_opens_meanwhile_is_the_one() {
    let subject = with_branch(CREATE, pull()).await;
    let trial = Trial::prepare(&subject).await;
    let theirs = step(&subject, CREATE, pull()).await;
    let output = trial.finish().await;
    assert_eq!((&output["id"], &output["created"]), (&theirs["id"], &json!(false)));
    trial.undo(Some(output)).finish().await;
    assert!(subject.sim().ledger("pull_request_abandoned").await.is_empty());
}

#[tokio::test]
async fn a_merged_hotfix_names_its_build() {
    let subject = with_pull(COMPLETE, json!({"pull_request": 57})).await;
    let merged = Trial::prepare(&subject).await.finish().await;
    let input = json!({"branch": merged["target"], "commit": merged["commit"]});
    let waits = DevOpsSubject(crate::support::sim::SimSubject {
        input,
        kind: "azure_devops.build.wait",
        ..subject.0
    });
    let build = Trial::prepare(&waits).await.finish().await;
    assert_eq!((&build["number"], &build["branch"]), (&json!("7.1.214.5"), &json!("prod")));
    assert_eq!(build["commit"], merged["commit"]);
}
