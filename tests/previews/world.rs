//! What the cloud itself says of the things that a release touches, so that a rollback is compared
//! with it and not with its own words alone.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Apps, slots and servers by name, as far as a step can change them.
pub fn things(world: &Value) -> BTreeMap<String, Value> {
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let mut things = BTreeMap::new();
    for site in list(&world["sites"]) {
        let name = text(&site["name"]);
        for slot in list(&site["slots"]) {
            things.insert(format!("{name}/{}", text(&slot["name"])), app(&slot["app"]));
        }
        things.insert(name, app(&site["app"]));
    }
    for server in list(&world["servers"]) {
        let rules = list(&server["firewall_rules"]);
        let rules: Vec<String> = rules.iter().map(|rule| text(&rule["name"])).collect();
        things.insert(text(&server["name"]), json!(rules));
        for database in list(&server["databases"]) {
            let named = format!("{}/{}", text(&server["name"]), text(&database["name"]));
            things.insert(named, database["database_id"].clone());
        }
    }
    things
}

/// The things that are another than they were, or are there in one of the two only.
pub fn differing(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

fn app(app: &Value) -> Value {
    let keys = ["running", "connection_strings", "app_settings"];
    let mut kept: Vec<Value> = keys.iter().map(|key| app[key].clone()).collect();
    kept.extend(["branch", "version"].map(|key| app["deployed"][key].clone()));
    Value::Array(kept)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
