//! The validated workflow: steps, their graph, and the quick ways to ask it.
//!
//! It is stored whole with each run as `WorkflowDef`; the graph is built anew when it is loaded.

use crate::environment::{Confirm, Environment};
use crate::expr::Expr;
use crate::given::Given;
use crate::id::{RunId, StepId};
use crate::step::{StepDef, Work};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Position of a step in the workflow; steps keep the file's order.
pub type StepIdx = u32;

/// What a failed step means for the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The run stops and keeps its lock; `resume` tries the step again.
    #[default]
    Stop,
    /// The run rolls back.
    Rollback,
}

/// A condition on the world that must hold at every moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invariant {
    /// Its name.
    pub id: String,
    /// The resources that `item` stands for in turn; empty where the expression names them itself.
    #[serde(default)]
    pub for_each: Vec<String>,
    /// The expression.
    pub expr: Expr,
    /// True for `never`, false for `always`.
    pub never: bool,
}

/// A workflow resolved for one run: inputs known, `for_each` expanded, environment bound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkflowDef {
    /// Version of this form. Readers refuse a newer one and read all older ones.
    pub format: u32,
    /// Its name.
    pub name: String,
    /// A sentence for humans.
    #[serde(default)]
    pub description: Option<String>,
    /// The exclusive lock that the run holds until it ends.
    #[serde(default)]
    pub lock: Option<String>,
    /// Who may start it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Who asked for this run, whoever drives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<String>,
    /// The run whose place this one took, and what it left in the world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_over: Option<RunId>,
    /// The folder of its file: where computed paths begin that are not absolute, wherever one goes
    /// on with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What a failed step means.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Steps in flight at once.
    pub max_parallel: u32,
    /// The values of its inputs.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// Names of the resources that the workflow itself declares.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Its own invariants and those of the environment.
    #[serde(default)]
    pub invariants: Vec<Invariant>,
    /// What its runs take as given of the world that they start in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// Where it runs.
    #[serde(default)]
    pub environment: Environment,
    /// The steps in the file's order.
    pub steps: Vec<StepDef>,
}

/// The present version of [`WorkflowDef`].
pub const WORKFLOW_FORMAT: u32 = 1;

/// Steps in flight at once where a file does not say.
pub const MAX_PARALLEL_DEFAULT: u32 = 8;

/// A definition that is no workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWorkflow {
    /// Two steps of one name.
    #[error("two steps are called `{0}`")]
    DuplicateStep(StepId),
    /// A need that no step fulfils.
    #[error("step `{step}` needs `{need}`, which does not exist")]
    UnknownNeed {
        /// Who needs it.
        step: StepId,
        /// What it needs.
        need: StepId,
    },
    /// Steps that wait for each other.
    #[error("steps wait for each other: {}", joined(.0))]
    Circle(Vec<StepId>),
    /// Written by a newer windlass.
    #[error(
        "the workflow has form {0}, newer than this windlass reads \
         ({WORKFLOW_FORMAT}): use a newer windlass"
    )]
    NewerFormat(u32),
    /// Nothing to do.
    #[error("the workflow has no steps")]
    Empty,
}

fn joined(path: &[StepId]) -> String {
    path.iter().map(StepId::as_str).collect::<Vec<_>>().join(" -> ")
}

/// Positions by name. Only ever asked, never walked, so that its order is nobody's; its hasher has
/// no random seed.
type ById = HashMap<StepId, StepIdx, BuildHasherDefault<DefaultHasher>>;

/// A workflow whose steps are known to form a DAG.
#[derive(Clone, Debug)]
pub struct Workflow {
    def: WorkflowDef,
    graph: DiGraph<(), (), StepIdx>,
    by_id: ById,
    order: Vec<StepIdx>,
}

impl Workflow {
    /// Builds the graph. Edges lead from a need to its dependent.
    pub fn new(def: WorkflowDef) -> Result<Self, InvalidWorkflow> {
        if def.format > WORKFLOW_FORMAT {
            return Err(InvalidWorkflow::NewerFormat(def.format));
        }
        if def.steps.is_empty() {
            return Err(InvalidWorkflow::Empty);
        }
        let mut by_id = ById::default();
        let mut graph = DiGraph::default();
        for (at, step) in def.steps.iter().enumerate() {
            graph.add_node(());
            if by_id.insert(step.id.clone(), at as StepIdx).is_some() {
                return Err(InvalidWorkflow::DuplicateStep(step.id.clone()));
            }
        }
        for (at, step) in def.steps.iter().enumerate() {
            for need in &step.needs {
                let Some(&from) = by_id.get(need) else {
                    let (step, need) = (step.id.clone(), need.clone());
                    return Err(InvalidWorkflow::UnknownNeed { step, need });
                };
                graph.add_edge(NodeIndex::new(from as usize), NodeIndex::new(at), ());
            }
        }
        let order = match petgraph::algo::toposort(&graph, None) {
            Ok(order) => order.into_iter().map(|n| n.index() as StepIdx).collect(),
            Err(cycle) => {
                return Err(InvalidWorkflow::Circle(circle(&def, &graph, cycle.node_id())));
            }
        };
        Ok(Self { def, graph, by_id, order })
    }

