//! Slots: made and deleted, swapped over time, given a share of the requests.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::http::{Answer, Request};
use windlass_azure_sim::{Effect, Fault, FaultKind};

fn slot_body() -> Value {
    json!({
        "location": "West Europe",
        "tags": {"made-by": "test"},
        "properties": {"siteConfig": {
            "appSettings": [
                {"name": "ASPNETCORE_ENVIRONMENT", "value": "Canary"},
                {"name": "App__Color", "value": "green"},
            ],
            "connectionStrings": [{
                "name": "Default", "type": "SQLAzure",
                "connectionString": "Server=tcp:sql-qa.database.windows.net;Database=dispatcherqa4",
            }],
        }},
    })
}

/// A world where qa4 has a slot.
fn with_slot() -> Cloud {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.put_site("qa4/slots/canary", slot_body()).status, 200);
    cloud
}

fn swap(cloud: &mut Cloud, from: &str, to: &str) -> Answer {
    let body = json!({"targetSlot": to, "preserveVnet": true});
    cloud.arm("POST", &format!("/Microsoft.Web/sites/{from}/slotsswap"), Some(body))
}

fn settings(cloud: &mut Cloud, app: &str) -> Value {
    json(&cloud.site("POST", &format!("{app}/config/appsettings/list")))["properties"].clone()
}

#[test]
fn a_new_slot_has_what_was_sent_and_no_content() {
    let mut cloud = with_slot();
    let slot = json(&cloud.site("GET", "qa4/slots/canary"));
    assert_eq!(slot["type"], "Microsoft.Web/sites/slots");
    assert_eq!(slot["tags"], json!({"made-by": "test"}));
    assert_ne!(slot["properties"]["deploymentId"], json!("qa4"));
    assert_eq!(settings(&mut cloud, "qa4/slots/canary")["App__Color"], "green");
    let listed = json(&cloud.site("GET", "qa4/slots"));
    assert_eq!(listed["value"][0]["name"], "qa4/canary");
    let page = cloud.health("qa4-canary").into_bytes();
    assert!(String::from_utf8(page.0).unwrap().contains("waiting for your content"));
    // A second PUT is an update, which restarts it.
    cloud.put_site("qa4/slots/canary", json!({"location": "West Europe"}));
    assert_eq!(settings(&mut cloud, "qa4/slots/canary")["App__Color"], "green");
    assert_eq!(cloud.site("DELETE", "qa4/slots/canary").status, 200);
    assert_eq!(cloud.site("DELETE", "qa4/slots/canary").status, 204);
    assert_eq!(cloud.site("GET", "qa4/slots/canary").status, 404);
    let effects = [Effect::SlotCreated, Effect::SlotUpdated, Effect::SlotDeleted];
    assert_eq!(cloud.effects(), effects.map(|effect| (effect, "qa4/canary")));
}

#[test]
fn a_plan_has_room_for_so_many_slots() {
    let mut cloud = Cloud::new();
    for number in 0..5 {
        assert_eq!(cloud.put_site(&format!("qa4/slots/s{number}"), slot_body()).status, 200);
    }
    let refused = cloud.put_site("qa4/slots/s5", slot_body());
    assert_eq!(refused.status, 409);
    assert_eq!(json(&refused)["Code"], "Conflict");
}

#[test]
fn a_swap_takes_a_while_and_exchanges_all_that_is_not_sticky() {
    let mut cloud = with_slot();
    let own = json(&cloud.site("GET", "qa4"));
    let accepted = swap(&mut cloud, "qa4/slots/canary", "production");
    assert_eq!((accepted.status, accepted.as_json()), (202, None));
    let first = accepted.header("location").unwrap().to_owned();
    // It is warmed up with what is sticky in production.
    assert_eq!(settings(&mut cloud, "qa4/slots/canary")["ASPNETCORE_ENVIRONMENT"], "Staging");
    cloud.wait(30.0);
    let working = cloud.follow(&first);
    let second = working.header("location").unwrap().to_owned();
    assert_eq!(working.status, 202);
    assert_ne!(first, second, "every answer gives another address");
    for write in ["qa4/stop", "qa4/slots/canary/restart"] {
        let refused = json(&cloud.site("POST", write));
        let said = refused["Message"].as_str().unwrap();
        assert!(said.contains("SwapSiteSlots"), "{said}");
    }
    let busy = json(&cloud.site("GET", "qa4"));
    assert!(busy["properties"]["inProgressOperationId"].is_string());
    assert_eq!(busy["properties"]["slotSwapStatus"], Value::Null);
    let third = cloud.follow(&second).header("location").unwrap().to_owned();
    assert_eq!(cloud.follow(&first).status, 404, "two answers later the first leads nowhere");
    cloud.wait(70.0);
    let done = json(&cloud.follow(&third));
    assert_eq!(done["name"], "qa4/canary");
    let production = json(&cloud.site("GET", "qa4"));
    for side in [&done, &production] {
        let status = &side["properties"]["slotSwapStatus"];
        assert_eq!(status["sourceSlotName"], "canary");
        assert_eq!(status["destinationSlotName"], "Production");
        assert!(status["timestampUtc"].is_string());
    }
    assert_eq!(done["properties"]["deploymentId"], own["properties"]["deploymentId"]);
    let now = settings(&mut cloud, "qa4");
    assert_eq!(now, json!({"App__Color": "green", "ASPNETCORE_ENVIRONMENT": "Staging"}));
    let back = settings(&mut cloud, "qa4/slots/canary");
    assert_eq!(back["ASPNETCORE_ENVIRONMENT"], "Canary");
    assert_eq!(back["Feature__LeaseHaulers"], "true");
    cloud.wait(30.0);
    assert_eq!(json(&cloud.health("qa4-canary"))["version"], "7.2.0.41");
    let last: Vec<Effect> = cloud.effects().iter().map(|(effect, _)| *effect).collect();
    assert_eq!(last, [Effect::SlotCreated, Effect::SlotSwapStarted, Effect::SlotSwapped]);
}

