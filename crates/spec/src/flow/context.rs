//! What expressions may name, built once for a workflow and narrowed for each step.

use super::checked::CheckedWorkflow;
use super::environment::LoadedEnvironment;
use super::inputs::DeclaredInput;
use super::order::Order;
use crate::cel::{INPUTS, ITSELF, Names, STEPS, Ty};
use crate::yaml::{Yaml, YamlKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use windlass_model::Catalog;

/// What all steps of a workflow share while they are checked.
pub struct Context<'a> {
    /// What exists.
    pub catalog: &'a Catalog,
    /// Declared resources by name, with their types.
    pub resources: BTreeMap<String, String>,
    /// Names that need no step: inputs, env, resources, run.
    pub base: Names,
    /// Who needs whom.
    pub order: Order,
    /// Names of steps by position.
    pub ids: Vec<String>,
    /// Types of outputs by position, as far as they are known.
    pub outputs: Vec<Ty>,
    /// The workflow file's folder, where scripts run: the same for whoever resumes the run.
    pub folder: PathBuf,
    /// The environment's zone, where it names one that there is.
    pub zone: Option<String>,
    /// Names of the environment's secrets.
    pub secrets: Vec<String>,
    /// Whether these are all that there are: not where no environment is given.
    pub knows_secrets: bool,
    /// Whether another workflow calls this one: then its resources are the caller's by other names.
    pub called: bool,
    /// The workflows that its steps call, by the words of `uses`; nothing for those with errors.
    pub callees: BTreeMap<String, Option<Arc<CheckedWorkflow>>>,
    /// Inputs of the workflows that lead out of its steps, by the words of `way_back` and `way_on`;
    /// nothing for those that cannot be read.
    pub ways_out: BTreeMap<String, Option<Vec<DeclaredInput>>>,
    /// The lock that the workflow holds.
    pub lock: Option<String>,
    /// Who may start it; anybody where absent.
    pub roles: Option<Vec<String>>,
}

/// The names that every expression of a workflow may use.
pub fn base_names(
    inputs: &[DeclaredInput],
    resources: &BTreeMap<String, String>,
    (environment, called): (Option<&LoadedEnvironment>, bool),
    catalog: &Catalog,
) -> Names {
    let typed = inputs.iter().map(|input| (input.name.clone(), input.expression_type()));
    let bindings = resources.iter().map(|(name, kind)| {
        // the caller says what is bound to the resources of a workflow that is called
        let sure = environment.filter(|env| !called && !env.unsure.resource(name));
        let fields = match sure.and_then(|env| env.environment.resources.get(name)) {
            Some(binding) => {
                let fields = binding.settings.iter();
                fields.map(|(key, value)| (key.clone(), Ty::of_value(value))).collect()
            }
            None => binding_fields(kind, catalog),
        };
        let whole = Some(Box::new(Ty::Words(vec![name.clone()])));
        (name.clone(), Ty::Record { what: format!("the binding of `{name}`"), fields, whole })
    });
    let run = ["id", "date", "workflow", "environment"].map(|key| (key, Ty::String));
    Names::default()
        .with("inputs", Ty::record(INPUTS, typed))
        .with("env", environment.map_or(Ty::Any, environment_type))
        .with("resources", Ty::record("this workflow's `resources`", bindings))
        .with("run", Ty::record("`run`", run))
        .without("item", "this step has no `for_each`")
        .without("outputs", "only `verify` and `compensate` see a step's own outputs")
        .without("captured", "what was captured is sealed; only `compensate: auto` puts it back")
        .without("steps", "no step is finished here yet")
}

fn binding_fields(kind: &str, catalog: &Catalog) -> BTreeMap<String, Ty> {
    let Some(spec) = catalog.resources.get(kind) else { return BTreeMap::new() };
    match Ty::of_schema(&spec.binding, &spec.binding, "the binding") {
        Ty::Record { fields, .. } => fields,
        _ => BTreeMap::new(),
    }
}

fn environment_type(loaded: &LoadedEnvironment) -> Ty {
    let environment = &loaded.environment;
    if loaded.unsure.key("values") {
        return Ty::Any;
    }
    let secrets = environment.secrets.keys().map(|name| (name.clone(), Ty::Secret));
    let secrets = match loaded.unsure.key("secrets") {
        true => Ty::Any,
        false => Ty::record("the environment's `secrets`", secrets),
    };
    let values = environment.values.iter();
    let values = values.map(|(name, value)| (name.clone(), Ty::of_value(value)));
    let all = values.chain([("secrets".to_owned(), secrets)]);
    Ty::record(format!("the environment `{}`", environment.name), all)
}

impl Context<'_> {
    /// The names that a step's expressions may use; `item` is the element of its `for_each`.
    pub fn names(&self, at: usize, step: &Yaml, item: Option<&Ty>) -> Names {
        let mut names = self.base.clone();
        if let Some(item) = item {
            names = names.with("item", item.clone());
        }
        if mentions(step, "steps") {
            let before = (0..self.ids.len()).filter(|other| self.order.is_ancestor(*other, at));
            let fields = before.map(|other| {
                let what = format!("the step `{}`", self.ids[other]);
                let outputs = self.outputs[other].clone();
                (self.ids[other].clone(), Ty::record(what, [("outputs", outputs)]))
            });
            names = names.with("steps", Ty::record(STEPS, fields));
            names.closed_steps = self.closed(at);
        }
        names
    }

    /// The names of what is computed when all steps are finished.
    pub fn names_at_end(&self) -> Names {
        let fields = self.ids.iter().zip(&self.outputs).map(|(id, outputs)| {
            let what = format!("the step `{id}`");
            (id.clone(), Ty::record(what, [("outputs", outputs.clone())]))
        });
        self.base.clone().with("steps", Ty::record(STEPS, fields))
    }

    fn closed(&self, at: usize) -> BTreeMap<String, String> {
        let others = (0..self.ids.len()).filter(|other| !self.order.is_ancestor(*other, at));
        others
            .map(|other| {
                let why = if other == at {
                    return (
                        self.ids[other].clone(),
                        format!("{ITSELF}; `verify` and `repeat` see its own as `outputs`"),
                    );
                } else if self.order.is_ancestor(at, other) {
                    "it comes after this step"
                } else {
                    "nothing makes this step wait for it"
                };
                (self.ids[other].clone(), why.to_owned())
            })
            .collect()
    }
}

/// Whether a text below holds a word.
fn mentions(yaml: &Yaml, word: &str) -> bool {
    match &yaml.kind {
        YamlKind::Text(text) => text.contains(word),
        YamlKind::List(elements) => elements.iter().any(|element| mentions(element, word)),
        YamlKind::Map(entries) => entries.iter().any(|entry| mentions(&entry.value, word)),
        _ => false,
    }
}

/// The outputs of a `for_each` as a whole: a map from element to the outputs of its step.
pub fn outputs_of_all(items: Option<&[Value]>, one: Ty, id: &str) -> Ty {
    match items {
        Some(items) => {
            let keys = items.iter().map(item_text).map(|key| (key, one.clone()));
            Ty::record(format!("the outputs of `{id}`"), keys)
        }
        None => Ty::Map(Box::new(one)),
    }
}

/// An element of `for_each` as it stands in a step's name.
pub fn item_text(item: &Value) -> String {
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}
