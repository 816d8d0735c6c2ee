//! A server that answers as no good one does: with bytes as it is told. It must not know who asks.

use super::context::{Known, Parts, attempt, bindings};
use super::sim::environment;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use windlass_executors::{Deps, registry};
use windlass_ports::{Action, ActionError, Attempt, Context, Executed, Secrets};

/// Every credential that is sent to it.
pub const CANARY: &str = "CANARY-credential";

/// What it does with a request.
#[derive(Clone)]
pub enum Says {
    /// These bytes, then the end of the connection.
    Bytes(String),
    /// A body that does not end, as far as somebody takes it.
    Endless,
    /// Nothing until it is told to; then these bytes.
    Later(Arc<Notify>, String),
}

/// The server; dropping it ends it.
pub struct Hostile {
    pub url: String,
    /// The requests, with their headers.
    pub seen: Arc<Mutex<Vec<String>>>,
    /// Bytes of endless bodies that somebody took.
    pub poured: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// An answer that is well-formed up to its body.
pub fn bytes(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// The same with data.
pub fn data(body: &str) -> Says {
    Says::Bytes(bytes("200 OK", "content-type: application/json\r\n", body))
}

impl Hostile {
    /// Starts it; it decides by method and path.
    pub async fn start(says: impl Fn(&str) -> Says + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, poured) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let (known, taken, says) = (Arc::clone(&seen), Arc::clone(&poured), Arc::new(says));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (known, taken, says) =
                    (Arc::clone(&known), Arc::clone(&taken), Arc::clone(&says));
                tokio::spawn(async move {
                    // Whoever hangs up early is no matter of this server.
                    let _ = serve(stream, &known, &taken, says.as_ref()).await;
                });
            }
        });
        Self { url, seen, poured, task }
    }

    pub fn asked(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    poured: &AtomicUsize,
    says: &(impl Fn(&str) -> Says + Sync),
) -> std::io::Result<()> {
    let head = request(&mut stream).await?;
    let line = head.lines().next().unwrap_or_default().to_owned();
    seen.lock().unwrap().push(head);
    match says(&line) {
        Says::Bytes(text) => stream.write_all(text.as_bytes()).await?,
        Says::Later(told, text) => {
            told.notified().await;
            stream.write_all(text.as_bytes()).await?;
        }
        Says::Endless => {
            let start = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                         content-length: 1000000000000\r\n\r\n[";
            stream.write_all(start.as_bytes()).await?;
            let piece = vec![b' '; 1 << 16];
            loop {
                stream.write_all(&piece).await?;
                poured.fetch_add(piece.len(), Ordering::Relaxed);
            }
        }
    }
    stream.shutdown().await
}

/// Reads a request with its body.
async fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).await?;
        text.extend_from_slice(&piece[..read]);
        let so_far = String::from_utf8_lossy(&text);
        let whole = so_far.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            body.len() >= length.unwrap_or(0)
        });
        if whole || read == 0 {
            return Ok(so_far.into_owned());
        }
    }
}

/// One action that speaks to such a server.
pub struct Caller {
    action: Arc<dyn Action>,
    context: Context,
    attempt: Attempt,
    pub parts: Parts,
    _state: tempfile::TempDir,
}

impl Caller {
    pub fn of(kind: &str, url: &str, input: Value) -> Self {
        let app = json!({"site": "qa4", "connection_string": "Default"});
        let bindings = bindings(&[("qa4", "azure.app_service", app)]);
        let secrets = [("azure_token", CANARY), ("devops_pat", CANARY), ("token", CANARY)];
        let parts = Parts::new(bindings, Known::of(&secrets));
        let state = tempfile::tempdir().unwrap();
        let deps = Deps {
            clock: parts.clock(),
            secrets: Arc::clone(&parts.secrets) as Arc<dyn Secrets>,
            state_dir: state.path().to_owned(),
            http: None,
        };
        let action = Arc::clone(registry(&environment(url), deps).unwrap().action(kind).unwrap());
        let context = parts.context();
        Self { action, context, attempt: attempt(input, 90), parts, _state: state }
    }

    /// The same with what the action reads before it acts.
    pub async fn captured(self) -> Self {
        if !self.action.spec().traits.captures {
            return self;
        }
        let before = self.action.capture(&self.context, &self.attempt.input).await.unwrap();
        let attempt = Attempt { captured: before.captured, ..self.attempt };
        Self { attempt, ..self }
    }

    pub async fn execute(&self) -> Result<Executed, ActionError> {
        self.action.execute(&self.context, &self.attempt).await
    }
}
