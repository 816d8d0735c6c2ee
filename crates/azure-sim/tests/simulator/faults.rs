//! What goes wrong by name, and what is true of the world afterwards.

use crate::cloud::{Cloud, json};
use serde_json::json;
use windlass_azure_sim::{Config, Effect, Fault, FaultKind};

fn arm(cloud: &mut Cloud, method: &str, path: &str, kind: FaultKind) {
    cloud.simulator.arm(Fault::new(kind).on(method, path)).unwrap();
}

#[test]
fn a_gateway_timeout_may_hide_work_that_was_done() {
    let mut cloud = Cloud::new();
    let kind = FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 30.0 };
    arm(&mut cloud, "POST", "/qa4/stop", kind);
    let lost = cloud.site("POST", "qa4/stop");
    assert_eq!((lost.status, lost.header("x-ms-failure-cause")), (504, Some("service")));
    assert_eq!(json(&lost)["error"]["code"], "GatewayTimeout");
    assert_eq!(json(&cloud.site("GET", "qa4"))["properties"]["state"], "Stopped");
    // The earlier change holds the lock for a while: 429 without `Retry-After`.
    let locked = cloud.site("POST", "qa4/start");
    assert_eq!((locked.status, locked.header("retry-after")), (429, None));
    assert_eq!(json(&locked)["Details"][2]["ErrorEntity"]["ExtendedCode"], "59206");
    cloud.wait(31.0);
    assert_eq!(cloud.site("POST", "qa4/start").status, 200);
    assert_eq!(cloud.effects(), [(Effect::AppStopped, "qa4"), (Effect::AppStarted, "qa4")]);
}

#[test]
fn a_gateway_timeout_may_have_done_nothing() {
    let mut cloud = Cloud::new();
    let kind = FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 };
    arm(&mut cloud, "PUT", "/databases/new", kind);
    assert_eq!(cloud.copy("qa4-old-version", "new").status, 504);
    assert_eq!(cloud.database("GET", "new").status, 404);
    assert!(cloud.effects().is_empty());
    assert_eq!(cloud.copy("qa4-old-version", "new").status, 202);
}

#[test]
fn a_gateway_timeout_may_go_on_working_and_be_done_later() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { state_dir: Some(folder.path().to_owned()), ..Config::default() };
    let mut cloud = Cloud::with(config);
    let kind =
        FaultKind::GatewayTimeout { applied: true, after_seconds: Some(90.0), lock_seconds: 0.0 };
    arm(&mut cloud, "PUT", "/databases/new", kind);
    assert_eq!(cloud.copy("qa4-old-version", "new").status, 504);
    cloud.wait(80.0);
    // Whoever looks too early sees nothing, and must not take that for an answer.
    assert_eq!(cloud.database("GET", "new").status, 404);
    let mut cloud = cloud.die_and_come_back();
    cloud.wait(11.0);
    assert_eq!(json(&cloud.database("GET", "new"))["properties"]["status"], "Copying");
    let line = &cloud.simulator.ledger()[0];
    assert_eq!(line.change.effect, Effect::DatabaseCopyStarted);
    assert_eq!(line.change.at.to_string(), "2026-03-02T08:01:30.04Z");
    assert!(line.change.request_id.is_some());
}

#[test]
fn a_fault_strikes_the_nth_request_that_fits_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { state_dir: Some(folder.path().to_owned()), ..Config::default() };
    let mut cloud = Cloud::with(config);
    let throttle = FaultKind::Throttle { retry_after: 7 };
    let fault = Fault { nth: 2, count: 2, ..Fault::new(throttle).on("GET", "sites/qa4rnapi") };
    cloud.simulator.arm(fault).unwrap();
    let ask = |cloud: &mut Cloud, site: &str| cloud.site("GET", site);
    assert_eq!(ask(&mut cloud, "qa4").status, 200);
    assert_eq!(ask(&mut cloud, "qa4rnapi").status, 200);
    let refused = ask(&mut cloud, "qa4rnapi");
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("7")));
    // It survives a death, its count too.
    let mut cloud = cloud.die_and_come_back();
    assert_eq!(ask(&mut cloud, "qa4").status, 200);
    assert_eq!(ask(&mut cloud, "qa4rnapi").status, 429);
    assert_eq!(ask(&mut cloud, "qa4rnapi").status, 200);
}

#[test]
fn a_copy_may_fail_and_leave_nothing() {
    let mut cloud = Cloud::new();
    let (code, message) = ("InternalServerError".to_owned(), "An unexpected error.".to_owned());
    arm(&mut cloud, "PUT", "/databases/", FaultKind::FailedOperation { code, message });
    let accepted = cloud.copy("qa4-old-version", "new");
    let poll = accepted.header("azure-asyncoperation").unwrap().to_owned();
    cloud.wait(3700.0);
    let failed = json(&cloud.follow(&poll));
    assert_eq!(failed["status"], "Failed");
    assert_eq!(failed["error"]["code"], "InternalServerError");
    let operations = json(&cloud.database("GET", "new/operations"));
    assert_eq!(operations["value"][0]["properties"]["state"], "Failed");
    assert_eq!(cloud.database("GET", "new").status, 404);
    assert_eq!(cloud.effects()[1], (Effect::DatabaseCopyFailed, "sql-qa/new"));
}

