//! Tokens kept until shortly before they run out. It must not know how one is got.

use super::credential::{Asking, Credential, CredentialKind, Issued};
use crate::http::HttpClient;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;
use windlass_model::{Millis, Timestamp};
use windlass_ports::{Clock, Outcome, Secret, Secrets};

/// How long before its end a token is renewed: longer than any call lasts, clocks that differ
/// included.
const RENEW_BEFORE_MS: Millis = 300_000;

struct Kept {
    token: Secret,
    until: Option<Timestamp>,
}

/// A credential with its tokens, one for each scope.
pub struct Tokens {
    credential: Credential,
    login: String,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    secrets: Arc<dyn Secrets>,
    kept: Mutex<BTreeMap<String, Kept>>,
}

impl Tokens {
    /// A credential that has no token yet.
    pub fn new(
        credential: Credential,
        login: String,
        http: HttpClient,
        clock: Arc<dyn Clock>,
        secrets: Arc<dyn Secrets>,
    ) -> Self {
        Self { credential, login, http, clock, secrets, kept: Mutex::default() }
    }

    /// The value of the `Authorization` header for a scope. Whoever comes while one is being got
    /// waits for it.
    pub async fn authorization(&self, scope: &str) -> Outcome<String> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let good = kept.get(scope).filter(|kept| kept.until.is_none_or(|until| now < until));
        let token = match good {
            Some(kept) => kept.token.clone(),
            None => {
                let asking = Asking {
                    http: &self.http,
                    secrets: self.secrets.as_ref(),
                    login: &self.login,
                    scope,
                };
                let issued = self.credential.issue(&asking).await?;
                let until = renewal(&issued, self.clock.now());
                let token = issued.token.clone();
                kept.insert(scope.to_owned(), Kept { token: issued.token, until });
                token
            }
        };
        Ok(match self.credential.kind {
            CredentialKind::Pat => {
                format!("Basic {}", STANDARD.encode(format!(":{}", token.expose())))
            }
            _ => format!("Bearer {}", token.expose()),
        })
    }

    /// Forgets the token that gave this header: the service did not take it.
    pub async fn forget(&self, scope: &str, authorization: &str) {
        let mut kept = self.kept.lock().await;
        let same = |kept: &Kept| authorization.ends_with(kept.token.expose());
        if kept.get(scope).is_some_and(same) {
            kept.remove(scope);
        }
    }
}

/// When to get the next one: before the end, but not sooner than after half of a short life.
fn renewal(issued: &Issued, now: Timestamp) -> Option<Timestamp> {
    let life = match (issued.life_ms, issued.ends_at_s) {
        (Some(life), _) => life,
        (None, Some(ends)) => Timestamp(ends.saturating_mul(1000)).since(now),
        (None, None) => return None,
    };
    Some(now.after(life.saturating_sub(RENEW_BEFORE_MS).max(life / 2)))
}
