//! The section `lock` of an environment file: the file of a storage account that all machines lease
//! before they change the environment. It must not know how it is leased.

use super::binding::BlobPlace;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::Deserialize;
use windlass_model::catalog::ProviderSpec;

/// The section's key.
pub const KEY: &str = "lock";

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockSettings {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The file; made where it is absent.
    pub blob: String,
    /// The secret with a shared access signature.
    pub sas: Option<SecretRef>,
}

impl LockSettings {
    /// Which file it is.
    pub fn place(self) -> BlobPlace {
        let Self { account, container, blob, sas } = self;
        BlobPlace { account, container, blob, sas }
    }
}

/// What the section looks like.
pub fn provider_spec() -> ProviderSpec {
    ProviderSpec {
        key: KEY.to_owned(),
        summary:
            "A lock that all machines see: a lease on a file of a storage account. Without it \
                  the environment's lock is this machine's only."
                .to_owned(),
        settings: schema::object(
            [
                ("account", schema::text("the storage account")),
                ("container", schema::text("the container; it must be there")),
                ("blob", schema::text("the file, one for each environment; made if absent")),
                (
                    "sas",
                    schema::secret(
                        "the secret with a shared access signature (racw); where absent the \
                         section `azure` signs in, with Storage Blob Data Contributor",
                    ),
                ),
            ],
            &["account", "container", "blob"],
        ),
    }
}
