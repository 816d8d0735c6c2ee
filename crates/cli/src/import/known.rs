//! The environment that an import is for, as the import knows it.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use crate::talk;
use std::path::Path;
use windlass_import::known::{Known, Thing};
use windlass_model::{Binding, Value};
use windlass_spec::flow::find::read_environment;
use windlass_spec::{DiskFiles, EnvRef, render_plain};

/// Reads the environment; nothing is known where none is named.
pub fn known(env: Option<&str>, beside: &Path) -> Outcome<Known> {
    let Some(env) = env else { return Ok(Known::default()) };
    let (loaded, found) = read_environment(&DiskFiles, beside, &EnvRef::parse(env), &catalog());
    let Some(loaded) = loaded else {
        talk::say(render_plain(&found).trim_end());
        let message = format!("failed to read the environment `{env}`");
        return Err(CommandError::new(ErrorKind::Invalid, anyhow::anyhow!(message)));
    };
    let things = loaded.environment.resources.iter();
    Ok(Known {
        things: things.map(|(name, binding)| thing(name, binding)).collect(),
        simulated: loaded.environment.simulator,
    })
}

fn thing(name: &str, binding: &Binding) -> Thing {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let keys = binding.settings.iter();
    let keys = keys.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect();
    Thing { name: name.to_owned(), kind: binding.kind.clone(), keys }
}
