//! What `answer`, `step`, `pause` and `cancel` have in common: a signal goes to a run, and somebody
//! must hear it.

use super::globals::Globals;
use super::going::{GoingArgs, go, tell};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::program::{Program, acting};
use crate::exit_code::ExitCode;
use crate::render::event_text;
use crate::talk;
use serde_json::json;
use windlass_model::observation::Signal;
use windlass_model::run::Run;
use windlass_model::{Millis, Phase, RunId};
use windlass_ports::Clock;

/// How long one waits until the driver of a run has heard a signal: it is woken at once, but may
/// be in the middle of a slow write.
const HEARD_MS: Millis = 20_000;

/// How long one waits for an event before one looks again.
const LOOK_MS: Millis = 200;

/// How long one waits for what came of a signal that was heard: one write. A signal that came too
/// late brings nothing about.
const ANSWER_MS: Millis = 1_000;

/// Events shown of what a signal brought about.
const SHOWN: usize = 20;

/// Options of verbs that send a signal.
#[derive(Clone, Debug, clap::Args)]
pub struct DeliveryArgs {
    /// Only posts it: whoever drives the run, now or later, hears it
    #[arg(long)]
    pub detach: bool,

    /// Who acts, for the history. [default: the user that the system names]
    #[arg(long = "as", value_name = "NAME")]
    pub by: Option<String>,
}

impl DeliveryArgs {
    /// Who acts.
    pub fn acting(&self) -> String {
        acting(self.by.as_deref())
    }
}

/// A signal on its way.
pub struct Delivery<'a> {
    /// The program.
    pub program: &'a Program,
    /// Options of every verb.
    pub globals: &'a Globals,
    /// Options of this one.
    pub args: &'a DeliveryArgs,
    /// Phases that are what the verb is for.
    pub wanted: &'a [Phase],
}

impl Delivery<'_> {
    /// Posts the signal and sees to it that it is heard: by whoever drives the run, else here.
    pub async fn send(&self, run: &Run, signal: Signal) -> Outcome {
        let Self { program, globals, args, wanted } = self;
        let id = run.id;
        program.engine.signal(id, &signal).await?;
        if args.detach {
            return Ok(self.posted(id));
        }
        if program.driver(id).await?.is_none() {
            let unasked = matches!(signal, Signal::Cancel { .. } | Signal::Pause { .. });
            let going = GoingArgs { by: args.by.clone(), unasked, ..GoingArgs::default() };
            return go(program, globals, id, &going, wanted).await;
        }
        self.wait_until_heard(run, &signal).await
    }

    /// Says that the signal lies in the store.
    pub fn posted(&self, run: RunId) -> ExitCode {
        let goes_on = self.program.command(&format!("resume {run}"));
        if self.globals.json {
            talk::json(&json!({ "type": "posted", "run": run }));
        } else {
            talk::data(&format!("posted to {run}; whoever drives it hears it (else `{goes_on}`)"));
        }
        ExitCode::Succeeded
    }

    async fn wait_until_heard(&self, run: &Run, signal: &Signal) -> Outcome {
        let Self { program, globals, wanted, .. } = self;
        let bytes = serde_json::to_vec(signal).map_err(|e| CommandError::new(ErrorKind::Bug, e))?;
        let deadline = SystemClock.now().after(HEARD_MS);
        let mut seen = run.seq;
        loop {
            let pending = program.store.pending_signals(run.id).await?;
            if pending.iter().all(|posted| posted.bytes != bytes) {
                break;
            }
            if SystemClock.now() >= deadline {
                let why = format!("failed to hear from the driver of {} in time", run.id);
                let hint = "the signal lies in the store and is heard as soon as it goes on";
                return Err(CommandError::failed(why).hint(hint));
            }
            seen = program.store.wait_events(run.id, seen, LOOK_MS).await?;
        }
        // A reader may miss the signal a moment before it sees what came of it.
        program.store.wait_events(run.id, run.seq, ANSWER_MS).await?;
        if !globals.json {
            let workflow = program.reader.load(run.id).await?.workflow;
            for event in program.reader.events(run.id, run.seq, SHOWN).await? {
                talk::say(&event_text::line(&event, &workflow));
            }
        }
        let exit = |phase| match wanted.contains(&phase) || !phase.ended() {
            true => ExitCode::Succeeded,
            false => ExitCode::of(phase),
        };
        tell(program, globals, run.id, exit).await
    }
}
