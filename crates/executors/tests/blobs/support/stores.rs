//! A bench with a store of its own on a real server, and what somebody else sees in it.

use super::bench::Bench;
use super::context::Known;
use super::server::{ACCOUNT, ACCOUNT_KEY, azurite, moto};
use super::signature::account_sas;
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::azure::{MicrosoftAzureBuilder, split_sas};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What opens moto's S3; moto lets everybody in.
pub const S3_KEY: &str = "CANARY-s3-secret-key";

/// The id of that key.
pub const S3_ID: &str = "CANARYS3KEYID";

/// No two benches of a process have the same store.
static BENCHES: AtomicU32 = AtomicU32::new(0);

/// Which server, and how one gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Azurite by the account's key.
    AzureKey,
    /// Azurite by a signature.
    AzureSas,
    /// moto's S3.
    S3,
}

/// The bench. `store` is bound to the server; `via` binds it to another address.
pub struct Stored {
    pub bench: Bench,
    pub kind: Kind,
    pub theirs: Arc<dyn ObjectStore>,
    name: String,
}

/// The signature of Azurite's account.
pub fn sas() -> String {
    account_sas(ACCOUNT, ACCOUNT_KEY)
}

impl Stored {
    /// An empty store.
    pub async fn new(kind: Kind) -> Self {
        let number = BENCHES.fetch_add(1, Ordering::Relaxed);
        let name = format!("store-{}-{number}", std::process::id());
        let secrets = [
            ("account_key", ACCOUNT_KEY),
            ("sas", &*sas()),
            ("s3_id", S3_ID),
            ("s3_key", S3_KEY),
            ("text", "CANARY-text"),
        ];
        let bench = Bench::new(Known::of(&secrets));
        let url = made(kind, &name).await;
        let theirs = theirs(kind, &name, &url);
        let mut stored = Self { bench, kind, theirs, name };
        stored.via(&url);
        stored
    }

    /// Binds the store to an address.
    pub fn via(&mut self, url: &str) {
        let endpoint = format!("{url}/{ACCOUNT}");
        let settings = match self.kind {
            Kind::AzureKey => json!({
                "service": "azure", "account": ACCOUNT, "container": self.name,
                "endpoint": endpoint, "account_key": "account_key", "prefix": "releases",
            }),
            Kind::AzureSas => json!({
                "service": "azure", "account": ACCOUNT, "container": self.name,
                "endpoint": endpoint, "sas": "sas",
            }),
            Kind::S3 => json!({
                "service": "s3", "bucket": self.name, "region": "eu-central-1",
                "endpoint": url, "access_key_id": "s3_id", "secret_access_key": "s3_key",
            }),
        };
        self.bench.bind("store", "blob.store", settings);
        self.bench.bind("one", "blob.object", json!({"store": "store", "name": "one"}));
    }

    /// The server's own address.
    pub fn url(&self) -> &'static str {
        match self.kind {
            Kind::S3 => &moto().url,
            _ => &azurite().url,
        }
    }

    /// A file's whole name.
    pub fn whole(&self, name: &str) -> Path {
        match self.kind {
            Kind::AzureKey => Path::from(format!("releases/{name}")),
            _ => Path::from(name),
        }
    }

    /// Somebody else writes a file.
    pub async fn somebody_writes(&self, name: &str, text: &str) {
        let bytes = Bytes::from(text.to_owned());
        self.theirs.put(&self.whole(name), bytes.into()).await.unwrap();
    }

    /// What somebody else reads.
    pub async fn text(&self, name: &str) -> Option<String> {
        let found = self.theirs.get(&self.whole(name)).await.ok()?;
        Some(String::from_utf8(found.bytes().await.unwrap().to_vec()).unwrap())
    }

    /// All that is there, by name: length and content.
    pub async fn content(&self) -> Value {
        let mut all = serde_json::Map::new();
        for meta in self.list().await {
            let bytes = self.theirs.get(&meta.location).await.unwrap().bytes().await.unwrap();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]).into_owned();
            all.insert(meta.location.to_string(), json!({"bytes": bytes.len(), "text": text}));
        }
        all.sort_keys();
        Value::Object(all)
    }

    /// Moves with every write.
    pub async fn changes(&self) -> usize {
        let mut sum = 0_usize;
        for meta in self.list().await {
            let mut hash = DefaultHasher::new();
            (meta.location.as_ref(), meta.e_tag, meta.last_modified).hash(&mut hash);
            sum = sum.wrapping_add(hash.finish() as usize);
        }
        sum
    }

    async fn list(&self) -> Vec<object_store::ObjectMeta> {
        self.theirs.list(None).try_collect().await.unwrap()
    }
}

/// Makes the store; the server's address.
async fn made(kind: Kind, name: &str) -> String {
    let url = match kind {
        Kind::S3 => &moto().url,
        _ => &azurite().url,
    };
    let address = match kind {
        Kind::S3 => format!("{url}/{name}"),
        _ => format!("{url}/{ACCOUNT}/{name}?restype=container&{}", sas()),
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.request(Method::PUT, address).header("content-length", "0");
    let made = request.send().await.unwrap();
    let (status, text) = (made.status(), made.text().await.unwrap());
    assert!(status.is_success(), "{status}: {text}");
    url.clone()
}

fn theirs(kind: Kind, name: &str, url: &str) -> Arc<dyn ObjectStore> {
    match kind {
        Kind::S3 => Arc::new(
            AmazonS3Builder::new()
                .with_bucket_name(name)
                .with_region("eu-central-1")
                .with_endpoint(url)
                .with_allow_http(true)
                .with_access_key_id("somebody")
                .with_secret_access_key("else")
                .build()
                .unwrap(),
        ),
        _ => Arc::new(
            MicrosoftAzureBuilder::new()
                .with_account(ACCOUNT)
                .with_container_name(name)
                .with_endpoint(format!("{url}/{ACCOUNT}"))
                .with_allow_http(true)
                .with_sas_authorization(split_sas(&sas()).unwrap())
                .build()
                .unwrap(),
        ),
    }
}
