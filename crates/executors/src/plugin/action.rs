//! A plug-in's action as the engine knows actions: what each answer means. It must not know how a
//! request is made.

use super::call::{LOOK, wait_for};
use super::caller::{AFTER_MS, EFFECTS_MAX, Handle, Plugin, again, failure, read};
use super::protocol::{Answer, Call};
use std::sync::PoisonError;
use windlass_model::event::Effect;
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{
    Action, ActionError, Attempt, BoxFuture, Context, Executed, Outcome, Polled, Prepared, Probed,
    Verdict,
};

impl Action for Plugin {
    fn spec(&self) -> &ActionSpec {
        &self.described.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        if !self.described.effects {
            return Vec::new();
        }
        let key = input.to_string();
        let told = self.effects.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        told.unwrap_or_else(|| {
            let asked = wait_for(self.ask_effects(bindings, input));
            asked.ok().and_then(Result::ok).unwrap_or_default()
        })
    }

    fn check(&self, bindings: &Bindings, input: &Value) -> Vec<String> {
        if !self.described.checks {
            return Vec::new();
        }
        let asked = wait_for(self.ask_check(bindings, input));
        asked.unwrap_or_else(|error| vec![format!("failed to ask the plug-in: {error}")])
    }

    fn capture<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
    ) -> BoxFuture<'a, Outcome<Prepared>> {
        Box::pin(async move {
            if self.described.effects {
                let effects = self.ask_effects(&ctx.bindings, input).await;
                let effects = effects.map_err(|why| failure("plugin", why))?;
                let mut told = self.effects.lock().unwrap_or_else(PoisonError::into_inner);
                if told.len() < EFFECTS_MAX {
                    told.insert(input.to_string(), effects);
                }
            }
            if !self.described.captures {
                return Ok(Prepared::default());
            }
            let (request, redactor) = self.request(Call::Capture, ctx, input).await?;
            match self.look(&request, LOOK, &redactor, ctx).await? {
                Answer::Captured { state, not_before } => {
                    Ok(Prepared { captured: Some(state), not_before })
                }
                other => Err(self.unexpected(other, &redactor)),
            }
        })
    }

    fn execute<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(self.act(Call::Execute, ctx, attempt))
    }

    fn poll<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>> {
        Box::pin(async move {
            let own = match read(handle) {
                Ok(Handle::Process(_)) if self.is_live(attempt.request_id) => {
                    return Ok(Polled::InProgress {
                        handle: handle.clone(),
                        percent: None,
                        message: None,
                        after_ms: AFTER_MS,
                    });
                }
                Ok(Handle::Process(process)) => {
                    self.quiet(attempt, process).await.map_err(ActionError::InDoubt)?;
                    let why = "windlass ended while the plug-in was at work";
                    return Err(ActionError::InDoubt(why.to_owned()));
                }
                Ok(Handle::Plugin(own)) => own,
                Err(why) => return Err(ActionError::InDoubt(why)),
            };
            let asked = self.about(Call::Poll, ctx, attempt, Some(own.clone())).await;
            let (request, redactor) = asked.map_err(again)?;
            let answer = self.look(&request, LOOK, &redactor, ctx).await;
            // A look that broke down says nothing about the operation.
            let answer = answer.map_err(again)?;
            match answer {
                Answer::Done { output } => {
                    let output = self.output(output, attempt.side, &redactor);
                    output.map(Polled::Done).map_err(ActionError::InDoubt)
                }
                Answer::InProgress { handle, percent, message, after } => {
                    let handle = Handle::Plugin(handle.unwrap_or(own));
                    Ok(Polled::InProgress {
                        handle: serde_json::to_value(handle).unwrap_or_default(),
                        percent,
                        message: message.map(|text| redactor.line(text.as_bytes())),
                        after_ms: after.as_deref().and_then(parse_span).unwrap_or(AFTER_MS),
                    })
                }
                other @ (Answer::Failed { .. } | Answer::InDoubt { .. }) => {
                    Err(self.unexpected(other, &redactor))
                }
                other => Err(again(self.unexpected(other, &redactor))),
            }
        })
    }

    fn probe<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>> {
        Box::pin(async move {
            let own = match handle.map(read).transpose() {
                Ok(Some(Handle::Process(process))) => {
                    if self.is_live(attempt.request_id) {
                        return Ok(Probed::InProgress(handle.cloned().unwrap_or_default()));
                    }
                    if let Err(why) = self.quiet(attempt, process).await {
                        return Ok(Probed::Unknown(why));
                    }
                    None
                }
                Ok(Some(Handle::Plugin(own))) => Some(own),
                Ok(None) => None,
                Err(why) => return Ok(Probed::Unknown(why)),
            };
            let (request, redactor) = self.about(Call::Probe, ctx, attempt, own.clone()).await?;
            let answer = self.look(&request, LOOK, &redactor, ctx).await.map_err(again)?;
            Ok(match answer {
                Answer::Absent => Probed::Absent,
                Answer::Begun => Probed::Begun,
                Answer::InProgress { handle: new, .. } => match new.or(own) {
                    Some(own) => {
                        let own = Handle::Plugin(own);
                        Probed::InProgress(serde_json::to_value(own).unwrap_or_default())
                    }
                    None => {
                        let why = "the plug-in says that it is at work, and not where to ask";
                        Probed::Unknown(why.to_owned())
                    }
                },
                Answer::Done { output } => match self.output(output, attempt.side, &redactor) {
                    Ok(output) => Probed::Done(output),
                    Err(why) => Probed::Unknown(why),
                },
                Answer::Unknown { why } | Answer::InDoubt { why } => {
                    Probed::Unknown(redactor.line(why.as_bytes()))
                }
                other @ Answer::Failed { .. } => match self.unexpected(other, &redactor) {
                    ActionError::Permanent(failure) => Probed::Failed(failure),
                    error => return Err(error),
                },
                other => Probed::Unknown(self.unexpected(other, &redactor).to_string()),
            })
        })
    }

    fn verify<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
        output: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>> {
        Box::pin(async move {
            if !self.described.verifies {
                return Ok(Verdict::Holds);
            }
            let (mut request, redactor) = self.request(Call::Verify, ctx, input).await?;
            request.output = Some(output.clone());
            match self.look(&request, LOOK, &redactor, ctx).await? {
                Answer::Holds => Ok(Verdict::Holds),
                Answer::Drifted { why } => Ok(Verdict::Drifted(redactor.line(why.as_bytes()))),
                other => Err(self.unexpected(other, &redactor)),
            }
        })
    }

    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(self.act(Call::Compensate, ctx, attempt))
    }
}
