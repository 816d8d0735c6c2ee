//! Names, sizes and firewalls of SQL databases: through the kit, through every doubt, and against
//! what somebody else does meanwhile.

use crate::support::data::{DataSubject, data_sim, subject};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind, ForeignChange, Moment};
use windlass_ports::{ActionError, Executed, Probed, Verdict};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::{Subject as _, Trial};

action_conformance!(
    rename_database,
    subject("azure.sql.rename_database", json!({"database": "prod_db", "to": "Prod2failed"}))
);
action_conformance!(
    close_to_azure,
    subject("azure.sql.set_azure_access", json!({"server": "prod_sql", "enabled": false}))
);
action_conformance!(
    close_the_public_address,
    subject("azure.sql.set_azure_access", json!({"server": "prod_sql_public", "enabled": false}))
);
action_conformance!(open_to_azure, closed());
action_conformance!(
    add_firewall_rule,
    subject(
        "azure.sql.add_firewall_rule",
        json!({"server": "prod_sql", "name": "office2", "start": "203.0.113.8"})
    )
);
action_conformance!(
    change_firewall_rule,
    subject(
        "azure.sql.add_firewall_rule",
        json!({
            "server": "prod_sql", "name": "office", "start": "203.0.113.7", "end": "203.0.113.9",
        })
    )
);
action_conformance!(
    remove_firewall_rule,
    subject("azure.sql.remove_firewall_rule", json!({"server": "prod_sql", "name": "office"}))
);
action_conformance!(
    set_service_objective,
    subject(
        "azure.sql.set_service_objective",
        json!({"database": "prod_db", "objective": "GP_Gen5_8"})
    )
);
action_conformance!(
    get_database,
    subject("azure.sql.get_database", json!({"database": "prod_db", "name": "nothing"}))
);

fn azure_rule(range: Option<(&str, &str)>) -> ForeignChange {
    ForeignChange::FirewallRule {
        server: "sql-prod".into(),
        name: "AllowAllWindowsAzureIps".into(),
        range: range.map(|(start, end)| (start.into(), end.into())),
    }
}

/// A server that Azure does not get to, and an action that opens it.
async fn closed() -> DataSubject {
    let input = json!({"server": "prod_sql", "enabled": true});
    let subject = subject("azure.sql.set_azure_access", input).await;
    subject.sim().somebody(azure_rule(None)).await;
    subject
}

/// A write: its kind, its input, the request, what the ledger calls its effect.
type Write = (&'static str, Value, &'static str, &'static str, &'static str);

fn writes() -> Vec<Write> {
    vec![
        (
            "azure.sql.rename_database",
            json!({"database": "prod_db", "to": "Prod2failed"}),
            "POST",
            "/move",
            "database_renamed",
        ),
        (
            "azure.sql.set_azure_access",
            json!({"server": "prod_sql", "enabled": false}),
            "DELETE",
            "/firewallRules/",
            "firewall_rule_deleted",
        ),
        (
            "azure.sql.set_azure_access",
            json!({"server": "prod_sql_public", "enabled": false}),
            "PATCH",
            "/servers/sql-prod",
            "public_access_set",
        ),
        (
            "azure.sql.add_firewall_rule",
            json!({"server": "prod_sql", "name": "office2", "start": "203.0.113.8"}),
            "PUT",
            "/firewallRules/",
            "firewall_rule_set",
        ),
        (
            "azure.sql.remove_firewall_rule",
            json!({"server": "prod_sql", "name": "office"}),
            "DELETE",
            "/firewallRules/",
            "firewall_rule_deleted",
        ),
        (
            "azure.sql.set_service_objective",
            json!({"database": "prod_db", "objective": "GP_Gen5_8"}),
            "PATCH",
            "/databases/",
            "database_updated",
        ),
    ]
}

async fn once(subject: &DataSubject, effect: &str) {
    let lines = subject.sim().ledger(effect).await;
    assert_eq!(lines.len(), 1, "{}: {lines:?}", subject.inner.kind);
    let id = lines[0]["request_id"].as_str();
    assert!(id.is_some_and(|id| id.len() == 36), "{}: our id", subject.inner.kind);
}

