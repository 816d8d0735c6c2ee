//! What an environment file says of files in a storage account: in which container they lie, and
//! how one gets at them.

use crate::azure::bound;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::{Deserialize, Serialize};
use windlass_model::{Binding, Value};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The resource type of a container.
pub const CONTAINER: &str = "azure.storage_container";

/// The resource type of one file.
pub const BLOB: &str = "azure.storage_blob";

/// A container's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerBinding {
    /// The subscription; the section's where absent.
    pub subscription: Option<String>,
    /// The resource group; the section's where absent.
    pub resource_group: Option<String>,
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The secret with a shared access signature.
    pub sas: Option<SecretRef>,
    /// The secret with a key of the account, for exports and imports.
    pub account_key: Option<SecretRef>,
}

/// One file's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobBinding {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The file's name.
    pub blob: String,
    /// The secret with a shared access signature.
    pub sas: Option<SecretRef>,
}

/// Where a file is, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobPlace {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The file's name.
    pub blob: String,
    /// The secret with a shared access signature; a token where absent.
    pub sas: Option<SecretRef>,
}

fn sas() -> Value {
    schema::secret(
        "the secret with a shared access signature; where absent the section's credential needs a \
         data role (Storage Blob Data Reader, or Contributor to delete)",
    )
}

/// The schema of a container's binding.
pub fn container_schema() -> Value {
    schema::object(
        [
            (
                "subscription",
                schema::text("the subscription; that of the section `azure` where absent"),
            ),
            (
                "resource_group",
                schema::text("the resource group; that of the section where absent"),
            ),
            ("account", schema::text("the storage account")),
            ("container", schema::text("the container")),
            ("sas", sas()),
            (
                "account_key",
                schema::secret(
                    "the secret with a key of the account, for exports and imports; where absent \
                     the signature goes along, else a key is asked of Azure",
                ),
            ),
        ],
        &["account", "container"],
    )
}

/// The schema of a file's binding.
pub fn blob_schema() -> Value {
    schema::object(
        [
            ("account", schema::text("the storage account")),
            ("container", schema::text("the container")),
            ("blob", schema::text("the file's name in it")),
            ("sas", sas()),
        ],
        &["account", "container", "blob"],
    )
}

impl ContainerBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// The binding of a resource's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find(bindings, name, CONTAINER, "container")
    }

    /// A file in it.
    pub fn blob(&self, name: &str) -> BlobPlace {
        BlobPlace {
            account: self.account.clone(),
            container: self.container.clone(),
            blob: name.to_owned(),
            sas: self.sas.clone(),
        }
    }
}

impl BlobBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// Where it is.
    pub fn place(self) -> BlobPlace {
        let Self { account, container, blob, sas } = self;
        BlobPlace { account, container, blob, sas }
    }
}

impl BlobPlace {
    /// The file of a resource.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find::<BlobBinding>(bindings, name, BLOB, "file").map(BlobBinding::place)
    }

    /// The resource that is bound to the file.
    pub fn name_of<'a>(&self, bindings: &'a Bindings) -> Option<&'a str> {
        let bound = bindings.iter().filter(|(_, binding)| binding.kind == BLOB);
        let mut read =
            bound.filter_map(|(name, one)| Some((name, BlobBinding::read(one).ok()?.place())));
        let same = |one: &Self| {
            one.account.eq_ignore_ascii_case(&self.account)
                && one.container == self.container
                && one.blob == self.blob
        };
        read.find(|(_, one)| same(one)).map(|(name, _)| name.as_str())
    }

    /// `account/container/file`, for sentences.
    pub fn label(&self) -> String {
        format!("{}/{}/{}", self.account, self.container, self.blob)
    }
}
