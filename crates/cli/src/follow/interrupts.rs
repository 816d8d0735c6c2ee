//! Ctrl-C and SIGTERM, counted: the first asks for a pause, the second lets go at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears both from its making on.
pub struct Interrupts {
    int: Option<Signal>,
    term: Option<Signal>,
}

impl Interrupts {
    /// Begins to hear. Where the system refuses, the signals keep their usual meaning.
    pub fn hear() -> Self {
        let listen = |kind| {
            signal(kind).map_err(|error| tracing::warn!(%error, "a signal is not heard")).ok()
        };
        Self { int: listen(SignalKind::interrupt()), term: listen(SignalKind::terminate()) }
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            () = heard(self.int.as_mut()) => {}
            () = heard(self.term.as_mut()) => {}
        }
    }
}

async fn heard(signal: Option<&mut Signal>) {
    let came = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if came.is_none() {
        std::future::pending().await
    }
}
