//! B3, B5: one file of a storage account: its stamps, its last bytes, away with it. It must not
//! know what the file holds.

use super::binding::{BlobPlace, ContainerBinding};
use super::whole_zip::{END_BYTES_MAX, ends_whole};
use crate::azure::arm::segment;
use crate::azure::settings::AzureSettings;
use crate::azure::tokens::Tokens;
use crate::http::error_body::service_error;
use crate::http::{Aim, Call, HttpClient, Reply, refused, unanswered};
use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use windlass_model::{Failure, RequestId};
use windlass_ports::{ActionError, Context, Outcome, Secrets};

/// The version of the interface.
const VERSION: &str = "2021-12-02";

/// What a token for files is for.
const SCOPE: &str = "https://storage.azure.com/.default";

/// Where the files of accounts are.
const ADDRESS: &str = "https://{account}.blob.core.windows.net";

/// What storage says where there is no such file.
const MISSING: &str = "BlobNotFound";

/// What it says where there is no such container.
const NO_CONTAINER: &str = "ContainerNotFound";

/// What storage says where the file is another one.
const CHANGED: u16 = 412;

/// The files of storage accounts as one identity sees them.
pub struct Blobs {
    http: HttpClient,
    tokens: Tokens,
    address: String,
}

/// What is read of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How long it is.
    pub length: u64,
    /// Its version stamp: new with every write.
    pub etag: String,
    /// When it was written last, by the service's clock.
    pub modified: Option<Timestamp>,
    /// What its bytes hash to, where storage knows.
    pub md5: Option<String>,
}

/// A file, or that there is none, with the service's clock.
#[derive(Clone, Debug)]
pub struct Look {
    /// The file.
    pub facts: Option<Facts>,
    /// When one looked, as the service says.
    pub date: Option<String>,
}

/// What became of a file that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone, or was.
    Gone,
    /// Another file has its name now; it stays.
    Another,
}

impl Blobs {
    /// Speaks to what the settings name.
    pub fn new(settings: &AzureSettings, http: HttpClient, tokens: Tokens) -> Self {
        let address = match (&settings.blob_endpoint, settings.endpoint.strip_prefix("https://")) {
            (Some(address), _) => address.clone(),
            (None, Some(_)) => ADDRESS.to_owned(),
            // A simulator has all services behind one door.
            (None, None) => format!("{}/blob/{{account}}", settings.endpoint),
        };
        Self { http, tokens, address }
    }

    /// A file's address, or that of its container where it has no name; without any signature.
    pub fn uri(&self, place: &BlobPlace) -> String {
        let door = self.address.replace("{account}", &segment(&place.account));
        let container = format!("{}/{}", door.trim_end_matches('/'), segment(&place.container));
        if place.blob.is_empty() {
            return container;
        }
        let names: Vec<String> = place.blob.split('/').map(segment).collect();
        format!("{container}/{}", names.join("/"))
    }

    /// Whether there is a container.
    pub async fn is_container(&self, ctx: &Context, held: &ContainerBinding) -> Outcome<bool> {
        let place = held.blob("");
        let what = format!("read the container {}/{}", held.account, held.container);
        let mut call = self.call(ctx, &place, Method::GET).await?;
        call.url.query_pairs_mut().append_pair("restype", "container");
        let reply = self.send(Aim::Read, &what, &place, call).await?;
        match reply.status {
            200 => Ok(true),
            404 if service_error(&reply).is(NO_CONTAINER) => Ok(false),
            _ => Err(refused(Aim::Read, &what, &reply)),
        }
    }

    /// Reads what there is.
    pub async fn look(&self, ctx: &Context, place: &BlobPlace) -> Outcome<Look> {
        let what = format!("read the file {}", place.label());
        let call = self.call(ctx, place, Method::HEAD).await?;
        let reply = self.send(Aim::Read, &what, place, call).await?;
        let date = reply.date().map(str::to_owned);
        match reply.status {
            200 => Ok(Look { facts: Some(facts(&what, &reply)?), date }),
            404 if service_error(&reply).is(MISSING) => Ok(Look { facts: None, date }),
            _ => Err(refused(Aim::Read, &what, &reply)),
        }
    }

