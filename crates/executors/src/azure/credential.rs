//! Whoever windlass is to Entra: the five ways to a bearer token, and how the environment file
//! names them.
//!
//! It holds names of secrets, never secrets. It must not know what a token is for.

use crate::http::{Aim, Body, Call, HttpClient, Reply, refused, unanswered};
use crate::schema;
use crate::secret_ref::resolve;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;
use windlass_model::{Failure, Millis};
use windlass_ports::{ActionError, Outcome, Secret, Secrets};
use windlass_sys::env;

/// Where Entra gives tokens.
pub const LOGIN_ENDPOINT: &str = "https://login.microsoftonline.com";

/// The machine's own token endpoint.
const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// The machine's own endpoint answers at once or not at all; elsewhere its address leads nowhere.
const IMDS_TIMEOUT: Duration = Duration::from_secs(5);

/// `az` may have to ask Entra itself, and starts slowly.
const AZ_TIMEOUT: Duration = Duration::from_secs(60);

/// What `az` sees of windlass's environment beside what every child sees.
const AZ_SEES: [&str; 8] = [
    "AZURE_CONFIG_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];

/// Life of a token whose source does not say: short enough to be right.
const UNKNOWN_LIFE_MS: Millis = 300_000;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An application with a secret.
    ClientSecret,
    /// An application that a platform vouches for by a token in a file.
    WorkloadIdentity,
    /// The identity of the machine or the app that windlass runs on.
    ManagedIdentity,
    /// Whoever is signed in with the `az` command.
    AzCli,
    /// A bearer token, as it is.
    #[serde(alias = "bearer")]
    StaticToken,
    /// A personal access token; Azure DevOps only.
    Pat,
}

/// The section `credential` of a provider's settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Which way.
    pub kind: CredentialKind,
    /// The tenant.
    pub tenant: Option<String>,
    /// The application, or the identity that was assigned.
    pub client_id: Option<String>,
    /// The name of the secret that holds the application's.
    pub client_secret: Option<String>,
    /// The file in which the platform keeps its token fresh.
    pub token_file: Option<String>,
    /// The name of the secret that holds the bearer token or the personal access token.
    pub token: Option<String>,
    /// Another address of the machine's token endpoint.
    pub endpoint: Option<String>,
    /// Another name of the `az` command.
    pub command: Option<String>,
}

/// A token and how long it lasts from now.
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub token: Secret,
    /// Milliseconds from now; absent where it lasts as long as the process.
    pub life_ms: Option<Millis>,
    /// When it ends, in seconds since 1970, where only that is told.
    pub ends_at_s: Option<i64>,
}

/// What asking for a token needs.
pub struct Asking<'a> {
    /// The client.
    pub http: &'a HttpClient,
    /// Where secrets are.
    pub secrets: &'a dyn Secrets,
    /// Entra's address.
    pub login: &'a str,
    /// What the token is for.
    pub scope: &'a str,
}

/// The schema of the section, for a provider that takes these kinds.
pub fn credential_schema(kinds: &[&str]) -> Value {
    schema::object(
        [
            ("kind", schema::one_of(kinds, "how windlass proves who it is")),
            ("tenant", schema::text("the Entra tenant: client_secret, workload_identity")),
            ("client_id", schema::text("the application's id, or that of an assigned identity")),
            ("client_secret", schema::secret("the secret with the application's secret")),
            ("token_file", schema::text("workload_identity: the file with the platform's token")),
            ("token", schema::secret("the secret with the bearer token or personal access token")),
            ("endpoint", schema::text("managed_identity: another address of the token endpoint")),
            ("command", schema::text("az_cli: another name of the `az` command")),
        ],
        &["kind"],
    )
}

