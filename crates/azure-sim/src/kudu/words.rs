//! What a deployment host says in plain words. It must not know of what.

use crate::http::{Answer, Body};

/// A refusal.
pub fn plain(status: u16, text: &str) -> Answer {
    let body = Body::Text(text.to_owned(), "text/plain; charset=utf-8");
    Answer { body, ..Answer::empty(status) }
}
