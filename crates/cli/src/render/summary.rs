//! What is said when a run stops, or is left: what it means in the world, which ways lead out, why
//! it stands still, and what to type next, in this order.

use super::exits::WaysOut;
use super::next;
use super::world::sentences;
use crate::compose::standing::Standing;
use crate::exit_code::ExitCode;
use serde_json::{Value, json};
use windlass_model::run::Run;
use windlass_model::{Phase, RunId, Workflow};

/// Scripts may change what they do not declare, so that "nothing is changed" would be a promise
/// that nobody can keep.
const NOTHING_DECLARED: &str =
    "In the world: as far as its steps declare, this run has left nothing changed.";

/// A run's standing in words.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Which run.
    pub run: RunId,
    /// Where it stands.
    pub phase: Phase,
    /// What the process ends with.
    pub exit_code: ExitCode,
    /// What it means in the world.
    pub world: Vec<String>,
    /// What it locks while it stands still.
    pub locked: Option<String>,
    /// Which ways lead out; nothing of a run that somebody drives, or that has ended.
    pub exits: Option<WaysOut>,
    /// Why it stands still.
    pub why: Option<String>,
    /// Whole commands.
    pub next: Vec<String>,
}

impl Summary {
    /// Sums a run up; `command` makes a whole command of words.
    pub fn of(
        workflow: &Workflow,
        run: &Run,
        standing: &Standing,
        command: impl Fn(&str) -> String,
    ) -> Self {
        let phase = run.phase();
        let driven = standing.driver.is_some();
        let begins = matches!(phase, Phase::Queued | Phase::RollingBack | Phase::Running);
        let queued = if begins { standing.queued(run.id) } else { None };
        Self {
            run: run.id,
            phase,
            exit_code: ExitCode::of(phase),
            world: sentences(workflow, run, driven, standing.before.as_ref()),
            locked: standing.locked(run.id, phase),
            exits: None,
            why: queued.or_else(|| standing.superseded()).or_else(|| next::why(run)),
            next: next::commands(workflow, run, standing)
                .iter()
                .map(|words| command(words))
                .collect(),
        }
    }

    /// The same with the ways out of it.
    #[must_use]
    pub fn with_exits(self, exits: Option<WaysOut>) -> Self {
        Self { exits, ..self }
    }

    /// What it means in the world, the lock included.
    pub fn means(&self) -> Vec<&String> {
        self.world.iter().chain(&self.locked).collect()
    }

    /// The last line of a JSON stream.
    pub fn json(&self) -> Value {
        json!({
            "type": "summary",
            "run": self.run,
            "phase": self.phase,
            "exit_code": self.exit_code.number(),
            "world": self.means(),
            "exits": self.exits.as_ref().map(WaysOut::json),
            "why": self.why,
            "next": self.next,
        })
    }

    /// The same for a human.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{} {}", self.run, self.phase.as_str().replace('_', " "))];
        if self.world.is_empty() {
            lines.push(NOTHING_DECLARED.to_owned());
        } else {
            lines.push("In the world:".to_owned());
            lines.extend(self.world.iter().map(|sentence| format!("  - {sentence}")));
        }
        lines.extend(self.locked.iter().map(|locked| format!("  - {locked}")));
        if let Some(exits) = &self.exits {
            lines.push("Ways out:".to_owned());
            lines.extend(exits.lines(self.run).iter().map(|sentence| format!("  - {sentence}")));
        }
        if let Some(why) = &self.why {
            lines.push(format!("Why: {why}"));
        }
        lines.push("Next:".to_owned());
        lines.extend(self.next.iter().map(|command| format!("  {command}")));
        lines
    }
}
