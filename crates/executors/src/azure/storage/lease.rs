//! A lock that several machines see: a lease on one file of a storage account. It does not run out,
//! so that a run that failed keeps everybody else out; a human takes it away where its machine is
//! gone. The lease's id follows from the run, so whoever has the run's history can go on, and
//! nobody else. It must not know what the lock protects.

use super::binding::BlobPlace;
use super::blobs::Blobs;
use crate::http::error_body::service_error;
use crate::http::{Aim, Call, Reply, refused};
use reqwest::Method;
use std::sync::Arc;
use windlass_model::{RequestId, RunId, Side, StepId};
use windlass_ports::shared_lock::{Claim, Holder, LockAnswer};
use windlass_ports::{BoxFuture, Outcome, Secrets, SharedLock};

/// What storage says where there is no such file yet.
const MISSING: &str = "BlobNotFound";

/// What it says where somebody else has a lease.
const HELD: &str = "LeaseAlreadyPresent";

/// What it says of a lease that is not there, or not this one, any more.
const NOT_OURS: [&str; 4] = [
    "LeaseIdMismatchWithLeaseOperation",
    "LeaseNotPresentWithLeaseOperation",
    "LeaseIsBrokenAndCannotBeRenewed",
    "LeaseIsBreakingAndCannotBeChanged",
];

/// How long this machine's name may be in a sentence.
const NAME_CHARS_MAX: usize = 100;

/// Where the kernel keeps this machine's name.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// The lock.
pub struct BlobLease {
    /// The files of the account.
    pub blobs: Arc<Blobs>,
    /// Which file.
    pub place: BlobPlace,
    /// The secrets that open it.
    pub secrets: Arc<dyn Secrets>,
}

/// The id of a run's lease: the same on every attempt, known to nobody without the run.
fn lease_id(run: RunId) -> RequestId {
    RequestId::derive(run, &StepId::new("shared_lock"), Side::Forward.as_str(), 0)
}

/// A text as a header can carry it.
fn plain(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    text.trim().chars().map(safe).take(NAME_CHARS_MAX).collect()
}

fn machine() -> String {
    std::fs::read_to_string(HOST_NAME).map_or_else(|_| "a machine".to_owned(), |name| plain(&name))
}

impl BlobLease {
    async fn call(&self, method: Method, comp: Option<&'static str>) -> Outcome<Call> {
        let mut call = self.blobs.call_with(self.secrets.as_ref(), &self.place, method).await?;
        if let Some(comp) = comp {
            call.url.query_pairs_mut().append_pair("comp", comp);
        }
        Ok(call)
    }

