//! `azure.app_service.prepare_swap`: the first phase of a swap with preview (A16). The second is a
//! swap like any other; what cancels is undo (A17).

use super::binding::AppBinding;
use super::prepare_shapes::{Before, Input, Output};
use super::swap_pair::{Look, Pair};
use super::swap_shapes::refuse;
use crate::azure::arm::Arm;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::prepare_shapes::{KIND, spec};

/// The action.
pub struct PrepareSwap {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// What a look says of the preparation.
#[derive(PartialEq)]
enum Standing {
    /// Nothing is prepared for the target.
    Open,
    /// The slot is.
    Prepared,
    /// The target was swapped since: whatever is prepared now is somebody else's.
    SwappedSince,
    /// Another slot is.
    Other(String),
}

impl PrepareSwap {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn pair(bindings: &Bindings, input: &Input) -> Outcome<Pair> {
        Pair::find(bindings, &input.app, input.into.as_deref())
    }

    fn last_swap(look: &Look) -> Option<String> {
        look.target.swapped.as_ref().map(|swapped| swapped.at.clone())
    }

    fn prepared(pair: &Pair, look: &Look) -> Standing {
        match &look.target.prepared {
            None => Standing::Open,
            Some(slot) if slot.eq_ignore_ascii_case(pair.source_name()) => Standing::Prepared,
            Some(slot) => Standing::Other(slot.clone()),
        }
    }

    fn output(pair: &Pair, before: &Before) -> Output {
        Output {
            source: pair.source_name().to_owned(),
            target: pair.target_name().to_owned(),
            last_swap: before.swapped_at.clone(),
        }
    }

    /// Both sides now, from what they were before this step.
    async fn standing(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<(Pair, Before, Look, Standing)> {
        let app = &attempt.input.app;
        let pair = Self::pair(&ctx.bindings, &attempt.input)?;
        let Some(before) = attempt.captured.clone() else {
            return refuse("no_capture", app, "what was before is not in the history");
        };
        let look = pair.look(&self.arm, app).await?;
        let standing = match Self::last_swap(&look) == before.swapped_at {
            true => Self::prepared(&pair, &look),
            false => Standing::SwappedSince,
        };
        Ok((pair, before, look, standing))
    }

    async fn send(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        side: &AppBinding,
        verb: &str,
        body: Option<Value>,
    ) -> Outcome<()> {
        let (what, request) = (format!("{verb} of {}", attempt.input.app), attempt.raw.request_id);
        let target = side.target(&self.arm, &format!("/{verb}"))?;
        self.arm.write(&what, Method::POST, &target, body, request).await.map(|_| ())
    }
}

impl TypedAction for PrepareSwap {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// The slot gets the other side's sticky values; which those are, only the world knows.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let Some(pair) = typed.and_then(|input| Self::pair(bindings, &input).ok()) else {
            return Vec::new();
        };
        let slot = pair.source.slot.as_deref();
        let fields = |name: &str| {
            ["database", "settings"].map(|field| Effect {
                resource: name.to_owned(),
                field: field.to_owned(),
                value: Value::Null,
            })
        };
        pair.source.names(bindings, slot).flat_map(fields).collect()
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
        let app = &input.app;
        let pair = Self::pair(&ctx.bindings, input)?;
        let look = pair.look(&self.arm, app).await?;
        look.runs(app, &pair)?;
        if let Standing::Other(slot) = Self::prepared(&pair, &look) {
            let why = format!(
                "{slot} is prepared for a swap with {} already; complete or cancel that first",
                pair.target_name()
            );
            return refuse("prepared", app, &why);
        }
        pair.strings_stick(&self.arm, app).await?;
        let prepared = Self::prepared(&pair, &look) == Standing::Prepared;
        let state = Before { prepared, swapped_at: Self::last_swap(&look) };
        Ok(Capture { state, not_before: look.target.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let (pair, before, look, standing) = self.standing(ctx, &attempt).await?;
        let app = &attempt.input.app;
        match standing {
            Standing::Prepared => {}
            Standing::SwappedSince => {
                return refuse("changed", app, "its target was swapped since this step began");
            }
            Standing::Other(slot) => {
                return refuse("prepared", app, &format!("{slot} was prepared meanwhile"));
            }
            Standing::Open => {
                look.runs(app, &pair)?;
                let body = json!({"targetSlot": pair.target_name(), "preserveVnet": true});
                self.send(&attempt, &pair.source, "applySlotConfig", Some(body)).await?;
            }
        }
        Ok(Acted::Done(Self::output(&pair, &before)))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let (pair, before, _, standing) = self.standing(ctx, &attempt).await?;
        let done = Found::Done(Self::output(&pair, &before));
        Ok(match (standing, attempt.raw.side) {
            (Standing::Prepared, Side::Undo) if before.prepared => done,
            (Standing::Prepared, Side::Undo) => Found::Absent,
            (_, Side::Undo) | (Standing::Prepared, Side::Forward) => done,
            (Standing::Open, Side::Forward) => Found::Absent,
            (Standing::SwappedSince, Side::Forward) => Found::Unknown(format!(
                "{} was swapped since this step began: look who did it",
                pair.target_name()
            )),
            (Standing::Other(slot), Side::Forward) => Found::Failed(Failure::permanent(
                "prepared",
                format!("failed to prepare {}: {slot} is prepared", attempt.input.app),
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let pair = Self::pair(&ctx.bindings, &input)?;
        let look = pair.look(&self.arm, &input.app).await?;
        let completed = Self::last_swap(&look) != output.last_swap;
        Ok(match completed || Self::prepared(&pair, &look) == Standing::Prepared {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is not prepared any more", input.app)),
        })
    }

    /// Both sides are told: Azure keeps something of a preparation on each.
    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let (pair, before, _, standing) = self.standing(ctx, &attempt).await?;
        if standing == Standing::Prepared && !before.prepared {
            for side in [&pair.source, &pair.target] {
                self.send(&attempt, side, "resetSlotConfig", None).await?;
            }
        }
        Ok(Acted::Done(()))
    }
}
