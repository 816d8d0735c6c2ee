//! A workflow file and its environment, checked as a whole: every error of both at once.

use super::clear_secrets::refuse_clear_secrets;
use super::context::{Context, base_names};
use super::environment::{LoadedEnvironment, load};
use super::files::{EnvRef, Files, ReadError};
use super::inputs::{DeclaredInput, declared_inputs};
use super::invariants::invariants;
use super::lenient::{check_name, lenient};
use super::local_time::is_zone;
use super::order::Order;
use super::steps::{CheckedStep, check_steps};
use crate::cel::Ty;
use crate::diagnostic::{Diagnostic, Findings, Severity, has_errors, in_order};
use crate::keys::WorkflowFile;
use crate::nearest::did_you_mean;
use crate::shape::{Checker, NoHoles, workflow_schema};
use crate::source::{SourceText, Span};
use crate::yaml::{FILE_BYTES_MAX, Yaml, YamlKind, parse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_model::expr::Template;
use windlass_model::workflow::{Invariant, MAX_PARALLEL_DEFAULT, OnFailure};
use windlass_model::{Catalog, StepId, Value, Work};

/// What a check found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Findings in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// The workflow, where there is no error.
    pub workflow: Option<CheckedWorkflow>,
}

impl Report {
    /// Whether nothing may be started.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }

    /// Actions of plug-ins that the files name and the catalog does not know.
    pub fn wanted(&self) -> BTreeSet<String> {
        self.diagnostics.iter().filter_map(|found| found.wants.clone()).collect()
    }
}

/// A workflow without errors, ready to be resolved for a run.
#[derive(Clone, Debug)]
pub struct CheckedWorkflow {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) lock: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) max_parallel: u32,
    pub(crate) inputs: Vec<DeclaredInput>,
    pub(crate) resources: BTreeMap<String, String>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) steps: Vec<CheckedStep>,
    pub(crate) environment: LoadedEnvironment,
    pub(crate) bound: bool,
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

    /// The environment that it was checked with; an empty one called `local` where none was given.
    pub fn environment(&self) -> &windlass_model::Environment {
        &self.environment.environment
    }

    /// Inputs of actions that are known before a run, with their steps' names and the actions.
    pub fn known_inputs(&self) -> impl Iterator<Item = (&StepId, &str, &Value)> {
        self.steps.iter().filter_map(|step| match &step.def.work {
            Work::Action { uses, with: Template::Literal(input), .. } => {
                Some((&step.def.id, uses.as_str(), input))
            }
            _ => None,
        })
    }

    /// Names and types of the resources that it declares.
    pub fn resources(&self) -> &BTreeMap<String, String> {
        &self.resources
    }
}

/// Checks a workflow file, and with it the environment file that is named.
pub fn check_workflow(
    files: &dyn Files,
    path: &Path,
    env: Option<&EnvRef>,
    catalog: &Catalog,
) -> Report {
    let mut diagnostics = Vec::new();
    let environment = env.and_then(|env| {
        let (loaded, found) = read_environment(files, path, env, catalog);
        diagnostics.extend(found);
        loaded
    });
    let checked = match files.read(path, FILE_BYTES_MAX) {
        Ok(text) => {
            let source = SourceText::new(path.display().to_string(), text);
            let mut findings = Findings::new(Arc::new(source));
            let bound = environment.is_some();
            let environment = environment.unwrap_or_else(local);
            let folder = files.absolute(path).parent().map(Path::to_owned).unwrap_or_default();
            let checked = check_tree(catalog, environment, (bound, folder), &mut findings);
            diagnostics.extend(findings.finish());
            checked
        }
        Err(why) => {
            diagnostics.push(unreadable(path, &why));
            None
        }
    };
    let diagnostics = in_order(diagnostics);
    let workflow = checked.filter(|_| !has_errors(&diagnostics));
    Report { diagnostics, workflow }
}

fn local() -> LoadedEnvironment {
    let mut local = LoadedEnvironment::default();
    local.environment.name = "local".to_owned();
    local
}

