//! `azure.sql.export_bacpac`: its input, what it captures, its output, its description.

use super::binding::KIND as DATABASE;
use crate::azure::activity_log::LATE_MS;
use crate::azure::long_running::Operation;
use crate::azure::storage::binding::CONTAINER;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.sql.export_bacpac";

/// Longer names are refused by SQL.
pub const FILE_CHARS_MAX: usize = 128;

/// How the name of such a file ends.
pub const ENDING: &str = ".bacpac";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The resource.
    pub database: Option<String>,
    /// Or a name, on the server of the resource `beside`.
    pub name: Option<String>,
    /// A resource on the same server.
    pub beside: Option<String>,
    /// The id that it must have.
    pub id: Option<String>,
    /// Where the file goes.
    pub container: String,
    /// Its name there.
    pub file: String,
    /// The administrator's name.
    pub login: Option<String>,
    /// The administrator's password.
    pub password: SecretRef,
}

/// What was before: the database, and that there was no such file, else there is no capture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's id.
    pub database_id: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The file's address, without a signature.
    pub uri: String,
    /// Its name.
    pub file: String,
    /// How long it is.
    pub length: u64,
    /// Its stamp.
    pub etag: String,
    /// When it was written.
    pub exported_at: Option<String>,
    /// The server.
    pub server: String,
    /// The database.
    pub database: String,
    /// Its id.
    pub database_id: String,
}

/// Where to ask: by the operation's addresses, or by the file where they are not known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Option<Operation>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Exports a database into a new .bacpac file of a storage account, and proves that \
                  the file is whole. Undone by deleting that file, while the database is there."
                .to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("name", schema::text("or a database's name, on the server of `beside`")),
                ("beside", schema::resource(DATABASE, "a database of the same server")),
                (
                    "id",
                    schema::text("the id that the database must have, such as that of the copy"),
                ),
                ("container", schema::resource(CONTAINER, "where the file goes")),
                (
                    "file",
                    schema::makes(schema::within(
                        schema::text(
                            "its name there; it must be free, so put date and version in it",
                        ),
                        "container",
                    )),
                ),
                ("login", schema::text("the administrator's name; Azure's answer where absent")),
                ("password", schema::secret("the secret with the administrator's password")),
            ],
            &["container", "file", "password"],
        ),
        output: schema::object(
            [
                ("uri", schema::text("the file's address, without a signature")),
                ("file", schema::text("its name")),
                ("length", schema::int("how long it is, in bytes")),
                ("etag", schema::text("its stamp, new with every write")),
                ("exported_at", schema::text("when it was written, by storage's clock")),
                ("server", schema::text("the server")),
                ("database", schema::text("the database")),
                ("database_id", schema::text("the database's id")),
            ],
            &["uri", "file", "length", "etag", "server", "database", "database_id"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            // An export stands in no list of a database's operations; only the log tells, and late.
            settle_ms: LATE_MS,
        },
        guide: guide(),
        example: format!(
            "- id: export\n  uses: {KIND}\n  with:\n    database: prod_old\n    id: \"${{{{ \
             steps.copy.outputs.database_id }}}}\"\n    container: backups\n    file: \
             \"DispatcherProd2-${{{{ run.date }}}}.bacpac\"\n    password: sql_admin\n"
        ),
    }
}

fn guide() -> ActionGuide {
    ActionGuide::new(
        "the database's id, that Azure gets to its server, and that the file is not there",
        "asks the operation; without its address reads the file, which must be whole and younger \
         than the attempt, and the activity log by our request id",
        "deletes the file with the stamp that it wrote; keeps it where the database is gone or has \
         another name, since it may be the last copy",
        &[
            "SQL DB Contributor on the server (Microsoft.Sql/servers/databases/read, \
             export/action; servers/read, firewallRules/read)",
            "Storage Blob Data Contributor on the container, or a signature that may read, create, \
             write and delete",
            "where neither signature nor key is bound: Storage Account Key Operator Service Role \
             (Microsoft.Storage/storageAccounts/listkeys/action)",
            "Reader on the subscription, for the activity log",
        ],
    )
}
