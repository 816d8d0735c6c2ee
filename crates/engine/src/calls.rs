//! Making calls: from a dispatch to what was seen. The only place that touches actions.

use crate::core::{Dispatch, EffectsOf, Telling};
use crate::outfit::Outfit;
use crate::places::place;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windlass_model::decide::Verb;
use windlass_model::event::KEPT;
use windlass_model::observation::{ActionError, Executed, Observation, Polled, Probed, Sighting};
use windlass_model::{Failure, Side, Value};
use windlass_ports::action::{Bindings, HandleKeeper, OutputSink};
use windlass_ports::{Action, Attempt, BoxFuture, Context, Registry};

/// What a call gets beside its dispatch.
pub struct Surroundings {
    /// The environment's bindings.
    pub bindings: Arc<Bindings>,
    /// Where paths begin that are not absolute.
    pub folder: Option<Arc<str>>,
    /// Where printed lines go.
    pub output: Arc<dyn OutputSink>,
    /// Makes handles durable while the call runs.
    pub handles: Arc<dyn HandleKeeper>,
    /// The run.
    pub run: windlass_model::RunId,
}

/// Asks a registry's actions for their effects.
pub fn effects_of(registry: Registry, bindings: Arc<Bindings>) -> EffectsOf {
    Arc::new(move |uses: &str, input: &Value| {
        registry.action(uses).map_or_else(Vec::new, |action| action.effects(&bindings, input))
    })
}

/// Makes the call.
pub async fn perform(
    outfit: &Outfit,
    around: Surroundings,
    dispatch: Dispatch,
    effects: &EffectsOf,
) -> Observation {
    let (step, side) = dispatch.lane;
    let attempt = dispatch.attempt_number;
    let seen = match outfit.registry.action(&dispatch.uses) {
        Some(action) => {
            let printed = Arc::new(Printed { output: around.output, kept: Mutex::default() });
            let ctx = Context {
                run: around.run,
                step: dispatch.step.clone(),
                bindings: around.bindings,
                clock: outfit.clock.clone(),
                secrets: outfit.secrets.clone(),
                deadline: dispatch.deadline,
                output: printed.clone(),
                handles: around.handles,
            };
            let (mut dispatch, before) = unwrapped(dispatch);
            if let Some(folder) = &around.folder {
                let inputs = match &mut dispatch.verb {
                    Verb::Capture { input } => Some(input),
                    _ => dispatch.attempt.as_mut().map(|attempt| &mut attempt.input),
                };
                inputs.into_iter().for_each(|input| place(folder, &action.spec().input, input));
            }
            let seen = call(&**action, &ctx, dispatch, effects).await;
            with_kept(seen, side, before, &printed)
        }
        None => missing(&dispatch),
    };
    Observation { step, side, attempt, seen }
}