    /// Who may not answer a step: whoever started the run, where the step asks for other eyes. An
    /// environment that rehearses asks nobody for his name.
    pub fn barred(&self, step: &StepDef) -> Option<&str> {
        let strict = self.def.environment.confirm == Confirm::Strict;
        self.def.started_by.as_deref().filter(|_| step.not_by_starter && strict)
    }

    /// The definition that is stored with a run.
    pub fn def(&self) -> &WorkflowDef {
        &self.def
    }

    /// Number of steps, joins included.
    pub fn len(&self) -> usize {
        self.def.steps.len()
    }

    /// Whether there is no step; a validated workflow has one at least.
    pub fn is_empty(&self) -> bool {
        self.def.steps.is_empty()
    }

    /// The step at a position.
    pub fn step(&self, at: StepIdx) -> &StepDef {
        &self.def.steps[at as usize]
    }

    /// The position of a step.
    pub fn find(&self, id: &StepId) -> Option<StepIdx> {
        self.by_id.get(id).copied()
    }

    /// Steps that need this one.
    pub fn dependents(&self, at: StepIdx) -> impl Iterator<Item = StepIdx> + '_ {
        self.neighbours(at, Direction::Outgoing)
    }

    /// Steps that this one needs.
    pub fn needs(&self, at: StepIdx) -> impl Iterator<Item = StepIdx> + '_ {
        self.neighbours(at, Direction::Incoming)
    }

    /// All positions so that every step comes after those that it needs.
    pub fn order(&self) -> &[StepIdx] {
        &self.order
    }

    /// Whether the step is a join, which does nothing itself.
    pub fn is_join(&self, at: StepIdx) -> bool {
        matches!(self.step(at).work, Work::Join)
    }

    fn neighbours(&self, at: StepIdx, way: Direction) -> impl Iterator<Item = StepIdx> + '_ {
        self.graph
            .neighbors_directed(NodeIndex::new(at as usize), way)
            .map(|n| n.index() as StepIdx)
    }
}

/// Walks backwards along needs from a node of a circle until a node comes again.
fn circle(
    def: &WorkflowDef,
    graph: &DiGraph<(), (), StepIdx>,
    from: NodeIndex<StepIdx>,
) -> Vec<StepId> {
    // Kosaraju's, since Tarjan's recurses and a file can hold a circle of many thousand steps.
    let sccs = petgraph::algo::kosaraju_scc(graph);
    let found = sccs.into_iter().find(|scc| scc.contains(&from)).unwrap_or_default();
    let inside: BTreeSet<NodeIndex<StepIdx>> = found.into_iter().collect();
    let mut path = vec![from];
    let mut places = BTreeMap::from([(from, 0)]);
    loop {
        let at = path[path.len() - 1];
        let next = graph.neighbors_directed(at, Direction::Outgoing).find(|n| inside.contains(n));
        let Some(next) = next else { break };
        if let Some(first) = places.get(&next) {
            path.drain(..first);
            path.push(next);
            break;
        }
        places.insert(next, path.len());
        path.push(next);
    }
    path.into_iter().map(|n| def.steps[n.index()].id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Template;

    fn step(id: &str, needs: &[&str]) -> StepDef {
        let values = Template::Literal(Value::Null);
        let needs = needs.iter().map(|n| StepId::from(*n)).collect();
        StepDef { needs, ..StepDef::new(id, Work::Set { values }) }
    }

    fn build(steps: Vec<StepDef>) -> Result<Workflow, InvalidWorkflow> {
        Workflow::new(WorkflowDef { format: 1, steps, ..WorkflowDef::default() })
    }

    #[test]
    fn a_circle_is_told_with_its_path() {
        let steps =
            vec![step("a", &["c"]), step("b", &["a"]), step("c", &["b"]), step("d", &["a"])];
        let Err(InvalidWorkflow::Circle(path)) = build(steps) else { panic!("no circle found") };
        assert_eq!(path.first(), path.last());
        assert_eq!(path.len(), 4);
    }

    #[test]
    fn a_circle_of_many_steps_needs_no_stack() {
        let steps: Vec<StepDef> = (0..50_000)
            .map(|i| step(&format!("s{i}"), &[format!("s{}", (i + 1) % 50_000).as_str()]))
            .collect();
        let Err(InvalidWorkflow::Circle(path)) = build(steps) else { panic!("no circle found") };
        assert_eq!(path.len(), 50_001);
    }

    #[test]
    fn dependents_and_needs_mirror_each_other() {
        let w = build(vec![step("a", &[]), step("b", &["a"]), step("c", &["a", "b"])]).unwrap();
        let mut of_a: Vec<_> = w.dependents(0).collect();
        of_a.sort_unstable();
        assert_eq!(of_a, [1, 2]);
        assert_eq!(w.needs(2).count(), 2);
        assert_eq!(w.order()[0], 0);
    }
}
