//! Each recording of a simulated operation, sent again. The rules of comparison are in
//! `recordings.rs`.

use crate::cloud::json;
use crate::recordings::{Script, compare, read, recorded_world, replay, stamps};
use serde_json::{Value, json};
use windlass_azure_sim::{Fault, FaultKind};

/// Sends a recording again; the versions of sites must move as recorded.
fn check(script: &Script) {
    let Some(exchanges) = read(script) else { return };
    let mut cloud = recorded_world();
    let answers = replay(&mut cloud, &exchanges);
    if exchanges.len() == answers.len() {
        let recorded =
            exchanges.iter().map(|exchange| exchange["response"]["headers"]["etag"].as_str());
        let simulated = answers.iter().map(|answer| answer.header("etag"));
        assert_eq!(stamps(simulated), stamps(recorded), "{}", script.file);
    }
    for (exchange, answer) in exchanges.iter().zip(&answers) {
        let url = exchange["request"]["url"].as_str().unwrap();
        if exchange["request"]["method"] == "PUT" && url.contains("/config/") {
            let theirs = &exchange["response"]["body"]["properties"];
            assert_eq!(&json(answer)["properties"], theirs, "{}", script.file);
        }
    }
    println!("{}: {} answers have the recorded shape", script.file, answers.len());
}

const SITE: &[(&str, &str)] = &[
    ("webapp-e2e000002", "qa4"),
    ("slot-test-web000003", "qa4"),
    ("webapp-linux000005", "qa4"),
    ("clitest.rg000001", "rg-qa"),
    ("cli_test_webapp_config000001", "rg-qa"),
];

#[test]
fn stop_and_start() {
    check(&Script { file: "web-stop-start", names: SITE, exchanges: &[0, 1, 2, 3] });
}

#[test]
fn a_site_that_is_not_there() {
    check(&Script { file: "web-404", names: SITE, exchanges: &[0] });
}

#[test]
fn connection_strings() {
    let exchanges = &[0, 1, 2, 3, 4];
    check(&Script { file: "web-connectionstrings", names: SITE, exchanges });
}

#[test]
fn app_settings_and_sticky_names() {
    let exchanges = &[0, 1, 2, 3, 4, 5, 6];
    check(&Script { file: "web-appsettings-sticky", names: SITE, exchanges });
}

#[test]
fn connection_strings_of_a_slot() {
    let script = Script { file: "web-slot-connectionstrings", names: SITE, exchanges: &[0, 1] };
    let Some(exchanges) = read(&script) else { return };
    let mut seed = windlass_azure_sim::WorldSeed::hotfix();
    seed.sites[0].slots = serde_json::from_value(json!([{"name": "dev"}])).unwrap();
    let config = windlass_azure_sim::Config { seed, ..Default::default() };
    let answers = replay(&mut crate::cloud::Cloud::with(config), &exchanges);
    assert_eq!(json(&answers[1])["properties"], exchanges[1]["response"]["body"]["properties"]);
}

#[test]
fn a_slot_is_made_and_swapped() {
    check(&Script { file: "web-slot-create-swap", names: SITE, exchanges: &[0, 1, 2, 3, 5] });
}

#[test]
fn a_share_of_the_requests() {
    let names = &[("slot-traffic-web000003", "qa4"), ("clitest.rg000001", "rg-qa")];
    check(&Script { file: "web-traffic-set", names, exchanges: &[0, 1, 2] });
}

const SQL: &[(&str, &str)] = &[
    ("clitestserver000003", "sql-qa"),
    ("clitestserver000002", "sql-qa"),
    ("cliautomationdb01", "qa4-old-version"),
    ("cliautomationdb03", "dispatcherqa4"),
    ("clitest.rg000001", "rg-qa"),
];

#[test]
fn a_copy() {
    check(&Script { file: "sql-copy", names: SQL, exchanges: &[0, 1, 2, 3] });
}

