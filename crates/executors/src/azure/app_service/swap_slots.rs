//! `azure.app_service.swap_slots`: a slot and production, or another slot, exchange their contents.
//! Undone by swapping again.

use super::binding::AppBinding;
use super::site::Site;
use super::swap_shapes::{Before, Handle, Input, Output, refuse};
use super::swap_state::{Side, Sides, Standing};
use super::whole_set::{SetKind, WholeSet};
use super::{connection_string, sticky};
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

/// The two sides of a swap, by their bindings.
struct Pair {
    source: AppBinding,
    target: AppBinding,
}

/// Both sides as they are now.
struct Look {
    source: Site,
    target: Site,
}

impl Look {
    fn sides(&self) -> Sides {
        Sides { source: Side::of(&self.source), target: Side::of(&self.target) }
    }

    fn is_busy(&self) -> bool {
        self.source.is_busy || self.target.is_busy
    }
}

impl Pair {
    fn find(bindings: &Bindings, input: &Input) -> Outcome<Self> {
        let source = AppBinding::find(bindings, &input.app)?;
        source.slot("swap", &input.app)?;
        let target = match &input.into {
            None => source.production(),
            Some(into) => AppBinding::find(bindings, into)?,
        };
        if !target.is_beside(&source) || target.slot == source.slot {
            return refuse("binding", &input.app, "both must be slots of the same site");
        }
        Ok(Self { source, target })
    }

    fn target_name(&self) -> &str {
        self.target.slot.as_deref().unwrap_or("production")
    }
}

impl SwapSlots {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn look(&self, app: &str, pair: &Pair) -> Outcome<Look> {
        let source = Site::read(&self.arm, app, &pair.source).await?;
        let label = format!("{} of {app}", pair.target_name());
        let target = Site::read(&self.arm, &label, &pair.target).await?;
        Ok(Look { source, target })
    }

    fn output(pair: &Pair, sides: &Sides) -> Output {
        Output {
            source: pair.source.slot.clone().unwrap_or_default(),
            target: pair.target_name().to_owned(),
            swapped_at: sides.target.swapped.as_ref().map(|swapped| swapped.at.clone()),
        }
    }

    fn runs(app: &str, pair: &Pair, look: &Look) -> Outcome<()> {
        for (name, site) in [(app, &look.source), (pair.target_name(), &look.target)] {
            if !site.runs() {
                let why = format!("{name} is {}, and a stopped slot cannot be swapped", site.state);
                return refuse("stopped", app, &why);
            }
        }
        Ok(())
    }

    /// A connection string that names another database on each side, and does not stick to its
    /// slot, would carry the slot's database into production.
    async fn strings_stick(&self, app: &str, pair: &Pair) -> Outcome<()> {
        let kind = SetKind::ConnectionStrings;
        let set = |binding| WholeSet { arm: &self.arm, app, binding, kind };
        let (ours, _) = set(&pair.source).read().await?;
        let (theirs, _) = set(&pair.target).read().await?;
        let names = sticky::connection_strings(&self.arm, app, &pair.source.production()).await?;
        let database = |entry: &Value| {
            connection_string::database(entry["value"].as_str()?).map(str::to_owned)
        };
        let travels = ours.iter().filter(|(name, entry)| {
            let other = theirs.get(*name).and_then(database);
            let own = database(entry);
            let sticks = names.iter().any(|known| known.eq_ignore_ascii_case(name));
            !sticks && own.is_some() && other.is_some() && own != other
        });
        let travels: Vec<&str> = travels.map(|(name, _)| name.as_str()).collect();
        if travels.is_empty() {
            return Ok(());
        }
        let why = format!(
            "the connection string {} names another database on each side and would travel; mark \
             it as a deployment slot setting first",
            travels.join(", ")
        );
        refuse("not_sticky", app, &why)
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
        let Some(pair) = typed.and_then(|input| Pair::find(bindings, &input).ok()) else {
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
            Ok(_) => match Pair::find(bindings, input) {
                Err(ActionError::Permanent(failure)) => vec![failure.message],
                _ => Vec::new(),
            },
            Err(_) => Vec::new(),
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let pair = Pair::find(&ctx.bindings, input)?;
        let look = self.look(&input.app, &pair).await?;
        Self::runs(&input.app, &pair, &look)?;
        self.strings_stick(&input.app, &pair).await?;
        let state = Before { sides: look.sides() };
        Ok(Capture { state, not_before: look.target.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let (app, pair) = (&attempt.input.app, Pair::find(&ctx.bindings, &attempt.input)?);
        let look = self.look(app, &pair).await?;
        let sides = look.sides();
        if look.is_busy() {
            return Ok(Acted::Accepted(Handle { operation: None }));
        }
        match Self::standing(&attempt, &sides)? {
            (_, true) => Ok(Acted::Done(Self::output(&pair, &sides))),
            (Standing::Foreign, _) => refuse("changed", app, &Self::foreign(app)),
            _ => {
                Self::runs(app, &pair, &look)?;
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
        let (app, pair) = (&attempt.input.app, Pair::find(&ctx.bindings, &attempt.input)?);
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
        let look = self.look(app, &pair).await?;
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
        let (app, pair) = (&attempt.input.app, Pair::find(&ctx.bindings, &attempt.input)?);
        if let Some(operation) = handle.and_then(|handle| handle.operation) {
            match operation.ask(&self.arm, &format!("swap {app}")).await? {
                Progress::Working { operation, .. } => {
                    return Ok(Found::InProgress(Handle { operation: Some(operation) }));
                }
                Progress::Failed(failure) => return Ok(Found::Failed(failure)),
                Progress::Succeeded | Progress::Lost(_) => {}
            }
        }
        let look = self.look(app, &pair).await?;
        let sides = look.sides();
        Ok(match Self::standing(&attempt, &sides)? {
            _ if look.is_busy() => Found::InProgress(Handle { operation: None }),
            (_, true) => Found::Done(Self::output(&pair, &sides)),
            (Standing::Foreign, _) => Found::Unknown(Self::foreign(app)),
            _ => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let pair = Pair::find(&ctx.bindings, &input)?;
        let sides = self.look(&input.app, &pair).await?.sides();
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
        let (app, pair) = (&attempt.input.app, Pair::find(&ctx.bindings, &attempt.input)?);
        let look = self.look(app, &pair).await?;
        if look.is_busy() {
            let message = format!("failed to swap {app} back: a swap is at work");
            let failure = windlass_model::Failure::transient("busy", message);
            return Err(ActionError::Transient(failure));
        }
        match Self::standing(&attempt, &look.sides())? {
            (_, true) => Ok(Acted::Done(())),
            (Standing::Foreign, _) => refuse("changed", app, &Self::foreign(app)),
            _ => {
                Self::runs(app, &pair, &look)?;
                Ok(Acted::Accepted(self.send(&attempt, &pair).await?))
            }
        }
    }
}
