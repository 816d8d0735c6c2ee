//! An action in a rehearsal: time stands still while it works, it goes wrong where that is wanted,
//! and it dawdles so that parallel steps meet in another order.

use super::fault::{How, StepFault};
use super::pace::{Pace, WorkClock};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, StepId, Value};
use windlass_ports::action::{
    Attempt, Bindings, Executed, Outcome, Polled, Prepared, Probed, Verdict,
};
use windlass_ports::{Action, ActionError, BoxFuture, Context};

/// The longest that a step dawdles: longer than most steps take, so that any order of parallel
/// steps can come up.
const DAWDLE_MS_MAX: Millis = 20 * 60_000;

/// What is done to the actions of one rehearsal.
#[derive(Clone, Debug)]
pub struct Treatment {
    /// Its time.
    pub pace: Pace,
    /// The step that goes wrong.
    pub fault: Option<StepFault>,
    /// The seed of an order of parallel steps.
    pub seed: Option<u64>,
    /// Whether every probe says "absent", as if steps in doubt were just tried again.
    pub blind: bool,
}

/// The action.
pub struct Rehearsed {
    inner: Arc<dyn Action>,
    treatment: Treatment,
}

impl Rehearsed {
    /// Treats an action.
    pub fn new(inner: Arc<dyn Action>, treatment: Treatment) -> Self {
        Self { inner, treatment }
    }

    /// The surroundings of a call. Who dawdles has so much longer.
    fn context(&self, ctx: &Context) -> Context {
        let clock = Arc::new(WorkClock(self.treatment.pace.clone()));
        let deadline = ctx.deadline.map(|deadline| deadline.after(self.span(&ctx.step)));
        Context { clock, deadline, ..ctx.clone() }
    }

    /// An attempt as one that begins when its step has dawdled.
    fn begun(&self, ctx: &Context, attempt: &Attempt) -> Attempt {
        let started_at = attempt.started_at.after(self.span(&ctx.step));
        Attempt { started_at, ..attempt.clone() }
    }

    fn fault(&self, step: &StepId, attempt: &Attempt) -> Option<How> {
        let fault = self.treatment.fault.as_ref()?;
        // A compensation of the file's own acts as forward as any step.
        let here = fault.step == *step && attempt.undoes.is_none();
        // What is lost is lost once: the attempt after it gets through.
        (here && (!fault.how.passes() || attempt.number == 1)).then_some(fault.how)
    }

    /// How long a step dawdles.
    fn span(&self, step: &StepId) -> Millis {
        let Some(seed) = self.treatment.seed else { return 0 };
        let mut hash = DefaultHasher::new();
        (seed, step.as_str()).hash(&mut hash);
        hash.finish() % DAWDLE_MS_MAX
    }

    async fn dawdle(&self, ctx: &Context) {
        ctx.clock.sleep_until(ctx.clock.now().after(self.span(&ctx.step))).await;
    }
}

fn refused(step: &StepId) -> ActionError {
    let message = format!("failed to do `{step}`: the rehearsal refuses it");
    ActionError::Permanent(Failure::permanent("rehearsed", message))
}

fn lost(what: &str) -> ActionError {
    ActionError::InDoubt(format!("the {what} was lost, as the rehearsal wants"))
}

impl Action for Rehearsed {
    fn spec(&self) -> &ActionSpec {
        self.inner.spec()
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        self.inner.effects(bindings, input)
    }

    fn check(&self, bindings: &Bindings, input: &Value) -> Vec<String> {
        self.inner.check(bindings, input)
    }

    fn capture<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
    ) -> BoxFuture<'a, Outcome<Prepared>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            self.inner.capture(&self.context(ctx), input).await
        })
    }

    fn execute<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            let (ctx, attempt) = (self.context(ctx), &self.begun(ctx, attempt));
            self.dawdle(&ctx).await;
            match self.fault(&ctx.step, attempt) {
                None => self.inner.execute(&ctx, attempt).await,
                Some(How::Refused) => Err(refused(&ctx.step)),
                Some(How::LostRequest) => Err(lost("request")),
                Some(How::LostReply) => {
                    drop(self.inner.execute(&ctx, attempt).await);
                    Err(lost("reply"))
                }
                Some(How::HalfDone) => {
                    drop(self.inner.execute(&ctx, attempt).await);
                    Err(refused(&ctx.step))
                }
            }
        })
    }

    fn poll<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            let attempt = self.begun(ctx, attempt);
            self.inner.poll(&self.context(ctx), &attempt, handle).await
        })
    }

    fn probe<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            match self.treatment.blind {
                true => Ok(Probed::Absent),
                false => {
                    let attempt = self.begun(ctx, attempt);
                    self.inner.probe(&self.context(ctx), &attempt, handle).await
                }
            }
        })
    }

    fn verify<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
        output: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            self.inner.verify(&self.context(ctx), input, output).await
        })
    }

    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(async move {
            let _work = self.treatment.pace.busy();
            let (ctx, attempt) = (self.context(ctx), self.begun(ctx, attempt));
            self.dawdle(&ctx).await;
            self.inner.compensate(&ctx, &attempt).await
        })
    }
}
