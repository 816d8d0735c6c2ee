//! What Azure, Azure DevOps or somebody in their place answers: the same bytes to every request of
//! an action or a look. Whatever they say, the action comes to a verdict.

use super::parts::runtime;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use windlass_executors::{Deps, registry};
use windlass_model::{Binding, Environment, RequestId, RunId, Side, StepId, Timestamp};
use windlass_ports::action::{Bindings, HandleKeeper, OutputSink};
use windlass_ports::secrets::SecretError;
use windlass_ports::{ActionError, Attempt, BoxFuture, Context, Registry, Secret, Secrets};
use windlass_testkit::SimClock;

/// How long an action may go on asking: with a clock that stands still, waiting has no end.
const ASKS: Duration = Duration::from_millis(300);

/// The credential of everything.
const TOKEN: &str = "CANARY";

/// What is looked at, by the names of the bindings below.
const LOOKS: [&str; 3] = ["app", "database", "server"];

/// Calls that only read.
fn reads() -> [(&'static str, Value); 9] {
    [
        ("azure.app_service.get_status", json!({ "app": "app" })),
        ("azure.sql.get_database", json!({ "database": "database" })),
        ("azure_devops.build.find_latest", json!({ "branch": "prod" })),
        ("azure_devops.release.current", json!({ "stage": "qa4", "history": true })),
        ("azure_devops.release.triggers", json!({ "stages": ["qa4"], "branch": "prod" })),
        ("azure_devops.git.contains", json!({ "branch": "prod", "commit": "c0ffee" })),
        (
            "azure_devops.diff",
            json!({ "last_merge_into": "prod", "folders": { "migrations": "/src/Migrations" } }),
        ),
        ("http.check", json!({ "url": "", "deadline": "1s" })),
        ("http.request", json!({ "url": "", "method": "GET" })),
    ]
}

/// Changes, of which only what they read before is tried.
fn captures() -> [(&'static str, Value); 6] {
    let string = json!({ "app": "app", "name": "Default", "database": "dispatcherqa4" });
    [
        ("azure.app_service.stop", json!({ "app": "app" })),
        ("azure.app_service.set_connection_string", string),
        ("azure.app_service.set_app_settings", json!({ "app": "app", "settings": { "a": "b" } })),
        ("azure.sql.copy_database", json!({ "from": "database", "to": "other" })),
        ("azure.sql.set_azure_access", json!({ "server": "server", "enabled": true })),
        ("azure_devops.build.tag", json!({ "build": 637, "tag": "tested" })),
    ]
}

struct Known;

impl Secrets for Known {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async { Ok(Secret::new(TOKEN)) })
    }
}

struct Nobody;

impl OutputSink for Nobody {
    fn line(&self, _: &str) {}
}

impl HandleKeeper for Nobody {
    fn keep(&self, _: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        Box::pin(async { Ok(()) })
    }
}

struct Stage {
    runtime: Runtime,
    url: String,
    says: Arc<Mutex<Vec<u8>>>,
    registry: Registry,
    context: Context,
    _folder: tempfile::TempDir,
}

static STAGE: LazyLock<Mutex<Stage>> = LazyLock::new(|| Mutex::new(Stage::set()));

/// Tries bytes as answers: the first chooses who asks, the second the status.
pub fn try_bytes(bytes: &[u8]) {
    let [who, status, body @ ..] = bytes else { return };
    let stage = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    *stage.says.lock().unwrap_or_else(PoisonError::into_inner) = answer(*status, body);
    let who = usize::from(*who);
    let asked = stage.runtime.block_on(async { timeout(ASKS, stage.ask(who)).await });
    if let Ok(Err(said)) = asked {
        assert!(!said.contains(TOKEN), "a credential in an error: {said}");
    }
}

