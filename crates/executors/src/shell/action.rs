//! `shell`: one script, once.

use super::folder::{Folder, is_name};
use super::gate::{Gated, Script, kill, tree};
use super::shapes::{Handle, Input, Output};
use crate::redact::{Redactor, Tail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::ChildStdout;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, RequestId, Value};
use windlass_ports::action::{Bindings, OutputSink};
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, Secret, TypedAction};
use windlass_sys::ProcessId;

pub use super::shapes::{KIND, spec};

/// Bytes of one line that are looked at; what is longer is no line, and its rest is passed over.
const LINE_BYTES_MAX: u64 = 65_536;

/// The exit status by which a script says that it did nothing and may be tried again
/// (`EX_TEMPFAIL`).
const TRY_AGAIN: i32 = 75;

/// How often a script of this very process is looked at by a poll that should not be there.
const POLL_MS: u64 = 1_000;

/// The action.
pub struct Shell {
    state: PathBuf,
    spec: ActionSpec,
    /// Attempts that a call of this process is at.
    live: Mutex<BTreeSet<RequestId>>,
}

struct Live<'a>(&'a Shell, RequestId);

impl Drop for Live<'_> {
    fn drop(&mut self) {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl Shell {
    /// The action; attempts leave their traces below the state folder.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), spec: spec(), live: Mutex::default() }
    }

    fn enter(&self, request: RequestId) -> Live<'_> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).insert(request);
        Live(self, request)
    }

    fn is_live(&self, request: RequestId) -> bool {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).contains(&request)
    }

    /// Variables with their secrets, and what is to be struck out of the output.
    async fn variables(
        &self,
        ctx: &Context,
        input: &Input,
    ) -> Outcome<(BTreeMap<String, String>, Redactor)> {
        let (mut variables, mut secrets) = (BTreeMap::new(), Vec::new());
        for (name, value) in &input.env {
            if let Some(why) = bad_variable(name) {
                return permanent("input", format!("failed to run the script: {why}"));
            }
            let (text, is_secret) = value.resolve(ctx.secrets.as_ref()).await?;
            if is_secret {
                secrets.push(Secret::new(text.clone()));
            }
            variables.insert(name.clone(), text);
        }
        Ok((variables, Redactor::new(&secrets)))
    }

    /// Starts the script, lets it through once its handle is durable, and follows it to its end.
    async fn run(&self, ctx: &Context, attempt: &TypedAttempt<'_, Self>) -> Outcome<Output> {
        let request = attempt.raw.request_id;
        let _live = self.enter(request);
        let (variables, redactor) = self.variables(ctx, &attempt.input).await?;
        let folder = Folder::of(&self.state, ctx.run, request);
        if let Err(error) = folder.create(&attempt.input.run) {
            let place = folder.path().display();
            return permanent("state", format!("failed to prepare the script in {place}: {error}"));
        }
        let script = Script {
            folder: &folder,
            request,
            shell: &attempt.input.shell,
            dir: attempt.input.dir.as_deref().map(Path::new),
            variables: &variables,
        };
        let unstarted = |error: std::io::Error| {
            ActionError::Permanent(Failure::permanent(
                "spawn",
                format!("failed to start the script with `{}`: {error}", attempt.input.shell),
            ))
        };
        let mut gated = Gated::start(&script).map_err(unstarted)?;
        let handle = Handle { process: gated.tree.leader.clone() };
        let handle = serde_json::to_value(&handle).unwrap_or_default();
        ctx.handles.keep(handle).await?;
        let Some(output) = gated.output() else {
            return permanent("spawn", "failed to read what the script prints".to_owned());
        };
        if let Err(error) = gated.open().await {
            let _ = gated.end().await;
            let why = format!("failed to let the script begin: {error}");
            return if folder.has_begun() {
                Err(ActionError::InDoubt(why))
            } else {
                permanent("spawn", why)
            };
        }
        let mut tail = Tail::default();
        let end = gated.end.clone();
        let reading = read(output, &end, &redactor, ctx.output.as_ref(), &mut tail);
        let in_time = match ctx.deadline {
            None => {
                reading.await;
                true
            }
            Some(deadline) => tokio::select! {
                () = reading => true,
                () = ctx.clock.sleep_until(deadline) => false,
            },
        };
        if let Err(error) = gated.end().await {
            ctx.output.line(&error.to_string());
        }
        match folder.status() {
            Some(status) => outcome(&folder, status, &tail, &redactor),
            None if in_time => Err(ActionError::InDoubt(
                "failed to see how the script ended: somebody ended its shell".to_owned(),
            )),
            None => permanent(
                "timeout",
                format!("failed to finish the script in time: it was ended{}", said(&tail)),
            ),
        }
    }

    /// Ends what a dead windlass left, then says what is known of the script.
    async fn settle(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
        handle: &Handle,
    ) -> Outcome<Found<Output, Handle>> {
        let request = attempt.raw.request_id;
        if self.is_live(request) {
            return Ok(Found::InProgress(handle.clone()));
        }
        let ended = match kill(tree(handle.process.clone(), request)).await {
            Ok(ended) => ended,
            Err(error) => return Ok(Found::Unknown(error.to_string())),
        };
        let folder = Folder::of(&self.state, ctx.run, request);
        if let Some(status) = folder.status() {
            let (_, redactor) = self.variables(ctx, &attempt.input).await?;
            return Ok(match outcome(&folder, status, &Tail::default(), &redactor) {
                Ok(output) => Found::Done(output),
                Err(ActionError::Permanent(failure) | ActionError::Transient(failure)) => {
                    Found::Failed(failure)
                }
                Err(ActionError::InDoubt(why)) => Found::Unknown(why),
            });
        }
        // After a power loss a missing file proves nothing: it may have been on its way to the
        // disk. Nor does a folder that somebody removed.
        let same_boot = ProcessId::current().is_ok_and(|own| own.boot() == handle.process.boot());
        if same_boot && folder.exists() && !folder.has_begun() {
            return Ok(Found::Absent);
        }
        let left = match ended {
            0 => "nothing of it was running any more".to_owned(),
            1 => "one process of it was still running and was ended".to_owned(),
            count => format!("{count} processes of it were still running and were ended"),
        };
        Ok(Found::Unknown(format!(
            "windlass died while the script was at work, and the script left no exit status; \
             {left}: look at what it \
             has done"
        )))
    }
}

