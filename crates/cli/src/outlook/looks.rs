//! Looks at the world as it is: the resources that a workflow is about, and what each step's action
//! reads before it acts. What an environment cannot show is unknown, and stands in nobody's way.

use super::course::{Course, Passed};
use super::past::Past;
use crate::compose::clocks::SystemClock;
use crate::compose::control::Control;
use crate::compose::outfit::{Workshop, cloud_time, registry};
use crate::compose::places::Places;
use crate::compose::program::new_id;
use crate::compose::secrets::NamedSecrets;
use crate::doctor::environment::not_allowed;
use crate::rehearse::world::{Beginning, World};
use crate::render::foreseen::Foreseen;
use crate::render::outlook::{Mark, Outlook, Told, Turn};
use crate::render::values::{bounded, flat};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use windlass_engine::given::look_at;
use windlass_engine::look::quiet;
use windlass_engine::places::place;
use windlass_engine::{Cipher, Outfit, Outfitter};
use windlass_executors::Deps;
use windlass_executors::azure::app_service::whole_set::{Change, turns};
use windlass_model::sight::{Comparison, Sight, compare, resources};
use windlass_model::{
    EffectClass, Environment, RequestId, RunId, Side, StepId, StepIdx, Value, Work, Workflow,
};
use windlass_ports::action::{Attempt, Bindings, Executed};
use windlass_ports::{ActionError, Clock, Context, Secrets};

/// Time for one look.
const ANSWER: Duration = Duration::from_secs(30);

/// What a run of the workflow would find, and do. Secrets are told by their hashes under the
/// cipher's key; without one it is told only that they differ.
pub async fn outlook(
    workflow: &Workflow,
    places: &Places,
    past: &Past,
    cipher: Option<Arc<dyn Cipher>>,
) -> Outlook {
    let (took, answered) = (past.took(), past.answered());
    let run = RunId(new_id());
    let looker = match Looker::new(workflow, places, run).await {
        Ok(looker) => Looker { cipher, ..looker },
        Err(why) => {
            let notes = vec![format!("nothing could be looked at: {why}")];
            return Outlook { notes, took, answered, ..Outlook::default() };
        }
    };
    let sight = looker.sight(workflow).await;
    let effects = |uses: &str, input: &serde_json::Value| {
        let action = looker.outfit.registry.action(uses);
        action.map_or_else(Vec::new, |action| action.effects(&looker.bindings, input))
    };
    let mut course = Course::new(workflow, &sight, &effects);
    let mut turns: BTreeMap<StepIdx, Vec<Turn>> = BTreeMap::new();
    let mut told: BTreeMap<StepIdx, Vec<Told>> = BTreeMap::new();
    for at in course.steps() {
        let Some(passed) = course.pass(at) else { continue };
        let (said, output) = looker.would(workflow, &passed, &course.scope(at)).await;
        told.entry(at).or_default().extend(said);
        if let Some(output) = output {
            course.learn(at, output);
        }
        turns.insert(at, passed.turns);
    }
    let known = Some(course.known());
    let Comparison { otherwise, not_known } = compare(workflow.def(), &sight);
    let unseen = sight.unseen.iter();
    let mut notes = looker.notes;
    notes.extend(otherwise.into_iter().map(|said| format!("WOULD NOT START NOW: {said}")));
    notes.extend(not_known);
    notes.extend(unseen.map(|(name, why)| format!("{name} cannot be looked at: {why}")));
    Outlook { turns, told, took, answered, known, sight, notes }
}

/// The resources that the workflow is about, as they are. The error is a sentence.
pub async fn seen(workflow: &Workflow, places: &Places) -> Result<Sight, String> {
    Ok(Looker::new(workflow, places, RunId(new_id())).await?.sight(workflow).await)
}

/// Who looks.
struct Looker {
    outfit: Outfit,
    run: RunId,
    bindings: Arc<Bindings>,
    notes: Vec<String>,
    cipher: Option<Arc<dyn Cipher>>,
    /// A simulated world that nobody has begun yet lives as long as one looks at it.
    _world: Option<World>,
}

impl Looker {
    async fn new(workflow: &Workflow, places: &Places, run: RunId) -> Result<Self, String> {
        let def = workflow.def();
        let environment = &def.environment;
        let mut notes = Vec::new();
        let begun = places.simulator(&environment.name).exists();
        let (outfit, world) = match environment.simulator && !begun {
            true => {
                notes.push(format!(
                    "shown is the simulated world of `{}` as the first start will find it",
                    environment.name
                ));
                let (outfit, world) = unbegun(environment, places)?;
                (outfit, Some(world))
            }
            false => {
                let workshop = Workshop::new(places.clone());
                let began = match environment.simulator {
                    true => now(environment, places).await,
                    false => None,
                };
                (workshop.outfit(run, def, began).await?, None)
            }
        };
        let bindings = Arc::new(environment.resources.clone());
        Ok(Self { outfit, run, bindings, notes, cipher: None, _world: world })
    }

    async fn sight(&self, workflow: &Workflow) -> Sight {
        let def = workflow.def();
        let bound = |name: &&String| def.environment.resources.contains_key(*name);
        let mut names = resources(def);
        names.extend(def.resources.iter().filter(bound).cloned());
        look_at(&self.outfit, self.run, def, names).await
    }

