//! A door before the simulator, behind which each answer takes ten seconds by the clock that both
//! sides follow; nobody really waits. It must not know what is asked.

use super::sim::Sim;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use windlass_testkit::SimClock;

/// How long an answer takes.
pub const LATE_MS: u64 = 10_000;

/// The door; dropping it ends it.
pub struct SlowDoor {
    pub url: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

struct Behind {
    address: String,
    clock: SimClock,
    controls: reqwest::Client,
    seen: Arc<Mutex<Vec<String>>>,
}

impl SlowDoor {
    pub async fn before(sim: &Sim) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let behind = Arc::new(Behind {
            address: sim.url.strip_prefix("http://").unwrap().to_owned(),
            clock: sim.parts.clock.clone(),
            controls: reqwest::Client::builder().no_proxy().build().unwrap(),
            seen: Arc::clone(&seen),
        });
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let behind = Arc::clone(&behind);
                tokio::spawn(async move {
                    // Whoever hangs up early is no matter of this door.
                    let _ = behind.pass(stream).await;
                });
            }
        });
        Self { url, seen, task }
    }

    /// Method and path of everything that was asked.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Those of it that change something.
    pub fn writes(&self) -> Vec<String> {
        let looks = |line: &String| {
            let path = line.to_ascii_lowercase();
            path.starts_with("get ")
                || path.starts_with("head ")
                || ["/list", "/listkeys", "/token"].iter().any(|end| path.ends_with(end))
        };
        self.seen().into_iter().filter(|line| !looks(line)).collect()
    }
}

impl Drop for SlowDoor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Behind {
    /// One request and its answer: connections are not kept, so that each has an end.
    async fn pass(&self, mut client: TcpStream) -> std::io::Result<()> {
        let request = whole(&mut client).await?;
        let head = String::from_utf8_lossy(&request).into_owned();
        let line = head.lines().next().unwrap_or_default().to_owned();
        let mut words = line.split([' ', '?']);
        let asked = [words.next().unwrap_or_default(), words.next().unwrap_or_default()].join(" ");
        self.seen.lock().unwrap().push(asked);
        let mut server = TcpStream::connect(&self.address).await?;
        server.write_all(format!("{line}\r\nconnection: close\r\n").as_bytes()).await?;
        server.write_all(&request[(line.len() + 2).min(request.len())..]).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        self.clock.advance(LATE_MS);
        let clock = format!("http://{}/_sim/clock", self.address);
        let seconds = json!({"advance_seconds": LATE_MS / 1000});
        self.controls.post(clock).json(&seconds).send().await.unwrap();
        client.write_all(&answer).await?;
        client.shutdown().await
    }
}

/// Reads a request with its body.
async fn whole(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece).await?;
        bytes.extend_from_slice(&piece[..read]);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let is_whole = end.is_some_and(|end| {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            bytes.len() >= end + 4 + length.unwrap_or(0)
        });
        if is_whole || read == 0 {
            return Ok(bytes);
        }
    }
}
