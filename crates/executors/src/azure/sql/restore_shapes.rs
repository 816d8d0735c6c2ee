//! `azure.sql.restore_database`: its input, what it captures, its description.

use super::binding::KIND as DATABASE;
use crate::azure::activity_log::LATE_MS;
use crate::azure::storage::binding::CONTAINER;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.sql.restore_database";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The source as a resource; with a file, a database of the server that it comes to.
    pub from: String,
    /// Another name on the server of `from`.
    pub name: Option<String>,
    /// The id that the source must have.
    pub id: Option<String>,
    /// The moment to which it is restored.
    pub at: Option<String>,
    /// Whether the source is a deleted database.
    #[serde(default)]
    pub deleted: bool,
    /// The container of the file.
    pub container: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The administrator's name.
    pub login: Option<String>,
    /// The administrator's password.
    pub password: Option<SecretRef>,
    /// The edition of what comes from a file.
    pub edition: Option<String>,
    /// Its size by name.
    pub objective: Option<String>,
    /// How large it may grow.
    pub max_bytes: Option<u64>,
    /// The new name.
    pub to: String,
}

/// From what it is restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A database, as it was.
    Point {
        /// Its id in the Resource Manager.
        id: String,
        /// When.
        at: String,
    },
    /// A deleted database.
    Deleted {
        /// Its id among the deleted ones.
        id: String,
        /// When; just before its end where absent.
        at: Option<String>,
    },
    /// A file.
    File,
}

/// What was before: the source; and that there was no target, else there is no capture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The source.
    pub source: Source,
    /// Where the new one is made.
    pub location: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes a new database of what another one was at a moment, of a deleted one, or \
                  of a .bacpac file. Undone by deleting exactly the new one."
            .to_owned(),
        input: input_schema(),
        output: super::copy_shapes::spec().output,
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            // An import stands in no list of operations; only the log tells, and late.
            settle_ms: LATE_MS,
        },
        guide: ActionGuide::new(
            "the source, and that the new name is free",
            "reads the new database: its id, age, tag and the operations on it; for a file also \
             the activity log by our request id",
            "deletes the database that this run made, known by its id",
            &[
                "SQL Server Contributor on the server (Microsoft.Sql/servers/databases/read, \
                 write, delete; restorableDroppedDatabases/read; import/action)",
                "for a file: as for azure.sql.export_bacpac",
            ],
        ),
        example: format!(
            "- id: bring_back\n  uses: {KIND}\n  with: {{ from: prod_old, deleted: true, to: \
             DispatcherProd2restored }}\n"
        ),
    }
}

fn input_schema() -> serde_json::Value {
    schema::object(
        [
            (
                "from",
                schema::resource(
                    DATABASE,
                    "the source; with a file, any database of the server that it comes to",
                ),
            ),
            ("name", schema::text("another name of the source, on the server of `from`")),
            ("id", schema::text("the id that a source that is there must have")),
            ("at", schema::text("the moment, such as 2026-11-27T07:00:00Z")),
            (
                "deleted",
                schema::boolean(
                    "whether the source is a deleted database; Azure offers it some minutes after",
                ),
            ),
            ("container", schema::resource(CONTAINER, "or the container of a .bacpac file")),
            ("file", schema::text("the file's name there")),
            (
                "login",
                schema::text("with a file: the administrator's name; Azure's answer where absent"),
            ),
            (
                "password",
                schema::secret("with a file: the secret with the administrator's password"),
            ),
            (
                "edition",
                schema::text("with a file: the edition, such as GeneralPurpose or Standard"),
            ),
            ("objective", schema::text("with a file: the size, such as GP_Gen5_2 or S3")),
            ("max_bytes", schema::int("with a file: how large the database may grow")),
            ("to", schema::makes(schema::text("the new name; it must be free"))),
        ],
        &["from", "to"],
    )
}
