//! Holds every exchange of a test against the contract.

use std::sync::{Arc, Mutex};
use windlass_contract::{Exchange, check};
use windlass_executors::http::{Body, Call, HttpClient, Reply, Witness};

/// Exchanges that broke the contract, in words.
#[derive(Default)]
pub struct Judge {
    faults: Mutex<Vec<String>>,
    seen: Mutex<Vec<String>>,
}

impl Judge {
    /// A client that is watched, and who watches it.
    pub fn client() -> (HttpClient, Arc<Self>) {
        let judge = Arc::new(Self::default());
        let client = HttpClient::new().unwrap().witnessed(Arc::clone(&judge) as Arc<dyn Witness>);
        (client, judge)
    }

    /// What was sent so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Witness for Judge {
    fn exchange(&self, call: &Call, reply: &Reply) {
        let path = call.url.path().to_owned();
        self.seen.lock().unwrap().push(format!("{} {path}", call.method));
        // Of deployment hosts there is no description: they are held against a recording.
        let outside =
            ["/apps/", "/scm/", "/oauth2/", "/metadata/", "AsyncOperation/", "OperationResults/"];
        if outside.iter().any(|part| path.contains(part)) {
            return;
        }
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (!text.is_empty()).then_some(text)
        };
        let headers = reply
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let request_headers =
            call.headers.iter().map(|(name, value)| (name.to_string(), value.clone()));
        let exchange = Exchange {
            method: call.method.to_string(),
            url: call.url.to_string(),
            request_headers: request_headers.collect(),
            request_body: match &call.body {
                Body::Json(value) => Some(value.clone()),
                Body::Empty | Body::Form(_) | Body::Text(_) | Body::File(..) => None,
            },
            status: reply.status,
            response_headers: headers.collect(),
            response_body: text(&reply.body)
                .map(|text| reply.json().unwrap_or(serde_json::Value::String(text))),
        };
        let found = check(&exchange).into_iter().map(|fault| fault.to_string());
        self.faults.lock().unwrap().extend(found);
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let faults = self.faults.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !std::thread::panicking() {
            assert!(faults.is_empty(), "the contract is broken:\n{}", faults.join("\n"));
        }
    }
}
