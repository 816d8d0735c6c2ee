//! `azure.sql.set_azure_access`: its input, what it captures, its output, its description.

use super::firewall::Rule;
use super::server::{AccessBy, KIND as SERVER};
use crate::azure::long_running::Operation;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.sql.set_azure_access";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which server.
    pub server: String,
    /// Whether the services of Azure get in.
    pub enabled: bool,
}

/// Who got in before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Every rule that let Azure in, with its name.
    pub rules: Vec<Rule>,
    /// `Enabled` or `Disabled`.
    pub public_access: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The server.
    pub server: String,
    /// Whether the services of Azure get in now.
    pub enabled: bool,
    /// Whether anything changed.
    pub changed: bool,
    /// By what they get in.
    pub by: AccessBy,
    /// The rules that were there before.
    pub rules_before: Vec<Rule>,
}

/// Where to ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Operation,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let rule = schema::object(
        [
            ("name", schema::text("its name")),
            ("start", schema::text("its first address")),
            ("end", schema::text("its last address")),
        ],
        &["name", "start", "end"],
    );
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Lets Azure's services into a SQL server, or keeps them out, by the way that the \
                  server's binding names. Undone by restoring exactly the rules that were there."
            .to_owned(),
        input: schema::object(
            [
                ("server", schema::resource(SERVER, "which server")),
                ("enabled", schema::boolean("whether Azure's services get in")),
            ],
            &["server", "enabled"],
        ),
        output: schema::object(
            [
                ("server", schema::text("the server")),
                ("enabled", schema::boolean("whether they get in now")),
                ("changed", schema::boolean("whether anything changed")),
                ("by", schema::text("by what they get in")),
                ("rules_before", schema::list(rule, "the rules that were there before")),
            ],
            &["server", "enabled", "changed", "by"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "name and range of every rule from 0.0.0.0 to 0.0.0.0, and whether the public address \
             is open",
            "reads the rules, or the public address, and compares",
            "makes the same rules again, or removes the one that it made, or gives the public \
             address its previous state; rules of others stay",
            &[
                "SQL Security Manager on the server (Microsoft.Sql/servers/firewallRules/read, \
                 write, delete)",
                "for public_access: SQL Server Contributor (Microsoft.Sql/servers/read, write)",
            ],
        ),
        example: format!(
            "- id: open_for_export\n  uses: {KIND}\n  with: {{ server: prod_sql, enabled: true }}\n"
        ),
    }
}
