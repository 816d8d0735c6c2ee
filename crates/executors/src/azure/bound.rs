//! The settings of a bound resource, decoded. It must not know any resource type.

use serde::de::DeserializeOwned;
use windlass_model::{Binding, Failure, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{ActionError, Outcome};

/// Reads a binding.
pub fn read<T: DeserializeOwned>(binding: &Binding) -> Result<T, String> {
    let settings = Value::Object(binding.settings.clone());
    serde_json::from_value(settings).map_err(|error| error.to_string())
}

/// The binding of a resource's name, which must be of a kind; `what` is what people call that kind.
pub fn find<T: DeserializeOwned>(
    bindings: &Bindings,
    name: &str,
    kind: &str,
    what: &str,
) -> Outcome<T> {
    let broken = |why: String| {
        let message = format!(
            "failed to find the {what} `{name}`: {why}; look at `resources:` in the \
             environment file"
        );
        ActionError::Permanent(Failure::permanent("binding", message))
    };
    let binding = bindings.get(name).ok_or_else(|| broken("it is not bound".to_owned()))?;
    if binding.kind != kind {
        return Err(broken(format!("it is a {}", binding.kind)));
    }
    read(binding).map_err(broken)
}
