//! A request as a value that can be kept and replayed. It must not know who sent it over what.

use crate::ids::find_guid;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `PUT`, …
    pub method: String,
    /// The path as it was sent, still escaped.
    pub path: String,
    /// The query, unescaped, in order.
    pub query: Vec<(String, String)>,
    /// The headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body; what is no text stands in base64.
    pub body: String,
    /// Whether it stands so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_base64: bool,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(&name.replace('+', " ")), unescape(&value.replace('+', " ")))
        });
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.collect(),
            ..Self::default()
        }
    }

    /// The same with a header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The same with a JSON body.
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A query parameter's value, if it is there and not empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        let found = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The body as JSON; nothing if it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// The same with these bytes as its body.
    pub fn with_bytes(mut self, bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => self.body = text,
            Err(other) => {
                self.body = STANDARD.encode(other.as_bytes());
                self.in_base64 = true;
            }
        }
        self
    }

    /// The body's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self.in_base64 {
            true => STANDARD.decode(&self.body).unwrap_or_default(),
            false => self.body.clone().into_bytes(),
        }
    }

    /// The segments of the path, unescaped.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(unescape).collect()
    }

    /// The address under which the client reached us.
    pub fn base(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1"))
    }

    /// The caller's own id of this request: a header, or a GUID in what it wrote for people.
    pub fn request_id(&self) -> Option<String> {
        let header = ["x-ms-client-request-id", "x-tfs-session"];
        let header = header.iter().find_map(|name| self.header(name)).map(str::to_owned);
        // The deployment host keeps what stands in the query.
        let header = header.or_else(|| find_guid(self.query("message")?));
        header.or_else(|| {
            let body = self.json()?;
            let written = ["comment", "description"].iter().filter_map(|key| body[*key].as_str());
            written.filter_map(find_guid).next()
        })
    }

    /// One line for the log of requests; no query, since a query may carry a secret.
    pub fn summary(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Undoes the percent escapes of a URL; leaves what is not one.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = (first == b'%').then(|| tail.get(..2)).flatten();
        let escape = escape.and_then(|hex| std::str::from_utf8(hex).ok());
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_is_taken_apart() {
        let request = Request::new("GET", "/a%20b/c?x=1%2F2&y=&$top=3&z=a+b");
        assert_eq!(request.segments(), ["a b", "c"]);
        assert_eq!(request.query("X"), Some("1/2"));
        assert_eq!((request.query("y"), request.query("$top")), (None, Some("3")));
        assert_eq!(request.query("z"), Some("a b"));
        assert_eq!(Request::new("GET", "/100%/%zz").segments(), ["100%", "%zz"]);
    }

    #[test]
    fn the_request_id_is_found_in_a_header_or_a_comment() {
        let id = "0190e2a4-0000-7000-8000-000000000001";
        let body = json!({"comment": format!("windlass {id}")});
        assert_eq!(Request::new("PATCH", "/").with_json(&body).request_id().as_deref(), Some(id));
        let both = Request::new("PATCH", "/").with_json(&body).with_header("X-TFS-Session", "s");
        assert_eq!(both.request_id().as_deref(), Some("s"));
    }
}