#[test]
fn a_second_swap_undoes_the_first() {
    let mut cloud = with_slot();
    let apps = |cloud: &Cloud| {
        let site = cloud.simulator.world().site("qa4").unwrap().clone();
        [&site.app, &site.slots[0].app]
            .map(|app| (app.content.clone(), app.deployed.clone(), app.app_settings.clone()))
    };
    let before = apps(&cloud);
    for from in ["qa4/slots/canary", "qa4/slots/canary"] {
        assert_eq!(swap(&mut cloud, from, "production").status, 202);
        cloud.wait(100.0);
        cloud.site("GET", "qa4");
    }
    let after = apps(&cloud);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.0, &before.1), (&after.0, &after.1));
        assert!(before.2.iter().all(|(name, value)| after.2.get(name) == Some(value)));
    }
}

#[test]
fn a_failed_swap_exchanges_nothing_and_says_so_where_it_is_asked() {
    let mut cloud = with_slot();
    let before = settings(&mut cloud, "qa4/slots/canary");
    let failure = FaultKind::FailedOperation { code: "x".into(), message: "It broke.".into() };
    cloud.simulator.arm(Fault::new(failure).on("POST", "/slotsswap")).unwrap();
    let accepted = swap(&mut cloud, "qa4/slots/canary", "production");
    let location = accepted.header("location").unwrap().to_owned();
    cloud.wait(100.0);
    let failed = cloud.follow(&location);
    assert_eq!(failed.status, 400);
    let said = json(&failed)["Message"].as_str().unwrap().to_owned();
    assert!(said.contains("did not respond to http ping") && said.contains("It broke."), "{said}");
    assert_eq!(settings(&mut cloud, "qa4/slots/canary"), before);
    assert_eq!(json(&cloud.site("GET", "qa4"))["properties"]["slotSwapStatus"], Value::Null);
    assert_eq!(cloud.effects().last(), Some(&(Effect::SlotSwapFailed, "qa4")));
}

#[test]
fn what_cannot_be_swapped_is_refused_before_anything_happens() {
    let mut cloud = with_slot();
    assert_eq!(swap(&mut cloud, "qa4/slots/canary", "canary").status, 400);
    assert_eq!(swap(&mut cloud, "qa4/slots/canary", "nowhere").status, 404);
    let half = json!({"targetSlot": "production"});
    let path = "/Microsoft.Web/sites/qa4/slots/canary/slotsswap";
    assert_eq!(cloud.arm("POST", path, Some(half)).status, 400);
    cloud.site("POST", "qa4/slots/canary/stop");
    assert_eq!(swap(&mut cloud, "qa4/slots/canary", "production").status, 409);
    assert_eq!(cloud.effects().len(), 2);
}

fn traffic(cloud: &mut Cloud, percent: f64) -> Answer {
    let rule = json!({
        "actionHostName": "qa4-canary.azurewebsites.net", "reroutePercentage": percent,
        "name": "canary",
    });
    let rules = if percent > 0.0 { json!([rule]) } else { json!([]) };
    let body = json!({"properties": {"experiments": {"rampUpRules": rules}}});
    cloud.arm("PATCH", "/Microsoft.Web/sites/qa4/config/web", Some(body))
}

/// How many of some requests the slot answers.
fn shared(cloud: &mut Cloud, requests: usize) -> usize {
    let to_slot = |answer: Answer| answer.header("set-cookie").unwrap().contains("=canary");
    (0..requests).filter(|_| to_slot(cloud.health("qa4"))).count()
}

