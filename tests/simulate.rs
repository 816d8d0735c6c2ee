//! `simulate`: the simulator as a process of its own, driven from the command line.

use crate::home::{Home, TWO_STEPS, ended, repository};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

struct Cloud {
    home: Home,
    env: String,
}

impl Cloud {
    fn new() -> Self {
        let env = repository("workflows/environments/rehearsal.yaml").display().to_string();
        Self { home: Home::new(), env }
    }

    fn simulate(&self, words: &[&str], code: i32) -> crate::home::Ended {
        let words = [&["simulate"], words, &["--env", &self.env]].concat();
        self.home.windlass(&words).expect(code)
    }

    fn ledger(&self) -> Vec<Value> {
        let said = self.simulate(&["ledger", "--json"], 0);
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn stop_an_app(&self) {
        self.simulate(&["change", r#"{"change":"running","site":"qa4","running":false}"#], 0);
    }
}

#[test]
fn it_outlives_its_starter_and_its_world_outlives_it() {
    let cloud = Cloud::new();
    assert_eq!(cloud.simulate(&["status", "--json"], 1).json()["running"], false);
    assert!(cloud.ledger().is_empty());
    let started = cloud.simulate(&["start", "--json"], 0).json();
    let again = cloud.simulate(&["start", "--json"], 0).json();
    assert_eq!(started["pid"], again["pid"], "one simulator for one environment");
    let status = cloud.simulate(&["status", "--json"], 0).json();
    assert_eq!((&status["pid"], &status["address"]), (&started["pid"], &started["address"]));
    assert!(status["now"].is_string() && status["requests"] == 0, "{status}");
    cloud.stop_an_app();
    let ledger = cloud.ledger();
    assert_eq!(ledger.len(), 1, "a line a change, and nothing else");
    assert_eq!((&ledger[0]["seq"], &ledger[0]["effect"]), (&1.into(), &"app_stopped".into()));
    assert_eq!(ledger[0]["target"], "qa4");
    for key in ["at", "request_id"] {
        assert!(ledger[0].get(key).is_some(), "{key}");
    }
    cloud.simulate(&["stop"], 0);
    cloud.simulate(&["stop"], 0);
    assert_eq!(cloud.simulate(&["status", "--json"], 1).json()["running"], false);
    assert_eq!(cloud.ledger(), ledger, "read from the disk while it does not run");
    cloud.simulate(&["start"], 0);
    assert_eq!(cloud.ledger(), ledger, "its world goes on");
    cloud.simulate(&["stop"], 0);
    cloud.simulate(&["reset"], 0);
    assert!(cloud.ledger().is_empty(), "one that does not run begins again too");
    cloud.simulate(&["start"], 0);
    cloud.stop_an_app();
    cloud.simulate(&["reset"], 0);
    assert!(cloud.ledger().is_empty());
    cloud.stop_an_app();
    assert_eq!(cloud.ledger().len(), 1, "the app runs again in the world that began again");
}

#[test]
fn faults_are_armed_listed_and_disarmed() {
    let cloud = Cloud::new();
    cloud.simulate(&["fault", "lost_reply"], 1);
    cloud.simulate(&["start"], 0);
    let words = [
        "fault",
        "throttle",
        "--param",
        "retry_after=7",
        "--match",
        "PUT /databases/",
        "--nth",
        "2",
    ];
    cloud.simulate(&words, 0);
    let list = cloud.simulate(&["fault", "--list", "--json"], 0).json();
    let armed = &list["armed"][0]["fault"];
    assert_eq!(
        (&armed["fault"], &armed["nth"], &armed["retry_after"]),
        (&"throttle".into(), &2.into(), &7.into())
    );
    assert_eq!(armed["match"]["path"], "/databases/");
    assert_eq!(list["known"].as_array().unwrap().len(), 14);
    assert!(cloud.simulate(&["fault", "throtle"], 2).stderr.contains("did you mean `throttle`?"));
    cloud.simulate(&["fault", "throttle"], 2);
    cloud.simulate(&["fault", "throttle", "--param", "retry_after=1", "--nth", "0"], 2);
    cloud.simulate(&["fault", "--clear"], 0);
    assert_eq!(
        cloud.simulate(&["fault", "--list", "--json"], 0).json()["armed"].as_array().unwrap().len(),
        0
    );
    assert_eq!(cloud.simulate(&["status", "--json"], 0).json()["faults"], 0);
}

#[test]
fn an_environment_of_the_real_thing_gets_none() {
    let home = Home::new();
    let env = repository("workflows/environments/azure.yaml").display().to_string();
    let said = home.windlass(&["simulate", "start", "--env", &env]).expect(2);
    assert!(said.stderr.contains("uses no simulator"), "{}", said.stderr);
    home.windlass(&["simulate", "start", "--env", "nowhere"]).expect(2);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn its_clock_can_be_moved() {
    let cloud = Cloud::new();
    cloud.simulate(&["start"], 0);
    let now = |status: Value| status["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let before = now(cloud.simulate(&["status", "--json"], 0).json());
    cloud.simulate(&["clock", "--advance", "48h"], 0);
    let after = now(cloud.simulate(&["status", "--json"], 0).json());
    assert!(after.duration_since(before).as_hours() >= 48);
    cloud.simulate(&["clock", "--advance", "soon"], 2);
    cloud.home.file("two.yaml", TWO_STEPS);
    let words = ["start", "two.yaml", "--env", &cloud.env, "--yes", "--json"];
    cloud.home.windlass(&words).expect(0);
    let listed = cloud.home.windlass(&["list", "--json"]).expect(0).json();
    let began: jiff::Timestamp = listed["started_at"].as_str().unwrap().parse().unwrap();
    assert!(began >= after, "a run lives in the time of its cloud: {began}, {after}");
}

#[test]
fn a_store_that_is_named_has_its_clouds_in_its_folder() {
    let cloud = Cloud::new();
    let simulate = |words: &[&str]| {
        let words = [&["simulate"], words, &["--env", &cloud.env, "--json"]].concat();
        let mut command = cloud.home.command(&words);
        command.env("WINDLASS_STORE", cloud.home.path().join("elsewhere"));
        ended(command.output().unwrap())
    };
    let folder = simulate(&["status"]).expect(1).json()["folder"].as_str().unwrap().to_owned();
    assert!(folder.ends_with("elsewhere/simulator/rehearsal"), "{folder}");
    simulate(&["start"]).expect(0);
    let made = std::fs::metadata(cloud.home.path().join("elsewhere")).unwrap();
    assert_eq!(made.permissions().mode() & 0o077, 0, "a store's folder is its owner's");
    assert_eq!(cloud.simulate(&["status", "--json"], 1).json()["running"], false, "another home");
    let words = ["--store", "elsewhere", "list"];
    cloud.home.windlass(&words).expect(0);
    simulate(&["stop"]).expect(0);
}
