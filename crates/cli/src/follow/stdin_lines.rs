//! Lines that a human types, read by a thread of their own: a question may be answered elsewhere
//! while this process still waits for a key. A process has one stdin, so there is one thread.

use crate::talk;
use std::io::BufRead;
use std::sync::OnceLock;
use tokio::sync::{Mutex, mpsc};

type Lines = Mutex<mpsc::UnboundedReceiver<String>>;

/// The next line; none where stdin has ended. Safe to drop and to ask again.
pub async fn next() -> Option<String> {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(start).lock().await.recv().await
}

/// Asks for a yes; anything else is a no.
pub async fn agrees(question: &str) -> bool {
    talk::ask(&format!("{question} [yes/No] "));
    let line = next().await.unwrap_or_default();
    matches!(line.trim().to_ascii_lowercase().as_str(), "yes" | "y")
}

fn start() -> Lines {
    let (send, lines) = mpsc::unbounded_channel();
    let read = move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if send.send(line).is_err() {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("windlass-stdin".to_owned()).spawn(read);
    if let Err(error) = thread {
        tracing::warn!(%error, "nothing can be read from the terminal");
    }
    Mutex::new(lines)
}
