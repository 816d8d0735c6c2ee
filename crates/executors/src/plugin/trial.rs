//! A plug-in's action in a world of its own, driven as the engine drives actions. It must not know
//! which property is tried.

use super::call::{Ears, LOOK, Line, Silent};
use super::caller::Plugin;
use super::protocol::{Answer, Call, Request};
use crate::redact::Redactor;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::{RequestId, RunId, Side, StepId, Value};
use windlass_ports::action::HandleKeeper;
use windlass_ports::secrets::SecretError;
use windlass_ports::{
    Action, ActionError, Attempt, BoxFuture, Clock, Context, Executed, Polled, Prepared, Probed,
    Secret, Secrets,
};

/// Polls after which an operation of a trial's world does not end any more.
const POLLS_MAX: u32 = 600;

/// What all trials of a plug-in share.
pub struct Stage<'a> {
    /// The plug-in.
    pub line: &'a Line,
    /// The run that is played.
    pub run: RunId,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where worlds are made, a folder each.
    pub folder: &'a Path,
}

/// One attempt in a world of its own.
pub struct Trial<'a> {
    stage: &'a Stage<'a>,
    folder: PathBuf,
    /// The action.
    pub action: &'a Plugin,
    /// What calls get.
    pub context: Context,
    /// The attempt.
    pub attempt: Attempt,
}

/// A world as the plug-in sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// What it is.
    pub state: Value,
    /// Something that is another once it was touched.
    pub changes: Value,
}

impl<'a> Trial<'a> {
    /// Makes a world and captures, as the engine does before an intent.
    pub async fn begin(
        stage: &'a Stage<'a>,
        action: &'a Plugin,
        name: &str,
    ) -> Result<Self, String> {
        let folder = stage.folder.join(action.verb()).join(name);
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|error| format!("failed to make {}: {error}", folder.display()))?;
        let answer = ask(stage.line, Call::TrialBegin, action, &folder).await?;
        let Answer::Trial { input, resources, secrets } = answer else {
            return Err("`trial_begin` is answered with something else".to_owned());
        };
        let step = StepId::new(format!("{}_{name}_{}", action.verb(), std::process::id()));
        let context = Context {
            run: stage.run,
            step,
            bindings: Arc::new(resources),
            clock: Arc::clone(&stage.clock),
            secrets: Arc::new(Given(secrets)),
            deadline: None,
            output: Arc::new(Silent),
            handles: Arc::new(Kept),
        };
        let wrong = action.check(&context.bindings, &input);
        if !wrong.is_empty() {
            return Err(format!("its own trial's input is refused: {}", wrong.join("; ")));
        }
        let prepared = match action.spec().traits.captures {
            true => said("capture", action.capture(&context, &input).await)?,
            false => Prepared::default(),
        };
        let attempt = Attempt {
            side: Side::Forward,
            number: 1,
            input,
            captured: prepared.captured,
            recaptured: None,
            request_id: RequestId::derive(stage.run, &context.step, "forward", 1),
            undoes: None,
            started_at: stage.clock.now(),
            not_before: prepared.not_before,
            output: None,
        };
        Ok(Self { stage, folder, action, context, attempt })
    }

    /// The attempt that undoes this one.
    pub fn undo(&self, output: Option<Value>) -> Self {
        let attempt = Attempt {
            side: Side::Undo,
            request_id: RequestId::derive(self.stage.run, &self.context.step, "undo", 1),
            undoes: Some(self.attempt.request_id),
            started_at: self.stage.clock.now(),
            output,
            ..self.attempt.clone()
        };
        let (folder, context) = (self.folder.clone(), self.context.clone());
        Self { stage: self.stage, folder, action: self.action, context, attempt }
    }

    /// Acts, without waiting for what it started.
    pub async fn act(&self) -> Result<Executed, ActionError> {
        match self.attempt.side {
            Side::Forward => self.action.execute(&self.context, &self.attempt).await,
            Side::Undo => self.action.compensate(&self.context, &self.attempt).await,
        }
    }

    /// Follows what it started to its end.
    pub async fn follow(&self, executed: Executed) -> Result<Value, String> {
        let mut handle = match executed {
            Executed::Done(output) => return Ok(output),
            Executed::Accepted(handle) => handle,
        };
        for _ in 0..POLLS_MAX {
            let polled = self.action.poll(&self.context, &self.attempt, &handle).await;
            match said("poll", polled)? {
                Polled::Done(output) => return Ok(output),
                Polled::InProgress { handle: next, after_ms, .. } => {
                    handle = next;
                    let clock = &self.stage.clock;
                    clock.sleep_until(clock.now().after(after_ms)).await;
                }
            }
        }
        Err(format!("its operation did not end within {POLLS_MAX} polls"))
    }

    /// Acts and waits for the end.
    pub async fn finish(&self) -> Result<Value, String> {
        let what = match self.attempt.side {
            Side::Forward => "execute",
            Side::Undo => "compensate",
        };
        self.follow(said(what, self.act().await)?).await
    }

    /// Looks.
    pub async fn probe(&self, handle: Option<&Value>) -> Result<Probed, String> {
        said("probe", self.action.probe(&self.context, &self.attempt, handle).await)
    }

    /// The world.
    pub async fn observe(&self) -> Result<World, String> {
        match ask(self.stage.line, Call::TrialObserve, self.action, &self.folder).await? {
            Answer::Observed { world, changes } => Ok(World { state: world, changes }),
            _ => Err("`trial_observe` is answered with something else".to_owned()),
        }
    }

    /// Gives the program the beginning of a request to act, and nothing more.
    pub async fn half(&self) -> Result<(), String> {
        let asked = self.action.about(Call::Execute, &self.context, &self.attempt, None).await;
        let (request, redactor) = said("execute", asked)?;
        let bytes = serde_json::to_vec(&request).map_err(|error| error.to_string())?;
        // All but its last character and its end: what a pipe holds when windlass dies.
        let half = &bytes[..bytes.len() - 1];
        let mut waiting = self.stage.line.start(None).map_err(|error| error.to_string())?;
        let asked = waiting.ask(half, &redactor, &|_| {});
        match tokio::time::timeout(LOOK, asked).await {
            Ok(_) => Ok(()),
            Err(_) => Err("it waits for more after the end of its input".to_owned()),
        }
    }
}

async fn ask(line: &Line, call: Call, action: &Plugin, folder: &Path) -> Result<Answer, String> {
    let mut request = Request::new(call, Some(action.verb()));
    request.folder = Some(folder.display().to_string());
    let redactor = Redactor::default();
    let ears = Ears { redactor: &redactor, output: &Silent };
    line.look(&request, LOOK, &ears).await.map_err(|error| error.to_string())
}

fn said<T>(call: &str, result: Result<T, ActionError>) -> Result<T, String> {
    result.map_err(|error| format!("`{call}` says: {error}"))
}

/// A trial's own secrets.
struct Given(BTreeMap<String, String>);

impl Secrets for Given {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        let found = self.0.get(name).map(Secret::new);
        let unknown = || SecretError::Unknown(name.to_owned());
        Box::pin(std::future::ready(found.ok_or_else(unknown)))
    }
}

/// A trial is not resumed: its handles need not be durable.
struct Kept;

impl HandleKeeper for Kept {
    fn keep(&self, _handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