    async fn lease(&self, what: &str, headers: &[(&'static str, String)]) -> Outcome<Reply> {
        let mut call = self.call(Method::PUT, Some("lease")).await?;
        for (name, value) in headers {
            call = call.header(*name, value.clone());
        }
        self.blobs.send(Aim::Write, what, &self.place, call).await
    }

    async fn acquire(&self, claim: &Claim) -> Outcome<Reply> {
        let headers = [
            ("x-ms-lease-action", "acquire".to_owned()),
            ("x-ms-lease-duration", "-1".to_owned()),
            ("x-ms-proposed-lease-id", lease_id(claim.run).to_string()),
        ];
        self.lease(&self.what("take"), &headers).await
    }

    /// Makes the file that is leased; that it is there already is as good.
    async fn make(&self) -> Outcome<()> {
        let what = self.what("make the file of");
        let call = self.call(Method::PUT, None).await?;
        let call = call.header("x-ms-blob-type", "BlockBlob").header("if-none-match", "*");
        let reply = self.blobs.send(Aim::Write, &what, &self.place, call).await?;
        match reply.status {
            200..=299 | 409 | 412 => Ok(()),
            _ => Err(refused(Aim::Write, &what, &reply)),
        }
    }

    /// Leaves word of who has it, for whoever finds it taken.
    async fn sign(&self, claim: &Claim) -> Outcome<()> {
        let what = self.what("leave word in");
        let mut call = self.call(Method::PUT, Some("metadata")).await?;
        call = call.header("x-ms-lease-id", lease_id(claim.run).to_string());
        for (name, value) in [
            ("x-ms-meta-run", claim.run.to_string()),
            ("x-ms-meta-workflow", plain(&claim.workflow)),
            ("x-ms-meta-by", plain(&claim.by)),
            ("x-ms-meta-machine", machine()),
            ("x-ms-meta-since", claim.since.to_string()),
        ] {
            call = call.header(name, value);
        }
        let reply = self.blobs.send(Aim::Write, &what, &self.place, call).await?;
        match reply.is_success() {
            true => Ok(()),
            false => Err(refused(Aim::Write, &what, &reply)),
        }
    }

    fn what(&self, does: &str) -> String {
        format!("{does} the lock {}", self.place.label())
    }

    async fn taken(&self, claim: &Claim, instead_of: Option<RunId>) -> Outcome<LockAnswer> {
        let what = self.what("take");
        let mut reply = match instead_of {
            Some(old) => self.change(old, claim).await?,
            None => self.acquire(claim).await?,
        };
        if reply.status == 404 && service_error(&reply).is(MISSING) {
            self.make().await?;
            reply = self.acquire(claim).await?;
        }
        let said = service_error(&reply);
        if reply.is_success() {
            self.sign(claim).await?;
            return Ok(LockAnswer::Ours);
        }
        if reply.status != 409 || !(said.is(HELD) || NOT_OURS.iter().any(|code| said.is(code))) {
            return Err(refused(Aim::Write, &what, &reply));
        }
        Ok(LockAnswer::Held(self.seen().await?.unwrap_or_else(|| {
            let words = "somebody who gave it back just now: try again".to_owned();
            Holder { run: None, words }
        })))
    }

    /// Passes a run's lease on. One that it has no more is taken as any other.
    async fn change(&self, old: RunId, claim: &Claim) -> Outcome<Reply> {
        let headers = [
            ("x-ms-lease-action", "change".to_owned()),
            ("x-ms-lease-id", lease_id(old).to_string()),
            ("x-ms-proposed-lease-id", lease_id(claim.run).to_string()),
        ];
        let reply = self.lease(&self.what("take over"), &headers).await?;
        if reply.status == 409 { self.acquire(claim).await } else { Ok(reply) }
    }

    async fn seen(&self) -> Outcome<Option<Holder>> {
        let what = self.what("look at");
        let call = self.call(Method::HEAD, None).await?;
        let reply = self.blobs.send(Aim::Read, &what, &self.place, call).await?;
        match reply.status {
            200 => {}
            404 if service_error(&reply).is(MISSING) => return Ok(None),
            _ => return Err(refused(Aim::Read, &what, &reply)),
        }
        if !matches!(reply.header("x-ms-lease-state"), Some("leased" | "breaking")) {
            return Ok(None);
        }
        let word = |name: &str| reply.header(name).map(plain);
        let run = word("x-ms-meta-run").and_then(|text| text.parse().ok());
        let words = match (&run, word("x-ms-meta-by"), word("x-ms-meta-since")) {
            (Some(run), Some(by), Some(since)) => {
                let workflow = word("x-ms-meta-workflow").unwrap_or_default();
                let machine = word("x-ms-meta-machine").unwrap_or_default();
                format!("{run} ({workflow}) of {by} on {machine}, since {since}")
            }
            _ => "somebody who left no name".to_owned(),
        };
        Ok(Some(Holder { run, words }))
    }

    /// An action on a run's lease; no is that it has none any more.
    async fn on_lease(&self, does: &str, action: &str, run: RunId) -> Outcome<bool> {
        let what = self.what(does);
        let id = lease_id(run).to_string();
        let headers = [("x-ms-lease-action", action.to_owned()), ("x-ms-lease-id", id)];
        let reply = self.lease(&what, &headers).await?;
        let said = service_error(&reply);
        match reply.status {
            200..=299 => Ok(true),
            404 if said.is(MISSING) => Ok(false),
            409 | 412 if NOT_OURS.iter().any(|code| said.is(code)) => Ok(false),
            _ => Err(refused(Aim::Write, &what, &reply)),
        }
    }

    async fn broken(&self) -> Outcome<()> {
        let what = self.what("break");
        let headers = [
            ("x-ms-lease-action", "break".to_owned()),
            ("x-ms-lease-break-period", "0".to_owned()),
        ];
        let reply = self.lease(&what, &headers).await?;
        let said = service_error(&reply);
        match reply.status {
            200..=299 => Ok(()),
            404 if said.is(MISSING) => Ok(()),
            409 if NOT_OURS.iter().any(|code| said.is(code)) => Ok(()),
            _ => Err(refused(Aim::Write, &what, &reply)),
        }
    }
}

impl SharedLock for BlobLease {
    fn label(&self) -> String {
        self.place.label()
    }

    fn take<'a>(
        &'a self,
        claim: &'a Claim,
        instead_of: Option<RunId>,
    ) -> BoxFuture<'a, Outcome<LockAnswer>> {
        Box::pin(self.taken(claim, instead_of))
    }

    fn keep(&self, run: RunId) -> BoxFuture<'_, Outcome<bool>> {
        Box::pin(self.on_lease("look at", "renew", run))
    }

    fn give_back(&self, run: RunId) -> BoxFuture<'_, Outcome<()>> {
        Box::pin(async move { self.on_lease("give back", "release", run).await.map(drop) })
    }

    fn holder(&self) -> BoxFuture<'_, Outcome<Option<Holder>>> {
        Box::pin(self.seen())
    }

    fn break_open(&self) -> BoxFuture<'_, Outcome<()>> {
        Box::pin(self.broken())
    }
}