/// Finds and reads an environment file.
fn read_environment(
    files: &dyn Files,
    workflow: &Path,
    env: &EnvRef,
    catalog: &Catalog,
) -> (Option<LoadedEnvironment>, Vec<Diagnostic>) {
    let candidates = env.candidates(files, workflow);
    for path in &candidates {
        match files.read(path, FILE_BYTES_MAX) {
            Ok(text) => {
                let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let source = SourceText::new(path.display().to_string(), text);
                let mut findings = Findings::new(Arc::new(source));
                let loaded = load(&name.unwrap_or_default(), catalog, &mut findings);
                return (loaded, findings.finish());
            }
            Err(ReadError::NotFound) => {}
            Err(why) => return (None, vec![unreadable(path, &why)]),
        }
    }
    let mut found = match env {
        EnvRef::Path(path) => unreadable(path, &ReadError::NotFound),
        EnvRef::Name(name) => {
            let message = format!("there is no environment called `{name}`");
            let mut found = Diagnostic::unplaced(Severity::Error, "no_environment", message);
            let known = env.known(files, workflow);
            found.help(did_you_mean(name, known.iter().map(String::as_str)));
            let first = candidates.first().map(|path| path.display().to_string());
            found.help(format!(
                "it is looked for in {}, in each folder above, and under ./workflows",
                first.unwrap_or_default()
            ));
            found
        }
    };
    found.help("write the file, or name another with `--env NAME|PATH`");
    (None, vec![found])
}

/// What is said where a file cannot be read.
pub(crate) fn unreadable(path: &Path, why: &ReadError) -> Diagnostic {
    let message = format!("failed to read {}: {why}", path.display());
    let code = match why {
        ReadError::TooLarge(_) => "file_too_large",
        _ => "unreadable",
    };
    let mut found = Diagnostic::unplaced(Severity::Error, code, message);
    found.file = path.display().to_string();
    if let ReadError::NotRegular = why {
        found.help("name a file; what a program prints is written into one first");
    }
    if let ReadError::TooLarge(_) = why {
        found.help(format!(
            "a file of this kind has at most {FILE_BYTES_MAX} bytes; a step can read data by itself"
        ));
    }
    found
}

fn check_tree(
    catalog: &Catalog,
    environment: LoadedEnvironment,
    (bound, folder): (bool, PathBuf),
    findings: &mut Findings,
) -> Option<CheckedWorkflow> {
    let tree = parse(findings)?;
    if !matches!(tree.kind, YamlKind::Map(_)) {
        let message = "a workflow file is a map of keys";
        findings.error("wrong_type", tree.span, message).help("begin with `name:` and `steps:`");
        return None;
    }
    let root = workflow_schema();
    Checker { root, holes: &mut NoHoles, findings }.check(&tree, root, "a workflow");
    let mut inputs = declared_inputs(&tree, findings);
    apply_defaults(&mut inputs, &environment, bound, findings);
    if let Some(yaml) = tree.get("inputs") {
        for entry in yaml.entries() {
            if let Some(default) = entry.value.get("default") {
                refuse_clear_secrets(default, &entry.key, &[], findings);
            }
        }
    }
    let resources = resources(&tree, &environment, bound, catalog, findings);
    let given = bound.then_some(&environment);
    let base = base_names(&inputs, &resources, given, catalog);
    let mut invariants = invariants(&tree, &resources, &base, catalog, findings);
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
    let empty = Yaml { kind: YamlKind::List(Vec::new()), span: Span::default() };
    let list = tree.get("steps").unwrap_or(&empty);
    let steps: Vec<&Yaml> =
        list.elements().iter().filter(|step| matches!(step.kind, YamlKind::Map(_))).collect();
    let ids = steps.iter().map(|step| step.get("id").and_then(Yaml::text).unwrap_or_default());
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    let order = Order::read(&steps, &ids, findings);
    let mut context = Context {
        catalog,
        resources: resources.clone(),
        base,
        order,
        outputs: vec![Ty::Any; ids.len()],
        ids,
        folder,
        zone: environment.environment.zone.clone().filter(|zone| is_zone(zone)),
        secrets: environment.environment.secrets.keys().cloned().collect(),
    };
    let checked = check_steps(&steps, &mut context, findings);
    missing_sections(&steps, &environment, bound, catalog, findings);
    let file: WorkflowFile = lenient(&tree, root, root)?;
    let steps: Option<Vec<CheckedStep>> = checked.into_iter().collect();
    let name = &environment.environment.name;
    Some(CheckedWorkflow {
        lock: file.environment.map(|lock| format!("{name}/{lock}")),
        name: file.name,
        description: file.description,
        roles: file.roles.map(|roles| roles.all().to_vec()).unwrap_or_default(),
        on_failure: file.on_failure.unwrap_or_default(),
        max_parallel: file.max_parallel.unwrap_or(MAX_PARALLEL_DEFAULT),
        inputs,
        resources,
        invariants,
        steps: steps?,
        environment,
        bound,
    })
}

