//! What the undoing of one step puts back, in sentences: from the fields that it declared and from
//! what its outputs say of the state before. What was captured is sealed and stays so: a value that
//! no output tells is called captured.

use serde_json::Value;
use std::collections::BTreeSet;
use windlass_model::event::Effect;

/// What comes back, most telling first; nothing where the step declares no field.
pub fn sentences(effects: &[Effect], output: &Value) -> Vec<String> {
    let mut said = Vec::new();
    if effects.is_empty() {
        return said;
    }
    if output.get("changed") == Some(&Value::Bool(false)) {
        return vec!["it had changed nothing, so nothing changes".to_owned()];
    }
    if let Some(release) = output.get("previous_release") {
        said.push(redeployed(effects, output, release.as_str()));
        return said;
    }
    for effect in effects {
        said.extend(one(effect, effects, output));
    }
    said
}

fn redeployed(effects: &[Effect], output: &Value, previous: Option<&str>) -> String {
    let text = |key: &str| output.get(key).and_then(Value::as_str).unwrap_or("?");
    let (stage, now) = (text("stage"), text("name"));
    let apps: BTreeSet<&str> = effects.iter().map(|effect| effect.resource.as_str()).collect();
    // A stage usually bears the name of its app.
    let others = apps.iter().any(|app| *app != stage);
    let apps = apps.into_iter().collect::<Vec<_>>().join(", ");
    let apps = if others { format!(" ({apps})") } else { String::new() };
    match previous {
        Some(release) => format!("{release} is on {stage} again instead of {now}{apps}"),
        None => format!("{now} goes from {stage}, where nothing is known of before{apps}"),
    }
}

fn one(effect: &Effect, all: &[Effect], output: &Value) -> Option<String> {
    let Effect { resource, field, value } = effect;
    let with_it =
        |field: &str| all.iter().any(|other| other.resource == *resource && other.field == field);
    let previous = output.get(format!("previous_{field}"));
    Some(match (field.as_str(), value) {
        ("exists", Value::Bool(true)) => format!("takes {resource} away"),
        ("exists", _) => format!("brings {resource} back"),
        // Whether it is online follows from whether it is there.
        ("online", _) if with_it("exists") => return None,
        ("running", Value::Bool(true)) => format!("stops {resource}"),
        ("running", Value::Bool(false)) => format!("starts {resource}"),
        ("database", now) => match (previous.and_then(Value::as_str), now.as_str()) {
            (Some(before), Some(now)) => {
                format!("{resource} points at {before} again instead of {now}")
            }
            (Some(before), None) => format!("{resource} points at {before} again"),
            (None, _) => format!("{resource} gets its captured connection string back"),
        },
        (field, _) => match previous.filter(|value| value.is_string() || value.is_number()) {
            Some(before) => {
                format!("{resource}: {field} is {} again", super::values::plain(before))
            }
            None => format!("{resource} gets its captured {field} back"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(resource: &str, field: &str, value: Value) -> Effect {
        Effect { resource: resource.into(), field: field.into(), value }
    }

    #[test]
    fn what_comes_back_is_named_where_it_may_be_shown() {
        let copied = [effect("d7", "exists", json!(true)), effect("d7", "online", json!(true))];
        assert_eq!(sentences(&copied, &json!({"database": "d7"})), ["takes d7 away"]);
        let stopped = [effect("qa4", "running", json!(false))];
        assert_eq!(sentences(&stopped, &json!({"changed": true})), ["starts qa4"]);
        let unchanged = sentences(&stopped, &json!({"changed": false}));
        assert_eq!(unchanged, ["it had changed nothing, so nothing changes"]);
        let set = [effect("qa4", "database", json!("d7"))];
        let known = sentences(&set, &json!({"previous_database": "d4", "changed": true}));
        assert_eq!(known, ["qa4 points at d4 again instead of d7"]);
        let secret = sentences(&set, &Value::Null);
        assert_eq!(secret, ["qa4 gets its captured connection string back"]);
        let settings = [effect("qa4", "settings", Value::Null)];
        assert_eq!(sentences(&settings, &Value::Null), ["qa4 gets its captured settings back"]);
    }

    #[test]
    fn a_deployment_is_undone_by_the_release_that_was_there() {
        let fields = [effect("qa4", "branch", json!("prod")), effect("qa4", "version", json!("2"))];
        let output = json!({"name": "Release-8", "stage": "qa4", "previous_release": "Release-7"});
        let said = sentences(&fields, &output);
        assert_eq!(said, ["Release-7 is on qa4 again instead of Release-8"]);
    }
}
