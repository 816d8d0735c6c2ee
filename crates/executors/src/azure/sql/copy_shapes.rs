//! `azure.sql.copy_database`: its input, what it captures, its output, its description.

use super::binding::KIND as DATABASE;
use crate::azure::long_running::Operation;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.sql.copy_database";

/// How long a request may still be on its way: the contract's two minutes after a 504.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The source.
    pub from: String,
    /// The name of the copy.
    pub to: String,
    /// The server of the copy; the source's where absent.
    pub server: Option<String>,
}

/// What was before: the source; and that there was no target, else there is no capture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The source's id in the Resource Manager.
    pub source: String,
    /// The source's database id.
    pub source_database_id: String,
    /// Where the copy is made.
    pub location: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The server.
    pub server: String,
    /// The database.
    pub database: String,
    /// Its id: new for every database ever made.
    pub database_id: String,
    /// When it came up.
    pub created_at: Option<String>,
}

/// Where to ask: by the operation's address, or by the database's state where that address is not
/// known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Option<Operation>,
    /// The target's id, once it was seen.
    pub database_id: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Copies a database under a name that is free. Undone by deleting the copy, also \
         while it is made."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::resource(DATABASE, "the source")),
                ("to", schema::makes(schema::text("the name of the copy; it must be free"))),
                ("server", schema::text("the server of the copy; the source's where absent")),
            ],
            &["from", "to"],
        ),
        output: schema::object(
            [
                ("server", schema::text("the server")),
                ("database", schema::text("the database")),
                ("database_id", schema::text("its id: new for every database ever made")),
                ("created_at", schema::text("when it came up")),
            ],
            &["server", "database", "database_id"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: true,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "whether a database of the new name is there",
            "reads the new database, its tag with our request id, and the operations on it",
            "deletes the copy that this run made, known by its id; a copy that is still at work \
             is cancelled by that",
            &["SQL DB Contributor on both servers (Microsoft.Sql/servers/databases/read, write, \
                 delete)"],
        ),
        example: format!(
            "- id: restore_backup\n  uses: {KIND}\n  with: {{ from: backup, to: \
             \"dispatcherqa4prod${{{{ inputs.n }}}}\" }}\n"
        ),
    }
}
