//! Swap with preview: prepared, looked at, completed or cancelled.

use crate::cloud::{Cloud, json};
use serde_json::{Value, json};
use windlass_azure_sim::Effect;
use windlass_azure_sim::http::Answer;

/// A world where qa4 has a slot with settings of its own.
fn with_slot() -> Cloud {
    let mut cloud = Cloud::new();
    let body = json!({"location": "West Europe", "properties": {"siteConfig": {"appSettings": [
        {"name": "ASPNETCORE_ENVIRONMENT", "value": "Canary"},
        {"name": "App__Color", "value": "green"},
    ]}}});
    assert_eq!(cloud.put_site("qa4/slots/canary", body).status, 200);
    cloud
}

fn post(cloud: &mut Cloud, app: &str, verb: &str) -> Answer {
    let body = json!({"targetSlot": "production", "preserveVnet": true});
    cloud.arm("POST", &format!("/Microsoft.Web/sites/{app}/{verb}"), Some(body))
}

fn reset(cloud: &mut Cloud, app: &str) -> u16 {
    cloud.site("POST", &format!("{app}/resetSlotConfig")).status
}

fn settings(cloud: &mut Cloud, app: &str) -> Value {
    json(&cloud.site("POST", &format!("{app}/config/appsettings/list")))["properties"].clone()
}

fn prepared(cloud: &mut Cloud) -> Value {
    json(&cloud.site("GET", "qa4"))["properties"]["targetSwapSlot"].clone()
}

const SLOT: &str = "qa4/slots/canary";

#[test]
fn a_prepared_slot_has_the_sticky_settings_of_its_target_until_it_is_cancelled() {
    let mut cloud = with_slot();
    let own = settings(&mut cloud, SLOT);
    for _ in 0..2 {
        let answer = post(&mut cloud, SLOT, "applySlotConfig");
        assert_eq!((answer.status, answer.header("etag").is_some()), (200, true));
    }
    assert_eq!(prepared(&mut cloud), "canary");
    let shown = settings(&mut cloud, SLOT);
    assert_eq!(shown["ASPNETCORE_ENVIRONMENT"], "Staging", "it sticks to production");
    assert_eq!(shown["App__Color"], "green", "it travels");
    let refused = cloud.put_site("qa4/slots/canary/config/appsettings", json!({"properties": {}}));
    assert_eq!(refused.status, 409);
    assert!(json(&refused)["Message"].as_str().unwrap().contains("prepared for swap"));
    assert_eq!((reset(&mut cloud, SLOT), reset(&mut cloud, "qa4")), (200, 200));
    assert_eq!((prepared(&mut cloud), settings(&mut cloud, SLOT)), (Value::Null, own));
    let effects: Vec<Effect> = cloud.effects().into_iter().map(|(effect, _)| effect).collect();
    assert_eq!(effects[1..], [Effect::SlotSwapPrepared, Effect::SlotSwapReset]);
}

#[test]
fn a_swap_completes_it_and_ends_as_one_without_preview() {
    let ends = |preview: bool| {
        let mut cloud = with_slot();
        if preview {
            post(&mut cloud, SLOT, "applySlotConfig");
        }
        assert_eq!(post(&mut cloud, SLOT, "slotsswap").status, 202);
        cloud.wait(200.0);
        assert_eq!(prepared(&mut cloud), Value::Null);
        [settings(&mut cloud, "qa4"), settings(&mut cloud, SLOT)]
    };
    assert_eq!(ends(true), ends(false));
    assert_eq!(ends(true)[1]["ASPNETCORE_ENVIRONMENT"], "Canary", "the slot keeps its own");
}

#[test]
fn another_slot_is_refused_meanwhile() {
    let mut cloud = with_slot();
    let body = json!({"location": "West Europe", "properties": {}});
    cloud.put_site("qa4/slots/other", body);
    post(&mut cloud, SLOT, "applySlotConfig");
    for verb in ["applySlotConfig", "slotsswap"] {
        assert_eq!(post(&mut cloud, "qa4/slots/other", verb).status, 409, "{verb}");
    }
    cloud.site("DELETE", SLOT);
    assert_eq!(prepared(&mut cloud), Value::Null);
    assert_eq!(post(&mut cloud, "qa4/slots/other", "applySlotConfig").status, 200);
}
