//! A server of this machine: a webhook's receiver, a service that repeats what it is sent, and a
//! git remote that wants a token.

use super::words::PAT;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// One request.
struct Request {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, path, query, headers, body })
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// The server.
pub struct Receiver {
    /// Its address, without a path.
    pub address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    /// One whose git remote lies in a folder.
    pub fn begin(remotes: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (hears, remotes) = (heard.clone(), remotes.to_owned());
        // It goes on as long as the process; nobody speaks to it after its test.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (hears, remotes) = (hears.clone(), remotes.clone());
                std::thread::spawn(move || {
                    if let Some(request) = Request::read(&stream) {
                        answer(&stream, &request, &remotes, &hears);
                    }
                });
            }
        });
        Self { address, heard }
    }

    /// What it was told, each path with the headers and the body.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().join("\n")
    }
}

fn answer(stream: &TcpStream, request: &Request, remotes: &Path, heard: &Mutex<Vec<String>>) {
    let body = String::from_utf8_lossy(&request.body);
    heard.lock().unwrap().push(format!("{} {:?} {body}", request.path, request.headers));
    let opens = STANDARD.encode(format!("windlass:{}", PAT.word));
    let is_open = request.header("authorization") == format!("Basic {opens}");
    let (status, kind, body) = if request.path.starts_with("/remote.git") {
        match is_open {
            true => return serve_git(stream, request, remotes),
            false => (401, "text/plain", "who asks?".to_owned()),
        }
    } else if request.path.starts_with("/refusing.git") {
        // As some gateways do, which repeat all that they were sent.
        let said = request.header("authorization");
        (403, "text/plain", format!("not with {said}\nthat is {}", PAT.word))
    } else if request.path.starts_with("/moved.git") {
        (302, "text/plain", String::new())
    } else if request.path.starts_with("/echo") {
        let said = serde_json::json!({"key": request.header("x-api-key"), "state": "ill"});
        (200, "application/json", said.to_string())
    } else {
        (200, "application/json", serde_json::json!({"path": request.path}).to_string())
    };
    let mut stream = stream;
    let head = format!(
        "HTTP/1.1 {status} so\r\ncontent-type: {kind}\r\nlocation: {}/stolen.git/{}\r\n\
         connection: close\r\n",
        elsewhere(stream),
        request.path.split_once(".git/").map_or("", |(_, below)| below),
    );
    let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    drop(stream.write_all(answer.as_bytes()));
}

/// This very server under the name of another host.
fn elsewhere(stream: &TcpStream) -> String {
    format!("http://localhost:{}", stream.local_addr().unwrap().port())
}

/// By git's own program for servers.
fn serve_git(mut stream: &TcpStream, request: &Request, remotes: &Path) {
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", remotes).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", &request.path).env("QUERY_STRING", &request.query);
    command.env("REQUEST_METHOD", &request.method).env("REMOTE_USER", "releases");
    command.env("CONTENT_TYPE", request.header("content-type"));
    command.env("CONTENT_LENGTH", request.body.len().to_string());
    command.env("HTTP_CONTENT_ENCODING", request.header("content-encoding"));
    command.env("GIT_PROTOCOL", request.header("git-protocol"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let body = request.body.clone();
    let feeding = std::thread::spawn(move || drop(input.write_all(&body)));
    let answer = child.wait_with_output().unwrap().stdout;
    feeding.join().unwrap();
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.strip_prefix("Status: ").and_then(|t| t.lines().next()).unwrap_or("200 OK");
    drop(stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n").as_bytes()));
    drop(stream.write_all(&answer));
}
