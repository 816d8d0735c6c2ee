//! Speaks the simulator's own verbs, under `/_sim` on loopback. It must not know how a simulator is
//! started.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use windlass_azure_sim::{Status, announced};

/// Time for one answer: the simulator waits for nothing but its disk.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// A simulator that listens.
#[derive(Clone, Debug)]
pub struct Control {
    address: SocketAddr,
    http: reqwest::Client,
}

impl Control {
    /// The simulator whose world lies in a folder; none where it does not run.
    pub async fn find(folder: &Path) -> Option<Self> {
        let told = announced(folder)?;
        let control = Self::at(SocketAddr::from((Ipv4Addr::LOCALHOST, told.port))).ok()?;
        let status = control.status().await.ok()?;
        // The port may be somebody else's by now.
        (status.pid == told.pid).then_some(control)
    }

    /// A simulator that is known to listen there.
    pub fn at(address: SocketAddr) -> Result<Self, String> {
        let http = reqwest::Client::builder().no_proxy().timeout(ANSWER_TIMEOUT);
        // Plain HTTP on loopback: the machine's certificates need not be read.
        let http = http.tls_certs_only([]).build();
        let http = http.map_err(|error| format!("failed to speak to the simulator: {error}"))?;
        Ok(Self { address, http })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it says of itself.
    pub async fn status(&self) -> Result<Status, String> {
        self.get("/status").await
    }

    /// Reads something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let request = self.http.get(self.url(path));
        read(request.send().await).await
    }

    /// Asks for something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request = self.http.post(self.url(path)).json(body);
        read(request.send().await).await
    }

    /// Takes all of something away.
    pub async fn delete(&self, path: &str) -> Result<Value, String> {
        read(self.http.delete(self.url(path)).send().await).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/_sim{path}", self.address)
    }
}

async fn read<T: DeserializeOwned>(
    answer: reqwest::Result<reqwest::Response>,
) -> Result<T, String> {
    let answer = answer.map_err(|error| error.without_url().to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.without_url().to_string())?;
    if !status.is_success() {
        return Err(format!("the simulator answers {status}: {text}"));
    }
    serde_json::from_str(&text).map_err(|error| format!("the simulator's answer: {error}"))
}
