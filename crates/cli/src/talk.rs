//! The two ways out: stdout is data, stderr is talk. Nothing else of the program writes to either,
//! the live view's terminal aside. A reader that went away (`| head`) is no error.

use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// Writes a line of data.
pub fn data(line: &str) {
    let mut out = io::stdout().lock();
    // A closed pipe means that nobody wants more; there is nobody to tell.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Writes a JSON value as one line of data.
pub fn json(value: &Value) {
    data(&value.to_string());
}

/// Writes text as it is, as data.
pub fn raw(text: &str) {
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Says a line to the human.
pub fn say(line: &str) {
    let mut err = io::stderr().lock();
    drop(writeln!(err, "{line}"));
}

/// Says something without ending the line: a question.
pub fn ask(text: &str) {
    let mut err = io::stderr().lock();
    drop(write!(err, "{text}").and_then(|()| err.flush()));
}

/// Whether a human can be asked: both ends are a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a live view fits: the talk goes to a terminal that moves its cursor.
pub fn can_draw() -> bool {
    io::stderr().is_terminal() && windlass_sys::env::var("TERM").as_deref() != Some("dumb")
}

/// Writes bytes as data, and tells whether they were taken: for data that must be whole.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(bytes)
}
