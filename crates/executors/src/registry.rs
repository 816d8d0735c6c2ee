//! The actions and observers that one environment can use, with their clients and credentials.

use crate::archive;
use crate::azure::arm::Arm;
use crate::azure::credential::CredentialKind;
use crate::azure::files_account::FilesAccount;
use crate::azure::settings::{self as azure, AzureSettings};
use crate::azure::storage::binding::{BLOB, CONTAINER};
use crate::azure::storage::blobs::Blobs;
use crate::azure::storage::lease::BlobLease;
use crate::azure::storage::lock_settings::{self, LockSettings};
use crate::azure::tokens::Tokens;
use crate::azure::{app_service as app_services, sql, storage};
use crate::blob::family as blob_family;
use crate::blob::stores::Stores;
use crate::devops::client::DevOps;
use crate::devops::family as devops_family;
use crate::devops::settings::{self as devops, DevOpsSettings};
use crate::file;
use crate::git;
use crate::health::check::Check;
use crate::health::watch::Watch;
use crate::http::{HttpClient, HttpSetupError, Streams};
use crate::http_request::action::HttpRequest;
use crate::notify;
use crate::notify::smtp::{self, SmtpSettings};
use crate::postgres::client::Server;
use crate::postgres::family as postgres_family;
use crate::postgres::settings::{self as postgres_settings, PostgresSettings};
use crate::resources::app_service::AppService;
use crate::resources::blob::{self as blob_resources, BlobObject, BlobStore};
use crate::resources::git_repository::{self, GitRepository};
use crate::resources::postgres_database::PostgresDatabase;
use crate::resources::service::{self as service_resource, ServiceResource};
use crate::resources::sql_database::SqlDatabase;
use crate::resources::sql_server::SqlServer;
use crate::resources::storage_blob::{StorageBlob, StorageContainer};
use crate::service;
use crate::shell::action::Shell;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::Environment;
use windlass_ports::{Clock, Registry, Secrets, SharedLock, erase};

/// What takes a token for files.
const FILES: [&str; 2] = [BLOB, CONTAINER];

/// What the actions stand on.
pub struct Deps {
    /// The run's clock.
    pub clock: Arc<dyn Clock>,
    /// Secrets by name.
    pub secrets: Arc<dyn Secrets>,
    /// Where scripts leave their traces; made when it is needed.
    pub state_dir: PathBuf,
    /// The client; a new one where absent.
    pub http: Option<HttpClient>,
}

/// An environment's actions could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A section of the environment file is wrong.
    #[error(
        "failed to read the section `{section}` of the environment `{environment}`: {why}; \
         `windlass check` shows where"
    )]
    Section {
        /// The environment.
        environment: String,
        /// The section.
        section: String,
        /// What is wrong.
        why: String,
    },
    /// No HTTPS.
    #[error(transparent)]
    Http(#[from] HttpSetupError),
}

