//! An answer as a value. It must not know what it answers.

use serde_json::Value;

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON with its content type.
    Json(Value, &'static str),
    /// A text with its content type.
    Text(String, &'static str),
    /// Bytes.
    Bytes(Vec<u8>),
    /// What HEAD tells: how long the body would be.
    Length(usize),
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that carry meaning.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// What ARM and SQL send.
const JSON_UTF8: &str = "application/json; charset=utf-8";
/// What App Service sends.
const JSON: &str = "application/json";
/// What blob storage sends.
const OCTETS: &str = "application/octet-stream";
/// What Azure DevOps sends.
const JSON_DEVOPS: &str = "application/json; charset=utf-8; api-version=7.1";

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// JSON as ARM and SQL send it.
    pub fn json(status: u16, body: Value) -> Self {
        Self { body: Body::Json(body, JSON_UTF8), ..Self::empty(status) }
    }

    /// JSON as App Service sends it.
    pub fn site(body: Value) -> Self {
        Self { body: Body::Json(body, JSON), ..Self::empty(200) }
    }

    /// JSON as Azure DevOps sends it.
    pub fn devops(status: u16, body: Value) -> Self {
        Self { body: Body::Json(body, JSON_DEVOPS), ..Self::empty(status) }
    }

    /// A web page.
    pub fn html(status: u16, page: impl Into<String>) -> Self {
        Self { body: Body::Text(page.into(), "text/html; charset=utf-8"), ..Self::empty(status) }
    }

    /// The same with a header.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The JSON body, if there is one.
    pub fn as_json(&self) -> Option<&Value> {
        match &self.body {
            Body::Json(body, _) => Some(body),
            _ => None,
        }
    }

    /// The body as it is sent, and its content type.
    pub fn into_bytes(self) -> (Vec<u8>, Option<&'static str>) {
        match self.body {
            Body::Empty => (Vec::new(), None),
            Body::Json(body, kind) => (body.to_string().into_bytes(), Some(kind)),
            Body::Text(text, kind) => (text.into_bytes(), Some(kind)),
            Body::Bytes(bytes) => (bytes, Some(OCTETS)),
            Body::Length(_) => (Vec::new(), Some(OCTETS)),
        }
    }
}
