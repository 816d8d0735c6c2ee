//! Workflow files read and checked: the one that was asked for, and those that its steps call.

use super::bindings::{apply_defaults, missing_sections, resources};
use super::call::is_call;
use super::checked::{CheckedStep, CheckedWorkflow, Output};
use super::clear_secrets::refuse_clear_secrets;
use super::compile::{refuse_deep_holes, template_naming};
use super::context::{Context, base_names};
use super::environment::LoadedEnvironment;
use super::files::{Files, ReadError, tidied};
use super::find::unreadable;
use super::given::given;
use super::input_holes::InputHoles;
use super::inputs::declared_inputs;
use super::invariants::invariants;
use super::lenient::{check_name, lenient};
use super::local_time::is_zone;
use super::made_here::refuse_other_conditions;
use super::order::Order;
use super::steps::check_steps;
use super::values::value_type;
use super::way_out::ways_out;
use crate::cel::Ty;
use crate::diagnostic::{Diagnostic, Findings};
use crate::keys::WorkflowFile;
use crate::shape::{Checker, NoHoles, workflow_schema};
use crate::source::{SourceText, Span};
use crate::yaml::{FILE_BYTES_MAX, Yaml, YamlKind, parse};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::Catalog;
use windlass_model::workflow::MAX_PARALLEL_DEFAULT;

/// Workflows within each other: deeper than that, nobody finds the step that acts.
pub const CALL_DEPTH_MAX: usize = 8;

/// Workflow files of one check; each is read once, however often it is called.
const FILES_MAX: usize = 100;