    /// Whether a file that is there ends as a zip ends.
    pub async fn is_whole_zip(
        &self,
        ctx: &Context,
        place: &BlobPlace,
        facts: &Facts,
    ) -> Outcome<bool> {
        if facts.length == 0 {
            return Ok(false);
        }
        let what = format!("read the end of the file {}", place.label());
        let from = facts.length.saturating_sub(END_BYTES_MAX);
        let call = self.call(ctx, place, Method::GET).await?;
        let call = call
            .header("x-ms-range", format!("bytes={from}-{}", facts.length - 1))
            .header("if-match", facts.etag.clone());
        let reply = self.send(Aim::Read, &what, place, call).await?;
        match reply.status {
            200 | 206 => Ok(ends_whole(&reply.body)),
            // Written anew between the two looks: not over yet.
            404 | CHANGED => Ok(false),
            _ => Err(refused(Aim::Read, &what, &reply)),
        }
    }

    /// Deletes the file with this stamp, and no other.
    pub async fn delete(
        &self,
        ctx: &Context,
        place: &BlobPlace,
        etag: &str,
        request: RequestId,
    ) -> Outcome<Deleted> {
        let what = format!("delete the file {}", place.label());
        let call = self.call(ctx, place, Method::DELETE).await?;
        let call =
            call.header("if-match", etag).header("x-ms-client-request-id", request.to_string());
        let reply = self.send(Aim::Write, &what, place, call).await?;
        match reply.status {
            200..=299 => Ok(Deleted::Gone),
            404 if service_error(&reply).is(MISSING) => Ok(Deleted::Gone),
            CHANGED => Ok(Deleted::Another),
            _ => Err(refused(Aim::Write, &what, &reply)),
        }
    }

    async fn call(&self, ctx: &Context, place: &BlobPlace, method: Method) -> Outcome<Call> {
        self.call_with(ctx.secrets.as_ref(), place, method).await
    }

    /// A call about a file, with the signature where it has one.
    pub async fn call_with(
        &self,
        secrets: &dyn Secrets,
        place: &BlobPlace,
        method: Method,
    ) -> Outcome<Call> {
        let mut address = self.uri(place);
        if let Some(sas) = &place.sas {
            let sas = sas.resolve(secrets).await?;
            address = format!("{address}?{}", sas.expose().trim_start_matches('?'));
        }
        // The address can hold the signature: no error may repeat it.
        let url = Url::parse(&address).map_err(|_| {
            let message = format!(
                "failed to address the file {}: account, container and file give no address; look \
                 at the binding and at `blob_endpoint`",
                place.label()
            );
            ActionError::Permanent(Failure::permanent("address", message))
        })?;
        Ok(Call::new(method, url).header("x-ms-version", VERSION))
    }

    /// Sends a call. A token that is not taken is renewed once.
    pub async fn send(
        &self,
        aim: Aim,
        what: &str,
        place: &BlobPlace,
        call: Call,
    ) -> Outcome<Reply> {
        let answered = |sent| match sent {
            Ok(reply) => Ok(reply),
            Err(error) => Err(unanswered(aim, what, &error)),
        };
        if place.sas.is_some() {
            return answered(self.http.send(call).await);
        }
        let mut renewed = false;
        loop {
            let authorization = self.tokens.authorization(SCOPE).await?;
            let signed = call.clone().header("authorization", authorization.clone());
            let reply = answered(self.http.send(signed).await)?;
            if reply.status != 401 || renewed {
                return Ok(reply);
            }
            self.tokens.forget(SCOPE, &authorization).await;
            renewed = true;
        }
    }
}

/// Stamps without which nothing can be told are an error, not a guess.
fn facts(what: &str, reply: &Reply) -> Outcome<Facts> {
    let length = reply.header("content-length").and_then(|text| text.parse().ok());
    let etag = reply.header("etag").map(str::to_owned);
    let (Some(length), Some(etag)) = (length, etag) else {
        let message = format!("failed to {what}: storage answered without length and stamp");
        return Err(ActionError::Transient(Failure::transient("no_stamps", message)));
    };
    let modified = reply.header("last-modified");
    let modified = modified.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
    let md5 = reply.header("content-md5").map(str::to_owned);
    Ok(Facts { length, etag, modified: modified.map(|at| at.timestamp()), md5 })
}
