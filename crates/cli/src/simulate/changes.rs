//! Changes that somebody else makes to the simulated world, from the words of a command line. The
//! simulator's own type says what is right; this page says it in keys.

use serde_json::{Map, Value};
use windlass_azure_sim::ForeignChange;

/// Every change as one would write it, in the order of a list.
const KNOWN: [&str; 17] = [
    r#"{"change":"running","site":"qa4","running":false}"#,
    concat!(
        r#"{"change":"connection_string","site":"qa4","name":"Default","#,
        r#""value":{"value":"Server=sql-qa;Database=x","type":"SQLAzure"}}"#
    ),
    r#"{"change":"app_setting","site":"qa4","name":"Mode","value":"slow"}"#,
    r#"{"change":"create_database","server":"sql-qa","name":"x"}"#,
    r#"{"change":"delete_database","server":"sql-qa","name":"x"}"#,
    r#"{"change":"rename_database","server":"sql-qa","name":"x","to":"y"}"#,
    concat!(
        r#"{"change":"firewall_rule","server":"sql-qa","name":"office","#,
        r#""range":["10.1.0.1","10.1.0.9"]}"#
    ),
    r#"{"change":"package","site":"qa4","version":"26.10.0.30"}"#,
    r#"{"change":"deployment_host_restart","site":"qa4","away_seconds":60.0}"#,
    r#"{"change":"data_access","site":"prod2","only_through_azure":true}"#,
    concat!(
        r#"{"change":"blob","account":"dispatcherbackups","container":"bacpacs","#,
        r#""name":"a.bacpac","text":"x"}"#
    ),
    concat!(
        r#"{"change":"build","id":900,"definition":12,"number":"26.10.0.30","#,
        r#""branch":"main","result":"succeeded"}"#
    ),
    r#"{"change":"trigger","definition":7,"branch":"main","automatic_stages":["qa4"]}"#,
    r#"{"change":"build_variable","definition":12,"name":"minor","value":"11"}"#,
    concat!(
        r#"{"change":"push","repository":"app","branch":"main","comment":"a fix","#,
        r#""files":{"a.txt":"text"}}"#
    ),
    r#"{"change":"pull_request","repository":"app","id":3,"completed":true}"#,
    concat!(
        r#"{"change":"release_task","release":41,"stage":"qa4","task":"Deploy","#,
        r#""input":"slot","value":"x"}"#
    ),
];

/// Keys that a change may leave out: the slot where production is meant, the value where it is
/// taken away.
const OPTIONAL: [&str; 4] = ["slot", "value", "range", "automatic_stages"];

/// All of them, for help.
pub fn all() -> String {
    let lines = KNOWN.iter().map(|known| format!("  {known}"));
    let lines: Vec<String> = lines.collect();
    format!(
        "Changes:\n{}\n\nAn app's slot is named by \"slot\"; without \"value\", a connection \
         string or a setting is removed.",
        lines.join("\n")
    )
}

/// Reads a change. The error is a sentence that ends in what to write.
pub fn read(text: &str) -> Result<Value, String> {
    let given: Value = serde_json::from_str(text).map_err(|error| {
        format!("the change is no JSON ({error}); write for example {}", KNOWN[0])
    })?;
    let name = given["change"].as_str().unwrap_or_default();
    let Some((example, keys)) = example(name) else {
        return Err(unknown(name));
    };
    let missing =
        keys.keys().find(|key| !OPTIONAL.contains(&key.as_str()) && given[*key].is_null());
    if let Some(key) = missing {
        return Err(format!(
            "the change `{name}` needs the key `{key}`; write for example {example}"
        ));
    }
    let known = |key: &str| keys.contains_key(key) || (key == "slot" && keys.contains_key("site"));
    let given_keys = given.as_object().into_iter().flat_map(Map::keys);
    if let Some(key) = given_keys.into_iter().find(|key| !known(key)) {
        return Err(format!("the change `{name}` has no key `{key}`; write for example {example}"));
    }
    match serde_json::from_value::<ForeignChange>(given.clone()) {
        Ok(_) => Ok(given),
        Err(_) => Err(format!(
            "a value of the change `{name}` does not fit{}; write for example {example}",
            misfit(&given, &keys)
        )),
    }
}

fn example(name: &str) -> Option<(&'static str, Map<String, Value>)> {
    KNOWN.iter().find_map(|known| match serde_json::from_str(known) {
        Ok(Value::Object(keys)) if keys["change"] == name => Some((*known, keys)),
        _ => None,
    })
}

fn names() -> Vec<String> {
    let read = |known: &&str| serde_json::from_str::<Value>(known).ok();
    let name = |value: Value| value["change"].as_str().map(str::to_owned);
    KNOWN.iter().filter_map(|known| read(known).and_then(name)).collect()
}

fn unknown(name: &str) -> String {
    let names = names();
    let near = windlass_spec::nearest::nearest(name, names.iter().map(String::as_str));
    let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let what = match name.is_empty() {
        true => "the key `change` names no change".to_owned(),
        false => format!("there is no change `{name}`"),
    };
    format!("{what}; {near}the changes are {}", names.join(", "))
}

/// The first key whose value is of another sort than in the example.
fn misfit(given: &Value, keys: &Map<String, Value>) -> String {
    let sort = |value: &Value| match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    };
    let other = keys.iter().find(|(key, value)| sort(&given[key.as_str()]) != sort(value));
    let told = other.map(|(key, value)| {
        format!(": `{key}` is {}, not {}", sort(&given[key.as_str()]), sort(value))
    });
    told.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_that_the_simulator_knows_is_shown_and_reads() {
        let no_change = serde_json::json!({ "change": "?" });
        let said = serde_json::from_value::<ForeignChange>(no_change).unwrap_err().to_string();
        let wanted: Vec<&str> = said.split('`').skip(3).step_by(2).collect();
        assert!(wanted.len() > 5, "{said}");
        let mut shown = names();
        for name in wanted {
            assert!(shown.iter().any(|known| known == name), "{name} is not shown");
            shown.retain(|known| known != name);
        }
        assert_eq!(shown, Vec::<String>::new(), "there are none of these");
        for known in KNOWN {
            assert_eq!(read(known).unwrap(), serde_json::from_str::<Value>(known).unwrap());
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_keys() {
        let said = |text: &str| read(text).unwrap_err();
        assert!(said("x").contains("no JSON"));
        assert!(said(r#"{"change":"runing"}"#).contains("did you mean `running`?"));
        assert!(said("{}").contains("the key `change` names no change"));
        let incomplete = said(r#"{"change":"running","site":"qa4"}"#);
        assert!(incomplete.contains("needs the key `running`"), "{incomplete}");
        let odd = said(r#"{"change":"connection_string","site":"a","name":"b","value":"c"}"#);
        assert!(odd.contains("`value` is a text, not a map") && !odd.contains("struct"), "{odd}");
        let more = said(r#"{"change":"running","site":"qa4","running":true,"x":1}"#);
        assert!(more.contains("has no key `x`"), "{more}");
        assert!(read(r#"{"change":"app_setting","site":"a","slot":"b","name":"c"}"#).is_ok());
    }
}
