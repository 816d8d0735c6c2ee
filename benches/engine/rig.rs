//! An engine on a fresh store with one action that does nothing.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;
use windlass_engine::{Engine, KeyCipher, Outfit, Outfitter, Parts};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::expr::Template;
use windlass_model::workflow::WORKFLOW_FORMAT;
use windlass_model::{
    ActionSpec, EffectClass, RunId, StepDef, StepId, Timestamp, Work, WorkflowDef,
};
use windlass_ports::action::Bindings;
use windlass_ports::secrets::SecretError;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{
    ActionError, BoxFuture, Clock, Context, Registry, Secret, Secrets, TypedAction, erase,
};
use windlass_store_sled::SharedStore;

const KIND: &str = "bench.noop";

/// A fresh folder on the disk that the benchmark measures.
pub fn scratch(name: &str) -> std::io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = format!("{name}-{}-{number}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench").join(id);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// An engine over a fresh embedded store in `folder`.
pub async fn engine(folder: &Path) -> Result<Arc<Engine>, Box<dyn std::error::Error>> {
    let mut registry = Registry::default();
    registry.add_action(erase(Noop(spec())));
    Ok(Engine::new(Parts {
        store: SharedStore::open(folder).await?,
        outfitter: Arc::new(Bench(registry)),
        cipher: Arc::new(KeyCipher::new([7; 32].into())),
        wall: Arc::new(Wall),
        owner: "bench".to_owned(),
        is_dead: Arc::new(|_| false),
        new_id: Arc::new(Uuid::now_v7),
    }))
}

/// `steps` no-op steps, each needing the one before it.
pub fn chain(steps: usize) -> WorkflowDef {
    let work = || Work::Action {
        uses: KIND.to_owned(),
        with: Template::Literal(json!({})),
        traits: spec().traits,
    };
    let name = |n: usize| StepId::new(format!("step_{n}"));
    let step = |n: usize| {
        let needs = if n == 0 { Vec::new() } else { vec![name(n - 1)] };
        StepDef { needs, ..StepDef::new(name(n).as_str(), work()) }
    };
    WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "bench".to_owned(),
        max_parallel: 8,
        steps: (0..steps).map(step).collect(),
        ..WorkflowDef::default()
    }
}

fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Does nothing.".to_owned(),
        input: json!({}),
        output: json!({}),
        traits: ActionTraits {
            class: EffectClass::ReadOnly,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        },
        guide: ActionGuide::default(),
        example: String::new(),
    }
}

struct Noop(ActionSpec);

impl TypedAction for Noop {
    type Input = Value;
    type Output = Value;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn execute(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> Result<Acted<Value, ()>, ActionError> {
        Ok(Acted::Done(Value::Null))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Result<Found<Value, ()>, ActionError> {
        Ok(Found::Absent)
    }
}

struct Bench(Registry);

impl Outfitter for Bench {
    fn outfit<'a>(
        &'a self,
        _run: RunId,
        _workflow: &'a WorkflowDef,
        _began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        let registry = self.0.clone();
        Box::pin(async move {
            Ok(Outfit {
                registry,
                clock: Arc::new(Wall),
                secrets: Arc::new(NoSecrets),
                guards: true,
            })
        })
    }
}

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        let span = std::time::Duration::from_millis(until.since(self.now()));
        Box::pin(tokio::time::sleep(span))
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async move { Err(SecretError::Unknown(name.to_owned())) })
    }
}
