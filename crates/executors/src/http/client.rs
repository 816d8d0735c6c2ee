//! The one HTTP client: no redirect is followed, every call has a time limit, every body a size
//! limit.
//!
//! It must not know services, credentials or what a status means. Its errors name no URL, since a
//! query can hold
//! a signed token.

use super::reply::Reply;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use windlass_model::Value;

/// Time for a connection: real seconds, since it is the network's.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for one call with its answer. ARM's front end gives up after 60 s; a little more lets its
/// 504 arrive.
const CALL_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a stream of bytes may stand still. It has no limit as a whole: it is as long as its
/// file.
const STILL_TIMEOUT: Duration = Duration::from_secs(60);

/// The largest body that is read. A release with all of its stages is some 300 KB.
const BODY_BYTES_MAX: usize = 8 << 20;

/// What is sent.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// A form.
    Form(Vec<(&'static str, String)>),
    /// A text.
    Text(String),
    /// An open file from its beginning, and its length: streamed, since it may be large.
    File(Arc<File>, u64),
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers; values that are secret are marked so by the client.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What is sent.
    pub body: Body,
    /// Another limit than the usual one.
    pub timeout: Option<Duration>,
    /// Whether the address is a secret itself, of which no more than the host is told.
    pub secret: bool,
}

impl Call {
    /// A call without headers and body.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: Body::Empty, timeout: None, secret: false }
    }

    /// What a log calls it.
    fn label(&self) -> String {
        let below =
            if self.secret { self.url.host_str().unwrap_or_default() } else { self.url.path() };
        format!("{} {below}", self.method)
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// No answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing was sent.
    #[error("failed to reach {host}: {why}")]
    NotSent {
        /// Where to.
        host: String,
        /// Why not.
        why: String,
    },
    /// It was sent, or may have been.
    #[error("failed to get an answer of {host}: {why}")]
    NoAnswer {
        /// Where to.
        host: String,
        /// What happened.
        why: String,
    },
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up HTTPS: {0}; look at the machine's proxy and certificate settings")]
pub struct HttpSetupError(String);

/// Sees every exchange, secrets included: for tests that hold what we send against the contract.
pub trait Witness: Send + Sync {
    /// A call and its answer.
    fn exchange(&self, call: &Call, reply: &Reply);
}

/// A client; cheap to clone.
#[derive(Clone)]
pub struct HttpClient {
    remote: reqwest::Client,
    local: reqwest::Client,
    known_host: Option<String>,
    witness: Option<Arc<dyn Witness>>,
}

impl HttpClient {
    /// Sets the client up. Chooses the process's cryptography where nobody has yet.
    pub fn new() -> Result<Self, HttpSetupError> {
        Self::made(None)
    }

    /// The same, which finds one host name at an address of this machine, whatever the port is
    /// today: addresses that a service gave out stay good when it comes back at another port.
    pub fn knowing(host: &str, address: SocketAddr) -> Result<Self, HttpSetupError> {
        Self::made(Some((host, address)))
    }

    fn made(known: Option<(&str, SocketAddr)>) -> Result<Self, HttpSetupError> {
        // A second installation is refused and harmless: whoever came first chose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(CALL_TIMEOUT)
                .user_agent(concat!("windlass/", env!("CARGO_PKG_VERSION")))
        };
        let broken = |error: reqwest::Error| HttpSetupError(chain(&error));
        Ok(Self {
            remote: builder().build().map_err(broken)?,
            // No proxy knows this machine's loopback.
            local: match known {
                Some((host, address)) => builder().no_proxy().resolve(host, address),
                None => builder().no_proxy(),
            }
            .build()
            .map_err(broken)?,
            known_host: known.map(|(host, _)| host.to_owned()),
            witness: None,
        })
    }

    /// The same with somebody who sees every exchange.
    #[must_use]
    pub fn witnessed(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// Sends a call and reads its answer to the end.
    pub async fn send(&self, call: Call) -> Result<Reply, SendError> {
        let host = call.url.host_str().unwrap_or_default().to_owned();
        let known = self.known_host.as_ref().is_some_and(|known| *known == host);
        let client = if known || is_loopback(&call.url) { &self.local } else { &self.remote };
        let not_sent = |why: String| SendError::NotSent { host: host.clone(), why };
        let headers = headers(&call.headers).map_err(not_sent)?;
        let mut request = client.request(call.method.clone(), call.url.clone()).headers(headers);
        request = match &call.body {
            Body::Empty => request,
            Body::Json(value) => request.json(value),
            Body::Form(pairs) => request.form(pairs),
            Body::Text(text) => request.body(text.clone()),
            Body::File(file, length) => {
                let body = from_start(file).map_err(|error| not_sent(error.to_string()))?;
                request.header("content-length", length.to_string()).body(body)
            }
        };
        if matches!(call.body, Body::Empty) && call.method.as_str().starts_with('P') {
            // Azure's front end answers 411 to a POST or PUT that does not say that it is empty.
            request = request.header("content-length", "0");
        }
        if let Some(timeout) = call.timeout {
            request = request.timeout(timeout);
        }
        let answer = request.send().await.map_err(|error| failed(&host, error))?;
        let reply = read(answer).await.map_err(|why| SendError::NoAnswer { host, why })?;
        tracing::debug!(call = call.label(), status = reply.status, "answered");
        if let Some(witness) = &self.witness {
            witness.exchange(&call, &reply);
        }
        Ok(reply)
    }
}

/// A file from its beginning. Whoever replaces the file by its name meanwhile changes nothing.
fn from_start(file: &File) -> io::Result<reqwest::Body> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    Ok(tokio::fs::File::from_std(file).into())
}

/// Clients for streams of bytes: no redirect is followed, and a call ends when nothing comes any
/// more.
#[derive(Clone)]
pub struct Streams {
    remote: reqwest::Client,
    local: reqwest::Client,
}

impl Streams {
    /// Sets the clients up.
    pub fn new() -> Result<Self, HttpSetupError> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(STILL_TIMEOUT)
                .user_agent(concat!("windlass/", env!("CARGO_PKG_VERSION")))
        };
        let broken = |error: reqwest::Error| HttpSetupError(chain(&error));
        Ok(Self {
            remote: builder().build().map_err(broken)?,
            local: builder().no_proxy().build().map_err(broken)?,
        })
    }

    /// The client for addresses of others.
    pub fn remote(&self) -> reqwest::Client {
        self.remote.clone()
    }

    /// The client for an address.
    pub fn client(&self, url: &Url) -> reqwest::Client {
        if is_loopback(url) { self.local.clone() } else { self.remote.clone() }
    }
}

