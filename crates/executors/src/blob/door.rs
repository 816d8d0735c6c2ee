//! Azure's door for a deletion that holds for one stamp only: `object_store` deletes whatever is
//! there, and in a batch that a signature for files alone may not ask for.

use crate::change::failing::permanent;
use crate::http::error_body::service_error;
use crate::http::{Aim, Call, HttpClient, refused, unanswered};
use object_store::azure::MicrosoftAzure;
use object_store::path::Path;
use object_store::signer::Signer;
use reqwest::{Method, Url};
use std::time::Duration;
use windlass_ports::{Outcome, Secret};

/// The version of the interface.
const VERSION: &str = "2021-12-02";

/// How long the address of one deletion is good: longer than the call lasts, clocks that differ
/// included.
const GOOD_FOR: Duration = Duration::from_secs(900);

/// What storage says where there is no such file.
const MISSING: &str = "BlobNotFound";

/// What it says where the file is another one.
const CHANGED: u16 = 412;

/// By what one is let in.
pub enum Pass {
    /// A key of the account: it signs an address.
    Key,
    /// A signature.
    Signature(Vec<(String, String)>),
    /// A token.
    Token(Secret),
}

/// The door.
pub struct Door {
    /// The store.
    pub store: MicrosoftAzure,
    /// The container's address.
    pub container: Url,
    /// By what one is let in.
    pub pass: Pass,
    /// The client.
    pub http: HttpClient,
}

impl Door {
    /// Deletes the file with this stamp; no is that another one is there.
    pub async fn delete(&self, what: &str, path: &Path, etag: &str) -> Outcome<bool> {
        let Some(url) = self.address(path).await else {
            // The address can hold a signature: no error may repeat it.
            return permanent("address", format!("failed to {what}: its address cannot be signed"));
        };
        let mut call = Call::new(Method::DELETE, url).header("x-ms-version", VERSION);
        call = call.header("if-match", etag.to_owned());
        if let Pass::Token(token) = &self.pass {
            call = call.header("authorization", format!("Bearer {}", token.expose()));
        }
        let sent = self.http.send(call).await;
        let reply = sent.map_err(|error| unanswered(Aim::Write, what, &error))?;
        match reply.status {
            200..=299 => Ok(true),
            404 if service_error(&reply).is(MISSING) => Ok(true),
            CHANGED => Ok(false),
            _ => Err(refused(Aim::Write, what, &reply)),
        }
    }

    async fn address(&self, path: &Path) -> Option<Url> {
        if let Pass::Key = self.pass {
            return self.store.signed_url(Method::DELETE, path, GOOD_FOR).await.ok();
        }
        let mut url = self.container.clone();
        url.path_segments_mut().ok()?.extend(path.parts());
        if let Pass::Signature(pairs) = &self.pass {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        Some(url)
    }
}
