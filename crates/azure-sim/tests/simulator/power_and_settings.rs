//! Stop, start and the whole sets of settings, with the version stamps of each.

use crate::cloud::{Cloud, json};
use serde_json::json;
use windlass_azure_sim::Effect;

#[test]
fn a_second_stop_changes_nothing() {
    let mut cloud = Cloud::new();
    let before = cloud.site("GET", "qa4");
    assert_eq!(json(&before)["properties"]["state"], "Running");
    cloud.wait(5.0);
    let first = cloud.site("POST", "qa4/stop");
    assert_eq!((first.status, first.as_json()), (200, None));
    assert_ne!(first.header("etag"), before.header("etag"));
    cloud.wait(5.0);
    let second = cloud.site("POST", "qa4/stop");
    assert_eq!(second.header("etag"), first.header("etag"));
    let after = cloud.site("GET", "qa4");
    assert_eq!(after.header("etag"), first.header("etag"));
    assert_eq!(json(&after)["properties"]["state"], "Stopped");
    assert_eq!(cloud.effects(), [(Effect::AppStopped, "qa4")]);
    let line = &cloud.simulator.ledger()[0];
    assert_eq!(line.change.request_id.as_deref(), Some("11111111-0000-4000-8000-000000000009"));
    assert_eq!(line.change.detail["running"], false);
    assert_eq!(line.change.detail["branch"], "main");
    assert_eq!(line.change.detail["database"], "dispatcherqa4");
}

#[test]
fn a_stopped_app_answers_403_and_a_started_one_needs_a_moment() {
    let mut cloud = Cloud::new();
    let healthy = cloud.health("qa4");
    assert_eq!(healthy.status, 200);
    assert_eq!(json(&healthy)["version"], "7.2.0.41");
    assert_eq!(json(&healthy)["branch"], "main");
    cloud.site("POST", "qa4/stop");
    let stopped = cloud.health("qa4");
    assert_eq!(stopped.status, 403);
    let (page, kind) = stopped.into_bytes();
    assert!(String::from_utf8(page).unwrap().contains("This web app is stopped"));
    assert_eq!(kind, Some("text/html; charset=utf-8"));
    cloud.site("POST", "qa4/start");
    assert_eq!(cloud.health("qa4").status, 503);
    cloud.wait(21.0);
    assert_eq!(cloud.health("qa4").status, 200);
}