impl Credential {
    /// What is missing for its kind, in a sentence.
    pub fn lacks(&self) -> Option<String> {
        use CredentialKind as K;
        let variable = |name: &str| env::is_set(name);
        let missing: Vec<&str> = match self.kind {
            K::ClientSecret => [
                ("tenant", self.tenant.is_none()),
                ("client_id", self.client_id.is_none()),
                ("client_secret", self.client_secret.is_none()),
            ]
            .iter()
            .filter_map(|(name, missing)| missing.then_some(*name))
            .collect(),
            K::WorkloadIdentity => [
                ("tenant", self.tenant.is_none() && !variable("AZURE_TENANT_ID")),
                ("client_id", self.client_id.is_none() && !variable("AZURE_CLIENT_ID")),
                (
                    "token_file",
                    self.token_file.is_none() && !variable("AZURE_FEDERATED_TOKEN_FILE"),
                ),
            ]
            .iter()
            .filter_map(|(name, missing)| missing.then_some(*name))
            .collect(),
            K::StaticToken | K::Pat if self.token.is_none() => vec!["token"],
            _ => Vec::new(),
        };
        (!missing.is_empty()).then(|| format!("`credential` lacks {}", missing.join(", ")))
    }

    /// Gets a new token.
    pub async fn issue(&self, asking: &Asking<'_>) -> Outcome<Issued> {
        match self.kind {
            CredentialKind::ClientSecret => self.by_secret(asking).await,
            CredentialKind::WorkloadIdentity => self.by_platform(asking).await,
            CredentialKind::ManagedIdentity => self.by_machine(asking).await,
            CredentialKind::AzCli => self.by_az(asking).await,
            CredentialKind::StaticToken | CredentialKind::Pat => {
                let name = wanted(self.token.clone(), "token")?;
                let token = resolve(&name, asking.secrets).await?;
                Ok(Issued { token, life_ms: None, ends_at_s: None })
            }
        }
    }

    async fn by_secret(&self, asking: &Asking<'_>) -> Outcome<Issued> {
        let name = wanted(self.client_secret.clone(), "client_secret")?;
        let secret = resolve(&name, asking.secrets).await?;
        let proof = vec![("client_secret", secret.expose().to_owned())];
        let tenant = wanted(self.tenant.clone(), "tenant")?;
        let client = wanted(self.client_id.clone(), "client_id")?;
        ask_entra(asking, asking.login, &tenant, client, proof).await
    }

    /// The platform renews the file, so it is read each time.
    async fn by_platform(&self, asking: &Asking<'_>) -> Outcome<Issued> {
        let or_env = |own: &Option<String>, name| own.clone().or_else(|| env::var(name));
        let file = or_env(&self.token_file, "AZURE_FEDERATED_TOKEN_FILE");
        let file = wanted(file, "token_file")?;
        let assertion = tokio::fs::read_to_string(&file).await.map_err(|error| {
            broken(format!("failed to read the platform's token from {file}: {error}"))
        })?;
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
        let proof = vec![
            ("client_assertion_type", kind),
            ("client_assertion", assertion.trim().to_owned()),
        ];
        let tenant = wanted(or_env(&self.tenant, "AZURE_TENANT_ID"), "tenant")?;
        let client = wanted(or_env(&self.client_id, "AZURE_CLIENT_ID"), "client_id")?;
        let authority = env::var("AZURE_AUTHORITY_HOST").filter(|_| asking.login == LOGIN_ENDPOINT);
        let login = authority.as_deref().unwrap_or(asking.login);
        ask_entra(asking, login, &tenant, client, proof).await
    }

    /// The app's own endpoint where the platform names one, the machine's otherwise.
    async fn by_machine(&self, asking: &Asking<'_>) -> Outcome<Issued> {
        let resource = asking.scope.trim_end_matches("/.default");
        let app = env::var("IDENTITY_ENDPOINT").zip(env::var("IDENTITY_HEADER"));
        let (address, version, header) = match (&self.endpoint, app) {
            (None, Some((address, key))) => (address, "2019-08-01", ("x-identity-header", key)),
            (own, _) => {
                let address = own.clone().unwrap_or_else(|| IMDS.to_owned());
                (address, "2018-02-01", ("metadata", "true".to_owned()))
            }
        };
        let mut url = parse(&address)?;
        url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
        if let Some(client) = &self.client_id {
            url.query_pairs_mut().append_pair("client_id", client);
        }
        let mut call = Call::new(Method::GET, url).header(header.0, header.1);
        call.timeout = Some(IMDS_TIMEOUT);
        read_token(asking, call).await
    }