/// The target of the copy is a name that is taken.
const TAKEN: &[(&str, &str)] = &[("cliautomationdb02", "dispatcherqa4"), SQL[0], SQL[2], SQL[4]];

#[test]
fn a_copy_onto_a_taken_name() {
    let script = Script { file: "sql-copy-onto-existing", names: TAKEN, exchanges: &[0, 1, 2, 3] };
    let Some(exchanges) = read(&script) else { return };
    let answers = replay(&mut recorded_world(), &exchanges);
    let after = json(answers.last().unwrap());
    assert_eq!(after["sku"], exchanges[3]["response"]["body"]["sku"]);
    assert_eq!(json(&answers[0])["operation"], "UpdateLogicalDatabase");
}

#[test]
fn a_delete_and_another() {
    check(&Script { file: "sql-delete-twice", names: SQL, exchanges: &[0, 1, 2, 3] });
}

#[test]
fn a_server_that_is_not_there() {
    check(&Script { file: "sql-404", names: &[("pstest", "rg-qa")], exchanges: &[0] });
}

#[test]
fn operations_in_flight() {
    check(&Script { file: "sql-operations-cancel", names: SQL, exchanges: &[0, 1] });
}

#[test]
fn an_operation_that_failed() {
    let script = Script { file: "sql-lro-failed", names: &[], exchanges: &[0] };
    let Some(exchanges) = read(&script) else { return };
    let mut cloud = recorded_world();
    let failure = FaultKind::FailedOperation { code: "C".into(), message: "m".into() };
    cloud.simulator.arm(Fault::new(failure).on("PUT", "/databases/")).unwrap();
    let accepted = cloud.copy("qa4-old-version", "new");
    cloud.wait(200.0);
    let failed = cloud.follow(accepted.header("azure-asyncoperation").unwrap());
    compare(&exchanges[0], &failed);
}

#[test]
fn a_gateway_timeout_and_the_lock_after_it() {
    let script = Script { file: "web-504-then-lock-429", names: SITE, exchanges: &[0, 1] };
    let Some(exchanges) = read(&script) else { return };
    let mut cloud = recorded_world();
    let kind = FaultKind::GatewayTimeout { applied: true, after_seconds: None, lock_seconds: 9.0 };
    cloud.simulator.arm(Fault::new(kind).on("POST", "/stop")).unwrap();
    let answers = [cloud.site("POST", "qa4/stop"), cloud.site("POST", "qa4/start")];
    for (exchange, answer) in exchanges.iter().zip(&answers) {
        compare(exchange, answer);
        assert_eq!(json(answer), exchange["response"]["body"]);
    }
}

#[test]
fn a_gateway_timeout_of_a_read() {
    let script = Script { file: "web-gateway-timeout-read", names: SITE, exchanges: &[0, 1] };
    let Some(exchanges) = read(&script) else { return };
    let mut cloud = recorded_world();
    let kind = FaultKind::GatewayTimeout { applied: false, after_seconds: None, lock_seconds: 0.0 };
    cloud.simulator.arm(Fault::new(kind).on("GET", "/config/web")).unwrap();
    replay(&mut cloud, &exchanges);
}

const DEVOPS: &[(&str, &str)] = &[
    ("fabrikam/buildtests", "dispatcher/Dispatcher"),
    ("fabrikam/pipelinesTest000001", "dispatcher/Dispatcher"),
    ("BuildTests%20Definition1", "Dispatcher-CI"),
    // The one build here that is not over either.
    ("Builds/638", "Builds/4122"),
];

#[test]
fn a_build_and_its_definition() {
    check(&Script { file: "ado-build-queue", names: DEVOPS, exchanges: &[0, 2] });
}

#[test]
fn azure_devops_without_a_token() {
    let names = DEVOPS;
    check(&Script { file: "ado-401", names, exchanges: &[0] });
    // The recorded body was put there by the recorder: its length is 0.
    let Some(exchanges) = read(&Script { file: "ado-401", names, exchanges: &[0] }) else { return };
    assert_ne!(exchanges[0]["response"]["body"], Value::Null);
}
