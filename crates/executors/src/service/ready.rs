//! Whether a service is ready, asked from outside. It changes nothing.

use super::binding::{Ready, ServiceBinding};
use crate::child::run::{Program, run};
use crate::http::HttpClient;
use crate::http::client::Call;
use reqwest::{Method, Url};
use std::time::Duration;
use tokio::net::TcpStream;
use windlass_model::RequestId;
use windlass_ports::Context;

/// Real time for one answer: a service that is up answers its own health page sooner.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

impl Ready {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.http.is_none() && self.port.is_none() && self.file.is_none() && self.command.is_empty()
    }
}

impl ServiceBinding {
    /// What lacks before it is ready; nothing where it is.
    pub async fn lacks_to_be_ready(
        &self,
        ctx: &Context,
        key: RequestId,
        http: &HttpClient,
    ) -> Option<String> {
        let ready = &self.ready;
        if let Some(file) = ready.file.as_ref().filter(|file| !file.exists()) {
            return Some(format!("{} is not there", file.display()));
        }
        if let Some(port) = ready.port {
            let connect = TcpStream::connect(("127.0.0.1", port));
            match tokio::time::timeout(ANSWER_TIMEOUT, connect).await {
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return Some(format!("nobody listens on port {port}")),
            }
        }
        if let Some(lack) = self.unwilling(ctx, key).await {
            return Some(lack);
        }
        match &ready.http {
            Some(address) => unanswered(http, address).await,
            None => None,
        }
    }

    /// Why its own program does not call it ready.
    async fn unwilling(&self, ctx: &Context, key: RequestId) -> Option<String> {
        let (name, arguments) = self.ready.command.split_first()?;
        let program = Program {
            name: name.clone(),
            arguments: arguments.iter().map(Into::into).collect(),
            dir: self.dir.clone(),
            secrets: Vec::new(),
            hidden: Vec::new(),
            variables: self.env.clone().into_iter().collect(),
            input: Vec::new(),
            key,
        };
        match tokio::time::timeout(ANSWER_TIMEOUT, run(ctx, program)).await {
            Ok(Ok(ran)) if ran.is_good() => None,
            Ok(Ok(ran)) => Some(match ran.status {
                Some(status) => format!("`{name}` ends with {status}"),
                None => format!("a signal ended `{name}`"),
            }),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("`{name}` does not end")),
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
