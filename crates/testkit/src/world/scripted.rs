//! The world's actions behind the engine's port. Every call is decided at once; only the world's
//! operations take time, by the clock of the call's context.

use super::kinds::{Kind, kinds};
use super::ledger::Thing;
use super::state::{Fate, Request, State, World};
use serde_json::{Value, json};
use std::future::ready;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::{
    Action, ActionError, Attempt, BoxFuture, Context, Executed, Outcome, Polled, Prepared, Probed,
    Registry, Verdict,
};

/// Part of everything that the world's actions capture and of every handle: must never be seen in
/// clear outside them.
pub const CANARY: &str = "Password=canary-7f3a";

/// How long an operation takes where its step does not say.
const TAKES_MS: Millis = 60_000;

/// An action of the world.
pub struct Scripted {
    world: World,
    kind: Kind,
    spec: ActionSpec,
}

/// All actions of a world.
pub fn registry(world: &World) -> Registry {
    let mut registry = Registry::default();
    for kind in kinds() {
        let spec = kind.spec();
        registry.add_action(Arc::new(Scripted { world: world.clone(), kind, spec }));
    }
    registry
}

fn transient(what: &str) -> ActionError {
    ActionError::Transient(Failure::transient("busy", format!("{what}: the world is busy")))
}

fn permanent(what: &str) -> ActionError {
    ActionError::Permanent(Failure::permanent("refused", format!("{what}: the world refuses")))
}

fn no_answer() -> ActionError {
    ActionError::InDoubt("no answer came".to_owned())
}

fn handle(id: RequestId, number: u64) -> Value {
    json!({ "request": id, "n": number, "token": CANARY })
}

