//! The simulator on a loopback socket. It must not know what a request means.

use crate::clock::real_now;
use crate::config::Config;
use crate::control;
use crate::http::{Answer, Body, Request};
use crate::simulator::Simulator;
use crate::state::StateError;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The largest body that is read: settings are some kilobytes, a definition some hundred.
const BODY_BYTES_MAX: usize = 8 << 20;

/// How often it looks whether its folder is still there. Whoever removes a home wants it to end
/// soon; a look is two calls of the system.
const HOME_LOOK: Duration = Duration::from_secs(1);

/// Why a simulator cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Its world cannot be opened.
    #[error(transparent)]
    State(#[from] StateError),
    /// The address cannot be bound.
    #[error("failed to listen on {address}: {source}; choose another port")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A simulator that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: Arc<watch::Sender<bool>>,
    accepting: JoinHandle<()>,
}

/// Opens the world and listens.
pub async fn serve(config: Config) -> Result<Running, ServeError> {
    let simulator = Simulator::open(&config, real_now())?;
    let failed = |source| ServeError::Listen { address: config.address, source };
    let listener = TcpListener::bind(config.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    simulator.announce(address.port())?;
    let (stop, _) = watch::channel(false);
    let stop = Arc::new(stop);
    let keeps = simulator.keeps();
    let simulator = Arc::new(Mutex::new(simulator));
    let shared = Shared { simulator, keeps, stop: Arc::clone(&stop) };
    let accepting = tokio::spawn(accept(listener, shared));
    Ok(Running { address, stop, accepting })
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as the beginning of a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops it and waits until its world is let go.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.ended().await;
    }

    /// Waits until somebody stops it over the control API.
    pub async fn wait(mut self) {
        self.ended().await;
    }

    async fn ended(&mut self) {
        if let Err(problem) = (&mut self.accepting).await {
            tracing::error!(%problem, "the simulator ended badly");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

#[derive(Debug, Clone)]
struct Shared {
    simulator: Arc<Mutex<Simulator>>,
    /// Whether it waits for a disk.
    keeps: bool,
    stop: Arc<watch::Sender<bool>>,
}

impl Shared {
    /// Does something with the simulator: where it may block if it waits for a disk.
    async fn with<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Simulator) -> T + Send + 'static,
    ) -> io::Result<T> {
        let simulator = Arc::clone(&self.simulator);
        let act = move || act(&mut simulator.lock().unwrap_or_else(PoisonError::into_inner));
        match self.keeps {
            true => tokio::task::spawn_blocking(act).await.map_err(io::Error::other),
            false => Ok(act()),
        }
    }
}

async fn accept(listener: TcpListener, shared: Shared) {
    let mut stop = shared.stop.subscribe();
    let mut connections = tokio::task::JoinSet::new();
    let mut look = tokio::time::interval(HOME_LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, shared.clone()));
                }
                Err(problem) => tracing::warn!(%problem, "a connection was not accepted"),
            },
            _ = connections.join_next(), if !connections.is_empty() => {}
            () = async { drop(stop.wait_for(|stopped| *stopped).await) } => break,
            _ = look.tick() => {
                if shared.with(|simulator| simulator.is_homeless()).await.unwrap_or(false) {
                    tracing::warn!("the folder of this world was removed: the simulator ends");
                    shared.stop.send_replace(true);
                }
            }
        }
    }
    while connections.join_next().await.is_some() {}
    let settled = shared.with(|simulator| {
        simulator.withdraw();
        simulator.catch_up(real_now()).map(drop)
    });
    match settled.await {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => tracing::error!(%problem, "the last changes are not kept"),
        Err(problem) => tracing::error!(%problem, "the simulator did not end in order"),
    }
}

async fn connection(stream: TcpStream, shared: Shared) {
    if let Err(problem) = stream.set_nodelay(true) {
        tracing::debug!(%problem, "the socket keeps its delay");
    }
    let mut stop = shared.stop.subscribe();
    let service = service_fn(move |request| respond(request, shared.clone()));
    let mut http = http1::Builder::new();
    // The `Date` header is that of the simulated clock.
    http.auto_date_header(false);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let stopped = async {
        // The sender outlives every connection.
        let _ = stop.wait_for(|stopped| *stopped).await;
    };
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopped => {
            serving.as_mut().graceful_shutdown();
            serving.as_mut().await
        }
    };
    if let Err(problem) = ended {
        tracing::debug!(%problem, "a connection broke, by a fault or by the client");
    }
}

type Response = hyper::Response<Full<Bytes>>;

/// Answers one request. What was begun goes on when the client goes away, as in the cloud.
async fn respond(request: hyper::Request<Incoming>, shared: Shared) -> io::Result<Response> {
    let request = read(request).await?;
    let work = tokio::spawn(async move { work(request, &shared).await });
    write(work.await.map_err(io::Error::other)??)
}

async fn work(request: Request, shared: &Shared) -> io::Result<Answer> {
    if control::is_control(&request) {
        let act = move |simulator: &mut Simulator| {
            let answer = control::answer(simulator, &request, real_now());
            (answer, simulator.stopping)
        };
        let (answer, stopping) = shared.with(act).await?;
        if stopping {
            shared.stop.send_replace(true);
        }
        return Ok(answer);
    }
    let asked = request.clone();
    let plan = shared.with(move |simulator| simulator.meet(&asked)).await?;
    let plan = plan.map_err(io::Error::other)?;
    pause(plan.delay_before_ms).await;
    if let Some(pid) = plan.kill_before {
        return Err(kill(pid));
    }
    if plan.lose_request {
        return Err(io::Error::other("the request is lost"));
    }
    let (delay, kill_after, lose) = (plan.delay_after_ms, plan.kill_after, plan.lose_reply);
    let act = move |simulator: &mut Simulator| simulator.perform(&request, &plan, real_now());
    let answer = shared.with(act).await?;
    pause(delay).await;
    if let Some(pid) = kill_after {
        return Err(kill(pid));
    }
    if lose {
        return Err(io::Error::other("the reply is lost"));
    }
    Ok(answer)
}

#[expect(clippy::disallowed_methods, reason = "a delay by a fault is real time, and only here")]
async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// Kills a client. The connection then breaks, as it would.
fn kill(pid: i32) -> io::Error {
    let killed = Pid::from_raw(pid).filter(|_| pid > 1).map(|pid| kill_process(pid, Signal::KILL));
    match killed {
        Some(Ok(())) => io::Error::other("the client was killed"),
        Some(Err(problem)) => io::Error::from(problem),
        None => io::Error::other("no such process"),
    }
}

async fn read(request: hyper::Request<Incoming>) -> io::Result<Request> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut read = Request::new(head.method.as_str(), target);
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        read.headers.push((name.as_str().to_owned(), value));
    }
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(io::Error::other)?;
    Ok(read.with_bytes(body.to_bytes().to_vec()))
}

fn write(answer: Answer) -> io::Result<Response> {
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(io::Error::other)?;
        response = response.header(name, HeaderValue::from_str(value).map_err(io::Error::other)?);
    }
    if let Body::Length(length) = answer.body {
        response = response.header("content-length", length.to_string());
    }
    let (bytes, kind) = answer.into_bytes();
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(Full::new(Bytes::from(bytes))).map_err(io::Error::other)
}
