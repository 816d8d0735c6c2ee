//! One action of a plug-in as it is asked: requests with their secrets and resources, calls that
//! act, calls that look.
//!
//! A call that acts is started, its process made durable as the attempt's handle, and only then
//! given its request: windlass that dies leaves either a program that never heard what to do, or
//! one whose whole tree the next windlass ends before it asks the plug-in what became of it.

use super::call::{Ears, Line, NoAnswer, Silent, THINK, hear};
use super::describe::{Described, lacks};
use super::protocol::{Answer, AttemptWords, Call, Request};
use super::secrets::{filled, unasked, walk};
use crate::redact::Redactor;
use crate::shell::gate::{kill, tree};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use windlass_model::event::Effect;
use windlass_model::time::parse_span;
use windlass_model::{Binding, Failure, Millis, RequestId, Side, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{ActionError, Attempt, Context, Executed, Outcome};
use windlass_sys::ProcessId;

/// When a plug-in's operation is looked at again where the plug-in does not say.
pub const AFTER_MS: Millis = 5_000;

/// Effects that were asked for and not yet taken: a run has no more steps at once.
pub const EFFECTS_MAX: usize = 1_000;

/// Where an attempt is found again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handle {
    /// By the process that is at it.
    Process(ProcessId),
    /// By what the plug-in gave.
    Plugin(Value),
}

/// One action of a plug-in.
pub struct Plugin {
    line: Line,
    verb: String,
    pub(super) described: Described,
    /// Attempts that a call of this process is at.
    live: Mutex<BTreeSet<RequestId>>,
    /// Effects by input, as they were told while capturing.
    pub(super) effects: Mutex<BTreeMap<String, Vec<Effect>>>,
}

struct Live<'a>(&'a Plugin, RequestId);

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// A failure that trying again will not mend.
pub fn failure(code: &str, message: String) -> ActionError {
    ActionError::Permanent(Failure::permanent(code, message))
}

impl Plugin {
    /// The action.
    pub fn new(line: Line, verb: &str, described: Described) -> Self {
        let verb = verb.to_owned();
        Self { line, verb, described, live: Mutex::default(), effects: Mutex::default() }
    }

