//! One request and its answer, as anybody can record them. It must not know what is right.

use serde_json::Value;

/// One request and its answer.
///
/// A body that is no JSON (an HTML page of an error) is a [`Value::String`]; an empty one is
/// `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    /// The method, in capitals.
    pub method: String,
    /// The whole URL with its query. The host may be the service's or one on loopback.
    pub url: String,
    /// Request headers; names in any letter case.
    pub request_headers: Vec<(String, String)>,
    /// What was sent.
    pub request_body: Option<Value>,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers; names in any letter case.
    pub response_headers: Vec<(String, String)>,
    /// What was answered.
    pub response_body: Option<Value>,
}

impl Exchange {
    /// Returns a header of the request.
    pub(crate) fn request_header(&self, name: &str) -> Option<&str> {
        find(&self.request_headers, name)
    }

    /// Returns a header of the answer.
    pub(crate) fn response_header(&self, name: &str) -> Option<&str> {
        find(&self.response_headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
