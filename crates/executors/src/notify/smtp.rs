//! The section `smtp` of an environment file: the server that takes mail. It must not know any
//! action.

use crate::schema;
use serde::Deserialize;
use windlass_model::catalog::ProviderSpec;

/// The section's key.
pub const KEY: &str = "smtp";

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// From the first word after the greeting; never without.
    #[default]
    Starttls,
    /// From the beginning.
    Implicit,
    /// In clear: for a server on this machine.
    Off,
}

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// The server.
    pub host: String,
    /// Its port; the usual one of the encryption where absent.
    pub port: Option<u16>,
    /// Who sends.
    pub from: String,
    /// Who signs in.
    pub user: Option<String>,
    /// The secret that signs in.
    pub password: Option<String>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub tls: Tls,
    /// A file of certificates that are trusted beside the public ones.
    pub ca_file: Option<String>,
}

impl SmtpSettings {
    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Tls::Starttls => 587,
            Tls::Implicit => 465,
            Tls::Off => 25,
        })
    }

    /// What is wrong with it.
    pub fn lacks(&self) -> Option<String> {
        let here = matches!(self.host.as_str(), "127.0.0.1" | "localhost" | "::1");
        if self.tls == Tls::Off && !here {
            return Some("`tls: off` is for a server on this machine".to_owned());
        }
        let both = self.user.is_some() == self.password.is_some();
        (!both).then(|| "give `user` and `password`, or neither".to_owned())
    }
}

/// What the section looks like.
pub fn provider_spec() -> ProviderSpec {
    let tls = schema::one_of(
        &["starttls", "implicit", "off"],
        "starttls: port 587, never without; implicit: port 465; off: for a server on this machine",
    );
    ProviderSpec {
        key: KEY.to_owned(),
        summary: "The server that takes mail for notify.email.".to_owned(),
        settings: schema::object(
            [
                ("host", schema::text("the server")),
                ("port", schema::int("its port; the usual one of `tls` if absent")),
                ("from", schema::text("who sends, such as \"Releases <releases@example.com>\"")),
                ("user", schema::text("who signs in")),
                ("password", schema::secret("signs in")),
                ("tls", schema::with_default(tls, "starttls")),
                ("ca_file", schema::text("certificates that are trusted beside the public ones")),
            ],
            &["host", "from"],
        ),
    }
}