#[test]
fn a_copy_may_be_slow_and_a_stamp_may_lag() {
    let mut cloud = Cloud::new();
    arm(&mut cloud, "PUT", "/databases/", FaultKind::SlowCopy { factor: 3.0 });
    cloud.copy("qa4-old-version", "new");
    cloud.wait(10_700.0);
    assert_eq!(json(&cloud.database("GET", "new"))["properties"]["status"], "Copying");
    cloud.wait(200.0);
    assert_eq!(json(&cloud.database("GET", "new"))["properties"]["status"], "Online");

    let old = cloud.site("GET", "qa4");
    cloud.site("POST", "qa4/stop");
    arm(&mut cloud, "GET", "sites/qa4", FaultKind::LaggingEtag);
    assert_eq!(cloud.site("GET", "qa4").header("etag"), old.header("etag"));
    assert_ne!(cloud.site("GET", "qa4").header("etag"), old.header("etag"));
}

#[test]
fn a_page_with_500_a_stale_copy_and_a_plea_for_patience() {
    let mut cloud = Cloud::new();
    arm(&mut cloud, "POST", "/qa4/stop", FaultKind::Html500 { applied: false });
    let page = cloud.site("POST", "qa4/stop");
    assert_eq!((page.status, page.as_json()), (500, None));
    assert!(cloud.effects().is_empty());

    arm(&mut cloud, "PATCH", "environments", FaultKind::StaleRevision);
    let stale = cloud.devops("PATCH", "release/releases/102/environments/1", Some(json!({})));
    assert_eq!((stale.status, &json(&stale)["typeKey"]), (400, &json!("InvalidRequestException")));

    arm(&mut cloud, "GET", "builds", FaultKind::SlowDown { retry_after: 3, ms: 0 });
    let slow = cloud.devops("GET", "build/builds", None);
    assert_eq!((slow.status, slow.header("retry-after")), (200, Some("3")));
}

#[test]
fn a_deployment_may_be_rejected_and_leave_the_app_as_it_was() {
    let mut cloud = Cloud::new();
    let kind = FaultKind::FailedOperation { code: "x".into(), message: "y".into() };
    arm(&mut cloud, "PATCH", "/environments/", kind);
    let path = "release/releases/101/environments/9001";
    let body = json!({"status": "inProgress"});
    assert_eq!(cloud.devops("PATCH", path, Some(body)).status, 200);
    cloud.wait(300.0);
    let stage = json(&cloud.devops("GET", path, None));
    assert_eq!(stage["status"], "rejected");
    assert_eq!(stage["deploySteps"][1]["status"], "failed");
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.2.0.41");
    assert_eq!(cloud.effects()[1], (Effect::StageDeploymentFailed, "Release-101/qa4"));
}

#[test]
fn somebody_else_may_move_the_stamp_between_a_look_and_a_write() {
    let mut cloud = Cloud::new();
    let seen = cloud.site("GET", "qa4");
    cloud.site("POST", "qa4/start");
    assert_eq!(cloud.site("GET", "qa4").header("etag"), seen.header("etag"));
    cloud.wait(4.0);
    arm(&mut cloud, "POST", "/start", FaultKind::StaleRevision);
    cloud.site("POST", "qa4/start");
    assert_ne!(cloud.site("GET", "qa4").header("etag"), seen.header("etag"));
    assert!(cloud.effects().is_empty());
}

#[test]
fn somebody_else_may_change_a_key_between_a_look_and_a_write() {
    let mut cloud = Cloud::new();
    let fault = json!({
        "fault": "somebody_else",
        "does": {"change": "app_setting", "site": "qa4", "name": "theirs", "value": "1"},
        "when": "after",
        "match": {"method": "POST", "path": "/appsettings/list"},
    });
    cloud.simulator.arm(serde_json::from_value(fault).unwrap()).unwrap();
    let listed = json(&cloud.site("POST", "qa4/config/appsettings/list"));
    assert_eq!(listed["properties"].get("theirs"), None);
    // Whoever writes back what it listed destroys the other's key, as in the cloud.
    let set = json!({"properties": listed["properties"]});
    cloud.put_site("qa4/config/appsettings", set);
    let listed = json(&cloud.site("POST", "qa4/config/appsettings/list"));
    assert_eq!(listed["properties"].get("theirs"), None);
    let ids: Vec<_> =
        cloud.simulator.ledger().iter().map(|line| line.change.request_id.is_some()).collect();
    assert_eq!(ids, [false, true]);
}

#[test]
fn a_request_may_arrive_twice() {
    let mut cloud = Cloud::new();
    arm(&mut cloud, "PUT", "/databases/", FaultKind::Duplicate);
    assert_eq!(cloud.copy("qa4-old-version", "new").status, 409);
    arm(&mut cloud, "POST", "/stop", FaultKind::Duplicate);
    assert_eq!(cloud.site("POST", "qa4/stop").status, 200);
    let effects: Vec<_> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    assert_eq!(effects, [Effect::DatabaseCopyStarted, Effect::AppStopped]);
}
