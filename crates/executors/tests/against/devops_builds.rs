//! Build variables and builds: the kit, the conflicts, the doubts, what a foreign hand did.

use crate::support::devops::{DevOpsSubject, devops};
use crate::support::hostile::{Caller, Hostile, data};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_ports::{ActionError, Executed, Probed};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

const SET: &str = "azure_devops.build.set_variables";
const QUEUE: &str = "azure_devops.build.queue";
const WAIT: &str = "azure_devops.build.wait";

fn prepare() -> Value {
    json!({"variables": {
        "Prod_NextBuildVersion": {"from": "NextBuildVersion"},
        "NextBuildVersion": {"increment": "minor"},
    }})
}

action_conformance!(set_variables, devops(SET, prepare()));
action_conformance!(
    queue,
    devops(QUEUE, json!({"branch": "prod", "id_variable": "WindlassRequest"}))
);
action_conformance!(queue_by_tag, devops(QUEUE, json!({"branch": "prod"})));
action_conformance!(
    tag,
    devops("azure_devops.build.tag", json!({"build": 4119, "tag": "released to prod"}))
);
action_conformance!(wait, devops(WAIT, json!({"build": 4119})));

async fn values(subject: &DevOpsSubject) -> Value {
    let variables = subject.whole().await["build_definitions"][0]["variables"].clone();
    let value = |name: &str| variables[name]["value"].clone();
    json!([value("Prod_NextBuildVersion"), value("NextBuildVersion")])
}

fn variable(name: &str, value: &str) -> ForeignChange {
    ForeignChange::BuildVariable { definition: 12, name: name.into(), value: value.into() }
}

fn code(error: &ActionError) -> &str {
    match error {
        ActionError::Permanent(failure) => &failure.code,
        other => panic!("{other:?}"),
    }
}

/// Both in one write: 7.1.214 becomes the one, 7.2.0 the other, whatever a reader sees.
#[tokio::test]
async fn d14_both_versions_change_in_one_write_on_one_revision() {
    let subject = devops(SET, prepare()).await;
    for (name, value) in [("NextBuildVersion", "7.1.214"), ("Prod_NextBuildVersion", "7.0.9")] {
        subject.sim().somebody(variable(name, value)).await;
    }
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!(values(&subject).await, json!(["7.1.214", "7.2.0"]));
    assert_eq!(output["previous"]["Prod_NextBuildVersion"], "7.0.9");
    assert_eq!(subject.sim().ledger("build_variables_set").await.len(), 1);
    let secret = &subject.whole().await["build_definitions"][0]["variables"]["SigningPassword"];
    assert_eq!(secret["value"], "CANARY-7f3a9-signing", "a secret outlives the write");
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(values(&subject).await, json!(["7.0.9", "7.1.214"]));
}

#[tokio::test]
async fn d14_a_concurrent_edit_is_a_conflict_and_is_never_overwritten() {
    for when in [None, Some(Moment::Before)] {
        let subject = devops(SET, prepare()).await;
        let trial = Trial::prepare(&subject).await;
        let other = variable("NextBuildVersion", "9.9.9");
        match when {
            None => subject.sim().somebody(other).await,
            Some(when) => {
                let fault = Fault::new(FaultKind::SomebodyElse { does: other, when });
                subject.sim().arm(fault.on("PUT", "/definitions/")).await;
            }
        }
        let refused = trial.act().await.unwrap_err();
        assert_eq!(code(&refused), "conflict", "{when:?}");
        assert_eq!(values(&subject).await, json!(["7.1.214", "9.9.9"]), "theirs stays");
        assert_eq!(trial.probe(None).await, Probed::Absent);
        trial.undo(None).finish().await;
        assert_eq!(values(&subject).await, json!(["7.1.214", "9.9.9"]));
    }
}

#[tokio::test]
async fn a_variable_that_somebody_set_since_stays_and_the_other_comes_back() {
    let subject = devops(SET, prepare()).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    subject.sim().somebody(variable("NextBuildVersion", "8.0.0")).await;
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(values(&subject).await, json!(["7.1.214", "8.0.0"]));
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
    let printed = subject.sim().parts.printed.lines();
    assert!(printed.iter().any(|line| line.contains("NextBuildVersion")), "{printed:?}");
}