/// Reads workflow files for one check.
pub struct Reader<'a> {
    /// Where they come from.
    pub files: &'a dyn Files,
    /// What exists.
    pub catalog: &'a Catalog,
    /// The environment that all of them are checked with.
    pub environment: Arc<LoadedEnvironment>,
    /// Whether one was given.
    pub bound: bool,
    /// What was found, of all files.
    pub found: Vec<Diagnostic>,
    /// The files that call each other at the moment, the first one asked for: from the root of the
    /// file system, and as a message names them.
    open: Vec<(PathBuf, String)>,
    /// Called files that were read before; nothing for those with errors.
    called: BTreeMap<PathBuf, Option<Arc<CheckedWorkflow>>>,
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing.
    pub fn new(
        files: &'a dyn Files,
        catalog: &'a Catalog,
        environment: LoadedEnvironment,
        bound: bool,
    ) -> Self {
        let environment = Arc::new(environment);
        let (found, open, called) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { files, catalog, environment, bound, found, open, called }
    }

    /// Reads and checks the workflow that was asked for.
    pub fn read(&mut self, path: &Path) -> Option<CheckedWorkflow> {
        match self.files.read(path, FILE_BYTES_MAX) {
            Ok(text) => self.text(path, text),
            Err(why) => {
                self.found.push(unreadable(path, &why));
                None
            }
        }
    }

    fn text(&mut self, path: &Path, text: String) -> Option<CheckedWorkflow> {
        let source = SourceText::new(path.display().to_string(), text);
        let mut findings = Findings::new(Arc::new(source));
        let full = tidied(&self.files.absolute(path));
        self.open.push((full, path.display().to_string()));
        let checked = self.tree(path, &mut findings);
        self.open.pop();
        let found = findings.finish();
        let sound = !crate::diagnostic::has_errors(&found);
        self.found.extend(found);
        checked.filter(|_| sound)
    }

    fn tree(&mut self, path: &Path, findings: &mut Findings) -> Option<CheckedWorkflow> {
        let tree = parse(findings)?;
        if !matches!(tree.kind, YamlKind::Map(_)) {
            let found = findings.error("wrong_type", tree.span, "a workflow file is a map of keys");
            found.help("begin with `name:` and `steps:`");
            return None;
        }
        let root = workflow_schema();
        Checker { root, holes: &mut NoHoles, findings }.check(&tree, root, "a workflow");
        let environment = Arc::clone(&self.environment);
        let called = self.open.len() > 1;
        let mut inputs = declared_inputs(&tree, findings);
        apply_defaults(&mut inputs, &environment, self.bound, findings);
        refuse_secret_defaults(&tree, findings);
        let bound = self.bound && !called;
        let resources = resources(&tree, &environment, bound, self.catalog, findings);
        let known = self.bound.then_some(&*environment);
        let base = base_names(&inputs, &resources, (known, called), self.catalog);
        let mut invariants = invariants(&tree, &resources, &base, self.catalog, findings);
        let given = given(&tree, &resources, &base, self.catalog, findings);
        if !called {
            add_invariants(&tree, &environment, &mut invariants, findings);
        }
        let steps = steps_of(&tree);
        let id = |step: &&Yaml| step.get("id").and_then(Yaml::text).unwrap_or_default().to_owned();
        let ids: Vec<String> = steps.iter().map(id).collect();
        let callees = self.callees(&steps, path, findings);
        let order = Order::read(&steps, &ids, findings);
        let file: Option<WorkflowFile> = lenient(&tree, root, root);
        let folder = self.files.absolute(path).parent().map(Path::to_owned).unwrap_or_default();
        let mut context = Context {
            catalog: self.catalog,
            resources: resources.clone(),
            base,
            order,
            outputs: vec![Ty::Any; ids.len()],
            ids,
            folder,
            zone: environment.environment.zone.clone().filter(|zone| is_zone(zone)),
            secrets: environment.environment.secrets.keys().cloned().collect(),
            knows_secrets: self.bound && !environment.unsure.key("secrets"),
            called,
            callees,
            ways_out: ways_out(self.files, &steps, path, findings),
            lock: file.as_ref().and_then(|file| file.environment.clone()),
            roles: file.as_ref().and_then(|f| f.roles.as_ref()).map(|roles| roles.all().to_vec()),
        };
        let checked = check_steps(&steps, &mut context, findings);
        refuse_other_conditions(&checked, &steps, &environment, self.catalog, findings);
        missing_sections(&steps, &environment, self.bound, self.catalog, findings);
        let outputs = outputs(&tree, &context, findings);
        let file = file?;
        let steps: Option<Vec<CheckedStep>> = checked.into_iter().collect();
        Some(CheckedWorkflow {
            lock: file.environment,
            name: file.name,
            file: path.display().to_string(),
            folder: context.folder.to_str().filter(|it| !it.is_empty()).map(str::to_owned),
            description: file.description,
            roles: file.roles.map(|roles| roles.all().to_vec()).unwrap_or_default(),
            on_failure: file.on_failure.unwrap_or_default(),
            max_parallel: file.max_parallel.unwrap_or(MAX_PARALLEL_DEFAULT),
            inputs,
            resources,
            invariants,
            given,
            steps: steps?,
            outputs,
            environment,
            bound: self.bound,
        })
    }

    /// The workflows that steps call, by the words of `uses`; nothing for those with errors.
    fn callees(
        &mut self,
        steps: &[&Yaml],
        path: &Path,
        findings: &mut Findings,
    ) -> BTreeMap<String, Option<Arc<CheckedWorkflow>>> {
        let mut callees = BTreeMap::new();
        for uses in steps.iter().filter_map(|step| step.get("uses")) {
            let Some(text) = uses.text().filter(|text| is_call(text)) else { continue };
            if !callees.contains_key(text) {
                let callee = self.callee(text, uses.span, path, findings);
                callees.insert(text.to_owned(), callee);
            }
        }
        callees
    }

    fn callee(
        &mut self,
        uses: &str,
        at: Span,
        path: &Path,
        findings: &mut Findings,
    ) -> Option<Arc<CheckedWorkflow>> {
        if !uses.starts_with("./") && !uses.starts_with("../") {
            let message = "a workflow that is called is named from this file's folder on";
            let help = format!("write `./{}`", uses.trim_start_matches('/'));
            findings.error("sub_workflow", at, message).help(help);
            return None;
        }
        let file = tidied(&path.parent().unwrap_or(Path::new("")).join(uses));
        let full = tidied(&self.files.absolute(&file));
        if let Some(from) = self.open.iter().position(|(open, _)| *open == full) {
            let names = self.open[from..].iter().map(|(_, name)| name.as_str());
            let names: Vec<&str> = names.chain([self.open[from].1.as_str()]).collect();
            let message = format!("workflows call each other: {}", names.join(" -> "));
            findings.error("circle", at, message).help("remove one of these calls");
            return None;
        }
        if let Some(known) = self.called.get(&full) {
            return known.clone();
        }
        if self.open.len() > CALL_DEPTH_MAX || self.called.len() >= FILES_MAX {
            let message = format!(
                "workflows call each other over more than {CALL_DEPTH_MAX} levels, or there are \
                 more than {FILES_MAX} of them"
            );
            let help = "put the steps of the innermost ones into those that call them";
            findings.error("call_depth", at, message).help(help);
            return None;
        }
        let callee = match self.files.read(&file, FILE_BYTES_MAX) {
            Ok(text) => self.text(&file, text).map(Arc::new),
            Err(why) => {
                let message = format!("failed to read {}: {why}", file.display());
                let found = findings.error("unreadable", at, message);
                if why == ReadError::NotFound {
                    found.help("the path goes from this file's folder on");
                }
                None
            }
        };
        self.called.insert(full, callee.clone());
        callee
    }
}

