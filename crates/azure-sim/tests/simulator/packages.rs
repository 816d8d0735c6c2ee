//! Deployment hosts: packages that are sent to them, and what can go wrong on the way.

use crate::cloud::{Cloud, json};
use crate::recordings::{Script, compare, read, recorded_world};
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use windlass_azure_sim::http::{Answer, Request};
use windlass_azure_sim::world::AppAddress;
use windlass_azure_sim::{Effect, Fault, FaultKind, ForeignChange};

const HOST: &str = "/scm/qa4.scm.azurewebsites.net/api";

fn zip(version: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("build.json", zip::write::SimpleFileOptions::default()).unwrap();
    let build = json!({"version": version, "branch": "main"});
    zip.write_all(build.to_string().as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn ask(cloud: &mut Cloud, method: &str, path: &str, bytes: Vec<u8>, token: &str) -> Answer {
    let request = Request::new(method, &format!("{HOST}{path}"))
        .with_header("host", "127.0.0.1:7")
        .with_header("authorization", token);
    cloud.send(&request.with_bytes(bytes))
}

const TOKEN: &str = "Bearer rehearsal-token";

fn send(cloud: &mut Cloud, bytes: Vec<u8>) -> Answer {
    let path = "/zipdeploy?isAsync=true&deployer=me&message=note&trackDeploymentProgress=true";
    ask(cloud, "POST", path, bytes, TOKEN)
}

fn get(cloud: &mut Cloud, path: &str) -> Answer {
    ask(cloud, "GET", path, Vec::new(), TOKEN)
}

fn app() -> AppAddress {
    AppAddress { site: "qa4".into(), slot: None }
}

#[test]
fn a_package_is_deployed_and_the_pointer_leads_elsewhere_for_a_moment() {
    let mut cloud = Cloud::new();
    let answer = send(&mut cloud, zip("9.9.9"));
    assert_eq!(answer.status, 202);
    let id = answer.header("scm-deployment-id").unwrap().to_owned();
    let pointer = get(&mut cloud, "/deployments/latest");
    assert_eq!((pointer.status, json(&pointer)["is_temp"].clone()), (202, json!(true)));
    assert_ne!(json(&pointer)["id"], json!(id));
    assert_ne!(json(&pointer)["message"], "note", "it has no name yet");
    assert_eq!(get(&mut cloud, &format!("/deployments/{id}")).status, 404);
    cloud.wait(6.0);
    let building = get(&mut cloud, &format!("/deployments/{id}"));
    assert_eq!((building.status, json(&building)["message"].clone()), (202, json!("note")));
    cloud.wait(60.0);
    let over = get(&mut cloud, "/deployments/latest");
    assert_eq!((over.status, json(&over)["id"].clone()), (200, json!(id)));
    assert_eq!((&json(&over)["status"], &json(&over)["active"]), (&json!(4), &json!(true)));
    assert_eq!(json(&cloud.health("qa4"))["version"], "9.9.9");
    let effects: Vec<Effect> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    assert_eq!(effects, [Effect::PackageDeploymentStarted, Effect::PackageDeployed]);
}

#[test]
fn one_at_a_time_and_not_where_the_app_runs_from_elsewhere() {
    let mut cloud = Cloud::new();
    cloud.change(&ForeignChange::Package { app: app(), version: "9.9.8".into() });
    assert_eq!(send(&mut cloud, zip("9.9.9")).status, 409);
    cloud.wait(60.0);
    let elsewhere = Some("https://a.blob.core.windows.net/p.zip".to_owned());
    let name = "WEBSITE_RUN_FROM_PACKAGE".to_owned();
    cloud.change(&ForeignChange::AppSetting { app: app(), name, value: elsewhere });
    assert_eq!(send(&mut cloud, zip("9.9.9")).status, 409);
    cloud.wait(60.0);
    assert_eq!(json(&cloud.health("qa4"))["version"], "9.9.8");
}

#[test]
fn a_failure_stands_in_the_log_and_leaves_what_ran() {
    let mut cloud = Cloud::new();
    let failure = FaultKind::FailedOperation { code: "C".into(), message: "no space".into() };
    cloud.simulator.arm(Fault::new(failure).on("POST", "/zipdeploy")).unwrap();
    for bytes in [zip("9.9.9"), b"no zip".to_vec()] {
        assert_eq!(send(&mut cloud, bytes).status, 202);
        cloud.wait(60.0);
        let over = json(&get(&mut cloud, "/deployments/latest"));
        assert_eq!((&over["status"], &over["active"]), (&json!(3), &json!(false)));
        let id = over["id"].as_str().unwrap().to_owned();
        let log = json(&get(&mut cloud, &format!("/deployments/{id}/log")));
        let wrong = log.as_array().unwrap().iter().filter(|line| line["type"] == 2);
        assert_eq!(wrong.count(), 2, "{log}");
    }
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.2.0.41");
}

#[test]
fn a_host_that_is_restarted_loses_what_it_worked_on() {
    let mut cloud = Cloud::new();
    send(&mut cloud, zip("9.9.9"));
    cloud.wait(10.0);
    cloud.change(&ForeignChange::DeploymentHostRestart { app: app(), away_seconds: 30.0 });
    assert_eq!(get(&mut cloud, "/deployments").status, 503);
    assert_eq!(send(&mut cloud, zip("9.9.9")).status, 503);
    cloud.wait(31.0);
    let list = json(&get(&mut cloud, "/deployments"));
    assert_eq!((&list[0]["status"], &list[0]["complete"]), (&json!(3), &json!(true)));
    assert_eq!(list.as_array().unwrap().len(), 1);
    cloud.wait(60.0);
    assert_eq!(json(&cloud.health("qa4"))["version"], "7.2.0.41");
}

#[test]
fn who_may_not_publish_may_not_look_either() {
    let mut cloud = Cloud::new();
    let mut status = |token: &str| ask(&mut cloud, "GET", "/deployments", Vec::new(), token).status;
    assert_eq!((status("Bearer nobody"), status("Bearer rehearsal-reader")), (401, 403));
}

#[test]
fn a_recorded_deployment_has_our_shape() {
    let names = &[
        ("webapp-zipdeploy-testqw2woxqgh4uuzdba37k.scm.azurewebsites.net", "127.0.0.1:7"),
        ("mock-deployment", "latest"),
    ];
    let script = Script { file: "kudu-zipdeploy", names, exchanges: &[0, 1, 3] };
    let Some(exchanges) = read(&script) else { return };
    let mut cloud = recorded_world();
    compare(&exchanges[0], &ask(&mut cloud, "POST", "/zipdeploy?isAsync=true", zip("1"), TOKEN));
    for (exchange, seconds) in exchanges[1..].iter().zip([6.0, 15.0]) {
        cloud.wait(seconds);
        let answer = get(&mut cloud, "/deployments/latest");
        compare(exchange, &answer);
        let told: Value = json(&answer);
        for field in ["status", "complete", "active", "provisioningState", "message"] {
            assert_eq!(told[field], exchange["response"]["body"][field], "{field}");
        }
    }
}
