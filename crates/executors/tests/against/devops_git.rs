//! Merges and branches: the kit, conflicts, what moved past, what a crash leaves.

use crate::support::devops::{DevOpsSubject, devops};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_ports::{ActionError, Executed, Polled, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const MERGE: &str = "azure_devops.git.merge";
const CONTAINS: &str = "azure_devops.git.contains";
const BRANCH: &str = "azure_devops.git.create_branch";

fn main_into_prod() -> Value {
    json!({"from": "main", "into": "prod"})
}

action_conformance!(merge, devops(MERGE, main_into_prod()));
action_conformance!(create_branch, devops(BRANCH, json!({"name": "fix/hosts", "from": "prod"})));

fn push(branch: &str, path: &str, text: &str) -> ForeignChange {
    ForeignChange::Push {
        repository: "Dispatcher".into(),
        branch: branch.into(),
        comment: text.into(),
        files: [(path.into(), Some(text.into()))].into(),
    }
}

fn message(error: ActionError, code: &str) -> String {
    match error {
        ActionError::Permanent(failure) => {
            assert_eq!(failure.code, code, "{}", failure.message);
            failure.message
        }
        other => panic!("{other:?}"),
    }
}

async fn commit(subject: &DevOpsSubject, id: &Value) -> Value {
    let whole = subject.whole().await;
    let commits = whole["repositories"][0]["commits"].as_array().unwrap().clone();
    commits.into_iter().find(|one| one["id"] == *id).unwrap()
}

#[tokio::test]
async fn d15_the_merge_is_a_real_commit_that_keeps_builds_from_starting() {
    let subject = devops(MERGE, main_into_prod()).await;
    let (prod, main) = (subject.head("prod").await, subject.head("main").await);
    let output = Trial::prepare(&subject).await.finish().await;
    assert_eq!((&output["created"], &output["merged"]), (&json!(true), &json!(main)));
    assert_eq!(output["commit"], subject.head("prod").await);
    let made = commit(&subject, &output["commit"]).await;
    assert_eq!(made["parents"], json!([prod, main]));
    let text = made["comment"].as_str().unwrap();
    assert!(text.starts_with("Merge main into prod [skip ci]\n"), "{text}");
    assert!(subject.sim().ledger("build_queued").await.is_empty());
    let loud = json!({"from": "main", "into": "prod", "message": "Merge", "skip_ci": false});
    let loud = devops(MERGE, loud).await;
    Trial::prepare(&loud).await.finish().await;
    assert_eq!(loud.sim().ledger("build_queued").await.len(), 1);
}

#[tokio::test]
async fn d15_a_conflict_lists_the_files_and_changes_nothing() {
    let subject = devops(MERGE, main_into_prod()).await;
    subject.sim().somebody(push("main", "/src/Api/Hosts.cs", "hosts of main")).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes a while") };
    subject.pass(10_000).await;
    let refused = trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap_err();
    let text = message(refused, "merge_conflict");
    assert!(text.contains("changed /src/Api/Hosts.cs; "), "that file and no other: {text}");
    assert_eq!(subject.observe().await, before);
    trial.undo(None).finish().await;
    assert_eq!(subject.observe().await, before);
}

#[tokio::test]
async fn d15_after_a_crash_the_merge_that_is_there_is_found() {
    let subject = devops(MERGE, main_into_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes a while") };
    assert_eq!(trial.probe(None).await, Probed::Absent, "no branch names it yet");
    subject.pass(10_000).await;
    subject.sim().arm(Fault::new(FaultKind::LostReply).on("POST", "/refs")).await;
    let lost = trial.action.poll(&trial.context, &trial.attempt, &handle).await;
    assert!(matches!(lost, Err(ActionError::InDoubt(_))), "{lost:?}");
    let Probed::Done(found) = trial.probe(Some(&handle)).await else { panic!("it is there") };
    let again = trial.finish().await;
    assert_eq!((&again, &found["created"]), (&found, &json!(true)));
    assert_eq!(subject.sim().ledger("branch_moved").await.len(), 1);
    // A later run finds it too, and has nothing to undo.
    let later = Trial::prepare(&subject).await;
    let output = later.finish().await;
    assert_eq!(output["created"], false);
    later.undo(Some(output)).finish().await;
    assert_eq!(subject.sim().ledger("branch_moved").await.len(), 1);
}

#[tokio::test]
async fn d24_a_commit_that_main_has_moved_past_is_refused() {
    let subject = devops(MERGE, main_into_prod()).await;
    let candidate = subject.head("main").await;
    let input = json!({"from": "main", "into": "prod", "commit": candidate});
    let action = subject.action();
    assert!(action.capture(&subject.context(), &input).await.is_ok(), "it is the newest");
    subject.sim().somebody(push("main", "/src/Api/Later.cs", "later")).await;
    let refused = action.capture(&subject.context(), &input).await.unwrap_err();
    let text = message(refused, "moved_past");
    assert!(text.contains(&candidate), "{text}");
}

#[tokio::test]
async fn d24_what_counts_is_whether_the_commit_is_in_prod_not_the_branch_that_built_it() {
    let subject = devops(MERGE, main_into_prod()).await;
    let step = async |kind: &str, input: Value| {
        let attempt = crate::support::context::attempt(input, 81);
        let context = subject.context();
        match subject.sim().action(kind).execute(&context, &attempt).await.unwrap() {
            Executed::Done(output) => output,
            other => panic!("{other:?}"),
        }
    };
    let find = json!({"number": "7.2.0.41"});
    let candidate = step("azure_devops.build.find_latest", find).await;
    assert_eq!(candidate["branch"], "main");
    let ask = json!({"branch": "refs/heads/prod", "commit": candidate["commit"]});
    assert_eq!(step(CONTAINS, ask.clone()).await["contains"], false);
    let merged = Trial::prepare(&subject).await.finish().await;
    let now = step(CONTAINS, ask).await;
    assert_eq!((&now["contains"], &now["newest"]), (&json!(true), &json!(false)));
    assert_eq!((&now["head"], &now["branch"]), (&merged["commit"], &json!("prod")));
    let newest = json!({"branch": "prod", "commit": merged["commit"]});
    assert_eq!(step(CONTAINS, newest).await["newest"], true);
}

#[tokio::test]
async fn a_push_in_between_is_never_overwritten_and_a_commit_on_the_merge_keeps_it() {
    let subject = devops(MERGE, main_into_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let does = push("prod", "/src/Api/Other.cs", "other [skip ci]");
    let fault = Fault::new(FaultKind::SomebodyElse { does, when: Moment::Before });
    subject.sim().arm(fault.on("POST", "/refs")).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes a while") };
    subject.pass(10_000).await;
    let refused = trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap_err();
    message(refused, "branch_moved");
    let moved = subject.sim().ledger("branch_moved").await;
    assert_eq!(moved.len(), 1, "theirs: {moved:?}");

    let subject = devops(MERGE, main_into_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    subject.sim().somebody(push("prod", "/src/Api/Other.cs", "other [skip ci]")).await;
    let kept = subject.head("prod").await;
    let refused = trial.undo(Some(output)).act().await.unwrap_err();
    message(refused, "built_on");
    assert_eq!(subject.head("prod").await, kept);
}

#[tokio::test]
async fn a_merge_at_work_says_so() {
    let subject = devops(MERGE, main_into_prod()).await;
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it takes a while") };
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await.unwrap() {
        Polled::InProgress { after_ms, .. } => assert_eq!(after_ms, 3_000),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_branch_that_somebody_committed_to_stays_and_a_taken_name_is_told() {
    let subject = devops(BRANCH, json!({"name": "fix/hosts", "from": "prod"})).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::LostReply).on("POST", "/refs")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    let Probed::Done(output) = trial.probe(None).await else { panic!("it is there") };
    subject.sim().somebody(push("fix/hosts", "/src/Api/Hosts.cs", "work")).await;
    let work = subject.head("fix/hosts").await;
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.head("fix/hosts").await, work, "nobody's work is deleted");
    let taken = subject.action().capture(&subject.context(), &subject.input()).await.unwrap_err();
    message(taken, "branch_exists");
}