    /// What can be told of a step beforehand, and what it will give where that is known: of steps
    /// whose input is known, and that no step before them makes the world for. A step that only
    /// reads is read; another one's action says what it would find before it acts.
    async fn would(
        &self,
        workflow: &Workflow,
        passed: &Passed,
        scope: &Foreseen<'_>,
    ) -> (Option<Told>, Option<Value>) {
        let told = |mark, words: String| Some(Told { words, mark, refused: false });
        let (uses, traits) = match &workflow.step(passed.at).work {
            Work::Action { uses, traits, .. } => (uses, traits),
            Work::Assert { that, .. } => return (asserted(that.holds(scope).ok()), None),
            Work::Set { values } if passed.sure => return (None, values.render(scope).ok()),
            _ => return (None, None),
        };
        let action = self.outfit.registry.action(uses).filter(|_| passed.whole);
        let (Some(action), Some(input)) = (action, &passed.input) else { return (None, None) };
        if passed.after_others {
            return (None, None);
        }
        let step = workflow.step(passed.at).id.clone();
        let ctx = Context {
            // A clock that is scaled would let a patient call run out of time at once.
            clock: Arc::new(SystemClock),
            ..quiet(&self.outfit, self.run, step.clone(), &self.bindings)
        };
        let mut input = input.clone();
        if let Some(folder) = &workflow.def().folder {
            place(folder, &action.spec().input, &mut input);
        }
        let reads = traits.class == EffectClass::ReadOnly && passed.sure;
        // A check of what earlier steps are to bring about says nothing beforehand.
        if reads && passed.behind_change {
            return (None, None);
        }
        let looked = match (reads, traits.captures) {
            (true, _) => {
                let attempt = first_attempt(self.run, &step, input);
                let read = async {
                    match action.execute(&ctx, &attempt).await? {
                        Executed::Done(output) => Ok((Some(output), Vec::new())),
                        Executed::Accepted { .. } => Ok((None, Vec::new())),
                    }
                };
                tokio::time::timeout(ANSWER, read).await
            }
            (false, true) => {
                let look = async {
                    let captured = action.capture(&ctx, &input).await?.captured;
                    Ok((None, captured.iter().flat_map(|one| self.differs(one)).collect()))
                };
                tokio::time::timeout(ANSWER, look).await
            }
            (false, false) => return (None, None),
        };
        match looked {
            Ok(Ok((Some(output), _))) => (told(Mark::Probed, given(&output)), Some(output)),
            Ok(Ok((None, differs))) => {
                let free = "nothing is in its way".to_owned();
                let words: Vec<String> = [free].into_iter().chain(differs).collect();
                (told(Mark::Probed, words.join("; ")), None)
            }
            Ok(Err(error)) if not_allowed(&error) => {
                let words = format!("MAY NOT: {error}");
                (Some(Told { words, mark: Mark::Probed, refused: true }), None)
            }
            Ok(Err(ActionError::Permanent(failure))) => {
                let when = if passed.sure { "" } else { ", where it runs" };
                (told(Mark::Probed, format!("WOULD FAIL NOW{when}: {}", failure.message)), None)
            }
            Ok(Err(error)) => (told(Mark::Unknown, format!("cannot be looked at: {error}")), None),
            Err(_) => {
                let words = format!("cannot be looked at: no answer within {} s", ANSWER.as_secs());
                (told(Mark::Unknown, words), None)
            }
        }
    }
}

impl Looker {
    /// What would become of each secret text that an action writes, without any of them.
    fn differs(&self, captured: &Value) -> Vec<String> {
        let hash = |value: &Value| self.cipher.as_ref().and_then(|one| one.keyed_hash(value));
        let turned = turns(captured).into_iter().map(|Change { key, before, after }| {
            match (&before, &after) {
                (before, after) if before == after => format!("`{key}` is that already"),
                (None, _) => format!("`{key}` is new"),
                (_, None) => format!("`{key}` goes"),
                (Some(before), Some(after)) => match (hash(before), hash(after)) {
                    (Some(before), Some(after)) => {
                        format!("`{key}` differs (keyed hash {before} -> {after})")
                    }
                    _ => format!("`{key}` differs"),
                },
            }
        });
        turned.collect()
    }
}

/// What an assertion comes to; nothing where only the run will know.
fn asserted(holds: Option<bool>) -> Option<Told> {
    let (words, mark) = match holds? {
        true => ("holds", Mark::Computed),
        false => ("DOES NOT HOLD", Mark::Computed),
    };
    Some(Told { words: words.to_owned(), mark, refused: false })
}

/// What a read gave, in a few words.
fn given(output: &Value) -> String {
    format!("gives {}", bounded(&flat(output)))
}

/// What an action that only reads is called with.
fn first_attempt(run: RunId, step: &StepId, input: Value) -> Attempt {
    Attempt {
        side: Side::Forward,
        number: 1,
        input,
        captured: None,
        recaptured: None,
        request_id: RequestId::derive(run, step, Side::Forward.as_str(), 1),
        undoes: None,
        started_at: SystemClock.now(),
        not_before: None,
        output: None,
    }
}

async fn now(environment: &Environment, places: &Places) -> Option<windlass_model::Timestamp> {
    let control = Control::find(&places.simulator(&environment.name)).await?;
    cloud_time(&control).await.ok()
}

/// The outfit of a simulated world as it will begin.
fn unbegun(environment: &Environment, places: &Places) -> Result<(Outfit, World), String> {
    let at = environment.clock_start.unwrap_or_else(|| SystemClock.now());
    let world = World::begin(&Beginning { at, left: None })?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secrets: Arc<dyn Secrets> = Arc::new(NamedSecrets::new(environment.secrets.clone()));
    let deps = Deps {
        clock: clock.clone(),
        secrets: secrets.clone(),
        state_dir: places.scripts.clone(),
        http: None,
    };
    let registry = registry(environment, Some(world.address()), deps)?;
    Ok((Outfit { registry, clock, secrets, guards: false }, world))
}
