//! A road to a server on which things get lost: one request, or its reply. It must not know who
//! travels.

use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and its answer too.
    Arrives,
    /// It is lost on its way.
    RequestLost,
    /// It arrives; its answer is lost.
    ReplyLost,
    /// It arrives; the answer is this one.
    Answered(&'static str),
    /// It does not arrive; the answer is this one.
    Refused(&'static str),
    /// It arrives; half of its answer is lost.
    CutOff,
}

/// Decides by the line with method and path.
type Decides = dyn Fn(&str) -> Fate + Send + Sync;

/// The road; dropping it ends it.
pub struct Road {
    pub url: String,
    task: JoinHandle<()>,
}

impl Road {
    /// A road to an address.
    pub async fn to(url: &str, decides: impl Fn(&str) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://{}", listener.local_addr().unwrap());
        let there = url.trim_start_matches("http://").to_owned();
        let decides: Arc<Decides> = Arc::new(decides);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (there, decides) = (there.clone(), decides.clone());
                tokio::spawn(async move {
                    // Whoever hangs up early is no matter of this road.
                    let _ = travel(stream, &there, decides.as_ref()).await;
                });
            }
        });
        Self { url: at, task }
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn travel(mut stream: TcpStream, there: &str, decides: &Decides) -> std::io::Result<()> {
    let request = request(&mut stream).await?;
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    let fate = decides(&line);
    if fate == Fate::RequestLost {
        return Ok(());
    }
    if let Fate::Refused(text) = fate {
        stream.write_all(text.as_bytes()).await?;
        return stream.shutdown().await;
    }
    let mut server = TcpStream::connect(there).await?;
    server.write_all(&request).await?;
    let mut reply = Vec::new();
    server.read_to_end(&mut reply).await?;
    match fate {
        Fate::Answered(text) => stream.write_all(text.as_bytes()).await?,
        Fate::CutOff => stream.write_all(&reply[..reply.len() / 2]).await?,
        Fate::Arrives => stream.write_all(&reply).await?,
        _ => {}
    }
    stream.shutdown().await
}

/// Reads one request, and asks for a connection that ends with its answer.
async fn request(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0_usize) {
                let body = bytes.split_off(end);
                return Ok([bytes, b"\r\nconnection: close".to_vec(), body].concat());
            }
        }
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&piece[..read]);
    }
}
