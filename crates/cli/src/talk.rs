//! The two ways out: stdout is data, stderr is talk. Nothing else of the program writes to either,
//! the live view's terminal aside. A reader that went away (`| head`) is no error.

use crate::visible::visible;
use crate::wrap::{width, wrap};
use console::Term;
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// Writes a line of data.
pub fn data(line: &str) {
    raw(&format!("{}\n", visible(line)));
}

/// Writes sentences as data; on a terminal no word is broken at its edge.
pub fn prose(text: &str) {
    match io::stdout().is_terminal() {
        true => data(&wrap(&visible(text), width(&Term::stdout()))),
        false => data(text),
    }
}

/// Writes a JSON value as one line of data.
pub fn json(value: &Value) {
    raw(&format!("{value}\n"));
}

/// Writes text as it is, as data.
pub fn raw(text: &str) {
    let mut out = io::stdout().lock();
    // A closed pipe means that nobody wants more; there is nobody to tell.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Says a line to the human; on a terminal no word is broken at its edge.
pub fn say(line: &str) {
    styled(&fitted(&visible(line)));
}

/// Says a line that has colours of our own.
pub fn styled(line: &str) {
    let mut err = io::stderr().lock();
    drop(writeln!(err, "{line}"));
}

/// A line as wide as the terminal of the talk; elsewhere the line as it is.
pub fn fitted(line: &str) -> String {
    match io::stderr().is_terminal() {
        true => wrap(line, width(&Term::stderr())),
        false => line.to_owned(),
    }
}

/// Says something without ending the line: a question.
pub fn ask(text: &str) {
    let mut err = io::stderr().lock();
    drop(write!(err, "{}", visible(text)).and_then(|()| err.flush()));
}

/// Whether a human can be asked: both ends are a terminal.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a live view fits: the talk goes to a terminal that moves its cursor.
pub fn can_draw() -> bool {
    io::stderr().is_terminal() && windlass_sys::env::var("TERM").as_deref() != Some("dumb")
}

/// Whether a screen fits: the data go to a terminal that moves its cursor.
pub fn can_fill() -> bool {
    io::stdout().is_terminal() && windlass_sys::env::var("TERM").as_deref() != Some("dumb")
}

/// Writes bytes as data, and tells whether they were taken: for data that must be whole.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(bytes)
}