#[test]
fn a_slot_gets_exactly_its_share_of_the_requests() {
    let mut cloud = with_slot();
    assert_eq!(cloud.health("qa4").header("set-cookie"), None);
    for (percent, of_100) in [(5.0, 5), (50.0, 50), (100.0, 100)] {
        let before = cloud.site("GET", "qa4");
        let answer = traffic(&mut cloud, percent);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("etag"), before.header("etag"), "the old stamp, as recorded");
        let body = json(&answer);
        assert_eq!(body["type"], "Microsoft.Web/sites");
        assert_eq!(
            body["properties"]["routingRules"],
            body["properties"]["experiments"]["rampUpRules"]
        );
        assert!(shared(&mut cloud, 100).abs_diff(of_100) <= 1, "{percent}");
        cloud.wait(1.0);
    }
    let body = json(&traffic(&mut cloud, 0.0));
    assert_eq!(body["properties"]["experiments"]["rampUpRules"], json!([]));
    assert_eq!(json(&cloud.health("qa4"))["app"], "qa4");
    let sets = cloud.effects().iter().filter(|(effect, _)| *effect == Effect::TrafficSet).count();
    assert_eq!(sets, 4);
    assert_eq!(traffic(&mut cloud, 101.0).status, 400);
}

#[test]
fn a_client_stays_where_its_cookie_says_and_may_choose() {
    let mut cloud = with_slot();
    traffic(&mut cloud, 50.0);
    let ask = |cloud: &mut Cloud, target: &str, cookie: &str| {
        let answer = cloud.send(&Request::new("GET", target).with_header("cookie", cookie));
        answer.header("set-cookie").unwrap().to_owned()
    };
    for _ in 0..4 {
        let pinned = ask(&mut cloud, "/apps/qa4", "a=b; x-ms-routing-name=self");
        assert!(pinned.starts_with("x-ms-routing-name=self"), "{pinned}");
        let chosen = ask(&mut cloud, "/apps/qa4?x-ms-routing-name=canary", "");
        assert!(chosen.starts_with("x-ms-routing-name=canary"), "{chosen}");
    }
    cloud.site("DELETE", "qa4/slots/canary");
    assert_eq!(cloud.health("qa4").header("set-cookie"), None, "its rule went with it");
}

#[test]
fn a_build_that_does_not_fit_its_database_is_not_healthy() {
    let mut cloud = Cloud::new();
    let value = "Server=tcp:sql-qa.database.windows.net;Database=qa4-old-version";
    let body = json!({"properties": {"Default": {"value": value, "type": "SQLAzure"}}});
    cloud.put_site("qa4/config/connectionstrings", body);
    cloud.wait(30.0);
    let ill = cloud.health("qa4");
    assert_eq!(ill.status, 500);
    let said = json(&ill)["reason"].as_str().unwrap().to_owned();
    assert!(said.contains("older line"), "a main build on a prod-based database: {said}");
}

#[test]
fn a_build_migrates_its_database_once_and_the_old_build_is_shut_out() {
    let mut seed = windlass_azure_sim::WorldSeed::hotfix();
    seed.servers[0].databases[0].fit.migrated_from = Some("7.2.0.42".into());
    let mut cloud = Cloud::with(windlass_azure_sim::Config { seed, ..Default::default() });
    let restart = |cloud: &mut Cloud, app: &str| {
        cloud.site("POST", &format!("{app}/restart"));
        cloud.wait(30.0);
        cloud.health(app).status
    };
    assert_eq!(restart(&mut cloud, "qa4"), 200, "7.2.0.41 migrates nothing");
    let copied = cloud.copy("dispatcherqa4", "before");
    assert_eq!(copied.status, 202);
    cloud.wait(4_000.0);
    let change = json!({
        "change": "build", "id": 5000, "definition": 12, "number": "7.2.0.43", "branch": "main",
        "result": "succeeded",
    });
    cloud.change(&serde_json::from_value(change).unwrap());
    let body = json!({
        "definitionId": 7, "reason": "none", "isDraft": false,
        "artifacts": [{"alias": "_Dispatcher-CI", "instanceReference": {"id": "5000"}}],
        "manualEnvironments": ["qa4", "qa4rnapi"],
    });
    let release = json(&cloud.devops("POST", "release/releases", Some(body)));
    let stage = release["environments"].as_array().unwrap()[0].clone();
    let path = format!("release/releases/{}/environments/{}", release["id"], stage["id"]);
    cloud.devops("PATCH", &path, Some(json!({"status": "inProgress"})));
    cloud.wait(300.0);
    assert_eq!(cloud.health("qa4").status, 200, "the new build");
    assert_eq!(cloud.health("qa4rnapi").status, 500, "the old one on the migrated schema");
    let migrated = cloud.effects().iter().filter(|one| one.0 == Effect::DatabaseMigrated).count();
    assert_eq!(migrated, 1);
    let servers = &cloud.simulator.world().servers[0];
    assert!(servers.database("dispatcherqa4").unwrap().fit.migrated);
    assert!(!servers.database("before").unwrap().fit.migrated, "the copy is from before");
}
