//! A checked workflow and those that it calls into the steps of one graph, for a run whose inputs
//! are known. A call `deploy` becomes the called steps as `deploy.STEP`, with a step `deploy`
//! behind them that has the outputs; inputs that become known during the run are computed once, by
//! a step `deploy.inputs` before them.

use super::bounds::bounds;
use super::call::INPUTS_STEP;
use super::checked::{Call, CheckedStep, CheckedWorkflow, Rounds};
use super::context::item_text;
use super::expand::{NotExpanded, StartScope, distinct, element_id, expand, items_of, join_of};
use super::rewrite::{Bound, Renames, both};
use super::rounds;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::expr::eval::EXPR_DEPTH_MAX;
use windlass_model::expr::paths::depth;
use windlass_model::expr::template::SECRET_KEY;
use windlass_model::expr::{Expr, Node, Scope, Template};
use windlass_model::step::{StepDef, Work};
use windlass_model::workflow::Invariant;
use windlass_model::{Environment, StepId};

/// Most steps of a run, `for_each` and calls expanded.
pub const STEPS_MAX: usize = 100_000;

/// The graph while it grows.
pub struct Flat<'a> {
    /// The inputs of the run.
    pub inputs: &'a Map<String, Value>,
    /// Where it runs.
    pub environment: &'a Environment,
    /// Resources of the workflow that was started, with their types.
    pub resources: &'a BTreeMap<String, String>,
    /// The steps.
    pub steps: Vec<StepDef>,
    /// Invariants of workflows that are called.
    pub invariants: Vec<Invariant>,
    /// Whether inputs of the run stand for whatever it may be given: no value is judged by them.
    pub open: bool,
    /// What stands in the way, in sentences.
    pub wrong: Vec<String>,
}

/// One file's place in the graph.
#[derive(Clone, Debug, Default)]
struct Frame {
    prefix: String,
    /// What is known of a workflow that is called.
    called: Option<Called>,
    /// The condition of the calls around it.
    condition: Option<Expr>,
    /// What its first steps need.
    first: Vec<StepId>,
}

/// What the caller gave to a workflow.
#[derive(Clone, Debug)]
struct Called {
    inputs: BTreeMap<String, Bound>,
    resources: BTreeMap<String, String>,
    file: String,
}

impl Frame {
    fn renames<'a>(&'a self, item: Option<&'a Value>) -> Renames<'a> {
        let called = self.called.as_ref();
        Renames {
            prefix: &self.prefix,
            inputs: called.map(|called| &called.inputs),
            resources: called.map(|called| &called.resources),
            item,
            outputs: None,
        }
    }

    /// What a step of the file needs in the graph.
    fn needs(&self, needs: &[StepId]) -> Vec<StepId> {
        match needs.is_empty() {
            true => self.first.clone(),
            false => needs.iter().map(|need| self.renames(None).id(need)).collect(),
        }
    }

    /// Elements that are names of the file's resources, by the caller's names.
    fn real(&self, items: Vec<Value>) -> Vec<Value> {
        let Some(called) = &self.called else { return items };
        let real = items.iter().map(|item| called.resources.get(item.as_str()?));
        match real.collect::<Option<Vec<_>>>() {
            Some(real) => real.into_iter().map(|name| Value::from(name.as_str())).collect(),
            None => items,
        }
    }
}