fn headers(pairs: &[(Cow<'static, str>, String)]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, text) in pairs {
        let mut value = HeaderValue::from_str(text).map_err(|_| {
            format!("the value of the header `{name}` has characters that it cannot")
        })?;
        // Anybody's header may be a key; only those of the services here are known not to be.
        value.set_sensitive(name != "accept");
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{name}` is no name of a header"))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Whether nothing can have been sent: the connection did not come up, or the call was not even
/// built.
fn failed(host: &str, error: reqwest::Error) -> SendError {
    let host = host.to_owned();
    let unsent = error.is_connect() || error.is_builder();
    let why = if error.is_timeout() { "it took too long".to_owned() } else { chain(&error) };
    if unsent { SendError::NotSent { host, why } } else { SendError::NoAnswer { host, why } }
}

async fn read(mut answer: reqwest::Response) -> Result<Reply, String> {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| chain(&error.without_url()))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(format!("its answer is longer than {BODY_BYTES_MAX} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, headers, body })
}

/// The causes of an error on one line, without the URL.
fn chain(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    match causes.pop() {
        Some(innermost) => innermost,
        None if error.is_timeout() => "it took too long".to_owned(),
        None => "the connection broke".to_owned(),
    }
}

/// Whether an address is one of this machine's own.
pub fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}
