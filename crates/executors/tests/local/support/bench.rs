//! A bench: a folder of its own, bindings, and actions as a new process would make them.

use super::context::{Known, Parts, attempt};
use std::sync::Arc;
use windlass_executors::{Deps, registry};
use windlass_model::{Environment, RequestId, Side, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Action, ActionError, Attempt, Executed, Outcome, Probed, Registry, Secrets};

/// The bench.
pub struct Bench {
    pub folder: tempfile::TempDir,
    pub parts: Parts,
    pub environment: Environment,
}

impl Bench {
    pub fn new(secrets: Arc<Known>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            parts: Parts::new(Bindings::new(), secrets),
            environment: Environment::default(),
        }
    }

    pub fn bind(&mut self, name: &str, kind: &str, settings: Value) {
        self.parts.bindings.extend(super::context::bindings(&[(name, kind, settings)]));
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn deps(&self) -> Deps {
        Deps {
            clock: self.parts.clock(),
            secrets: Arc::clone(&self.parts.secrets) as Arc<dyn Secrets>,
            state_dir: self.path("state"),
            http: None,
        }
    }

    pub fn registry(&self) -> Registry {
        registry(&self.environment, self.deps()).unwrap()
    }

    pub fn action(&self, kind: &str) -> Arc<dyn Action> {
        Arc::clone(self.registry().action(kind).unwrap())
    }

    /// A step of this kind, captured and ready.
    pub async fn step(&self, kind: &str, input: Value) -> Outcome<Step<'_>> {
        let action = self.action(kind);
        let context = self.parts.context();
        assert_eq!(action.check(&context.bindings, &input), Vec::<String>::new());
        let mut attempt = attempt(input, 1);
        if action.spec().traits.captures {
            attempt.captured = action.capture(&context, &attempt.input).await?.captured;
        }
        Ok(Step { bench: self, action, attempt })
    }

    /// Does a step of this kind.
    pub async fn done(&self, kind: &str, input: Value) -> Value {
        self.step(kind, input).await.unwrap().done().await
    }

    /// Why a step of this kind is refused.
    pub async fn refused(&self, kind: &str, input: Value) -> String {
        let error = match self.step(kind, input).await {
            Err(error) => error,
            Ok(step) => step.act().await.unwrap_err(),
        };
        match error {
            ActionError::Permanent(failure) => failure.message,
            other => panic!("{other:?}"),
        }
    }
}

/// A step that is ready.
pub struct Step<'a> {
    pub bench: &'a Bench,
    pub action: Arc<dyn Action>,
    pub attempt: Attempt,
}

impl Step<'_> {
    pub async fn act(&self) -> Outcome<Executed> {
        self.action.execute(&self.bench.parts.context(), &self.attempt).await
    }

    pub async fn done(&self) -> Value {
        match self.act().await.unwrap() {
            Executed::Done(output) => output,
            other => panic!("{other:?}"),
        }
    }

    pub async fn probe(&self) -> Probed {
        self.action.probe(&self.bench.parts.context(), &self.attempt, None).await.unwrap()
    }

    pub fn back(&self, output: Option<Value>) -> Attempt {
        Attempt {
            side: Side::Undo,
            request_id: RequestId(uuid::Uuid::from_u128(2)),
            undoes: Some(self.attempt.request_id),
            output,
            ..self.attempt.clone()
        }
    }

    pub async fn undo(&self, output: Option<Value>) {
        let undone = self.action.compensate(&self.bench.parts.context(), &self.back(output)).await;
        assert!(matches!(undone, Ok(Executed::Done(_))), "{undone:?}");
        let probed = self.probe_undo().await;
        assert!(matches!(probed, Probed::Done(_)), "{probed:?}");
    }

    pub async fn probe_undo(&self) -> Probed {
        let context = self.bench.parts.context();
        self.action.probe(&context, &self.back(None), None).await.unwrap()
    }
}