/// The environment's defaults go before the workflow's, where the workflow declares such an input.
fn apply_defaults(
    inputs: &mut [DeclaredInput],
    environment: &LoadedEnvironment,
    bound: bool,
    findings: &mut Findings,
) {
    if !bound {
        return;
    }
    for input in inputs {
        let Some(default) = environment.inputs.get(&input.name) else { continue };
        if let Err(why) = input.fits(default) {
            // Its place is in the other file.
            let mut there = Findings::new(environment.source.clone().unwrap_or_default());
            let tree = environment.tree.as_ref();
            let place =
                tree.and_then(|tree| tree.get("inputs")).map(|all| all.span_of(&input.name));
            let message = format!("this default does not fit the workflow's input: {why}");
            there
                .error("input_default", place.unwrap_or_default(), message)
                .help("mend the value, or give another one with `--input`");
            findings.list.extend(there.finish());
        }
        input.default = Some(default.clone());
    }
}

fn resources(
    tree: &Yaml,
    environment: &LoadedEnvironment,
    bound: bool,
    catalog: &Catalog,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut resources = BTreeMap::new();
    let known: Vec<&str> = catalog.resources.keys().map(String::as_str).collect();
    let bindings = &environment.environment.resources;
    for entry in tree.get("resources").map(Yaml::entries).unwrap_or_default() {
        check_name(&entry.key, entry.key_span, "a resource", findings);
        let Some(kind) = entry.value.text() else { continue };
        resources.insert(entry.key.clone(), kind.to_owned());
        if !catalog.resources.contains_key(kind) {
            let message = format!("there is no resource type `{kind}`");
            findings
                .error("unknown_kind", entry.value.span, message)
                .help(did_you_mean(kind, known.iter().copied()));
            continue;
        }
        if !bound || environment.unsure.resource(&entry.key) {
            continue;
        }
        let name = &environment.environment.name;
        match bindings.get(&entry.key) {
            None => {
                let message = format!("the environment `{name}` binds no resource `{}`", entry.key);
                let names: Vec<&str> = bindings.keys().map(String::as_str).collect();
                let found = findings.error("missing_binding", entry.key_span, message);
                if let Some(near) = crate::nearest::nearest(&entry.key, names) {
                    found.help(format!("it binds `{near}`: is that the one?"));
                }
                found.help(format!(
                    "add to it: `resources: {{ {}: {{ kind: {kind}, … }} }}`",
                    entry.key
                ));
            }
            Some(binding) if binding.kind != kind => {
                let message =
                    format!("the environment `{name}` binds `{}` as `{}`", entry.key, binding.kind);
                findings
                    .error("wrong_binding", entry.value.span, message)
                    .help("make both say the same type");
            }
            Some(_) => {}
        }
    }
    resources
}

/// Sections of the environment that actions need: `azure.sql.…` needs `azure:`.
fn missing_sections(
    steps: &[&Yaml],
    environment: &LoadedEnvironment,
    bound: bool,
    catalog: &Catalog,
    findings: &mut Findings,
) {
    let Some(tree) = environment.tree.as_ref().filter(|_| bound) else { return };
    let mut said = Vec::new();
    for step in steps {
        let Some(uses) = step.get("uses") else { continue };
        let kind = uses.text().unwrap_or_default();
        let family = kind.split('.').next().unwrap_or_default();
        let needed = catalog.actions.contains_key(kind) && catalog.providers.contains_key(family);
        let said_there = environment.unsure.key(family);
        if needed && !said_there && tree.get(family).is_none() && !said.contains(&family) {
            said.push(family);
            let name = &environment.environment.name;
            let message =
                format!("the environment `{name}` has no section `{family}`, which `{kind}` needs");
            let required = catalog.providers.get(family).and_then(|p| p.settings.get("required"));
            let keys = required.and_then(serde_json::Value::as_array).into_iter().flatten();
            let keys: Vec<&str> = keys.filter_map(serde_json::Value::as_str).collect();
            findings
                .error("missing_section", uses.span, message)
                .help(format!("add `{family}:` to it, with {}", keys.join(", ")));
        }
    }
}
