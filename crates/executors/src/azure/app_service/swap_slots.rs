//! `azure.app_service.swap_slots`: a slot and production, or another slot, exchange their contents.
//! Undone by swapping again.

use super::binding::AppBinding;
use super::swap_pair::Pair;
use super::swap_shapes::{Before, Handle, Input, Output, refuse};
use super::swap_state::{Sides, Standing};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Side as Course};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::swap_shapes::{KIND, spec};

/// The action.
pub struct SwapSlots {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

impl SwapSlots {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn output(pair: &Pair, sides: &Sides) -> Output {
        Output {
            source: pair.source.slot.clone().unwrap_or_default(),
            target: pair.target_name().to_owned(),
            swapped_at: sides.target.swapped.as_ref().map(|swapped| swapped.at.clone()),
        }
    }

    fn pair(bindings: &Bindings, input: &Input) -> Outcome<Pair> {
        Pair::find(bindings, &input.app, input.into.as_deref())
    }

    async fn send(&self, attempt: &TypedAttempt<'_, Self>, pair: &Pair) -> Outcome<Handle> {
        let what = format!("swap {} with {}", attempt.input.app, pair.target_name());
        let target = pair.source.target(&self.arm, "/slotsswap")?;
        let body = json!({"targetSlot": pair.target_name(), "preserveVnet": true});
        let request = attempt.raw.request_id;
        let reply = self.arm.write(&what, Method::POST, &target, Some(body), request).await?;
        Ok(Handle { operation: Operation::announced(&reply) })
    }

    fn before<'a>(attempt: &'a TypedAttempt<'_, Self>) -> Outcome<&'a Before> {
        match &attempt.captured {
            Some(before) => Ok(before),
            None => {
                refuse("no_capture", &attempt.input.app, "what was before is not in the history")
            }
        }
    }

    /// Where the contents are, and whether that is where this attempt's side wants them.
    fn standing(attempt: &TypedAttempt<'_, Self>, now: &Sides) -> Outcome<(Standing, bool)> {
        let undo = attempt.raw.side == Course::Undo;
        let done_at = attempt.output.as_ref().and_then(|output| output.swapped_at.as_deref());
        let found = Self::before(attempt)?.sides.standing(now, done_at.filter(|_| undo));
        let wanted = if undo { Standing::AsBefore } else { Standing::Exchanged };
        Ok((found.clone(), found == wanted))
    }

