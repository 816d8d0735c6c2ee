//! The fields of the world model as the observers read them.

use crate::support::sim::Sim;
use serde_json::json;
use windlass_testkit::action_kit::{Subject as _, Trial};

use crate::support::sim::SimSubject;

#[tokio::test]
async fn an_app_is_seen_with_its_build_and_its_database() {
    let sim = Sim::start().await;
    let registry = sim.registry();
    let context = sim.parts.context();
    let app = registry.resource("azure.app_service").unwrap();
    let seen = app.observe(&context, &sim.parts.bindings["qa4"]).await.unwrap();
    assert_eq!(seen["running"], json!(true));
    assert_eq!(seen["branch"], json!("main"));
    assert_eq!(seen["version"], json!("7.2.0.41"));
    assert_eq!(seen["database"], json!("dispatcherqa4"));
    assert_eq!(seen["settings"]["Smtp__Password"], json!("(set)"));
    let fields: Vec<&String> = app.spec().fields.keys().collect();
    assert!(fields.iter().all(|field| seen.contains_key(*field)), "{fields:?}");
    let database = registry.resource("azure.sql_database").unwrap();
    let seen = database.observe(&context, &sim.parts.bindings["backup"]).await.unwrap();
    assert_eq!((&seen["exists"], &seen["online"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn what_a_step_declares_is_what_is_seen_afterwards() {
    let cases = [
        ("azure.app_service.stop", json!({"app": "qa4"})),
        (
            "azure.app_service.set_connection_string",
            json!({"app": "qa4", "name": "Default", "database": "d7"}),
        ),
        ("azure_devops.release.deploy", json!({"branch": "prod", "stage": "qa4"})),
        ("azure.sql.delete_database", json!({"database": "backup"})),
    ];
    for (kind, input) in cases {
        let subject = SimSubject { sim: Sim::start().await, kind, input, asks_service: true };
        let trial = Trial::prepare(&subject).await;
        let declared = trial.action.effects(&trial.context.bindings, &trial.attempt.input);
        assert!(!declared.is_empty(), "{kind}");
        trial.finish().await;
        let registry = subject.sim.registry();
        for effect in declared {
            let binding = &trial.context.bindings[&effect.resource];
            let resource = registry.resource(&binding.kind).unwrap();
            let seen = resource.observe(&trial.context, binding).await.unwrap();
            let unknown = effect.value.is_null();
            assert!(unknown || seen[&effect.field] == effect.value, "{kind}: {effect:?} {seen:?}");
        }
        assert_eq!(subject.context().bindings.len(), 4);
    }
}

/// No resource is bound to the copy, and yet a run that stops half way must be able to name it.
#[tokio::test]
async fn a_copy_is_declared_by_its_own_name() {
    let sim = Sim::start().await;
    let action = sim.action("azure.sql.copy_database");
    let declared = |to: &str| {
        let effects = action.effects(&sim.parts.bindings, &json!({"from": "backup", "to": to}));
        let said = effects.into_iter().map(|effect| (effect.resource, effect.field, effect.value));
        said.collect::<Vec<_>>()
    };
    let both = ["exists", "online"];
    let named = |name: &str| both.map(|field| (name.to_owned(), field.to_owned(), json!(true)));
    assert_eq!(declared("dispatcherqa4prod7"), named("dispatcherqa4prod7"));
    let [(resource, ..), _] = &declared("qa4")[..] else { panic!("two fields") };
    assert!(resource.ends_with("/qa4"), "the app qa4 is something else: {resource}");
}

#[tokio::test]
async fn what_a_step_declares_of_slots_is_what_is_seen_afterwards() {
    let cases = [
        ("azure.app_service.create_slot", json!({"app": "new"})),
        ("azure.app_service.delete_slot", json!({"app": "canary"})),
        ("azure.app_service.set_traffic", json!({"app": "canary", "percent": 15})),
        ("azure.app_service.set_traffic", json!({"app": "qa4", "percent": 100})),
        ("azure.app_service.swap_slots", json!({"app": "canary"})),
        ("azure.app_service.restart", json!({"app": "canary"})),
    ];
    for (kind, input) in cases {
        let subject = crate::support::slots::subject(kind, input).await;
        let trial = Trial::prepare(&subject).await;
        let declared = trial.action.effects(&trial.context.bindings, &trial.attempt.input);
        assert!(!declared.is_empty(), "{kind}");
        trial.finish().await;
        let registry = subject.sim.registry();
        for effect in declared {
            let binding = &trial.context.bindings[&effect.resource];
            let resource = registry.resource(&binding.kind).unwrap();
            assert!(resource.spec().fields.contains_key(&effect.field), "{kind}: {effect:?}");
            let seen = resource.observe(&trial.context, binding).await.unwrap();
            let unknown = effect.value.is_null();
            assert!(unknown || seen[&effect.field] == effect.value, "{kind}: {effect:?} {seen:?}");
        }
    }
}

#[tokio::test]
async fn a_slot_is_seen_and_after_a_swap_its_host_tells_its_build() {
    let subject =
        crate::support::slots::subject("azure.app_service.swap_slots", json!({"app": "canary"}))
            .await;
    let registry = subject.sim.registry();
    let app = registry.resource("azure.app_service").unwrap();
    let look = async |name: &str| {
        let context = subject.context();
        app.observe(&context, &context.bindings[name]).await.unwrap()
    };
    let fields: Vec<&String> = app.spec().fields.keys().collect();
    let (slot, absent) = (look("canary").await, look("new").await);
    for seen in [&slot, &absent] {
        assert!(fields.iter().all(|field| seen.contains_key(*field)), "{seen:?}");
    }
    assert_eq!((&slot["slot"], &slot["exists"]), (&json!("canary"), &json!(true)));
    assert_eq!((&absent["exists"], &absent["running"]), (&json!(false), &json!(false)));
    let before = look("qa4").await;
    assert_eq!((&before["version"], &before["traffic"]), (&json!("7.2.0.41"), &json!(100)));
    assert_eq!(before["swapped_at"], json!(null));
    Trial::prepare(&subject).await.finish().await;
    let after = look("qa4").await;
    // One stage brought the same build to both sides.
    assert_eq!((&after["version"], &after["branch"]), (&json!("7.2.0.41"), &json!("main")));
    assert!(after["swapped_at"].is_string());
    assert_eq!(after["content"], slot["content"]);
}
