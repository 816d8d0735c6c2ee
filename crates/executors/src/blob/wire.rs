//! The way to an object store's service: sends what `object_store` signed, keeps what was heard
//! last for the verdict, and bounds every answer that is not a file. It must not know what a
//! request is for.

use crate::http::{Reply, SendError};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use reqwest::Method;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

/// The longest answer that is read whole: lists and errors are far shorter.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// What was heard of the last request, where it was no success.
#[derive(Clone, Debug)]
pub enum Heard {
    /// The service said no.
    Refused(Reply),
    /// No answer came.
    Silence(SendError),
}

/// The way.
#[derive(Clone)]
pub struct Wire {
    client: reqwest::Client,
    heard: Arc<Mutex<Option<Heard>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    /// The way of one client.
    pub fn new(client: reqwest::Client) -> Self {
        Self { client, heard: Arc::default() }
    }

    /// What was heard of the last request.
    pub fn heard(&self) -> Option<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, heard: Option<Heard>) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.keep(None);
        let host = request.uri().host().unwrap_or_default().to_owned();
        let label = format!("{} {}", request.method(), request.uri().path());
        let is_file = request.method() == Method::GET
            && !request.uri().query().is_some_and(|query| query.contains("list"));
        let silence = |error: HttpError| {
            self.keep(Some(Heard::Silence(unanswered(host.clone(), &error))));
            error
        };
        let answer = HttpService::call(&self.client, request).await.map_err(silence)?;
        let status = answer.status();
        tracing::debug!(call = label, status = status.as_u16(), "answered");
        if is_file && status.is_success() {
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let body = whole(body).await.map_err(silence)?;
        if !status.is_success() {
            let headers = parts.headers.clone();
            let reply = Reply { status: status.as_u16(), headers, body: body.to_vec() };
            self.keep(Some(Heard::Refused(reply)));
        }
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

async fn whole(body: HttpResponseBody) -> Result<Bytes, HttpError> {
    match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(HttpError::new_boxed(HttpErrorKind::Decode, error)),
    }
}

/// Whether nothing can have been sent: the connection did not come up.
fn unanswered(host: String, error: &HttpError) -> SendError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let why = match error.kind() {
        HttpErrorKind::Timeout => "it took too long".to_owned(),
        _ => cause.to_string(),
    };
    match error.kind() {
        HttpErrorKind::Connect => SendError::NotSent { host, why },
        _ => SendError::NoAnswer { host, why },
    }
}

impl HttpService for Wire {
    fn call<'a, 'f>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        'a: 'f,
        Self: 'f,
    {
        Box::pin(self.exchange(request))
    }
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}
