//! Proves a checked workflow with what the environment's actions declare. Nothing is called and
//! nothing is looked at.

use crate::compose::clocks::SystemClock;
use crate::compose::outfit::{catalog, registry};
use crate::compose::plugins;
use crate::compose::secrets::NamedSecrets;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use windlass_executors::Deps;
use windlass_model::event::Effect;
use windlass_model::guards::guard;
use windlass_model::run::{LaneId, Run};
use windlass_model::{Catalog, Phase, RunId, StepIdx, Value, Workflow, WorkflowDef};
use windlass_ports::Registry;
use windlass_ports::action::Bindings;
use windlass_prover::unknown::unknown;
use windlass_prover::{Declared, Exits, Options, Outline, Story, Verdict, prove};
use windlass_spec::flow::checked::CheckedWorkflow;
use windlass_spec::resolve_open;

/// An address that nobody calls: a proof sends nothing.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9);

/// Situations of one invariant that are looked at for a way out: a second's worth. Whoever asks how
/// to get out at night waits for no more.
const EXIT_STATES_MAX: usize = 50_000;

/// What a proof of the workflow came to, for whatever inputs a run may be given. The error is why
/// there is none, as a sentence.
pub async fn verdict(checked: &CheckedWorkflow, options: Options) -> Result<Verdict, String> {
    let outline = outlined(checked).await?;
    prove(&outline, options).map_err(|bug| format!("the proof broke off: {}", bug.0))
}

/// What a proof of the way on from where a run stands came to. The error is why there is none, as a
/// sentence.
pub async fn from_here(def: &WorkflowDef, run: &Run) -> Result<Verdict, String> {
    let declared = Declarations::of(def).await?;
    let outline = Outline::at(def.clone(), &declared, run).map_err(|error| error.to_string())?;
    prove(&outline, Options::default()).map_err(|bug| format!("the proof broke off: {}", bug.0))
}

/// What a proof of a run that would begin with these inputs came to. The error is why there is
/// none, as a sentence.
pub async fn of_a_start(workflow: &Workflow) -> Result<Verdict, String> {
    from_here(workflow.def(), &Run::new(RunId::default(), workflow)).await
}

/// The workflow as a proof sees it, for whatever inputs a run may be given. The error is why that
/// is not known, as a sentence.
pub async fn outlined(checked: &CheckedWorkflow) -> Result<Outline, String> {
    let open = |name: &str| unknown(&format!("inputs.{name}"));
    let def = resolve_open(checked, &open).map_err(|wrong| {
        let said: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
        said.join("; ")
    })?;
    let declared = Declarations::of(&def).await?;
    Outline::new(def, &declared).map_err(|error| error.to_string())
}

/// What a skip of a step, or of its undoing, could break in a run from where it stands. The error
/// is why that is not known, as a sentence.
pub async fn skipped(def: &WorkflowDef, run: &Run, lane: LaneId) -> Result<Option<Story>, String> {
    let declared = Declarations::of(def).await?;
    let outline = Outline::at(def.clone(), &declared, run).map_err(|error| error.to_string())?;
    let story = windlass_prover::skipped(&outline, lane, Options::default());
    story.map_err(|bug| format!("the proof broke off: {}", bug.0))
}

/// The failed steps of a run after whose skip an invariant could break. What is not known is left
/// out: whoever skips is told then.
pub async fn not_skippable(workflow: &Workflow, run: &Run) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::new();
    for lane in run.failed.iter().filter(|_| run.phase() == Phase::Failed) {
        if guard(workflow, run, lane.0).is_none()
            && matches!(skipped(workflow.def(), run, *lane).await, Ok(Some(_)))
        {
            found.insert(lane.0);
        }
    }
    found
}

/// The ways out of a run under way. Where its actions cannot be asked what they declare, nothing is
/// proved of them, and that is said. The error is why there are none, as a sentence.
pub async fn exits(def: &WorkflowDef, run: &Run) -> Result<Exits, String> {
    let options = Options { states_max: EXIT_STATES_MAX, ..Options::default() };
    let declared = Declarations::of(def).await;
    let outline = match &declared {
        Ok(declared) => Outline::at(def.clone(), declared, run),
        Err(_) => Outline::at(def.clone(), &Silent, run),
    };
    let outline = outline.map_err(|error| error.to_string())?;
    let exits = windlass_prover::exits(&outline, options);
    let mut exits = exits.map_err(|bug| format!("the proof broke off: {}", bug.0))?;
    if let Err(why) = declared {
        for exit in [&mut exits.forward, &mut exits.back] {
            exit.not_proved.push(why.clone());
        }
    }
    Ok(exits)
}

/// Actions that cannot be asked.
struct Silent;

impl Declared for Silent {
    fn effects(&self, _uses: &str, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn output(&self, _uses: &str) -> Option<&Value> {
        None
    }
}

/// What the actions of an environment declare.
struct Declarations {
    registry: Registry,
    catalog: Catalog,
    bindings: Bindings,
}

impl Declarations {
    async fn of(def: &WorkflowDef) -> Result<Self, String> {
        let environment = &def.environment;
        let deps = Deps {
            clock: Arc::new(SystemClock),
            secrets: Arc::new(NamedSecrets::new(environment.secrets.clone())),
            state_dir: PathBuf::new(),
            http: None,
        };
        let simulated = environment.simulator.then_some(NOBODY);
        let mut registry = registry(environment, simulated, deps)?;
        plugins::add_to(&mut registry, def).await?;
        Ok(Self { registry, catalog: catalog(), bindings: environment.resources.clone() })
    }
}

impl Declared for Declarations {
    fn effects(&self, uses: &str, input: &Value) -> Vec<Effect> {
        let action = self.registry.action(uses);
        action.map_or_else(Vec::new, |action| action.effects(&self.bindings, input))
    }

    fn output(&self, uses: &str) -> Option<&Value> {
        let known = self.registry.action(uses).map(|action| &action.spec().output);
        known.or_else(|| self.catalog.actions.get(uses).map(|spec| &spec.output))
    }
}