/// The steps of a file that are maps; what the others are is said elsewhere.
fn steps_of(tree: &Yaml) -> Vec<&Yaml> {
    let all = tree.get("steps").map(Yaml::elements).unwrap_or_default();
    all.iter().filter(|step| matches!(step.kind, YamlKind::Map(_))).collect()
}

fn refuse_secret_defaults(tree: &Yaml, findings: &mut Findings) {
    for entry in tree.get("inputs").map(Yaml::entries).unwrap_or_default() {
        if let Some(default) = entry.value.get("default") {
            refuse_clear_secrets(default, &entry.key, &[], findings);
        }
    }
}

/// The environment's invariants hold beside those of the file.
fn add_invariants(
    tree: &Yaml,
    environment: &LoadedEnvironment,
    invariants: &mut Vec<windlass_model::workflow::Invariant>,
    findings: &mut Findings,
) {
    for other in &environment.invariants {
        if invariants.iter().any(|own| own.id == other.id) {
            let name = &environment.environment.name;
            let message = format!("the environment `{name}` has an invariant `{}` too", other.id);
            let list = tree.get("invariants").map(Yaml::elements).unwrap_or_default();
            let own = list.iter().find(|own| own.get("id").and_then(Yaml::text) == Some(&other.id));
            findings
                .error("duplicate_name", own.map_or(tree.span, |own| own.span_of("id")), message)
                .help("both must hold: give this one another name, or take it out");
        }
        invariants.push(other.clone());
    }
}

/// What a calling step sees: values over everything that the workflow did.
fn outputs(tree: &Yaml, context: &Context<'_>, findings: &mut Findings) -> Vec<Output> {
    let Some(map) = tree.get("outputs") else { return Vec::new() };
    let names = context.names_at_end();
    let anything = Value::Bool(true);
    refuse_deep_holes(map, 0, findings);
    let mut outputs = Vec::new();
    for entry in map.entries() {
        check_name(&entry.key, entry.key_span, "an output", findings);
        let mut holes = InputHoles::new(&anything, &names, context);
        let what = format!("the output `{}`", entry.key);
        Checker { root: &anything, holes: &mut holes, findings }.check(
            &entry.value,
            &anything,
            &what,
        );
        refuse_clear_secrets(&entry.value, &entry.key, &context.secrets, findings);
        let value = template_naming(&entry.value, &holes.named);
        let ty = value_type(&entry.value, &names);
        outputs.push(Output { name: entry.key.clone(), value, ty });
    }
    outputs
}
