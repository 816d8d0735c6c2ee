//! The section `postgres` of an environment file. It must not know any action.

use crate::schema;
use serde::Deserialize;
use windlass_model::catalog::ProviderSpec;

/// The section's key.
pub const KEY: &str = "postgres";

/// The server's usual port.
const PORT: u16 = 5432;

/// The database that every server has, for orders that are about other databases.
const MAINTENANCE: &str = "postgres";

fn port() -> u16 {
    PORT
}

fn maintenance() -> String {
    MAINTENANCE.to_owned()
}

/// Whether the connection is encrypted, and what is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Encrypted; the server's certificate and name are checked.
    #[default]
    Verify,
    /// In clear: for a server on this machine.
    Off,
}

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// The server, or the folder of its socket.
    pub host: String,
    /// Its port.
    #[serde(default = "port")]
    pub port: u16,
    /// Who connects.
    pub user: String,
    /// The secret that opens it.
    pub password: Option<String>,
    /// Whether the connection is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// A file of certificates that are trusted; the public ones where absent.
    pub ca_file: Option<String>,
    /// The database for orders that are about other databases.
    #[serde(default = "maintenance")]
    pub maintenance_database: String,
}

/// What the section looks like.
pub fn provider_spec() -> ProviderSpec {
    let tls = schema::with_default(
        schema::one_of(
            &["verify", "off"],
            "verify: encrypted, certificate and name checked; off: in clear, for a server on this \
             machine",
        ),
        "verify",
    );
    ProviderSpec {
        key: KEY.to_owned(),
        summary: "A PostgreSQL server. Connect to it itself, not through a pooler.".to_owned(),
        settings: schema::object(
            [
                ("host", schema::text("the server, or the folder of its socket")),
                ("port", schema::with_default(schema::int("its port"), PORT)),
                ("user", schema::text("who connects; must own the databases, with CREATEDB")),
                ("password", schema::secret("opens it; none where the server asks for none")),
                ("tls", tls),
                ("ca_file", schema::text("trusted certificates; the public ones where absent")),
                (
                    "maintenance_database",
                    schema::with_default(
                        schema::text("the database for orders about other databases"),
                        MAINTENANCE,
                    ),
                ),
            ],
            &["host", "user"],
        ),
    }
}