#[tokio::test]
async fn a_lost_answer_to_a_write_of_variables_is_found_by_our_id() {
    let subject = devops(SET, prepare()).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::LostReply).on("PUT", "/definitions/")).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    // Somebody went on since: it was done all the same, and must not be done again.
    subject.sim().somebody(variable("NextBuildVersion", "7.4.0")).await;
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    assert_eq!(subject.sim().ledger("build_variables_set").await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_set_is_told_by_its_name() {
    for (input, word, name) in [
        (json!({"variables": {"Nothing": "1"}}), "no_variable", "Nothing"),
        (json!({"variables": {"SigningPassword": "1"}}), "secret_variable", "SigningPassword"),
        (
            json!({"variables": {"BuildConfiguration": {"increment": "patch"}}}),
            "no_version",
            "Release",
        ),
        (
            json!({"variables": {"NextBuildVersion": {"increment": "minor"}},
                "expect": {"NextBuildVersion": "7.1.0"}}),
            "unexpected_value",
            "7.1.0",
        ),
        (json!({"definition": "Other", "variables": {"A": "1"}}), "no_definition", "Other"),
    ] {
        let subject = devops(SET, input.clone()).await;
        let captured = subject.action().capture(&subject.context(), &input).await;
        match captured {
            Err(ActionError::Permanent(failure)) => {
                assert_eq!(failure.code, word);
                assert!(failure.message.contains(name), "{}", failure.message);
                assert!(!failure.message.contains("CANARY"), "{}", failure.message);
            }
            other => panic!("{input}: {other:?}"),
        }
    }
    let input = json!({"definition": "dispatcher-ci", "variables": {"NextBuildVersion": "7.3.0"}});
    let subject = devops(SET, input).await;
    Trial::prepare(&subject).await.finish().await;
    assert_eq!(values(&subject).await, json!(["7.1.214", "7.3.0"]), "found by its name");
}

#[tokio::test]
async fn a_build_whose_answer_was_lost_is_found_by_its_variable_or_left_to_a_human() {
    let lost = || Fault::new(FaultKind::LostReply).on("POST", "/build/builds");
    let subject = devops(QUEUE, json!({"branch": "prod", "id_variable": "WindlassRequest"})).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(lost()).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    assert!(matches!(trial.probe(None).await, Probed::Done(_)));
    let subject = devops(QUEUE, json!({"branch": "prod"})).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(lost()).await;
    assert!(matches!(trial.act().await, Err(ActionError::InDoubt(_))));
    match trial.probe(None).await {
        Probed::Unknown(why) => assert!(why.contains("id_variable"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(subject.sim().ledger("build_queued").await.len(), 1);
}

#[tokio::test]
async fn the_build_that_a_push_causes_is_waited_for_and_a_bad_one_is_told() {
    let subject = devops(WAIT, json!({})).await;
    let files = [("/src/Api/Hosts.cs".into(), Some("mended".into()))].into();
    let push = ForeignChange::Push {
        repository: "Dispatcher".into(),
        branch: "prod".into(),
        comment: "Mend hosts".into(),
        files,
    };
    subject.sim().somebody(push).await;
    let commit = subject.head("prod").await;
    let input = json!({"branch": "prod", "commit": commit});
    let subject = DevOpsSubject(crate::support::sim::SimSubject { input, ..subject.0 });
    let trial = Trial::prepare(&subject).await;
    let Executed::Accepted(handle) = trial.act().await.unwrap() else { panic!("it was queued") };
    let build = trial.follow(Executed::Accepted(handle)).await;
    assert_eq!((&build["number"], &build["commit"]), (&json!("7.1.214.5"), &json!(commit)));
    let bad = devops(WAIT, json!({"build": 4120})).await;
    let refused = Trial::prepare(&bad).await.act().await.unwrap_err();
    assert_eq!(code(&refused), "build_failed");
}

#[tokio::test]
async fn a_build_that_was_asked_for_twice_on_its_way_is_cancelled_twice() {
    let input = json!({"branch": "prod", "id_variable": "WindlassRequest"});
    let subject = devops(QUEUE, input).await;
    let trial = Trial::prepare(&subject).await;
    subject.sim().arm(Fault::new(FaultKind::Duplicate).on("POST", "/build/builds")).await;
    let output = trial.finish().await;
    assert_eq!(subject.sim().ledger("build_queued").await.len(), 2);
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.sim().ledger("build_cancelled").await.len(), 2);
}

#[tokio::test]
async fn a_push_that_was_built_with_later_ones_is_found_in_their_build() {
    for (base, found) in [("c1", true), ("c0", false)] {
        let server = Hostile::start(move |line| {
            let build = json!({"id": 700, "buildNumber": "7.1.214.9", "status": "completed",
                "result": "succeeded", "reason": "batchedCI", "sourceBranch": "refs/heads/prod",
                "sourceVersion": "c2"});
            match line.contains("/mergebases?otherCommitId=c1") {
                true => data(&json!({"count": 1, "value": [{"commitId": base}]}).to_string()),
                false => data(&json!({"count": 1, "value": [build]}).to_string()),
            }
        })
        .await;
        let input = json!({"branch": "prod", "commit": "c1"});
        let seen = Caller::of(WAIT, &server.url, input).execute().await.unwrap();
        match seen {
            Executed::Done(build) => assert!(found && build["id"] == 700, "{build}"),
            Executed::Accepted(_) => assert!(!found, "a later build does not hold it"),
        }
    }
}

/// Who asks again for the same candidate changes nothing; who took it back may do it again.
#[tokio::test]
async fn d14_the_versions_of_a_candidate_grow_once() {
    let mut input = prepare();
    input["once"] = json!("7.1.214.9");
    let subject = devops(SET, input.clone()).await;
    let first = Trial::prepare(&subject).await;
    let output = first.finish().await;
    let grown = values(&subject).await;
    let second = Trial::prepare(&subject).await;
    let nothing = second.finish().await;
    assert_eq!(nothing["values"], output["values"]);
    assert_eq!(values(&subject).await, grown);
    second.undo(Some(nothing)).finish().await;
    assert_eq!(values(&subject).await, grown, "what another run did stays");
    first.undo(Some(output)).finish().await;
    assert_ne!(values(&subject).await, grown);
    Trial::prepare(&subject).await.finish().await;
    assert_eq!(values(&subject).await, grown);
    assert_eq!(subject.sim().ledger("build_variables_set").await.len(), 3);
}