fn bad_variable(name: &str) -> Option<String> {
    if !is_name(name) {
        return Some(format!("`{name}` is no name of a variable"));
    }
    name.starts_with("WINDLASS_").then(|| format!("`{name}`: names of WINDLASS_ are taken"))
}

/// Passes lines on until the script's end, or that of everything that it started.
async fn read(
    output: ChildStdout,
    end: &str,
    redactor: &Redactor,
    sink: &dyn OutputSink,
    tail: &mut Tail,
) {
    let mut reader = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let cut = !line.ends_with(b"\n");
        let ended = line.trim_ascii_end().ends_with(end.as_bytes());
        if ended {
            let kept = line.trim_ascii_end().len() - end.len();
            line.truncate(kept);
        }
        if !ended || !line.is_empty() {
            let clean = redactor.line(&line);
            sink.line(&clean);
            tail.push(clean);
        }
        if ended || (cut && skip_line(&mut reader).await.is_none()) {
            return;
        }
    }
}

/// Passes over the rest of a line; none at the end of the output.
async fn skip_line(reader: &mut BufReader<ChildStdout>) -> Option<()> {
    loop {
        let held = reader.fill_buf().await.ok()?;
        if held.is_empty() {
            return None;
        }
        let found = held.iter().position(|byte| *byte == b'\n');
        let length = found.map_or(held.len(), |at| at + 1);
        reader.consume(length);
        if found.is_some() {
            return Some(());
        }
    }
}

fn said(tail: &Tail) -> String {
    tail.last().map(|line| format!("; its last words: {line}")).unwrap_or_default()
}

fn outcome(folder: &Folder, status: i32, tail: &Tail, redactor: &Redactor) -> Outcome<Output> {
    if status == TRY_AGAIN {
        let message = format!("failed to run the script: it asks to be tried again{}", said(tail));
        return Err(ActionError::Transient(Failure::transient("exit_status", message)));
    }
    if status != 0 {
        let message =
            format!("failed to run the script: it ended with exit status {status}{}", said(tail));
        return permanent("exit_status", message);
    }
    let outputs = match folder.read_outputs() {
        Ok(outputs) => outputs,
        Err(why) => {
            return permanent("outputs", format!("failed to read the script's outputs: {why}"));
        }
    };
    let clean: BTreeMap<String, String> =
        outputs.iter().map(|(name, value)| (name.clone(), redactor.clean(value))).collect();
    if clean != outputs
        && let Err(error) = folder.write_outputs(&clean)
    {
        let why = format!("failed to clean the script's outputs of secrets: {error}");
        return permanent("outputs", why);
    }
    Ok(Output { exit_status: status, stdout: tail.text(), outputs: clean })
}

impl TypedAction for Shell {
    type Input = Input;
    type Output = Output;
    type Captured = ();
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        input.env.keys().filter_map(|name| bad_variable(name)).collect()
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        self.run(ctx, &attempt).await.map(Acted::Done)
    }

    /// Only a resumed engine asks here: what is left of the script is ended, and its status is
    /// read.
    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        match self.settle(ctx, &attempt, &handle).await? {
            Found::Done(output) => Ok(Seen::Done(output)),
            Found::Failed(failure) => Err(ActionError::Permanent(failure)),
            Found::InProgress(handle) => {
                Ok(Seen::InProgress { handle, percent: None, message: None, after_ms: POLL_MS })
            }
            Found::Absent | Found::Begun => {
                Err(ActionError::InDoubt("the script never began".to_owned()))
            }
            Found::Unknown(why) => Err(ActionError::InDoubt(why)),
        }
    }

    /// Without a durable handle the gate was never opened.
    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        match handle {
            Some(handle) => self.settle(ctx, &attempt, &handle).await,
            None => Ok(Found::Absent),
        }
    }
}
