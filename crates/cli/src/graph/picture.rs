//! What a picture shows: nodes, arrows and the layers they lie in. It must not know any format.

use super::boxes::{CallBox, boxes};
use super::layers::layers;
use super::mark::Mark;
use crate::render::rounds;
use std::collections::BTreeMap;
use windlass_model::rollback::{point_of_no_return, undo_of};
use windlass_model::run::Run;
use windlass_model::workflow::StepIdx;
use windlass_model::{EffectClass, Phase, StepDef, Work, Workflow};

/// What kind of thing a node is: it decides the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Acts, looks or computes.
    Step,
    /// Waits for a human.
    Human,
    /// Cannot be undone.
    NoReturn,
    /// Stands for a whole `for_each` or sub-workflow.
    Join,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name.
    pub id: String,
    /// The sentence of the file, where it has one.
    pub name: Option<String>,
    /// What it does, in a word: the action's kind or the built-in's name.
    pub does: String,
    /// Its shape.
    pub shape: Shape,
    /// Where it stands in the run.
    pub mark: Mark,
    /// The condition under which it starts.
    pub condition: Option<String>,
    /// Whether a rollback leaves it as it is, although it changes something.
    pub stays: bool,
    /// Names of the steps that it needs, in the file's order.
    pub needs: Vec<String>,
    /// How often at the most what stands before it is carried out, where it is repeated until
    /// something holds. Rounds that have not come are no nodes of their own.
    pub rounds: Option<usize>,
}

/// A workflow, with or without a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The workflow's name.
    pub title: String,
    /// What its file says that it is for.
    pub description: Option<String>,
    /// The exclusive lock it holds.
    pub lock: Option<String>,
    /// The run and where it stands.
    pub run: Option<(String, Phase)>,
    /// Nodes in the file's order.
    pub nodes: Vec<Node>,
    /// Arrows from a need to its dependent.
    pub arrows: Vec<(usize, usize)>,
    /// Workflows that are called.
    pub boxes: Vec<CallBox>,
    /// Nodes by layer; each comes after all that it needs.
    pub layers: Vec<Vec<usize>>,
}

impl Picture {
    /// A picture of a workflow, marked with a run's states where there is one.
    pub fn new(workflow: &Workflow, run: Option<&Run>) -> Self {
        let hidden = match run {
            Some(run) => rounds::not_begun(workflow, run),
            None => rounds::later(workflow),
        };
        let shown: Vec<StepIdx> =
            (0..workflow.len() as StepIdx).filter(|at| !hidden.contains(at)).collect();
        let places: BTreeMap<usize, usize> =
            shown.iter().enumerate().map(|(place, at)| (*at as usize, place)).collect();
        let mut nodes = Vec::with_capacity(shown.len());
        let mut arrows = Vec::new();
        for (place, at) in shown.iter().enumerate() {
            let mut needs: Vec<StepIdx> = workflow.needs(*at).collect();
            needs.sort_unstable();
            let rounds = matches!(workflow.step(*at).work, Work::Rounds { .. });
            let rounds = rounds.then_some(needs.len());
            needs.retain(|need| !hidden.contains(need));
            arrows.extend(needs.iter().map(|need| (places[&(*need as usize)], place)));
            let mark = run.and_then(|run| run.steps.get(*at as usize)).map(Mark::of);
            let needs = needs.iter().map(|need| workflow.step(*need).id.to_string()).collect();
            let node = node(workflow.step(*at), mark.unwrap_or_default(), needs);
            nodes.push(Node { rounds, ..node });
        }
        let order = workflow.order().iter().filter_map(|at| places.get(&(*at as usize)));
        let order: Vec<usize> = order.copied().collect();
        let mut boxes = boxes(workflow);
        boxes.retain_mut(|one| one.keep(&places));
        Self {
            title: workflow.def().name.clone(),
            description: workflow.def().description.clone(),
            lock: workflow.def().lock.clone(),
            run: run.map(|run| (run.id.to_string(), run.phase())),
            layers: layers(nodes.len(), &order, &arrows),
            boxes,
            nodes,
            arrows,
        }
    }
}

fn node(step: &StepDef, mark: Mark, needs: Vec<String>) -> Node {
    let class = match &step.work {
        Work::Action { traits, .. } => Some(traits),
        _ => None,
    };
    let no_return = point_of_no_return(step);
    let shape = match &step.work {
        Work::Join => Shape::Join,
        Work::Approve { .. } | Work::Input { .. } => Shape::Human,
        _ if no_return => Shape::NoReturn,
        _ => Shape::Step,
    };
    let changes = class.is_some_and(|traits| traits.class != EffectClass::ReadOnly);
    let stays = changes && undo_of(step).is_none();
    Node {
        id: step.id.to_string(),
        name: step.name.clone(),
        does: does(&step.work).to_owned(),
        shape,
        mark,
        condition: step.condition.as_ref().map(|expr| expr.source.clone()),
        stays: stays && shape != Shape::NoReturn,
        needs,
        rounds: None,
    }
}

/// What a step does, in a word: the action's kind or the built-in's name.
pub fn does(work: &Work) -> &str {
    match work {
        Work::Action { uses, .. } => uses,
        Work::Approve { .. } => "approve",
        Work::Input { .. } => "input",
        Work::WaitFor { .. }
        | Work::WaitUntil { .. }
        | Work::WaitWindow { .. }
        | Work::WaitSignal { .. } => "wait",
        Work::Rounds { .. } => "until it holds",
        Work::Assert { .. } => "assert",
        Work::Set { .. } => "set",
        Work::Join => "all of them",
    }
}