    fn foreign(app: &str) -> String {
        format!(
            "{app} or what it is swapped with has other content now: look who swapped or made a \
             slot anew"
        )
    }
}

impl TypedAction for SwapSlots {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// What runs on either side is another build afterwards; which one, only the world knows.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let Some(pair) = typed.and_then(|input| Self::pair(bindings, &input).ok()) else {
            return Vec::new();
        };
        let sides = [&pair.source, &pair.target];
        let names = sides.iter().flat_map(|side| side.names(bindings, side.slot.as_deref()));
        names
            .flat_map(|name| {
                ["version", "branch"].map(|field| Effect {
                    resource: name.to_owned(),
                    field: field.to_owned(),
                    value: Value::Null,
                })
            })
            .collect()
    }

    fn check(&self, bindings: &Bindings, input: &Input) -> Vec<String> {
        match AppBinding::find(bindings, &input.app) {
            Ok(AppBinding { slot: None, .. }) => vec![AppBinding::lacks_slot(&input.app)],
            Ok(_) => match Self::pair(bindings, input) {
                Err(ActionError::Permanent(failure)) => vec![failure.message],
                _ => Vec::new(),
            },
            Err(_) => Vec::new(),
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let pair = Self::pair(&ctx.bindings, input)?;
        let look = pair.look(&self.arm, &input.app).await?;
        look.runs(&input.app, &pair)?;
        pair.strings_stick(&self.arm, &input.app).await?;
        let state = Before { sides: look.sides() };
        Ok(Capture { state, not_before: look.target.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let (app, pair) = (&attempt.input.app, Self::pair(&ctx.bindings, &attempt.input)?);
        let look = pair.look(&self.arm, app).await?;
        let sides = look.sides();
        if look.is_busy() {
            return Ok(Acted::Accepted(Handle { operation: None }));
        }
        match Self::standing(&attempt, &sides)? {
            (_, true) => Ok(Acted::Done(Self::output(&pair, &sides))),
            (Standing::Foreign, _) => refuse("changed", app, &Self::foreign(app)),
            _ => {
                look.runs(app, &pair)?;
                Ok(Acted::Accepted(self.send(&attempt, &pair).await?))
            }
        }
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let (app, pair) = (&attempt.input.app, Self::pair(&ctx.bindings, &attempt.input)?);
        let what = format!("swap {app} with {}", pair.target_name());
        let message = Some(format!("swapping {app} with {}", pair.target_name()));
        let again = |handle: Handle, after_ms| {
            Ok(Seen::InProgress { handle, percent: None, message: message.clone(), after_ms })
        };
        if let Some(operation) = &handle.operation {
            match operation.ask(&self.arm, &what).await? {
                Progress::Working { operation, after_ms } => {
                    return again(Handle { operation: Some(operation) }, after_ms);
                }
                Progress::Failed(failure) => return Err(ActionError::Permanent(failure)),
                Progress::Lost(why) => {
                    return Err(ActionError::InDoubt(format!("failed to {what}: {why}")));
                }
                Progress::Succeeded => {}
            }
        }
        let look = pair.look(&self.arm, app).await?;
        let sides = look.sides();
        match Self::standing(&attempt, &sides)? {
            _ if look.is_busy() => again(Handle { operation: None }, POLL_MS),
            (_, true) => Ok(Seen::Done(Self::output(&pair, &sides))),
            (Standing::Foreign, _) => Err(ActionError::InDoubt(Self::foreign(app))),
            _ => Err(ActionError::InDoubt(format!(
                "failed to {what}: nothing is at work any more, and nothing is exchanged"
            ))),
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let (app, pair) = (&attempt.input.app, Self::pair(&ctx.bindings, &attempt.input)?);
        if let Some(operation) = handle.and_then(|handle| handle.operation) {
            match operation.ask(&self.arm, &format!("swap {app}")).await? {
                Progress::Working { operation, .. } => {
                    return Ok(Found::InProgress(Handle { operation: Some(operation) }));
                }
                Progress::Failed(failure) => return Ok(Found::Failed(failure)),
                Progress::Succeeded | Progress::Lost(_) => {}
            }
        }
        let look = pair.look(&self.arm, app).await?;
        let sides = look.sides();
        Ok(match Self::standing(&attempt, &sides)? {
            _ if look.is_busy() => Found::InProgress(Handle { operation: None }),
            (_, true) => Found::Done(Self::output(&pair, &sides)),
            (Standing::Foreign, _) => Found::Unknown(Self::foreign(app)),
            _ => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let pair = Self::pair(&ctx.bindings, &input)?;
        let sides = pair.look(&self.arm, &input.app).await?.sides();
        let last = sides.target.swapped.map(|swapped| swapped.at);
        Ok(match last == output.swapped_at {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} was swapped again", pair.target_name())),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let (app, pair) = (&attempt.input.app, Self::pair(&ctx.bindings, &attempt.input)?);
        let look = pair.look(&self.arm, app).await?;
        if look.is_busy() {
            let message = format!("failed to swap {app} back: a swap is at work");
            let failure = windlass_model::Failure::transient("busy", message);
            return Err(ActionError::Transient(failure));
        }
        match Self::standing(&attempt, &look.sides())? {
            (_, true) => Ok(Acted::Done(())),
            (Standing::Foreign, _) => refuse("changed", app, &Self::foreign(app)),
            _ => {
                look.runs(app, &pair)?;
                Ok(Acted::Accepted(self.send(&attempt, &pair).await?))
            }
        }
    }
}
