//! Whether a service is ready, asked from outside. It changes nothing.

use super::binding::Ready;
use crate::http::HttpClient;
use crate::http::client::Call;
use reqwest::{Method, Url};
use std::time::Duration;
use tokio::net::TcpStream;

/// Real time for one answer: a service that is up answers its own health page sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

impl Ready {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.http.is_none() && self.port.is_none() && self.file.is_none()
    }

    /// What lacks; nothing where it is ready.
    pub async fn lacks(&self, http: &HttpClient) -> Option<String> {
        if let Some(file) = self.file.as_ref().filter(|file| !file.exists()) {
            return Some(format!("{} is not there", file.display()));
        }
        if let Some(port) = self.port {
            let connect = TcpStream::connect(("127.0.0.1", port));
            match tokio::time::timeout(ANSWER_TIMEOUT, connect).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Some(format!("nobody listens on port {port}")),
            }
        }
        match &self.http {
            Some(address) => unanswered(http, address).await,
            None => None,
        }
    }
}

async fn unanswered(http: &HttpClient, address: &str) -> Option<String> {
    let Ok(url) = Url::parse(address) else {
        return Some("`ready.http` is no address".to_owned());
    };
    let place = url.path().to_owned();
    let mut call = Call::new(Method::GET, url);
    call.timeout = Some(ANSWER_TIMEOUT);
    match http.send(call).await {
        Ok(reply) if (200..300).contains(&reply.status) => None,
        Ok(reply) => Some(format!("{place} answers {}", reply.status)),
        Err(error) => Some(error.to_string()),
    }
}
