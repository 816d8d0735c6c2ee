//! The ledger alone tells whether a `main` build ever ran on the database of `prod`: the rule of
//! the hotfix, checked on the right order and on the wrong one.

use crate::cloud::{Cloud, json};
use serde_json::{Map, Value, json};
use windlass_azure_sim::Simulator;

/// The lines after which the rule did not hold.
fn broken(simulator: &Simulator) -> Vec<u64> {
    let breaks = |app: &Map<String, Value>| {
        let database = app["database"].as_str().unwrap_or_default();
        app["running"] == true
            && app["branch"] == "main"
            && database.starts_with("dispatcherqa4prod")
    };
    let lines = simulator.ledger().iter().filter(|line| {
        let detail = &line.change.detail;
        let apps = detail.get("apps").and_then(Value::as_array).into_iter().flatten();
        let mut apps = apps.filter_map(Value::as_object);
        (detail.contains_key("app") && breaks(detail)) || apps.any(breaks)
    });
    lines.map(|line| line.seq).collect()
}

/// Points an app at another database, and leaves everything else.
fn point(cloud: &mut Cloud, app: &str, from: &str, to: &str) {
    let listed = json(&cloud.site("POST", &format!("{app}/config/connectionstrings/list")));
    let set = listed["properties"].to_string().replace(&format!("={from};"), &format!("={to};"));
    let set: Value = serde_json::from_str(&set).unwrap();
    let put =
        cloud.put_site(&format!("{app}/config/connectionstrings"), json!({"properties": set}));
    assert_eq!(put.status, 200);
}

/// Deploys a release to the stage of an app and waits for it.
fn deploy(cloud: &mut Cloud, build: u64, app: &str) {
    let artifact = json!([{
        "alias": "_Dispatcher-CI",
        "instanceReference": {"id": build.to_string()},
    }]);
    let body = json!({"definitionId": 7, "artifacts": artifact});
    let release = json(&cloud.devops("POST", "release/releases", Some(body)));
    let stages = release["environments"].as_array().unwrap();
    let stage = stages.iter().find(|stage| stage["name"] == app).unwrap();
    let path = format!("release/releases/{}/environments/{}", release["id"], stage["id"]);
    cloud.devops("PATCH", &path, Some(json!({"status": "inProgress"})));
    cloud.wait(300.0);
    assert_eq!(json(&cloud.devops("GET", &path, None))["status"], "succeeded");
}

/// The set-up: the build of `prod` first, then its database.
fn set_up(cloud: &mut Cloud) {
    for app in ["qa4", "qa4rnapi"] {
        deploy(cloud, 4119, app);
    }
    cloud.copy("qa4-old-version", "dispatcherqa4prod1");
    cloud.wait(3700.0);
    for app in ["qa4", "qa4rnapi"] {
        cloud.site("POST", &format!("{app}/stop"));
        point(cloud, app, "dispatcherqa4", "dispatcherqa4prod1");
        cloud.site("POST", &format!("{app}/start"));
    }
    cloud.wait(30.0);
    assert_eq!(json(&cloud.health("qa4"))["database"], "dispatcherqa4prod1");
}

#[test]
fn the_way_there_and_back_in_order_keeps_the_rule() {
    let mut cloud = Cloud::new();
    set_up(&mut cloud);
    for app in ["qa4", "qa4rnapi"] {
        point(&mut cloud, app, "dispatcherqa4prod1", "dispatcherqa4");
    }
    for app in ["qa4", "qa4rnapi"] {
        deploy(&mut cloud, 4121, app);
    }
    cloud.wait(30.0);
    assert_eq!(json(&cloud.health("qa4rnapi"))["branch"], "main");
    assert_eq!(broken(&cloud.simulator), Vec::<u64>::new());
    let ledger = serde_json::to_string(cloud.simulator.ledger()).unwrap();
    assert!(!ledger.contains("CANARY"));
}

#[test]
fn the_way_back_in_the_wrong_order_is_seen() {
    let mut cloud = Cloud::new();
    set_up(&mut cloud);
    let before = cloud.simulator.ledger().len() as u64;
    deploy(&mut cloud, 4121, "qa4");
    // The release, its start, and the moment at which it is deployed.
    assert_eq!(broken(&cloud.simulator), [before + 3]);
    let ill = cloud.health("qa4");
    assert_eq!((ill.status, &json(&ill)["database"]), (500, &"dispatcherqa4prod1".into()));
}

#[test]
fn a_main_build_started_on_the_database_of_prod_is_seen() {
    let mut cloud = Cloud::new();
    cloud.copy("qa4-old-version", "dispatcherqa4prod1");
    cloud.wait(3700.0);
    cloud.site("POST", "qa4/stop");
    point(&mut cloud, "qa4", "dispatcherqa4", "dispatcherqa4prod1");
    assert_eq!(broken(&cloud.simulator), Vec::<u64>::new());
    cloud.site("POST", "qa4/start");
    assert_eq!(broken(&cloud.simulator), [cloud.simulator.ledger().len() as u64]);
}