fn target(input: &Value) -> String {
    input.get("target").and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Scripted {
    /// What a request does once it has arrived, or what is known instead.
    fn send(&self, ctx: &Context, request: Request, output: Value) -> Outcome<Executed> {
        let mut world = self.world.state();
        let State { faults, prng, .. } = &mut *world;
        if prng.per_mille(faults.transient) {
            return Err(transient("execute"));
        }
        if prng.per_mille(faults.permanent) {
            return Err(permanent("execute"));
        }
        if prng.per_mille(faults.lost_request) {
            return Err(no_answer());
        }
        let lost = prng.per_mille(faults.lost_reply);
        let id = request.id;
        let fate = world.arrive(request, ctx.clock.now());
        match fate {
            _ if lost => Err(no_answer()),
            Fate::Running { .. } => Ok(Executed::Accepted(handle(id, 0))),
            _ => Ok(Executed::Done(output)),
        }
    }

    fn output(&self, input: &Value) -> Value {
        let target = target(input);
        json!({ "target": target, "value": input.get("value") })
    }

    fn takes(&self, long: bool, input: &Value) -> Option<Millis> {
        long.then(|| input.get("ms").and_then(Value::as_u64).unwrap_or(TAKES_MS))
    }

    fn executed(&self, ctx: &Context, attempt: &Attempt) -> Outcome<Executed> {
        let input = &attempt.input;
        if self.kind.traits.settle_ms == 0 {
            let mut world = self.world.state();
            let State { faults, prng, .. } = &mut *world;
            if prng.per_mille(faults.transient) {
                return Err(transient("read"));
            }
            if prng.per_mille(faults.lost_reply) {
                return Err(no_answer());
            }
            let value = world.thing(&target(input));
            return Ok(Executed::Done(json!({ "target": target(input), "value": value })));
        }
        let value = input.get("value").and_then(Value::as_i64);
        let request = Request {
            id: attempt.request_id,
            step: ctx.step.clone(),
            side: if self.kind.clears { Side::Undo } else { Side::Forward },
            target: target(input),
            value: if self.kind.clears { None } else { value },
            takes_ms: self.takes(self.kind.long, input),
            ends: None,
        };
        self.send(ctx, request, self.output(input))
    }

    fn compensated(&self, ctx: &Context, attempt: &Attempt) -> Outcome<Executed> {
        let captured = attempt.captured.as_ref();
        if self.kind.traits.captures && captured.is_none() {
            return Err(permanent("there is nothing to put back"));
        }
        let value: Thing = captured.and_then(|c| c.get("previous")).and_then(Value::as_i64);
        let request = Request {
            id: attempt.request_id,
            step: ctx.step.clone(),
            side: Side::Undo,
            target: target(&attempt.input),
            value,
            takes_ms: self.takes(self.kind.undo_long, &attempt.input),
            ends: attempt.undoes.filter(|_| self.kind.traits.compensates_in_progress),
        };
        self.send(ctx, request, Value::Null)
    }

    fn captured(&self, input: &Value) -> Outcome<Prepared> {
        let mut world = self.world.state();
        let State { faults, prng, .. } = &mut *world;
        if prng.per_mille(faults.capture_transient) {
            return Err(transient("capture"));
        }
        if prng.per_mille(faults.capture_permanent) {
            return Err(permanent("capture"));
        }
        let previous = world.thing(&target(input));
        let captured = Some(json!({ "previous": previous, "secret": CANARY }));
        Ok(Prepared { captured, not_before: None })
    }

    fn polled(&self, ctx: &Context, attempt: &Attempt, at: &Value) -> Outcome<Polled> {
        let mut world = self.world.state();
        let State { faults, prng, .. } = &mut *world;
        if prng.per_mille(faults.poll_transient) {
            return Err(transient("poll"));
        }
        if prng.per_mille(faults.handle_lost) {
            return Err(ActionError::InDoubt("the handle leads nowhere".to_owned()));
        }
        let moves = prng.percent(30);
        let after_ms = prng.between(500, 60_000);
        let passes = prng.percent(50);
        let now = ctx.clock.now();
        match world.fate(attempt.request_id, now) {
            Fate::Running { since, until } => {
                let number = at.get("n").and_then(Value::as_u64).unwrap_or(0);
                let handle = handle(attempt.request_id, number + u64::from(moves));
                let share = now.since(since) as f64 / until.since(since).max(1) as f64;
                let percent = Some((share * 10.0).floor() * 10.0);
                Ok(Polled::InProgress { handle, percent, message: None, after_ms })
            }
            Fate::Done => Ok(Polled::Done(self.output(&attempt.input))),
            Fate::Failed if passes => Err(ActionError::Permanent(failed())),
            Fate::Failed => Err(ActionError::Permanent(Failure { transient: true, ..failed() })),
            Fate::Absent => Err(ActionError::InDoubt("there is no such operation".to_owned())),
        }
    }

    fn probed(&self, ctx: &Context, attempt: &Attempt) -> Outcome<Probed> {
        let mut world = self.world.state();
        let State { faults, prng, .. } = &mut *world;
        if prng.per_mille(faults.probe_transient) {
            return Err(transient("probe"));
        }
        if prng.per_mille(faults.probe_unknown) {
            return Ok(Probed::Unknown("the world is misty; look for yourself".to_owned()));
        }
        Ok(match world.fate(attempt.request_id, ctx.clock.now()) {
            Fate::Absent => Probed::Absent,
            Fate::Running { .. } => Probed::InProgress(handle(attempt.request_id, 0)),
            Fate::Done => Probed::Done(self.output(&attempt.input)),
            Fate::Failed => Probed::Failed(failed()),
        })
    }
}

fn failed() -> Failure {
    Failure::permanent("operation_failed", "the operation failed")
}

impl Action for Scripted {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let value = input.get("value").cloned().unwrap_or_default();
        vec![Effect { resource: target(input), field: "value".to_owned(), value }]
    }

    fn check(&self, _bindings: &Bindings, _input: &Value) -> Vec<String> {
        Vec::new()
    }

    fn capture<'a>(
        &'a self,
        _ctx: &'a Context,
        input: &'a Value,
    ) -> BoxFuture<'a, Outcome<Prepared>> {
        Box::pin(ready(self.captured(input)))
    }

    fn execute<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(ready(self.executed(ctx, attempt)))
    }

    fn poll<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>> {
        Box::pin(ready(self.polled(ctx, attempt, handle)))
    }

    fn probe<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        _handle: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>> {
        Box::pin(ready(self.probed(ctx, attempt)))
    }

    fn verify<'a>(
        &'a self,
        _ctx: &'a Context,
        input: &'a Value,
        output: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>> {
        let there = json!(self.world.state().thing(&target(input)));
        let left = output.get("value").cloned().unwrap_or_default();
        let verdict = if there == left {
            Verdict::Holds
        } else {
            Verdict::Drifted(format!("`{}` is {there}, not {left}", target(input)))
        };
        Box::pin(ready(Ok(verdict)))
    }

    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(ready(self.compensated(ctx, attempt)))
    }
}