/// Sends a message; says why not, where it is not known to be sent.
pub async fn tell(outfit: &Outfit, around: Surroundings, telling: Telling) -> Result<(), String> {
    let Telling { id, step, uses, input, request_id } = telling;
    let Some(action) = outfit.registry.action(&uses) else {
        return Err(format!("this windlass has no action `{uses}`"));
    };
    let ctx = Context {
        run: around.run,
        step: Telling::name(&step, id),
        bindings: around.bindings,
        clock: outfit.clock.clone(),
        secrets: outfit.secrets.clone(),
        deadline: None,
        output: around.output,
        handles: around.handles,
    };
    let attempt = Attempt {
        side: Side::Forward,
        number: 1,
        input,
        captured: None,
        recaptured: None,
        request_id,
        undoes: None,
        started_at: outfit.clock.now(),
        not_before: None,
        output: None,
    };
    match action.execute(&ctx, &attempt).await {
        Ok(Executed::Done(output)) if output["sent"] == false => {
            Err(output["why"].as_str().unwrap_or("it is not known to be sent").to_owned())
        }
        Ok(Executed::Done(_)) => Ok(()),
        Ok(Executed::Accepted(_)) => Err("it is not known to be sent".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Keeps no handle: a message or a look has no operation to follow.
pub(crate) struct NoKeeper;

impl HandleKeeper for NoKeeper {
    fn keep(&self, _handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        let why = "no handle is kept here".to_owned();
        Box::pin(std::future::ready(Err(ActionError::InDoubt(why))))
    }
}

/// What a call prints, and what it says that it left alone.
struct Printed {
    output: Arc<dyn OutputSink>,
    kept: Mutex<Vec<String>>,
}

impl Printed {
    fn sentences(&self) -> MutexGuard<'_, Vec<String>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputSink for Printed {
    fn line(&self, text: &str) {
        self.output.line(text);
    }

    fn kept(&self, sentence: &str) {
        self.sentences().push(sentence.to_owned());
        self.output.line(sentence);
    }
}

/// An undo that is done says in its output what it left alone. One that is still at work, here or
/// after a crash, has it in its handle until then.
fn with_kept(seen: Sighting, side: Side, before: Vec<String>, printed: &Printed) -> Sighting {
    let mut kept = before;
    for sentence in std::mem::take(&mut *printed.sentences()) {
        if !kept.contains(&sentence) {
            kept.push(sentence);
        }
    }
    if side == Side::Forward || kept.is_empty() {
        return seen;
    }
    let done = json!({ KEPT: kept });
    let carried = |handle| json!({ CARRIED: kept, HANDLE: handle });
    match seen {
        Sighting::Acted(Ok(Executed::Done(_))) => Sighting::Acted(Ok(Executed::Done(done))),
        Sighting::Acted(Ok(Executed::Accepted(handle))) => {
            Sighting::Acted(Ok(Executed::Accepted(carried(handle))))
        }
        Sighting::Polled(Ok(Polled::Done(_))) => Sighting::Polled(Ok(Polled::Done(done))),
        Sighting::Polled(Ok(Polled::InProgress { handle, percent, message, after_ms })) => {
            let handle = carried(handle);
            Sighting::Polled(Ok(Polled::InProgress { handle, percent, message, after_ms }))
        }
        Sighting::Probed(Ok(Probed::Done(_))) => Sighting::Probed(Ok(Probed::Done(done))),
        Sighting::Probed(Ok(Probed::InProgress(handle))) => {
            Sighting::Probed(Ok(Probed::InProgress(carried(handle))))
        }
        seen => seen,
    }
}

/// The keys of a handle that carries what was left alone. An action sees its own handle only.
const CARRIED: &str = "$kept";
const HANDLE: &str = "$handle";

/// Takes out of the handle what an earlier call of the attempt left alone.
fn unwrapped(mut dispatch: Dispatch) -> (Dispatch, Vec<String>) {
    let mut kept = Vec::new();
    if let Some(Value::Object(map)) = &mut dispatch.handle
        && let (Some(carried), Some(handle)) = (map.remove(CARRIED), map.remove(HANDLE))
    {
        kept = serde_json::from_value(carried).unwrap_or_default();
        dispatch.handle = Some(handle);
    }
    (dispatch, kept)
}

async fn call(
    action: &dyn Action,
    ctx: &Context,
    dispatch: Dispatch,
    effects: &EffectsOf,
) -> Sighting {
    let Dispatch { verb, attempt, handle, uses, compensates, lane, .. } = dispatch;
    if let Verb::Capture { input } = verb {
        let result = action.capture(ctx, &input).await;
        let forward = lane.1 == Side::Forward;
        let effects = if forward { effects(&uses, &input) } else { Vec::new() };
        return Sighting::Prepared { input, effects, result };
    }
    let Some(attempt) = attempt else {
        return Sighting::Acted(Err(ActionError::InDoubt("the attempt is not known".to_owned())));
    };
    match verb {
        Verb::Act if compensates => Sighting::Acted(action.compensate(ctx, &attempt).await),
        Verb::Act => Sighting::Acted(action.execute(ctx, &attempt).await),
        Verb::Poll => {
            let handle = handle.unwrap_or_default();
            Sighting::Polled(action.poll(ctx, &attempt, &handle).await)
        }
        Verb::Probe | Verb::Capture { .. } => {
            Sighting::Probed(action.probe(ctx, &attempt, handle.as_ref()).await)
        }
    }
}

/// The stored workflow names an action that this windlass does not have.
fn missing(dispatch: &Dispatch) -> Sighting {
    let message = format!(
        "this windlass has no action `{}`: use the one that started the run",
        dispatch.uses
    );
    let error = ActionError::Permanent(Failure::permanent("no_action", message.clone()));
    match &dispatch.verb {
        Verb::Capture { input } => {
            Sighting::Prepared { input: input.clone(), effects: Vec::new(), result: Err(error) }
        }
        Verb::Act => Sighting::Acted(Err(error)),
        Verb::Poll => Sighting::Polled(Err(ActionError::InDoubt(message))),
        Verb::Probe => Sighting::Probed(Err(error)),
    }
}