/// Sets up what the environment has sections for. Nothing is asked of the outside yet.
pub fn registry(env: &Environment, deps: Deps) -> Result<Registry, ComposeError> {
    let http = match deps.http {
        Some(http) => http,
        None => HttpClient::new()?,
    };
    let mut registry = Registry::default();
    add_machine(&mut registry, env, &http, &deps.state_dir)?;
    if let Some(settings) = section::<PostgresSettings>(env, postgres_settings::KEY)? {
        let server = Arc::new(Server::new(settings));
        registry.add_account(server.clone());
        postgres_family::add(&mut registry, &server, &deps.state_dir);
        registry.add_resource(Arc::new(PostgresDatabase::new(server)));
    }
    let tokens = |credential, login| {
        let (clock, secrets) = (Arc::clone(&deps.clock), Arc::clone(&deps.secrets));
        Tokens::new(credential, login, http.clone(), clock, secrets)
    };
    let mut releases = None;
    if let Some(settings) = section::<DevOpsSettings>(env, devops::KEY)? {
        let credential = settings.credential.clone();
        lacks(env, devops::KEY, credential.lacks())?;
        let tokens = tokens(credential, settings.login_endpoint.clone());
        let clock = Arc::clone(&deps.clock);
        let client = Arc::new(DevOps::new(&settings, http.clone(), tokens, clock));
        registry.add_account(client.clone());
        devops_family::add(&mut registry, &client);
        releases = Some(client);
    }
    let (mut signs_in, mut files) = (None, None);
    if let Some(settings) = section::<AzureSettings>(env, azure::KEY)? {
        let credential = settings.credential.clone();
        let only_devops = credential.kind == CredentialKind::Pat;
        let pat = only_devops.then(|| "`credential`: a pat opens Azure DevOps only".to_owned());
        lacks(env, azure::KEY, pat.or_else(|| credential.lacks()))?;
        let login = settings.login_endpoint.clone();
        signs_in = Some(tokens(credential.clone(), login.clone()));
        let for_files = tokens(credential.clone(), login.clone());
        let for_looking = tokens(credential.clone(), login.clone());
        let blobs = Arc::new(Blobs::new(&settings, http.clone(), for_files));
        files = Some(Arc::clone(&blobs));
        let arm = Arc::new(Arm::new(&settings, http.clone(), tokens(credential, login)));
        registry.add_account(arm.clone());
        if env.resources.values().any(|bound| FILES.contains(&bound.kind.as_str())) {
            registry.add_account(Arc::new(FilesAccount(for_looking)));
        }
        app_services::family::add(&mut registry, &arm);
        sql::family::add(&mut registry, &arm, &blobs);
        storage::family::add(&mut registry, &blobs);
        registry.add_resource(Arc::new(StorageBlob::new(Arc::clone(&blobs))));
        registry.add_resource(Arc::new(StorageContainer::new(blobs)));
        registry.add_resource(Arc::new(AppService::new(Arc::clone(&arm), releases, http.clone())));
        registry.add_resource(Arc::new(SqlServer::new(Arc::clone(&arm))));
        registry.add_resource(Arc::new(SqlDatabase::new(arm)));
    }
    add_blobs(&mut registry, Stores::new(http, Streams::new()?, signs_in));
    if let Some(settings) = section::<LockSettings>(env, lock_settings::KEY)? {
        registry.share_lock(lock(env, settings, files, deps.secrets)?);
    }
    Ok(registry)
}

/// What works on this machine, or asks by HTTP alone.
fn add_machine(
    registry: &mut Registry,
    env: &Environment,
    http: &HttpClient,
    state_dir: &Path,
) -> Result<(), ComposeError> {
    registry.add_action(erase(Shell::new(state_dir)));
    registry.add_action(erase(Check::new(http.clone())));
    registry.add_action(erase(Watch::new(http.clone())));
    registry.add_action(erase(HttpRequest::new(http.clone())));
    git::family::add(registry);
    file::family::add(registry);
    archive::family::add(registry);
    notify::family::add(registry, http, state_dir);
    if let Some(settings) = section::<SmtpSettings>(env, smtp::KEY)? {
        lacks(env, smtp::KEY, settings.lacks())?;
        notify::family::add_email(registry, settings, state_dir);
    }
    service::family::add(registry, http, state_dir);
    let state = state_dir.to_owned();
    registry.add_resource(Arc::new(ServiceResource { spec: service_resource::spec(), state }));
    registry.add_resource(Arc::new(GitRepository(git_repository::spec())));
    Ok(())
}

/// The lock that several machines see: a file of the account that the section `azure` opens.
fn lock(
    env: &Environment,
    settings: LockSettings,
    files: Option<Arc<Blobs>>,
    secrets: Arc<dyn Secrets>,
) -> Result<Arc<dyn SharedLock>, ComposeError> {
    let why = || "it needs a section `azure` beside it".to_owned();
    let blobs = files.ok_or_else(|| wrong(env, lock_settings::KEY, why()))?;
    Ok(Arc::new(BlobLease { blobs, place: settings.place(), secrets }))
}

fn add_blobs(registry: &mut Registry, stores: Stores) {
    let stores = Arc::new(stores);
    blob_family::add(registry, &stores);
    let (one, spec) = (Arc::clone(&stores), blob_resources::store_spec());
    registry.add_resource(Arc::new(BlobStore { stores: one, spec }));
    registry.add_resource(Arc::new(BlobObject { stores, spec: blob_resources::object_spec() }));
}

fn section<T: DeserializeOwned>(env: &Environment, key: &str) -> Result<Option<T>, ComposeError> {
    let Some(value) = env.providers.get(key) else { return Ok(None) };
    match serde_json::from_value(value.clone()) {
        Ok(settings) => Ok(Some(settings)),
        Err(error) => Err(wrong(env, key, error.to_string())),
    }
}

fn lacks(env: &Environment, key: &str, lack: Option<String>) -> Result<(), ComposeError> {
    lack.map_or(Ok(()), |why| Err(wrong(env, key, why)))
}

fn wrong(env: &Environment, key: &str, why: String) -> ComposeError {
    ComposeError::Section { environment: env.name.clone(), section: key.to_owned(), why }
}
