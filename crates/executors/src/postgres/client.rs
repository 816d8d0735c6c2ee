//! Connections to the server: opened for one call, named after the step that opened them, so that
//! another process sees on the server whether that step still works.

use super::settings::{PostgresSettings, Tls};
use crate::change::failing::{in_doubt, permanent, transient};
use crate::secret_ref;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome, Secret};

/// Real time to reach the server: one that answers at all answers sooner.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The server.
pub struct Server {
    /// Where it is.
    pub settings: PostgresSettings,
}

/// The name under which the connections of a step stand in the server's list.
pub fn application(key: RequestId) -> String {
    format!("windlass {key}")
}

/// A quoted name.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Server {
    /// The server of a section.
    pub fn new(settings: PostgresSettings) -> Self {
        Self { settings }
    }

    /// The secret that opens it.
    pub async fn password(&self, ctx: &Context) -> Outcome<Option<Secret>> {
        match &self.settings.password {
            Some(name) => secret_ref::resolve(name, ctx.secrets.as_ref()).await.map(Some),
            None => Ok(None),
        }
    }

    /// A connection to the database for orders about others.
    pub async fn maintenance(&self, ctx: &Context, key: RequestId) -> Outcome<Client> {
        self.connect(ctx, &self.settings.maintenance_database, key).await
    }

    /// A connection to a database.
    pub async fn connect(&self, ctx: &Context, database: &str, key: RequestId) -> Outcome<Client> {
        let mut config = Config::new();
        config.host(&self.settings.host).port(self.settings.port).user(&self.settings.user);
        config.dbname(database).application_name(application(key));
        config.connect_timeout(CONNECT_TIMEOUT);
        if let Some(password) = self.password(ctx).await? {
            config.password(password.expose());
        }
        let what = format!("connect to the database {database}");
        match self.settings.tls {
            Tls::Off => {
                config.ssl_mode(SslMode::Disable);
                let (client, connection) =
                    config.connect(NoTls).await.or_else(|error| unconnected(&what, &error))?;
                tokio::spawn(connection);
                Ok(client)
            }
            Tls::Verify => {
                config.ssl_mode(SslMode::Require);
                let tls = MakeRustlsConnect::new(self.trust()?);
                let (client, connection) =
                    config.connect(tls).await.or_else(|error| unconnected(&what, &error))?;
                tokio::spawn(connection);
                Ok(client)
            }
        }
    }

    fn trust(&self) -> Outcome<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        match &self.settings.ca_file {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
                let certificates: Vec<CertificateDer<'static>> = match read {
                    Ok(certificates) => certificates,
                    Err(error) => {
                        let why = format!("failed to read the certificates in {path}: {error}");
                        return permanent("tls", why);
                    }
                };
                roots.add_parsable_certificates(certificates);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        match rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
        {
            Ok(builder) => Ok(builder.with_root_certificates(roots).with_no_client_auth()),
            Err(error) => permanent("tls", format!("failed to set up TLS: {error}")),
        }
    }
}

fn unconnected<T>(what: &str, error: &Error) -> Outcome<T> {
    let message = format!("failed to {what}: {}", told(error));
    match error.code() {
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS || code.code().starts_with("57P") => {
            transient("connect", message)
        }
        Some(_) => permanent("connect", message),
        None => transient("connect", message),
    }
}

/// What the server or the connection said. It holds no secret: the password is in no order.
pub fn told(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => {
            let more = [said.detail(), said.hint()].into_iter().flatten();
            let more: String = more.map(|text| format!("; {text}")).collect();
            format!("{}{more}", said.message())
        }
        None => {
            let cause = std::error::Error::source(error).map(|c| format!(": {c}"));
            format!("{error}{}", cause.unwrap_or_default())
        }
    }
}

/// What a failed reading means: nothing was done.
pub fn unread<T>(what: &str, error: &Error) -> Outcome<T> {
    let message = format!("failed to {what}: {}", told(error));
    if error.code().is_some() { permanent("sql", message) } else { transient("sql", message) }
}

/// What a failed order means: where the server answered, it did nothing.
pub fn undone<T>(what: &str, error: &Error) -> Outcome<T> {
    let message = format!("failed to {what}: {}", told(error));
    match error.code() {
        Some(code) if *code == SqlState::OBJECT_IN_USE => permanent(
            "in_use",
            format!(
                "{message}; stop what uses it, then postgres.set_allow_connections and \
                 postgres.terminate_connections"
            ),
        ),
        Some(code)
            if *code == SqlState::T_R_SERIALIZATION_FAILURE
                || *code == SqlState::T_R_DEADLOCK_DETECTED =>
        {
            transient("sql", message)
        }
        // The server is going down: what it was at may be done.
        Some(code) if code.code().starts_with("57P") => in_doubt(message),
        Some(_) => permanent("sql", message),
        None => in_doubt(message),
    }
}