    async fn by_az(&self, asking: &Asking<'_>) -> Outcome<Issued> {
        let command = self.command.as_deref().unwrap_or("az");
        let mut az = tokio::process::Command::new(command);
        az.args(["account", "get-access-token", "--output", "json", "--scope", asking.scope]);
        let own = AZ_SEES.into_iter().filter_map(|name| Some((name, env::var(name)?)));
        az.env_clear().envs(env::inherited()).envs(own);
        az.stdin(Stdio::null()).kill_on_drop(true);
        if let Some(tenant) = &self.tenant {
            az.args(["--tenant", tenant]);
        }
        let ended = tokio::time::timeout(AZ_TIMEOUT, az.output()).await;
        let output = match ended {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(broken(format!("failed to run `{command}`: {error}"))),
            Err(_) => return Err(broken(format!("failed to get a token of `{command}` in time"))),
        };
        if !output.status.success() {
            let said = crate::http::error_body::bounded(&String::from_utf8_lossy(&output.stderr));
            return Err(broken(format!(
                "failed to get a token of `{command}`: {said}; run `az login`"
            )));
        }
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        issued(&answer, "accessToken").ok_or_else(|| {
            broken(format!("failed to read what `{command}` printed: no token in it"))
        })
    }
}

async fn ask_entra(
    asking: &Asking<'_>,
    login: &str,
    tenant: &str,
    client: String,
    proof: Vec<(&'static str, String)>,
) -> Outcome<Issued> {
    let url = parse(&format!("{}/{tenant}/oauth2/v2.0/token", login.trim_end_matches('/')))?;
    let mut form = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", client),
        ("scope", asking.scope.to_owned()),
    ];
    form.extend(proof);
    let mut call = Call::new(Method::POST, url);
    call.body = Body::Form(form);
    read_token(asking, call).await
}

/// A token is got by looking, as far as doubt goes: nothing of the world changed.
async fn read_token(asking: &Asking<'_>, call: Call) -> Outcome<Issued> {
    let what = "get a token";
    let call = call.header("accept", "application/json");
    let reply: Reply =
        asking.http.send(call).await.map_err(|error| unanswered(Aim::Read, what, &error))?;
    if !reply.is_success() {
        return Err(refused(Aim::Read, what, &reply));
    }
    let answer = reply.json().unwrap_or(Value::Null);
    issued(&answer, "access_token")
        .ok_or_else(|| broken("failed to get a token: the answer holds none".to_owned()))
}

fn issued(answer: &Value, key: &str) -> Option<Issued> {
    let number = |key: &str| match &answer[key] {
        Value::String(text) => text.parse::<i64>().ok(),
        value => value.as_i64(),
    };
    let token = Secret::new(answer[key].as_str()?);
    let life = number("expires_in").and_then(|s| u64::try_from(s).ok());
    let life = life.map(|seconds| seconds.saturating_mul(1000));
    let ends_at_s = number("expires_on").filter(|_| life.is_none());
    let life_ms = life.or_else(|| ends_at_s.is_none().then_some(UNKNOWN_LIFE_MS));
    Some(Issued { token, life_ms, ends_at_s })
}

fn wanted(value: Option<String>, name: &str) -> Outcome<String> {
    value.ok_or_else(|| broken(format!("failed to get a token: `credential` lacks {name}")))
}

fn parse(address: &str) -> Outcome<Url> {
    Url::parse(address).map_err(|error| {
        broken(format!("failed to get a token: `{address}` is no address ({error})"))
    })
}

fn broken(message: String) -> ActionError {
    ActionError::Permanent(Failure::permanent("credential", message))
}
