//! What an environment file says of a service: how it is run, and when it is ready.

use crate::azure::bound;
use crate::schema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type.
pub const KIND: &str = "service";

/// systemd's program where nobody names another.
const SYSTEMCTL: &str = "systemctl";

/// The two ways.
const ONE_WAY: &str = "give either `command` with `dir`, or `unit`";

fn systemctl() -> String {
    SYSTEMCTL.to_owned()
}

/// A service's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceBinding {
    /// What is run: the program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// Where it runs.
    pub dir: Option<PathBuf>,
    /// Its variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Its variables that hold secrets, by the secret's name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Where what it prints goes.
    pub log: Option<PathBuf>,
    /// Or the unit of systemd.
    pub unit: Option<String>,
    /// Whether the unit is one of this user's.
    #[serde(default)]
    pub user: bool,
    /// systemd's program.
    #[serde(default = "systemctl")]
    pub systemctl: String,
    /// When it is ready.
    #[serde(default)]
    pub ready: Ready,
}

/// When a service is ready: as soon as all that is named holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// An address that answers 2xx.
    pub http: Option<String>,
    /// A port of this machine that takes connections.
    pub port: Option<u16>,
    /// A file that is there.
    pub file: Option<PathBuf>,
    /// A program that ends with 0, run where the service runs and with its variables.
    #[serde(default)]
    pub command: Vec<String>,
}

impl ServiceBinding {
    /// The binding of a service's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        let binding: Self = bound::find(bindings, name, KIND, "service")?;
        match binding.lacks() {
            None => Ok(binding),
            Some(why) => crate::change::failing::permanent(
                "binding",
                format!(
                    "failed to read the service `{name}`: {why}; look at `resources:` in the \
                     environment file"
                ),
            ),
        }
    }

    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        let read: Self = bound::read(binding)?;
        read.lacks().map_or(Ok(read), Err)
    }

    fn lacks(&self) -> Option<String> {
        let (command, dir) = (!self.command.is_empty(), self.dir.is_some());
        let one = if self.unit.is_some() { !command && !dir } else { command && dir };
        (!one).then(|| ONE_WAY.to_owned())
    }
}

/// The schema of the binding.
pub fn binding_schema() -> Value {
    let ready = schema::object(
        [
            ("http", schema::address("an address that answers 2xx")),
            ("port", schema::int("a port of this machine that takes connections")),
            ("file", schema::text("a file that is there")),
            (
                "command",
                schema::list(
                    schema::text("a word"),
                    "a program that ends with 0, and its arguments: run where the service runs \
                     and with its variables, without its secrets",
                ),
            ),
        ],
        &[],
    );
    let mut ready = ready;
    ready["description"] = json!("when it is ready: as soon as all that is named holds");
    schema::object(
        [
            (
                "command",
                schema::list(schema::text("a word"), "the program and its arguments, no shell"),
            ),
            (
                "dir",
                schema::absolute(
                    "where it runs; with the resource's name it is what the process is known by",
                ),
            ),
            ("env", schema::map(schema::text("a value"), "its variables")),
            ("secrets", schema::map(schema::secret("a secret"), "its variables that hold secrets")),
            ("log", schema::text("where what it prints goes; windlass's own folder if absent")),
            ("unit", schema::text("or the unit of systemd")),
            ("user", schema::boolean("whether the unit is one of this user's")),
            (
                "systemctl",
                schema::with_default(schema::text("the program that knows units"), SYSTEMCTL),
            ),
            ("ready", ready),
        ],
        &[],
    )
}
