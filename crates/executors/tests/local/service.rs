//! The actions on services through the kit, with processes that are real.

use crate::support::services::{SCRIPT, Services};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::Millis;
use windlass_ports::{Action, BoxFuture, Context};
use windlass_testkit::action_conformance;
use windlass_testkit::action_kit::Subject;

struct ServiceSubject {
    all: Services,
    kind: &'static str,
}

impl Subject for ServiceSubject {
    fn action(&self) -> Arc<dyn Action> {
        self.all.bench.action(self.kind)
    }

    fn cut_off(&self) -> Option<Arc<dyn Action>> {
        None
    }

    fn context(&self) -> Context {
        self.all.bench.parts.context()
    }

    fn input(&self) -> Value {
        json!({"service": "api"})
    }

    fn observe(&self) -> BoxFuture<'_, Value> {
        let runs = !self.all.tree().living().unwrap().is_empty();
        let ready = self.all.bench.path("ready").exists();
        Box::pin(async move { json!({"runs": runs, "ready": ready}) })
    }

    fn changes(&self) -> BoxFuture<'_, usize> {
        let lines = self.all.ledger().len();
        Box::pin(async move { lines })
    }

    fn pass(&self, span: Millis) -> BoxFuture<'_, ()> {
        Box::pin(self.all.pass(span))
    }
}

async fn stopped(kind: &'static str) -> ServiceSubject {
    ServiceSubject { all: Services::new(SCRIPT), kind }
}

async fn running(kind: &'static str) -> ServiceSubject {
    let mut subject = stopped(kind).await;
    subject.all.done("service.start").await;
    // The step that started it is not the one that is tried.
    subject.all.bench.parts.step =
        windlass_model::StepId::new(format!("{}_then", subject.all.bench.parts.step.as_str()));
    subject
}

action_conformance!(start, stopped("service.start"));
action_conformance!(stop, running("service.stop"));
action_conformance!(restart, running("service.restart"));
action_conformance!(restart_of_nothing, stopped("service.restart"));
action_conformance!(wait_ready, running("service.wait_ready"));