    fn enter(&self, request: RequestId) -> Live<'_> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).insert(request);
        Live(self, request)
    }

    pub(super) fn is_live(&self, request: RequestId) -> bool {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).contains(&request)
    }

    /// What stands behind the slash.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    fn kind(&self) -> &str {
        &self.described.spec.kind
    }

    /// A request about an input as the file gives it.
    fn plain(&self, call: Call, bindings: &Bindings, input: &Value) -> Request {
        let mut request = Request::new(call, Some(&self.verb));
        request.resources = named(bindings, input, &self.described.spec.input);
        request.input = Some(input.clone());
        request
    }

    /// A request of a run, with the secrets that its input names.
    pub(super) async fn request(
        &self,
        call: Call,
        ctx: &Context,
        input: &Value,
    ) -> Outcome<(Request, Redactor)> {
        let schema = &self.described.spec.input;
        if let Some(place) = unasked(input, schema) {
            let kind = self.kind();
            let why = format!(
                "failed to ask `{kind}`: its input has a secret at `{place}`, where the plug-in \
                 asks for none (`x-secret`)"
            );
            return Err(failure("input", why));
        }
        let mut request = self.plain(call, &ctx.bindings, input);
        let (input, secrets) = filled(input, schema, ctx.secrets.as_ref()).await?;
        request.input = Some(input);
        request.run = Some(ctx.run.to_string());
        request.step = Some(ctx.step.to_string());
        Ok((request, Redactor::new(&secrets)))
    }

    /// A request about an attempt.
    pub(super) async fn about(
        &self,
        call: Call,
        ctx: &Context,
        attempt: &Attempt,
        handle: Option<Value>,
    ) -> Outcome<(Request, Redactor)> {
        let (mut request, redactor) = self.request(call, ctx, &attempt.input).await?;
        request.attempt = Some(AttemptWords {
            side: match attempt.side {
                Side::Forward => "forward",
                Side::Undo => "undo",
            },
            number: attempt.number,
            request_id: attempt.request_id.to_string(),
            undoes: attempt.undoes.map(|id| id.to_string()),
            started_at: attempt.started_at.to_string(),
            not_before: attempt.not_before.clone(),
            deadline: ctx.deadline.map(|at| at.to_string()),
        });
        request.captured = attempt.captured.clone();
        request.output = attempt.output.clone();
        request.handle = handle;
        Ok((request, redactor))
    }

    pub(super) async fn look(
        &self,
        request: &Request,
        limit: Duration,
        redactor: &Redactor,
        ctx: &Context,
    ) -> Outcome<Answer> {
        let ears = Ears { redactor, output: ctx.output.as_ref() };
        let answer = self.line.look(request, limit, &ears).await;
        answer
            .map_err(|error| failure("plugin", format!("failed to ask `{}`: {error}", self.kind())))
    }

    /// What an answer that fits no call means.
    pub(super) fn unexpected(&self, answer: Answer, redactor: &Redactor) -> ActionError {
        match answer {
            Answer::Failed { code, message, transient, retry_after } => {
                let code = code.unwrap_or_else(|| "plugin".to_owned());
                let message = redactor.line(message.as_bytes());
                let retry_after_ms = retry_after.as_deref().and_then(parse_span);
                let failure = Failure { code, message, transient, retry_after_ms };
                match transient {
                    true => ActionError::Transient(failure),
                    false => ActionError::Permanent(failure),
                }
            }
            Answer::InDoubt { why } => ActionError::InDoubt(redactor.line(why.as_bytes())),
            _ => {
                let message = format!("the plug-in answers `{}` with another's words", self.kind());
                failure("plugin", message)
            }
        }
    }

    pub(super) fn output(
        &self,
        output: Value,
        side: Side,
        redactor: &Redactor,
    ) -> Result<Value, String> {
        if side == Side::Undo {
            return Ok(Value::Null);
        }
        let output = match output {
            Value::Null => Value::Object(Default::default()),
            output => redactor.value(output),
        };
        match lacks(&output, &self.described.spec.output) {
            None => Ok(output),
            Some(why) => Err(format!("the plug-in says that it is done, but of its output: {why}")),
        }
    }

    pub(super) async fn act(
        &self,
        call: Call,
        ctx: &Context,
        attempt: &Attempt,
    ) -> Outcome<Executed> {
        let (request, redactor) = self.about(call, ctx, attempt, None).await?;
        let _live = self.enter(attempt.request_id);
        let unstarted = |error: NoAnswer| {
            failure("plugin", format!("failed to begin `{}`: {error}", self.kind()))
        };
        let mut waiting = self.line.start(Some(attempt.request_id)).map_err(unstarted)?;
        let handle = Handle::Process(waiting.process().clone());
        ctx.handles.keep(serde_json::to_value(&handle).unwrap_or_default()).await?;
        let ears = Ears { redactor: &redactor, output: ctx.output.as_ref() };
        let answer = {
            let hearing = hear(&mut waiting, &request, &ears);
            match ctx.deadline {
                None => Some(hearing.await),
                Some(deadline) => tokio::select! {
                    answer = hearing => Some(answer),
                    () = ctx.clock.sleep_until(deadline) => None,
                },
            }
        };
        let Some(answer) = answer else {
            waiting.end().await;
            let why = "the plug-in did not answer in time and was ended with all it had started";
            return Err(ActionError::InDoubt(why.to_owned()));
        };
        match answer {
            Ok(Answer::Done { output }) => {
                let output = self.output(output, attempt.side, &redactor);
                output.map(Executed::Done).map_err(ActionError::InDoubt)
            }
            Ok(Answer::Accepted { handle }) => {
                let handle = serde_json::to_value(Handle::Plugin(handle)).unwrap_or_default();
                Ok(Executed::Accepted(handle))
            }
            Ok(other @ (Answer::Failed { .. } | Answer::InDoubt { .. })) => {
                Err(self.unexpected(other, &redactor))
            }
            // An answer that says nothing of having acted or not leaves that open.
            Ok(other) => Err(ActionError::InDoubt(self.unexpected(other, &redactor).to_string())),
            Err(NoAnswer::NotStarted(why)) => Err(unstarted(NoAnswer::NotStarted(why))),
            Err(error @ NoAnswer::Unclear(_)) => Err(ActionError::InDoubt(error.to_string())),
        }
    }

    /// Ends what a dead windlass left at work on an attempt.
    pub(super) async fn quiet(&self, attempt: &Attempt, process: ProcessId) -> Result<(), String> {
        kill(tree(process, attempt.request_id)).await.map(drop).map_err(|error| error.to_string())
    }

    pub(super) async fn ask_check(&self, bindings: &Bindings, input: &Value) -> Vec<String> {
        let request = self.plain(Call::Check, bindings, input);
        let redactor = Redactor::default();
        let ears = Ears { redactor: &redactor, output: &Silent };
        match self.line.look(&request, THINK, &ears).await {
            Ok(Answer::Checked { problems }) => problems,
            Ok(_) => vec!["the plug-in answers `check` with something else".to_owned()],
            Err(error) => vec![error.to_string()],
        }
    }

    pub(super) async fn ask_effects(
        &self,
        bindings: &Bindings,
        input: &Value,
    ) -> Result<Vec<Effect>, String> {
        let request = self.plain(Call::Effects, bindings, input);
        let redactor = Redactor::default();
        let ears = Ears { redactor: &redactor, output: &Silent };
        match self.line.look(&request, THINK, &ears).await {
            Ok(Answer::Effects { effects }) => Ok(effects),
            Ok(_) => Err("the plug-in answers `effects` with something else".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The bindings of the resources that an input names.
fn named(bindings: &Bindings, input: &Value, schema: &Value) -> BTreeMap<String, Binding> {
    let mut named = BTreeMap::new();
    walk(input, schema, String::new(), &mut |value, schema, _| {
        let name = value.as_str().filter(|_| schema.get("x-resource").is_some());
        if let Some((name, binding)) = name.and_then(|name| bindings.get_key_value(name)) {
            named.insert(name.clone(), binding.clone());
        }
    });
    named
}

/// A handle as the history has it.
pub fn read(handle: &Value) -> Result<Handle, String> {
    serde_json::from_value(handle.clone())
        .map_err(|error| format!("the handle of this attempt cannot be read: {error}"))
}

/// A look that failed is repeated: it says nothing about what was looked for.
pub fn again(error: ActionError) -> ActionError {
    match error {
        ActionError::Permanent(failure) => {
            ActionError::Transient(Failure { transient: true, ..failure })
        }
        error => error,
    }
}
