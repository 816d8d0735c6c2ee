//! A whole workflow and the world that it works on.

use super::expressions::{output_of, truth};
use super::graph::{Place, ancestors, graph};
use super::policies;
use crate::prng::Prng;
use crate::world::kinds::find;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::expr::Template;
use windlass_model::step::OnInDoubt;
use windlass_model::workflow::{OnFailure, WORKFLOW_FORMAT};
use windlass_model::{Map, StepDef, StepId, Work, WorkflowDef};

/// What a seed gives.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The workflow.
    pub def: WorkflowDef,
    /// The things that exist before it starts.
    pub things: BTreeMap<String, i64>,
}

/// A target and the last step that works on it.
struct Shared {
    target: String,
    last: usize,
}

struct Maker<'a> {
    prng: &'a mut Prng,
    places: Vec<Place>,
    steps: Vec<StepDef>,
    things: BTreeMap<String, i64>,
    shared: Vec<Shared>,
}

/// Makes a scene.
pub fn scene(prng: &mut Prng) -> Scene {
    let places = graph(prng);
    let mut maker = Maker {
        prng,
        places: places.clone(),
        steps: Vec::new(),
        things: BTreeMap::new(),
        shared: Vec::new(),
    };
    for (at, place) in places.iter().enumerate() {
        let mut step = if place.join {
            StepDef::new(&place.id, Work::Join)
        } else {
            maker.step(at, &place.id)
        };
        step.needs = place.needs.iter().map(|need| StepId::new(&places[*need].id)).collect();
        step.item = place.item.map(Value::from);
        maker.steps.push(step);
    }
    let Maker { prng, steps, things, .. } = maker;
    let rolls_back = prng.percent(50);
    let def = WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "scene".to_owned(),
        on_failure: if rolls_back { OnFailure::Rollback } else { OnFailure::Stop },
        max_parallel: prng.between(1, 6) as u32,
        inputs: Map::from_iter([("flag".to_owned(), json!(prng.below(2)))]),
        steps,
        ..WorkflowDef::default()
    };
    Scene { def, things }
}

impl Maker<'_> {
    fn step(&mut self, at: usize, id: &str) -> StepDef {
        let prompt = || Template::Literal(json!("go on?"));
        let work = match self.prng.below(100) {
            0..=5 => Work::Approve { prompt: prompt(), typed: None },
            6..=9 => Work::Input { prompt: prompt(), ty: "int".to_owned() },
            10..=12 => Work::WaitSignal { name: self.prng.pick(&["go", "ready"]).to_string() },
            13..=16 => {
                Work::WaitFor { span: Template::Literal(json!(self.prng.between(0, 200_000))) }
            }
            17..=19 => Work::Assert { that: truth(self.prng.percent(90)), message: None },
            20..=22 => Work::Set { values: Template::Literal(json!({ "value": 7 })) },
            _ => return self.action(at, id),
        };
        let asks =
            matches!(work, Work::Approve { .. } | Work::Input { .. } | Work::WaitSignal { .. });
        let mut step = StepDef::new(id, work);
        if asks {
            policies::of_question(self.prng, &mut step);
        } else {
            policies::condition(self.prng, &mut step);
        }
        step
    }

    fn action(&mut self, at: usize, id: &str) -> StepDef {
        let name = match self.prng.below(100) {
            0..=9 => "world.read",
            10..=39 => "world.set",
            40..=59 => "world.copy",
            60..=77 => "world.swap",
            78..=96 => "world.put",
            _ => "world.send",
        };
        let Some(kind) = find(name) else { unreachable!("the world has {name}") };
        let (target, alone) = self.target(at, kind.traits.captures);
        let with = Template::Map(vec![
            ("target".to_owned(), Template::Literal(json!(target))),
            ("value".to_owned(), self.value(at)),
            ("ms".to_owned(), Template::Literal(json!(self.prng.between(500, 180_000)))),
        ]);
        let uses = name.to_owned();
        let idempotent = kind.traits.idempotent;
        let mut step = StepDef::new(id, Work::Action { uses, with, traits: kind.traits });
        policies::of_action(self.prng, &mut step, &target, alone);
        if idempotent && self.prng.percent(30) {
            step.on_in_doubt = OnInDoubt::Rerun;
        }
        step
    }

    /// A target of its own, or one that a step before works on. Says whether it does not exist yet
    /// and nobody shares it.
    fn target(&mut self, at: usize, captures: bool) -> (String, bool) {
        let before = ancestors(&self.places, at);
        if captures
            && self.prng.percent(35)
            && let Some(shared) = self.shared.iter_mut().find(|s| before.contains(&s.last))
        {
            shared.last = at;
            return (shared.target.clone(), false);
        }
        let target = format!("t{at}");
        if captures && self.prng.percent(60) {
            self.things.insert(target.clone(), 1_000 + at as i64);
            self.shared.push(Shared { target: target.clone(), last: at });
            return (target, false);
        }
        (target, true)
    }

    /// What the target is to be: mostly a constant of the step, sometimes what a step before said.
    fn value(&mut self, at: usize) -> Template {
        let before: Vec<usize> = ancestors(&self.places, at).into_iter().collect();
        if !before.is_empty() && self.prng.percent(10) {
            let from = *self.prng.pick(&before);
            let certain = self.steps[from].condition.is_none();
            if certain && matches!(self.steps[from].work, Work::Set { .. }) {
                return Template::Expr(output_of(self.steps[from].id.as_str(), "value"));
            }
        }
        Template::Literal(json!(at as i64 + 1))
    }
}