fn answer(status: u8, body: &[u8]) -> Vec<u8> {
    let status = match status % 8 {
        0..4 => "200 OK",
        4 => "202 Accepted",
        5 => "404 Not Found",
        6 => "409 Conflict",
        _ => "500 Internal Server Error",
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\netag: \"1\"\r\ncontent-length: \
         {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Stage {
    fn set() -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let says = Arc::<Mutex<Vec<u8>>>::default();
        let said = Arc::clone(&says);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
                tokio::spawn(serve(stream, said));
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        let clock = SimClock::starting_at(Timestamp::default());
        let deps = Deps {
            clock: Arc::new(clock.clone()),
            secrets: Arc::new(Known),
            state_dir: folder.path().to_owned(),
            http: None,
        };
        let registry = registry(&environment(&url), deps).expect("the executors");
        let context = Context {
            run: RunId(uuid::Uuid::nil()),
            step: StepId::new("step"),
            bindings: Arc::new(bindings()),
            clock: Arc::new(clock),
            secrets: Arc::new(Known),
            deadline: None,
            output: Arc::new(Nobody),
            handles: Arc::new(Nobody),
        };
        Self { runtime, url, says, registry, context, _folder: folder }
    }

    /// Lets one of them ask; the error is what would be told.
    async fn ask(&self, who: usize) -> Result<(), String> {
        let (reads, captures) = (reads(), captures());
        let who = who % (LOOKS.len() + reads.len() + captures.len());
        if let Some(name) = LOOKS.get(who) {
            let binding = &self.context.bindings[*name];
            let resource = self.registry.resource(&binding.kind).expect("a resource");
            let seen = resource.observe(&self.context, binding).await;
            return seen.map(drop).map_err(|error| error.to_string());
        }
        let who = who - LOOKS.len();
        if let Some((kind, input)) = reads.get(who) {
            let mut input = input.clone();
            if !input["url"].is_null() {
                input["url"] = json!(self.url);
            }
            let action = self.registry.action(kind).expect("an action");
            let done = action.execute(&self.context, &attempt(input)).await;
            return done.map(drop).map_err(|error| error.to_string());
        }
        let (kind, input) = &captures[who - reads.len()];
        let action = self.registry.action(kind).expect("an action");
        let before = action.capture(&self.context, input).await;
        before.map(drop).map_err(|error| error.to_string())
    }
}

async fn serve(mut stream: TcpStream, said: Vec<u8>) {
    let mut asked = Vec::new();
    let mut piece = [0; 4096];
    while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(read) => asked.extend_from_slice(&piece[..read]),
        }
    }
    // Whoever hangs up early is no matter of this server.
    drop(stream.write_all(&said).await);
    drop(stream.shutdown().await);
}

fn environment(url: &str) -> Environment {
    let azure = json!({
        "endpoint": url, "login_endpoint": url, "subscription": "s", "resource_group": "rg",
        "credential": { "kind": "static_token", "token": "token" },
    });
    let devops = json!({
        "endpoint": url, "release_endpoint": url, "login_endpoint": url, "organization": "o",
        "project": "p", "build_definition": 12, "release_definition": 7,
        "credential": { "kind": "pat", "token": "pat" },
    });
    let providers = [("azure".to_owned(), azure), ("azure_devops".to_owned(), devops)];
    Environment { name: "fuzz".into(), providers: providers.into(), ..Environment::default() }
}

fn bindings() -> Bindings {
    let bound = [
        ("app", "azure.app_service", json!({ "site": "qa4", "connection_string": "Default" })),
        ("database", "azure.sql_database", json!({ "server": "sql", "database": "d" })),
        ("server", "azure.sql_server", json!({ "server": "sql", "azure_access": "server_rule" })),
    ];
    let bound = bound.into_iter().map(|(name, kind, settings)| {
        let settings = settings.as_object().expect("settings").clone();
        (name.to_owned(), Binding { kind: kind.to_owned(), settings })
    });
    bound.collect()
}

fn attempt(input: Value) -> Attempt {
    Attempt {
        side: Side::Forward,
        number: 1,
        input,
        captured: None,
        recaptured: None,
        request_id: RequestId(uuid::Uuid::nil()),
        undoes: None,
        started_at: Timestamp::default(),
        not_before: None,
        output: None,
    }
}