#[test]
fn a_put_replaces_the_whole_set_of_connection_strings() {
    let mut cloud = Cloud::new();
    assert_eq!(cloud.site("GET", "qa4/config/connectionstrings/list").status, 501);
    let listed = json(&cloud.site("POST", "qa4/config/connectionstrings/list"));
    let names: Vec<_> = listed["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["Default", "Audit", "Redis"]);
    assert_eq!(listed["properties"]["Default"]["type"], "SQLAzure");
    let old = cloud.site("GET", "qa4");
    cloud.wait(3.0);
    let value = "Server=tcp:sql-qa.database.windows.net,1433;Initial Catalog=qa4-old-version;X=Y";
    let body = json!({"properties": {"Default": {"value": value, "type": "SQLAzure"}}});
    let put = cloud.put_site("qa4/config/connectionstrings", body);
    assert_eq!(put.status, 200);
    // The answer carries the new stamp already.
    assert_ne!(put.header("etag"), old.header("etag"));
    assert_eq!(put.header("etag"), cloud.site("GET", "qa4").header("etag"));
    let listed = json(&cloud.site("POST", "qa4/config/connectionstrings/list"));
    assert_eq!(listed["properties"].as_object().unwrap().len(), 1);
    let line = &cloud.simulator.ledger()[0];
    assert_eq!(line.change.effect, Effect::ConnectionStringsSet);
    assert_eq!(line.change.detail["database"], "qa4-old-version");
    assert_eq!(line.change.detail["changed"], json!(["Audit", "Default", "Redis"]));
    assert!(!serde_json::to_string(line).unwrap().contains("CANARY"));
}

#[test]
fn the_answer_to_a_put_of_app_settings_carries_the_old_stamp() {
    let mut cloud = Cloud::new();
    let old = cloud.site("GET", "qa4");
    cloud.wait(3.0);
    let put = cloud.put_site("qa4/config/appsettings", json!({"properties": {"a": "1"}}));
    assert_eq!(put.header("etag"), old.header("etag"));
    assert_ne!(cloud.site("GET", "qa4").header("etag"), old.header("etag"));
    // The same set again is another restart, but not a change.
    cloud.put_site("qa4/config/appsettings", json!({"properties": {"a": "1"}}));
    assert_eq!(cloud.effects(), [(Effect::AppSettingsSet, "qa4")]);
}

#[test]
fn a_bad_set_is_refused_in_the_shape_of_app_service() {
    let mut cloud = Cloud::new();
    for body in [
        json!({}),
        json!({"properties": {"a": {"value": "x"}}}),
        json!({"properties": {"a": {"value": "x", "type": "Oracle"}}}),
        json!({"properties": {"a b": {"value": "x", "type": "Custom"}}}),
    ] {
        let refused = cloud.put_site("qa4/config/connectionstrings", body);
        assert_eq!(refused.status, 400);
        let refused = json(&refused);
        assert_eq!(refused["Code"], "BadRequest");
        assert_eq!(refused["Details"][2]["ErrorEntity"]["ExtendedCode"], "51021");
    }
    assert!(cloud.effects().is_empty());
}

#[test]
fn sticky_names_do_not_move_the_stamp() {
    let mut cloud = Cloud::new();
    let old = cloud.site("GET", "qa4");
    cloud.wait(2.0);
    let names = json(&cloud.site("GET", "qa4/config/slotConfigNames"));
    assert_eq!(names["id"], json!(null));
    assert_eq!(names["properties"]["connectionStringNames"], json!(["Default"]));
    cloud.put_site(
        "qa4/config/slotConfigNames",
        json!({"properties": {"connectionStringNames": ["Default", "Audit"]}}),
    );
    let names = json(&cloud.site("GET", "qa4/config/slotConfigNames"));
    assert_eq!(names["properties"]["appSettingNames"], json!(["ASPNETCORE_ENVIRONMENT"]));
    assert_eq!(names["properties"]["connectionStringNames"], json!(["Default", "Audit"]));
    assert_eq!(cloud.site("GET", "qa4").header("etag"), old.header("etag"));
}

#[test]
fn what_is_not_there_is_refused_by_whoever_looked() {
    let mut cloud = Cloud::new();
    let site = cloud.site("GET", "nowhere");
    assert_eq!((site.status, site.header("x-ms-failure-cause")), (404, Some("gateway")));
    assert_eq!(json(&site)["error"]["code"], "ResourceNotFound");
    let slot = cloud.site("GET", "qa4/slots/none");
    assert_eq!(slot.status, 404);
    let mut request = windlass_azure_sim::http::Request::new(
        "GET",
        "/subscriptions/a1b2c3d4-0000-4000-8000-000000000002/resourceGroups/other/providers/\
         Microsoft.Web/sites/qa4?api-version=2023-12-01",
    );
    assert_eq!(cloud.send(&request).status, 401);
    request = request.with_header("authorization", "Bearer rehearsal-token");
    assert_eq!(json(&cloud.send(&request))["error"]["code"], "ResourceGroupNotFound");
}

#[test]
fn a_reader_may_look_but_not_list_settings() {
    let mut cloud = Cloud::new();
    let path = format!("{}/Microsoft.Web/sites/qa4", crate::cloud::GROUP);
    let ask = |method: &str, rest: &str| {
        windlass_azure_sim::http::Request::new(
            method,
            &format!("{path}{rest}?api-version=2023-12-01"),
        )
        .with_header("authorization", "Bearer rehearsal-reader")
    };
    assert_eq!(cloud.send(&ask("GET", "")).status, 200);
    let refused = cloud.send(&ask("POST", "/config/connectionstrings/list"));
    assert_eq!((refused.status, refused.header("x-ms-failure-cause")), (403, Some("gateway")));
    assert_eq!(cloud.send(&ask("POST", "/stop")).status, 403);
}

#[test]
fn a_restart_of_a_stopped_app_moves_the_stamp_and_leaves_it_stopped() {
    let mut cloud = Cloud::new();
    let stopped = cloud.site("POST", "qa4/stop");
    cloud.wait(2.0);
    let restarted = cloud.site("POST", "qa4/restart");
    assert_eq!((restarted.status, restarted.header("etag")), (200, None));
    let site = cloud.site("GET", "qa4");
    assert_eq!(json(&site)["properties"]["state"], "Stopped");
    assert_ne!(site.header("etag"), stopped.header("etag"));
    cloud.site("POST", "qa4rnapi/restart");
    let expected = [(Effect::AppStopped, "qa4"), (Effect::AppRestarted, "qa4rnapi")];
    assert_eq!(cloud.effects(), expected);
}

#[test]
fn a_slot_has_its_own_settings_state_and_host() {
    let mut seed = windlass_azure_sim::WorldSeed::hotfix();
    let slot = json!([{"name": "staging", "running": false}]);
    seed.sites[0].slots = serde_json::from_value(slot).unwrap();
    let mut cloud = Cloud::with(windlass_azure_sim::Config { seed, ..Default::default() });
    assert_eq!(cloud.health("qa4-staging").status, 403);
    assert_eq!(cloud.site("POST", "qa4/slots/Staging/start").status, 200);
    let slot = json(&cloud.site("GET", "qa4/slots/staging"));
    assert_eq!(slot["name"], "qa4/staging");
    assert_eq!(slot["type"], "Microsoft.Web/sites/slots");
    assert_eq!(slot["properties"]["defaultHostName"], "qa4-staging.azurewebsites.net");
    // It has no content yet, and so the front end's own page.
    let health = windlass_azure_sim::http::Request::new("GET", "/health")
        .with_header("host", "qa4-staging.azurewebsites.net:80");
    let page = cloud.send(&health);
    assert_eq!((page.status, page.as_json()), (200, None));
    // Sticky names belong to the site.
    assert_eq!(cloud.site("GET", "qa4/slots/staging/config/slotConfigNames").status, 501);
    assert_eq!(cloud.effects(), [(Effect::AppStarted, "qa4/staging")]);
}

#[test]
fn the_sites_of_a_group_are_listed_without_their_slots() {
    let mut cloud = Cloud::new();
    let listed = json(&cloud.arm("GET", "/Microsoft.Web/sites", None));
    let names = listed["value"].as_array().unwrap().iter().map(|site| site["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["qa4", "qa4rnapi"]);
    assert_eq!(cloud.arm("POST", "/Microsoft.Web/sites", None).status, 501);
}