#[tokio::test]
async fn a_lost_reply_is_found_to_be_done_and_never_sent_again() {
    for (kind, input, method, path, effect) in writes() {
        let faults = [
            FaultKind::LostReply,
            FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 0.0 },
            FaultKind::Html500 { applied: true },
        ];
        for wrong in faults {
            let subject = subject(kind, input.clone()).await;
            let trial = Trial::prepare(&subject).await;
            subject.sim().arm(Fault::new(wrong.clone()).on(method, path)).await;
            let acted = trial.act().await;
            assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{kind} {wrong:?}: {acted:?}");
            match trial.probe(None).await {
                Probed::Done(_) => {}
                Probed::InProgress(handle) => {
                    trial.follow(Executed::Accepted(handle)).await;
                }
                other => panic!("{kind}: it was applied, and a probe sees {other:?}"),
            }
            once(&subject, effect).await;
        }
    }
}

#[tokio::test]
async fn a_lost_request_is_absent_and_may_be_sent_again() {
    for (kind, input, method, path, effect) in writes() {
        let faults = [
            FaultKind::LostRequest,
            FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 },
            FaultKind::Html500 { applied: false },
        ];
        for wrong in faults {
            let subject = subject(kind, input.clone()).await;
            let trial = Trial::prepare(&subject).await;
            subject.sim().arm(Fault::new(wrong.clone()).on(method, path)).await;
            let acted = trial.act().await;
            assert!(matches!(acted, Err(ActionError::InDoubt(_))), "{kind} {wrong:?}: {acted:?}");
            assert_eq!(trial.probe(None).await, Probed::Absent, "{kind} {wrong:?}");
            trial.finish().await;
            once(&subject, effect).await;
        }
    }
}

#[tokio::test]
async fn a_request_that_arrives_twice_has_the_effect_of_once() {
    for (kind, input, method, path, effect) in writes() {
        let subject = subject(kind, input).await;
        let trial = Trial::prepare(&subject).await;
        subject.sim().arm(Fault::new(FaultKind::Duplicate).on(method, path)).await;
        match trial.act().await {
            Ok(executed) => {
                trial.follow(executed).await;
            }
            // The second delivery found the first one's work, and its answer is the one that came.
            Err(_) => match trial.probe(None).await {
                Probed::Done(_) => {}
                Probed::InProgress(handle) => {
                    trial.follow(Executed::Accepted(handle)).await;
                }
                other => panic!("{kind}: {other:?}"),
            },
        }
        once(&subject, effect).await;
    }
}

/// D10: what had access before has it again, by the same names; what somebody made stays.
#[tokio::test]
async fn d10_azure_access_comes_back_as_it_was() {
    let input = json!({"server": "prod_sql", "enabled": false});
    let subject = subject("azure.sql.set_azure_access", input).await;
    let second = ForeignChange::FirewallRule {
        server: "sql-prod".into(),
        name: "made by hand".into(),
        range: Some(("0.0.0.0".into(), "0.0.0.0".into())),
    };
    subject.sim().somebody(second).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!(output["rules_before"].as_array().unwrap().len(), 2, "{output}");
    assert_eq!(subject.sim().ledger("firewall_rule_deleted").await.len(), 2);
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.observe().await, before);
}

/// D10: the run that opened it says so until it is closed again.
#[tokio::test]
async fn d10_opening_declares_that_azure_gets_in() {
    let subject = closed().await;
    let trial = Trial::prepare(&subject).await;
    let declared = trial.action.effects(&trial.context.bindings, &trial.attempt.input);
    assert_eq!(declared.len(), 1);
    assert_eq!((declared[0].resource.as_str(), &declared[0].value), ("prod_sql", &json!(true)));
    let output = trial.finish().await;
    let verify = |output: Value| {
        let trial = &trial;
        async move { trial.action.verify(&trial.context, &trial.attempt.input, &output).await }
    };
    assert_eq!(verify(output.clone()).await, Ok(Verdict::Holds));
    subject.sim().somebody(azure_rule(None)).await;
    assert!(matches!(verify(output).await, Ok(Verdict::Drifted(_))));
}

