//! An engine over a store in memory, with a clock that stands still and ids that count up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;
use windlass_engine::seal::KEY_BYTES;
use windlass_engine::{Cipher, Engine, KeyCipher, Outfit, Outfitter, Parts};
use windlass_model::{RunId, Timestamp, WorkflowDef};
use windlass_ports::secrets::SecretError;
use windlass_ports::{BoxFuture, Registry, Secret, Secrets};
use windlass_testkit::{MemoryStore, SimClock, noop};

/// When it plays.
pub const NOON: Timestamp = Timestamp(1_795_000_000_000);

/// Seals what is guarded.
pub fn cipher() -> Arc<dyn Cipher> {
    Arc::new(KeyCipher::new([7; KEY_BYTES].into()))
}

/// An engine over an empty store.
pub fn engine() -> Arc<Engine> {
    let ids = AtomicU64::new(0);
    Engine::new(Parts {
        store: Arc::new(MemoryStore::new()),
        outfitter: Arc::new(Still(noop::registry())),
        cipher: cipher(),
        wall: Arc::new(SimClock::starting_at(NOON)),
        owner: "bench".to_owned(),
        is_dead: Arc::new(|_| false),
        new_id: Arc::new(move || Uuid::from_u128(ids.fetch_add(1, Ordering::Relaxed).into())),
    })
}

struct Still(Registry);

impl Outfitter for Still {
    fn outfit<'a>(
        &'a self,
        _run: RunId,
        _workflow: &'a WorkflowDef,
        _began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        Box::pin(async move {
            Ok(Outfit {
                registry: self.0.clone(),
                clock: Arc::new(SimClock::starting_at(NOON)),
                secrets: Arc::new(NoSecrets),
                guards: true,
            })
        })
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async move { Err(SecretError::Unknown(name.to_owned())) })
    }
}
