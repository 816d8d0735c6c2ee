//! Storage accounts, their containers and blobs. They must not know who asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A blob. Its bytes are kept as base64, so that the world stays a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Its name, which may hold slashes.
    pub name: String,
    /// Its bytes as base64.
    pub content: String,
    /// Its version stamp, with its quotes.
    pub etag: String,
    /// What its bytes hash to, as base64.
    pub md5: String,
    /// When it was written.
    pub modified: Timestamp,
    /// The id of the lease on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// What people noted of it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its blobs.
    #[serde(default)]
    pub blobs: Vec<Blob>,
}

/// A storage account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAccount {
    /// Its resource group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its two keys.
    pub keys: Vec<String>,
    /// The signature of the one shared access signature that is good, if there is one.
    #[serde(default)]
    pub sas_signature: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
}

impl StorageAccount {
    /// A container by its name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// The same, to be changed.
    pub fn container_mut(&mut self, name: &str) -> Option<&mut Container> {
        self.containers.iter_mut().find(|container| container.name == name)
    }
}

impl Container {
    /// A blob by its name.
    pub fn blob(&self, name: &str) -> Option<&Blob> {
        self.blobs.iter().find(|blob| blob.name == name)
    }
}

/// Where a blob is, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPlace {
    /// The account.
    pub account: String,
    /// The container.
    pub container: String,
    /// The blob.
    pub blob: String,
}

impl BlobPlace {
    /// Reads an address: `https://{account}.blob.core.windows.net/{container}/{blob}`, or one on
    /// this machine, where the account stands in the path: `…/blob/{account}/{container}/{blob}`.
    pub fn of_uri(uri: &str) -> Option<Self> {
        let (_, rest) = uri.split_once("://")?;
        let rest = rest.split(['?', '#']).next()?;
        let (host, path) = rest.split_once('/')?;
        if let Some((account, _)) = host.split_once(".blob.") {
            let (container, blob) = path.split_once('/')?;
            return Some(Self::of(account, container, blob));
        }
        let mut parts = path.strip_prefix("blob/")?.splitn(3, '/');
        Some(Self::of(parts.next()?, parts.next()?, parts.next()?))
    }

    fn of(account: &str, container: &str, blob: &str) -> Self {
        Self { account: account.into(), container: container.into(), blob: blob.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_place() {
        let expected = BlobPlace::of("acc", "bacpacs", "a/b.bacpac");
        for uri in [
            "https://acc.blob.core.windows.net/bacpacs/a/b.bacpac?sv=1",
            "http://127.0.0.1:80/blob/acc/bacpacs/a/b.bacpac",
        ] {
            assert_eq!(BlobPlace::of_uri(uri).as_ref(), Some(&expected), "{uri}");
        }
        assert_eq!(BlobPlace::of_uri("https://acc.blob.core.windows.net/x"), None);
        assert_eq!(BlobPlace::of_uri("file"), None);
    }
}
