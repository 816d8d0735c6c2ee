//! What an environment file says of a store: which service keeps it, where, and which secrets open
//! it. Secrets stand here by name only.

use crate::azure::bound;
use crate::http::client::is_loopback;
use crate::schema;
use crate::secret_ref::SecretRef;
use reqwest::Url;
use serde::Deserialize;
use std::path::PathBuf;
use windlass_model::event::Effect;
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type of a store.
pub const STORE: &str = "blob.store";

/// The resource type of one file in a store.
pub const OBJECT: &str = "blob.object";

/// Who keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// A container of an Azure storage account, or of Azurite.
    Azure,
    /// A bucket of what speaks S3.
    S3,
    /// A folder of this machine.
    Folder,
}

/// A store's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreBinding {
    /// Who keeps it.
    pub service: Service,
    /// Azure: the storage account.
    pub account: Option<String>,
    /// Azure: the container.
    pub container: Option<String>,
    /// Azure: the secret with a key of the account.
    pub account_key: Option<SecretRef>,
    /// Azure: the secret with a shared access signature.
    pub sas: Option<SecretRef>,
    /// S3: the bucket.
    pub bucket: Option<String>,
    /// S3: the region.
    pub region: Option<String>,
    /// S3: the secret with the id of a key.
    pub access_key_id: Option<SecretRef>,
    /// S3: the secret with the key.
    pub secret_access_key: Option<SecretRef>,
    /// S3: the secret with a session's token.
    pub session_token: Option<SecretRef>,
    /// Azure and S3: where the service answers.
    pub endpoint: Option<String>,
    /// Folder: its path.
    pub path: Option<PathBuf>,
    /// What stands before all names.
    pub prefix: Option<String>,
}

/// One file's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectBinding {
    /// The store's resource.
    pub store: String,
    /// The name in it.
    pub name: String,
}

/// The schema of a store's binding.
pub fn store_schema() -> Value {
    let service = schema::one_of(
        &["azure", "s3", "folder"],
        "who keeps it: azure (Azurite too), s3 (whatever speaks it), folder (of this machine)",
    );
    let key = "azure: the secret with a key of the account; without it and `sas` the section \
               `azure` signs in";
    schema::object(
        [
            ("service", service),
            ("account", schema::text("azure: the storage account")),
            ("container", schema::text("azure: the container")),
            ("account_key", schema::secret(key)),
            ("sas", schema::secret("azure: or the secret with a signature for the container")),
            ("bucket", schema::text("s3: the bucket")),
            ("region", schema::text("s3: the region, such as eu-central-1")),
            ("access_key_id", schema::secret("s3: the secret with the id of a key")),
            ("secret_access_key", schema::secret("s3: the secret with that key")),
            ("session_token", schema::secret("s3: the secret with a session's token")),
            (
                "endpoint",
                schema::address(
                    "azure, s3: where the service answers; https, or http on this machine (for \
                     Azurite http://127.0.0.1:10000/ACCOUNT); the public one where absent",
                ),
            ),
            ("path", schema::absolute("folder: its path; it must be there")),
            ("prefix", schema::text("what stands before all names, such as releases")),
        ],
        &["service"],
    )
}

/// The schema of a file's binding.
pub fn object_schema() -> Value {
    schema::object(
        [
            ("store", schema::text("the resource of the store")),
            ("name", schema::text("the file's name in it")),
        ],
        &["store", "name"],
    )
}

impl StoreBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        let read: Self = bound::read(binding)?;
        read.lacks().map_or(Ok(read), Err)
    }

    /// The binding of a store's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        let binding: Self = bound::find(bindings, name, STORE, "store")?;
        match binding.lacks() {
            None => Ok(binding),
            Some(why) => crate::change::failing::permanent(
                "binding",
                format!(
                    "failed to read the store `{name}`: {why}; look at `resources:` in the \
                     environment file"
                ),
            ),
        }
    }

    fn lacks(&self) -> Option<String> {
        let azure = self.account.is_some() && self.container.is_some();
        let key = self.access_key_id.is_some() && self.secret_access_key.is_some();
        let s3 = self.bucket.is_some() && self.region.is_some() && key;
        let why = match self.service {
            Service::Azure if !azure => "`service: azure` needs `account` and `container`",
            Service::Azure if self.account_key.is_some() && self.sas.is_some() => {
                "give either `account_key` or `sas`"
            }
            Service::S3 if !s3 => {
                "`service: s3` needs `bucket`, `region`, `access_key_id` and `secret_access_key`"
            }
            Service::Folder if self.path.is_none() => "`service: folder` needs `path`",
            Service::Folder if self.endpoint.is_some() => "a folder has no `endpoint`",
            _ => return self.endpoint.as_deref().and_then(wrong_endpoint),
        };
        Some(why.to_owned())
    }

    /// Where it is, for sentences; without secrets.
    pub fn label(&self) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match self.service {
            Service::Azure => format!("{}/{}", text(&self.account), text(&self.container)),
            Service::S3 => text(&self.bucket),
            Service::Folder => self.path.clone().unwrap_or_default().display().to_string(),
        }
    }

    /// The whole name of a file.
    pub fn whole(&self, name: &str) -> String {
        match self.prefix.as_deref().map(|prefix| prefix.trim_matches('/')) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}/{name}"),
            _ => name.to_owned(),
        }
    }
}

/// Why a credential must not be sent there.
fn wrong_endpoint(text: &str) -> Option<String> {
    let Ok(url) = Url::parse(text) else {
        return Some("`endpoint` is no address".to_owned());
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !safe {
        return Some("`endpoint` must begin with https: http is for this machine only".to_owned());
    }
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (!bare).then(|| "`endpoint` is an address alone: secrets stand under `secrets:`".to_owned())
}

impl ObjectBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }
}

/// What is set for the resources that are bound to a file.
pub fn exists(bindings: &Bindings, store: &str, name: &str, exists: bool) -> Vec<Effect> {
    let bound = bindings.iter().filter(|(_, binding)| binding.kind == OBJECT);
    let read = bound.filter_map(|(at, one)| Some((at, ObjectBinding::read(one).ok()?)));
    let same = read.filter(|(_, one)| one.store == store && one.name == name);
    let effect = |at: &String| Effect {
        resource: at.clone(),
        field: "exists".to_owned(),
        value: Value::Bool(exists),
    };
    same.map(|(at, _)| effect(at)).collect()
}

/// The same for an input, as far as it is known.
pub fn effects(bindings: &Bindings, input: &Value, key: &str, is: bool) -> Vec<Effect> {
    match (input["store"].as_str(), input[key].as_str()) {
        (Some(store), Some(name)) => exists(bindings, store, name, is),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_goes_over_https_or_stays_on_this_machine() {
        for text in ["https://s3.example.com", "http://127.0.0.1:10000/devstoreaccount1"] {
            assert_eq!(wrong_endpoint(text), None, "{text}");
        }
        for (text, says) in [
            ("http://10.0.0.1", "must begin with https"),
            ("http://127.0.0.1.example.com", "must begin with https"),
            ("https://key:secret@example.com", "secrets stand under"),
            ("https://example.com/?sig=secret", "secrets stand under"),
            ("example", "no address"),
        ] {
            assert!(wrong_endpoint(text).is_some_and(|why| why.contains(says)), "{text}");
        }
    }
}