/// A rule that lets Azure in under another name was there before and is not ours to remove.
#[tokio::test]
async fn what_is_open_already_is_left_alone_both_ways() {
    let input = json!({"server": "prod_sql", "enabled": true});
    let subject = subject("azure.sql.set_azure_access", input).await;
    let before = subject.observe().await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    assert_eq!(output["changed"], json!(false));
    trial.undo(Some(output)).finish().await;
    assert_eq!(subject.observe().await, before);
    assert!(subject.sim().ledger("").await.is_empty());
}

#[tokio::test]
async fn a_rule_that_got_another_range_stops_the_way_back() {
    let input = json!({"server": "prod_sql", "enabled": false});
    let subject = subject("azure.sql.set_azure_access", input).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    subject.sim().somebody(azure_rule(Some(("198.51.100.1", "198.51.100.2")))).await;
    match trial.undo(Some(output)).act().await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "rule_changed"),
        other => panic!("{other:?}"),
    }
}

/// Which way in it is only the owners know: a run stops where nobody said.
#[tokio::test]
async fn a_way_in_that_nobody_named_is_not_guessed() {
    let sim = data_sim().await;
    let action = sim.action("azure.sql.set_azure_access");
    for (server, word) in [("prod_sql_unasked", "ask its owners"), ("prod_sql_inner", "T-SQL")] {
        let input = json!({"server": server, "enabled": false});
        let wrong = action.check(&sim.parts.bindings, &input);
        assert!(wrong[0].contains(word), "{wrong:?}");
        match action.capture(&sim.parts.context(), &input).await {
            Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "azure_access"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_rule_of_somebody_else_survives_the_undo() {
    let input = json!({"server": "prod_sql", "name": "office2", "start": "203.0.113.8"});
    let subject = subject("azure.sql.add_firewall_rule", input).await;
    let trial = Trial::prepare(&subject).await;
    let output = trial.finish().await;
    let theirs = ForeignChange::FirewallRule {
        server: "sql-prod".into(),
        name: "office2".into(),
        range: Some(("203.0.113.8".into(), "203.0.113.20".into())),
    };
    subject.sim().somebody(theirs).await;
    let theirs = subject.observe().await;
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(subject.observe().await, theirs);
    assert!(matches!(undo.probe(None).await, Probed::Done(_)));
    let action = subject.action();
    let wrong = action.check(
        &subject.context().bindings,
        &json!({"server": "prod_sql", "name": "x", "start": "here"}),
    );
    assert_eq!(wrong.len(), 1, "{wrong:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_before_and_at_the_last_moment() {
    let input = json!({"name": "dispatcherqa4", "beside": "sprint41", "to": "qa4-old-version"});
    let taken = subject("azure.sql.rename_database", input).await;
    match taken.action().capture(&taken.context(), &taken.input()).await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "target_exists"),
        other => panic!("{other:?}"),
    }
    let input = json!({"database": "prod_db", "to": "Prod2failed"});
    let subject = subject("azure.sql.rename_database", input).await;
    let trial = Trial::prepare(&subject).await;
    let does =
        ForeignChange::CreateDatabase { server: "sql-prod".into(), name: "Prod2failed".into() };
    let wrong = FaultKind::SomebodyElse { does, when: Moment::Before };
    subject.sim().arm(Fault::new(wrong).on("POST", "/move")).await;
    assert!(trial.act().await.is_err());
    assert_eq!(trial.probe(None).await, Probed::Absent, "ours still has its old name");
    trial.undo(None).finish().await;
    assert!(subject.sim().ledger("database_renamed").await.is_empty());
}

/// D13: the failed database goes aside and the old one takes its place, each known by its id.
#[tokio::test]
async fn d13_two_renames_bring_the_old_database_back() {
    let copy =
        subject("azure.sql.copy_database", json!({"from": "prod_db", "to": "DispatcherProd2old"}));
    let mut subject = copy.await;
    let old_id = Trial::prepare(&subject).await.finish().await["database_id"].clone();
    let failed_id = subject.database("sql-prod", "DispatcherProd2").await["database_id"].clone();
    subject.inner.kind = "azure.sql.rename_database";
    subject.inner.input = json!({"database": "prod_db", "to": "Prod2failed", "id": failed_id});
    let first = Trial::prepare(&subject).await.finish().await;
    assert_eq!(first["database_id"], failed_id);
    subject.inner.input = json!({"database": "prod_old", "to": "DispatcherProd2", "id": old_id});
    let effects = subject.action().effects(&subject.context().bindings, &subject.inner.input);
    let back = effects.iter().find(|effect| effect.resource == "prod_db");
    assert_eq!(back.map(|effect| effect.field.as_str()), Some("exists"), "{effects:?}");
    Trial::prepare(&subject).await.finish().await;
    let now = subject.database("sql-prod", "DispatcherProd2").await["database_id"].clone();
    assert_eq!(now, old_id);
    subject.inner.input = json!({"database": "prod_db", "to": "x", "id": failed_id});
    match subject.action().capture(&subject.context(), &subject.inner.input).await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "another_database"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_size_that_azure_does_not_know_is_refused_and_a_failed_change_says_why() {
    let input = json!({"database": "prod_db", "objective": "huge"});
    let wrong = subject("azure.sql.set_service_objective", input).await;
    let trial = Trial::prepare(&wrong).await;
    assert!(matches!(trial.act().await, Err(ActionError::Permanent(_))));
    let input = json!({"database": "prod_db", "objective": "S3"});
    let subject = subject("azure.sql.set_service_objective", input).await;
    let trial = Trial::prepare(&subject).await;
    let failed = FaultKind::FailedOperation { code: "NoRoom".into(), message: "No cores.".into() };
    subject.sim().arm(Fault::new(failed).on("PATCH", "/databases/")).await;
    let Ok(Executed::Accepted(handle)) = trial.act().await else { panic!("it takes a minute") };
    subject.pass(120_000).await;
    match trial.action.poll(&trial.context, &trial.attempt, &handle).await {
        Err(ActionError::Permanent(failure)) => assert_eq!(failure.code, "NoRoom"),
        other => panic!("{other:?}"),
    }
    trial.undo(None).finish().await;
    assert!(subject.sim().ledger("database_updated").await.is_empty());
}

#[tokio::test]
async fn what_a_step_declares_is_what_is_seen_afterwards() {
    let cases = [
        ("azure.sql.set_azure_access", json!({"server": "prod_sql", "enabled": false})),
        ("azure.sql.set_azure_access", json!({"server": "prod_sql_public", "enabled": false})),
        (
            "azure.sql.add_firewall_rule",
            json!({"server": "prod_sql", "name": "office2", "start": "203.0.113.8"}),
        ),
        (
            "azure.sql.set_service_objective",
            json!({"database": "prod_db", "objective": "GP_Gen5_8"}),
        ),
        ("azure.sql.rename_database", json!({"database": "prod_db", "to": "DispatcherProd2old"})),
    ];
    for (kind, input) in cases {
        let subject = subject(kind, input).await;
        let trial = Trial::prepare(&subject).await;
        let declared = trial.action.effects(&trial.context.bindings, &trial.attempt.input);
        assert!(!declared.is_empty(), "{kind}");
        trial.finish().await;
        for effect in declared {
            let binding = &trial.context.bindings[&effect.resource];
            let registry = subject.sim().registry();
            let resource = registry.resource(&binding.kind).unwrap();
            let seen = resource.observe(&trial.context, binding).await.unwrap();
            let known = seen.get(&effect.field);
            assert!(known.is_some(), "{kind}: {} is declared and not observed", effect.field);
            let same = effect.value.is_null() || known == Some(&effect.value);
            assert!(same, "{kind}: {effect:?} {seen:?}");
        }
    }
}
