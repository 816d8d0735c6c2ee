//! Recorded answers about slots, met by the executors. Without the recordings a test says so and
//! passes.

use crate::recordings::{Play, app};
use crate::support::replay::recorded;
use serde_json::{Value, json};
use windlass_ports::Executed;

/// The contents as they were, from the recording of afterwards.
const CONTENTS: [&str; 2] = ["slot-test-web000003", "slot-test-web000003__b290"];

/// What is read around the recorded writes: the sides of a swap before and after it.
fn sides(method: &str, path: &str, wrote: bool) -> Option<(u16, Value)> {
    let slot = path.contains("/slots/");
    let content = CONTENTS[usize::from(slot != wrote)];
    let swapped = wrote.then(|| {
        json!({
            "timestampUtc": "2023-03-29T17:03:58.255Z", "sourceSlotName": "staging",
            "destinationSlotName": "Production",
        })
    });
    let host = if slot { "s-staging.azurewebsites.net" } else { "s.azurewebsites.net" };
    match method {
        "POST" if path.ends_with("/list") => Some((200, json!({"properties": {}}))),
        "GET" if path.ends_with("/slotconfignames") => Some((200, json!({"properties": {}}))),
        "GET" if path.ends_with("/operations") || path.contains("/config/") => None,
        "GET" => Some((
            200,
            json!({"id": path, "location": "West Europe", "properties": {
                "state": "Running", "deploymentId": content, "defaultHostName": host,
                "slotSwapStatus": swapped,
            }}),
        )),
        _ => None,
    }
}

#[tokio::test]
async fn a_swap_is_followed_to_its_end() {
    let Some(exchanges) = recorded("web-slot-create-swap") else { return };
    let bound = app("clitest.rg000001", "slot-test-web000003", Some("staging"));
    let swap = ("azure.app_service.swap_slots", json!({"app": "app"}));
    let mut play = Play::start(exchanges[1..].to_vec(), bound, sides, swap).await;
    play.capture().await;
    let Ok(Executed::Accepted(handle)) = play.execute().await else { panic!("it takes minutes") };
    let location = handle["operation"]["location"].as_str().unwrap();
    assert!(location.contains("operationresults/5cdafcb2-6acc-4157-80e1-e89215baa615"));
    let output = play.follow(handle).await.unwrap();
    assert_eq!(output["swapped_at"], "2023-03-29T17:03:58.255Z");
    assert!(matches!(play.execute().await, Ok(Executed::Done(_))), "no second swap is sent");
}

#[tokio::test]
async fn a_share_of_the_requests_is_set() {
    let Some(exchanges) = recorded("web-traffic-set") else { return };
    let bound = app("clitest.rg000001", "slot-traffic-web000003", Some("staging"));
    let set = ("azure.app_service.set_traffic", json!({"app": "app", "percent": 15}));
    let host = "slot-traffic-web000003-staging.azurewebsites.net";
    let filler = |method: &str, path: &str, _: bool| {
        let host = "slot-traffic-web000003-staging.azurewebsites.net";
        let slot = json!({"id": path, "location": "West Europe", "properties": {
            "state": "Running", "defaultHostName": host,
        }});
        (method == "GET" && path.ends_with("/slots/staging")).then_some((200, slot))
    };
    let mut play = Play::start(exchanges, bound, filler, set).await;
    play.capture().await;
    let change = &play.attempt.captured.as_ref().unwrap()["changes"][0];
    assert_eq!((&change["key"], &change["before"]), (&json!(host), &Value::Null));
    let done = json!({"percent": 15.0, "previous_percent": 0.0});
    assert_eq!(play.execute().await, Ok(Executed::Done(done)));
}
