//! A value that names a secret instead of holding it. It must not know where secrets come from.

use serde::{Deserialize, Serialize};
use windlass_model::Failure;
use windlass_ports::{ActionError, Outcome, Secret, Secrets};

/// A reference to a secret: its name, or `{"$secret": name}` as expressions give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SecretRef {
    /// `{"$secret": name}`.
    Tagged {
        /// Its name.
        #[serde(rename = "$secret")]
        name: String,
    },
    /// The name alone.
    Name(String),
}

impl SecretRef {
    /// The secret's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Tagged { name } | Self::Name(name) => name,
        }
    }

    /// The secret itself. Nothing has been sent when this fails.
    pub async fn resolve(&self, secrets: &dyn Secrets) -> Outcome<Secret> {
        resolve(self.name(), secrets).await
    }
}

/// The secret of a name. Nothing has been sent when this fails.
pub async fn resolve(name: &str, secrets: &dyn Secrets) -> Outcome<Secret> {
    let unreadable = |error: windlass_ports::secrets::SecretError| {
        ActionError::Permanent(Failure::permanent("secret", error.to_string()))
    };
    secrets.get(name).await.map_err(unreadable)
}

/// A setting's value: a text, something that is written as one, or a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextOrSecret {
    /// A secret.
    Secret {
        /// Its name.
        #[serde(rename = "$secret")]
        name: String,
    },
    /// A text.
    Text(String),
    /// Written as `true` or `false`.
    Bool(bool),
    /// Written as its digits.
    Number(serde_json::Number),
}

impl TextOrSecret {
    /// The text, and whether it is a secret.
    pub async fn resolve(&self, secrets: &dyn Secrets) -> Outcome<(String, bool)> {
        Ok(match self {
            Self::Secret { name } => (resolve(name, secrets).await?.expose().to_owned(), true),
            Self::Text(text) => (text.clone(), false),
            Self::Bool(value) => (value.to_string(), false),
            Self::Number(value) => (value.to_string(), false),
        })
    }
}
