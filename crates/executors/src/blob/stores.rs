//! Opens the stores that an environment names: reads the secrets for one call and builds the client
//! around them, so that none outlives it. It must not know what is done in a store.

use super::binding::{Service, StoreBinding};
use super::door::{Door, Pass};
use super::opened::Opened;
use super::wire::Wire;
use crate::azure::tokens::Tokens;
use crate::change::failing::permanent;
use crate::http::{HttpClient, Streams};
use crate::redact::Redactor;
use crate::secret_ref::SecretRef;
use object_store::aws::AmazonS3Builder;
use object_store::azure::{AzureCredential, MicrosoftAzureBuilder, split_sas};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, RetryConfig, StaticCredentialProvider};
use reqwest::Url;
use std::sync::Arc;
use windlass_ports::{Context, Outcome, Secret};

/// What a token for files is for.
const SCOPE: &str = "https://storage.azure.com/.default";

/// The stores of an environment.
pub struct Stores {
    http: HttpClient,
    streams: Streams,
    tokens: Option<Tokens>,
}

/// A store, its way, its own door, and the secrets that opened it.
type Built = (Arc<dyn ObjectStore>, Wire, Option<Door>, Vec<Secret>);

/// Retries are the engine's, which writes them down.
fn never_again() -> RetryConfig {
    RetryConfig { max_retries: 0, ..RetryConfig::default() }
}

impl Stores {
    /// The stores; `tokens` are those of the section `azure`.
    pub fn new(http: HttpClient, streams: Streams, tokens: Option<Tokens>) -> Self {
        Self { http, streams, tokens }
    }

    /// Opens a store by its resource's name.
    pub async fn open(&self, ctx: &Context, name: &str) -> Outcome<Opened> {
        self.open_bound(ctx, StoreBinding::find(&ctx.bindings, name)?).await
    }

    /// Opens a store by its binding.
    pub async fn open_bound(&self, ctx: &Context, binding: StoreBinding) -> Outcome<Opened> {
        let (store, wire, door, secrets) = match binding.service {
            Service::Azure => self.azure(ctx, &binding).await?,
            Service::S3 => self.s3(ctx, &binding).await?,
            Service::Folder => {
                let (folder, redactor) = (folder(&binding)?, Redactor::default());
                let store = Arc::new(folder.clone());
                let (wire, door, folder) = (None, None, Some(folder));
                return Ok(Opened { binding, store, wire, door, folder, redactor });
            }
        };
        let (wire, redactor) = (Some(wire), Redactor::new(&secrets));
        Ok(Opened { binding, store, wire, door, folder: None, redactor })
    }

    fn wire(&self, endpoint: &str) -> Wire {
        let client = Url::parse(endpoint).map(|url| self.streams.client(&url));
        Wire::new(client.unwrap_or_else(|_| self.streams.remote()))
    }

    async fn azure(&self, ctx: &Context, binding: &StoreBinding) -> Outcome<Built> {
        let account = binding.account.clone().unwrap_or_default();
        let public = format!("https://{account}.blob.core.windows.net");
        let endpoint = binding.endpoint.clone().unwrap_or(public);
        let wire = self.wire(&endpoint);
        let name = binding.container.clone().unwrap_or_default();
        let container = format!("{}/{name}", endpoint.trim_end_matches('/'));
        let builder = MicrosoftAzureBuilder::new()
            .with_account(&account)
            .with_container_name(name)
            .with_allow_http(endpoint.starts_with("http://"))
            .with_endpoint(endpoint)
            .with_retry(never_again())
            .with_http_connector(wire.clone());
        let (builder, pass, secret) = match (&binding.account_key, &binding.sas, &self.tokens) {
            (Some(key), _, _) => {
                let key = secret(ctx, key).await?;
                (builder.with_access_key(key.expose()), Pass::Key, key)
            }
            (None, Some(sas), _) => {
                let sas = secret(ctx, sas).await?;
                let Ok(pairs) = split_sas(sas.expose().trim_start_matches('?')) else {
                    return unusable(binding, "`sas` holds no shared access signature");
                };
                let pass = Pass::Signature(pairs.clone());
                (builder.with_sas_authorization(pairs), pass, sas)
            }
            (None, None, Some(tokens)) => {
                let authorization = tokens.authorization(SCOPE).await?;
                let token = Secret::new(authorization.trim_start_matches("Bearer "));
                let bearer = AzureCredential::BearerToken(token.expose().to_owned());
                let provider = Arc::new(StaticCredentialProvider::new(bearer));
                (builder.with_credentials(provider), Pass::Token(token.clone()), token)
            }
            (None, None, None) => {
                let why = "it has neither `account_key` nor `sas`, and the environment no section \
                           `azure` that signs in";
                return unusable(binding, why);
            }
        };
        // Its words may repeat the key.
        let (Ok(store), Ok(container)) = (builder.build(), Url::parse(&container)) else {
            return unusable(binding, "account, container, endpoint or key are not well formed");
        };
        let http = self.http.clone();
        let door = Door { store: store.clone(), container, pass, http };
        Ok((Arc::new(store), wire, Some(door), vec![secret]))
    }

    async fn s3(&self, ctx: &Context, binding: &StoreBinding) -> Outcome<Built> {
        let region = binding.region.clone().unwrap_or_default();
        let public = format!("https://s3.{region}.amazonaws.com");
        let endpoint = binding.endpoint.clone().unwrap_or(public);
        let wire = self.wire(&endpoint);
        let mut secrets = Vec::new();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(binding.bucket.clone().unwrap_or_default())
            .with_region(region)
            .with_allow_http(endpoint.starts_with("http://"))
            .with_endpoint(endpoint)
            .with_disable_bulk_delete(true)
            .with_retry(never_again())
            .with_http_connector(wire.clone());
        if let (Some(id), Some(key)) = (&binding.access_key_id, &binding.secret_access_key) {
            let (id, key) = (secret(ctx, id).await?, secret(ctx, key).await?);
            builder = builder.with_access_key_id(id.expose());
            builder = builder.with_secret_access_key(key.expose());
            secrets.extend([id, key]);
        }
        if let Some(token) = &binding.session_token {
            let token = secret(ctx, token).await?;
            builder = builder.with_token(token.expose());
            secrets.push(token);
        }
        match builder.build() {
            Ok(store) => Ok((Arc::new(store), wire, None, secrets)),
            Err(_) => unusable(binding, "bucket, region, endpoint or key are not well formed"),
        }
    }
}

async fn secret(ctx: &Context, name: &SecretRef) -> Outcome<Secret> {
    name.resolve(ctx.secrets.as_ref()).await
}

fn folder(binding: &StoreBinding) -> Outcome<LocalFileSystem> {
    let path = binding.path.clone().unwrap_or_default();
    match LocalFileSystem::new_with_prefix(&path) {
        Ok(store) => Ok(store.with_fsync(true)),
        Err(_) => unusable(binding, "there is no such folder"),
    }
}

fn unusable<T>(binding: &StoreBinding, why: &str) -> Outcome<T> {
    let label = binding.label();
    permanent(
        "binding",
        format!(
            "failed to open the store {label}: {why}; look at `resources:` in the environment file"
        ),
    )
}
