//! What a check leaves: workflows whose steps are known to be sound, before a run expands them.

use super::environment::LoadedEnvironment;
use super::inputs::DeclaredInput;
use crate::cel::Ty;
use crate::keys::environment::BeforeFile;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use windlass_model::Millis;
use windlass_model::expr::{Expr, Template};
use windlass_model::given::Given;
use windlass_model::step::{StepDef, Work};
use windlass_model::workflow::{Invariant, OnFailure};

/// A workflow without errors, ready to be resolved for a run.
#[derive(Clone, Debug)]
pub struct CheckedWorkflow {
    pub(crate) name: String,
    /// The file as a message names it.
    pub(crate) file: String,
    /// The folder that the file lies in, where it is known.
    pub(crate) folder: Option<String>,
    pub(crate) description: Option<String>,
    /// The lock as the file names it.
    pub(crate) lock: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) max_parallel: u32,
    pub(crate) inputs: Vec<DeclaredInput>,
    pub(crate) resources: BTreeMap<String, String>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) given: Vec<Given>,
    pub(crate) steps: Vec<CheckedStep>,
    /// What a step that calls this workflow sees as its outputs.
    pub(crate) outputs: Vec<Output>,
    pub(crate) environment: Arc<LoadedEnvironment>,
    pub(crate) bound: bool,
}

/// One of the values that a workflow gives to whoever calls it.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Template,
    /// Its type.
    pub ty: Ty,
}

/// A step as it is checked, before `for_each` and calls are expanded.
#[derive(Clone, Debug)]
pub struct CheckedStep {
    /// The step; its needs are names of the file.
    pub def: StepDef,
    /// What it is repeated for.
    pub for_each: Option<Repeat>,
    /// The rounds in which it is repeated.
    pub rounds: Option<Rounds>,
    /// How many of them at once.
    pub max_parallel: Option<u32>,
    /// The questions of a checklist, by name.
    pub checklist: Vec<(String, Template)>,
    /// The workflow whose steps are carried out in its place.
    pub call: Option<Call>,
}

/// What a step is repeated for.
#[derive(Clone, Debug)]
pub enum Repeat {
    /// Known elements.
    Items(Vec<Value>),
    /// An expression over inputs and the environment.
    Expr(Expr),
}

/// The rounds of a step.
#[derive(Clone, Debug)]
pub struct Rounds {
    /// What must hold of its outputs.
    pub until: Expr,
    /// Most rounds.
    pub max: u32,
    /// The pause between two, in milliseconds.
    pub pause_ms: Option<Millis>,
}

/// A call of another workflow.
#[derive(Clone, Debug)]
pub struct Call {
    /// The file as the step names it.
    pub uses: String,
    /// The workflow.
    pub workflow: Arc<CheckedWorkflow>,
    /// Values of its inputs, and names of the caller's resources for its own.
    pub with: BTreeMap<String, Template>,
}

/// An action's input that is known before a run.
#[derive(Clone, Copy, Debug)]
pub struct KnownInput<'a> {
    /// The file of its step.
    pub file: &'a str,
    /// The step.
    pub step: &'a StepDef,
    /// The action.
    pub uses: &'a str,
    /// The input.
    pub input: &'a Value,
}

impl CheckedWorkflow {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The inputs that it declares, in the file's order, with the environment's defaults.
    pub fn inputs(&self) -> &[DeclaredInput] {
        &self.inputs
    }

    /// What its rehearsals find done already in the world of its environment; the files as one
    /// opens them from here.
    pub fn before(&self) -> Vec<BeforeFile> {
        let source = self.environment.source.as_deref();
        let folder = source.and_then(|source| Path::new(&source.file).parent());
        let folder = folder.unwrap_or(Path::new(""));
        let mut before = self.environment.before.get(&self.name).cloned().unwrap_or_default();
        before.iter_mut().for_each(|one| one.file = folder.join(&one.file));
        before
    }

    /// The environment that it was checked with; an empty one called `local` where none was given.
    pub fn environment(&self) -> &windlass_model::Environment {
        &self.environment.environment
    }

    /// Inputs of actions that are known before a run, those of workflows that are called included.
    pub fn known_inputs(&self) -> Vec<KnownInput<'_>> {
        let mut known = Vec::new();
        let mut seen = BTreeSet::new();
        self.add_known_inputs(&mut known, &mut seen);
        known
    }

    /// A file that is called twice says the same twice.
    fn add_known_inputs<'a>(
        &'a self,
        known: &mut Vec<KnownInput<'a>>,
        seen: &mut BTreeSet<&'a str>,
    ) {
        if !seen.insert(&self.file) {
            return;
        }
        for step in &self.steps {
            if let Some(call) = &step.call {
                call.workflow.add_known_inputs(known, seen);
            }
            let own = match &step.def.work {
                Work::Action { uses, with, .. } => Some((uses, with)),
                _ => None,
            };
            let told = step.def.notify.iter().map(|notice| (&notice.uses, &notice.with));
            for (uses, with) in own.into_iter().chain(told) {
                if let Template::Literal(input) = with {
                    known.push(KnownInput { file: &self.file, step: &step.def, uses, input });
                }
            }
        }
    }

    /// Names and types of the resources that it declares.
    pub fn resources(&self) -> &BTreeMap<String, String> {
        &self.resources
    }
}
