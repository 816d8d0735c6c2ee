//! What stands in a rehearsal for an action whose effects the simulated world does not hold: a
//! script, a plug-in, a service of this machine. It does nothing, and gives outputs of the declared
//! shape.

use serde_json::{Map, json};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Catalog, Value};
use windlass_ports::action::{
    Attempt, Bindings, Executed, Outcome, Polled, Prepared, Probed, Verdict,
};
use windlass_ports::{Action, ActionError, BoxFuture, Context};

/// Systems that the simulated world holds.
const SIMULATED: [&str; 4] = ["azure.", "azure_devops.", "http.check", "http.watch"];

/// Whether an action works on the simulated world.
pub fn is_simulated(kind: &str) -> bool {
    SIMULATED.iter().any(|system| kind.starts_with(system))
}

/// The stand-in of an action.
pub struct StandIn {
    spec: ActionSpec,
}

impl StandIn {
    /// Stands in for an action, which the catalog may not know: then it gives no outputs.
    pub fn of(kind: &str, traits: &ActionTraits, known: &Catalog) -> Self {
        let spec = known.actions.get(kind).cloned().unwrap_or_else(|| ActionSpec {
            kind: kind.to_owned(),
            summary: String::new(),
            input: Value::Null,
            output: json!({ "type": "object" }),
            traits: traits.clone(),
            guide: ActionGuide::default(),
            example: String::new(),
        });
        Self { spec }
    }

    fn output(&self) -> Value {
        sample(&self.spec.output)
    }
}

/// The simplest value of a shape: what it requires, and nothing else.
fn sample(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let names = required.filter_map(Value::as_str);
            let pairs = names.map(|name| (name.to_owned(), sample(&schema["properties"][name])));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(true),
        _ => json!("rehearsed"),
    }
}

impl Action for StandIn {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, _input: &Value) -> Vec<String> {
        Vec::new()
    }

    fn capture<'a>(&'a self, _: &'a Context, _: &'a Value) -> BoxFuture<'a, Outcome<Prepared>> {
        ready(Ok(Prepared { captured: Some(Value::Null), not_before: None }))
    }

    fn execute<'a>(&'a self, _: &'a Context, _: &'a Attempt) -> BoxFuture<'a, Outcome<Executed>> {
        ready(Ok(Executed::Done(self.output())))
    }

    fn poll<'a>(
        &'a self,
        _: &'a Context,
        _: &'a Attempt,
        _: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>> {
        ready(Err(ActionError::InDoubt("a stand-in starts nothing".to_owned())))
    }

    fn probe<'a>(
        &'a self,
        _: &'a Context,
        _: &'a Attempt,
        _: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>> {
        ready(Ok(Probed::Done(self.output())))
    }

    fn verify<'a>(
        &'a self,
        _: &'a Context,
        _: &'a Value,
        _: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>> {
        ready(Ok(Verdict::Holds))
    }

    fn compensate<'a>(
        &'a self,
        _: &'a Context,
        _: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        ready(Ok(Executed::Done(Value::Null)))
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_the_declared_shape() {
        let properties = json!({
            "code": { "type": "integer" },
            "tags": { "type": "array" },
            "more": { "type": "string" },
            "state": { "enum": ["Running", "Stopped"] },
        });
        let required = json!(["code", "tags", "state"]);
        let schema = json!({ "type": "object", "required": required, "properties": properties });
        assert_eq!(sample(&schema), json!({ "code": 0, "tags": [], "state": "Running" }));
    }
}