impl Flat<'_> {
    /// Adds the workflow that was started.
    pub fn add(&mut self, workflow: &CheckedWorkflow) {
        self.workflow(workflow, &Frame::default());
    }

    fn workflow(&mut self, workflow: &CheckedWorkflow, frame: &Frame) {
        for step in &workflow.steps {
            if self.steps.len() > STEPS_MAX {
                return;
            }
            let added = match &step.call {
                None => self.step(step, frame),
                Some(call) => self.call(step, call, frame),
            };
            if let Err(why) = added {
                self.wrong.push(why);
            }
        }
    }

    fn items(&self, step: &CheckedStep, frame: &Frame) -> Result<Option<Vec<Value>>, NotExpanded> {
        let known: Map<String, Value> = match &frame.called {
            None => self.inputs.clone(),
            Some(called) => called.inputs.iter().filter_map(known).collect(),
        };
        let scope = StartScope { inputs: &known, env: &self.environment.values };
        let at = |why: String| format!("{}{why}", within(&frame.prefix));
        let Some(items) = items_of(step, &scope).map_err(at)? else { return Ok(None) };
        let items = frame.real(items);
        distinct(&items, &step.def.id).map_err(at)?;
        Ok(Some(items))
    }

    fn step(&mut self, step: &CheckedStep, frame: &Frame) -> Result<(), NotExpanded> {
        let items = self.items(step, frame)?;
        let defs = match &step.rounds {
            Some(rounds) => rounds::all(step, rounds),
            None => expand(step, items),
        };
        for mut def in defs {
            if let Some(called) = &frame.called {
                let first = def.needs.is_empty();
                frame.renames(None).step(&mut def);
                if first {
                    def.needs.clone_from(&frame.first);
                }
                def.file = Some(called.file.clone());
                if !matches!(def.work, Work::Join) {
                    def.condition = both(frame.condition.as_ref(), def.condition.take());
                }
                self.refuse_deep(&def);
            }
            self.steps.push(def);
        }
        Ok(())
    }

    /// Adds the steps of a workflow that is called, once or for each element.
    fn call(&mut self, step: &CheckedStep, call: &Call, frame: &Frame) -> Result<(), NotExpanded> {
        if let Some(rounds) = &step.rounds {
            self.call_rounds(step, call, rounds, frame);
            return Ok(());
        }
        let group = frame.renames(None).id(&step.def.id);
        let Some(items) = self.items(step, frame)? else {
            self.one_call(step, call, frame, (group, None), None);
            return Ok(());
        };
        let window = step.max_parallel.map(|at_once| at_once as usize);
        let mut ends: Vec<StepId> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if self.steps.len() > STEPS_MAX {
                return Ok(());
            }
            let id = element_id(group.as_str(), item);
            let after = window.and_then(|window| at.checked_sub(window)).map(|at| ends[at].clone());
            self.one_call(step, call, frame, (id.clone(), Some(item)), after);
            ends.push(id);
        }
        let mut join = join_of(&step.def, group, ends);
        join.file = frame.called.as_ref().map(|called| called.file.clone());
        self.steps.push(join);
        Ok(())
    }

    /// Adds the steps of a workflow that is called once in each round.
    fn call_rounds(&mut self, step: &CheckedStep, call: &Call, rounds: &Rounds, frame: &Frame) {
        let place = |mut def: StepDef| {
            frame.renames(None).step(&mut def);
            def.file = frame.called.as_ref().map(|called| called.file.clone());
            def
        };
        for number in 1..=rounds.max {
            if self.steps.len() > STEPS_MAX {
                return;
            }
            let mut one = step.clone();
            if number > 1 {
                one.def.condition = Some(rounds::again(&step.def.id, number, rounds));
                one.def.needs = vec![rounds::round_id(&step.def.id, number - 1)];
            }
            if let Some(pause) = rounds::pause(&step.def, rounds, number) {
                one.def.needs = vec![pause.id.clone()];
                self.steps.push(place(pause));
            }
            let id = frame.renames(None).id(&rounds::round_id(&step.def.id, number));
            self.one_call(&one, call, frame, (id, Some(&Value::from(number))), None);
        }
        self.steps.push(place(rounds::end(&step.def, rounds)));
    }

    fn one_call(
        &mut self,
        step: &CheckedStep,
        call: &Call,
        frame: &Frame,
        (id, item): (StepId, Option<&Value>),
        after: Option<StepId>,
    ) {
        let mut needs = frame.needs(&step.def.needs);
        needs.extend(after);
        let renames = frame.renames(item);
        let own = step.def.condition.as_ref().map(|condition| renames.expr(condition));
        let condition = both(frame.condition.as_ref(), own);
        let mut around = StepDef::new(id.as_str(), Work::Join);
        around.line = step.def.line;
        around.file = frame.called.as_ref().map(|called| called.file.clone());
        around.item = item.cloned();
        let (inputs, entry) = self.bind(call, renames, &id);
        let resources = self.bind_resources(call, renames, &id);
        let first = match entry {
            None => needs,
            Some(mut entry) => {
                entry.line = step.def.line;
                entry.file.clone_from(&around.file);
                entry.condition.clone_from(&condition);
                entry.needs = needs;
                self.refuse_deep(&entry);
                let first = vec![entry.id.clone()];
                self.steps.push(entry);
                first
            }
        };
        let file = call.workflow.file.clone();
        let called = Some(Called { inputs, resources, file });
        let inner = Frame { prefix: format!("{id}."), called, condition, first };
        let from = self.steps.len();
        self.workflow(&call.workflow, &inner);
        self.keep_invariants(&call.workflow, &inner, &id);
        around.needs = ends(&self.steps[from..]);
        around.name.clone_from(&step.def.name);
        let outputs = &call.workflow.outputs;
        if !outputs.is_empty() {
            let values = outputs.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
            let values = inner.renames(None).template(&Template::Map(values));
            around.work = Work::Set { values };
            around.condition = inner.condition;
            self.refuse_deep(&around);
        }
        self.steps.push(around);
    }

    /// The inputs of a call: known values, and the step that computes the others.
    fn bind(
        &mut self,
        call: &Call,
        renames: Renames<'_>,
        id: &StepId,
    ) -> (BTreeMap<String, Bound>, Option<StepDef>) {
        let entry = StepId::new(format!("{id}.{INPUTS_STEP}"));
        let (mut inputs, mut later) = (BTreeMap::new(), Vec::new());
        let mut proof = None;
        for input in &call.workflow.inputs {
            let given = call.with.get(&input.name).map(|given| renames.template(given));
            let value = match &given {
                None => input.default.clone(),
                Some(template) => template.render(self).ok(),
            };
            let Some(value) = value else {
                let Some(template) = given else { continue };
                if let Some(bounds) = bounds(input, &template) {
                    proof = both(proof.as_ref(), Some(bounds));
                }
                inputs.insert(input.name.clone(), Bound::Output(entry.clone()));
                later.push((input.name.clone(), template));
                continue;
            };
            if let Err(why) = input.fits(&value)
                && value.get(SECRET_KEY).is_none()
                && !self.open
            {
                self.wrong.push(format!("step `{id}`: the input {why}"));
            }
            inputs.insert(input.name.clone(), Bound::Known(value));
        }
        let entry = (!later.is_empty()).then(|| {
            let mut def = StepDef::new(entry.as_str(), Work::Set { values: Template::Map(later) });
            def.requires = proof;
            def
        });
        (inputs, entry)
    }

    /// The resources of the workflow that was started, by the names that the called one has.
    fn bind_resources(
        &mut self,
        call: &Call,
        renames: Renames<'_>,
        id: &StepId,
    ) -> BTreeMap<String, String> {
        let mut bound = BTreeMap::new();
        for (name, kind) in &call.workflow.resources {
            let same = || {
                let of = Box::new(Node::Name("resources".to_owned()));
                let node = Node::Select { of, field: name.clone() };
                Template::Expr(Expr { source: format!("resources.{name}"), node })
            };
            let given = call.with.get(name).cloned().unwrap_or_else(same);
            let real = match renames.template(&given).render(self) {
                Ok(Value::String(real)) => real,
                Ok(other) => item_text(&other),
                Err(why) => {
                    let why = format!(
                        "step `{id}`: which resource is `{name}` must be known before a run: {why}"
                    );
                    self.wrong.push(why);
                    continue;
                }
            };
            if self.resources.get(&real) != Some(kind) {
                self.wrong.push(format!(
                    "step `{id}`: `{name}` must be a resource of type `{kind}`, and `{real}` is \
                     none that the workflow declares"
                ));
            }
            bound.insert(name.clone(), real);
        }
        bound
    }

    /// What a called workflow demands of the world holds for the whole run.
    fn keep_invariants(&mut self, workflow: &CheckedWorkflow, frame: &Frame, id: &StepId) {
        let renames = frame.renames(None);
        for invariant in &workflow.invariants {
            let for_each = frame.real(invariant.for_each.iter().map(|n| json!(n)).collect());
            let kept = Invariant {
                id: format!("{id}.{}", invariant.id),
                for_each: for_each.iter().map(item_text).collect(),
                expr: renames.expr(&invariant.expr),
                never: invariant.never,
            };
            let known = |other: &Invariant| {
                other.expr.node == kept.expr.node
                    && other.for_each == kept.for_each
                    && other.never == kept.never
            };
            if !self.invariants.iter().any(known) {
                self.invariants.push(kept);
            }
        }
    }

    /// A condition within a condition may become deeper than what can be evaluated.
    fn refuse_deep(&mut self, def: &StepDef) {
        let exprs = [&def.condition, &def.requires, &def.verify];
        if exprs.into_iter().flatten().any(|expr| depth(&expr.node) > EXPR_DEPTH_MAX) {
            self.wrong.push(format!(
                "step `{}`: with the conditions of the calls around it, its own is nested more \
                 than {EXPR_DEPTH_MAX} deep; compute a part of it in a `set` step before",
                def.id
            ));
        }
    }
}

/// What is known before a run: for inputs of calls.
impl Scope for Flat<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["inputs", rest @ ..] => self.inputs.resolve(rest),
            ["env", "secrets", name] => {
                self.environment.secrets.get(*name).map(|_| json!({ SECRET_KEY: name }))
            }
            ["env", rest @ ..] => self.environment.values.resolve(rest),
            ["resources", name] => self.resources.get(*name).map(|_| Value::from(*name)),
            ["resources", name, rest @ ..] => {
                self.environment.resources.get(*name)?.settings.resolve(rest)
            }
            _ => None,
        }
    }
}

fn known((name, bound): (&String, &Bound)) -> Option<(String, Value)> {
    match bound {
        Bound::Known(value) => Some((name.clone(), value.clone())),
        Bound::Output(_) => None,
    }
}

fn within(prefix: &str) -> String {
    prefix.strip_suffix('.').map(|call| format!("in `{call}`: ")).unwrap_or_default()
}

/// The steps that none of the others needs.
fn ends(steps: &[StepDef]) -> Vec<StepId> {
    let needed: BTreeSet<&StepId> = steps.iter().flat_map(|step| &step.needs).collect();
    steps.iter().map(|step| &step.id).filter(|id| !needed.contains(id)).cloned().collect()
}
