//! Lines that a human types, read by a thread of their own: a question may be answered elsewhere
//! while this process still waits for a key.

use std::io::BufRead;
use tokio::sync::mpsc;

/// The lines of stdin from the first question on.
#[derive(Default)]
pub struct StdinLines {
    lines: Option<mpsc::UnboundedReceiver<String>>,
}

impl StdinLines {
    /// The next line; none where stdin has ended. Safe to drop and to ask again.
    pub async fn next(&mut self) -> Option<String> {
        let lines = self.lines.get_or_insert_with(start);
        lines.recv().await
    }
}

fn start() -> mpsc::UnboundedReceiver<String> {
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
    lines
}
