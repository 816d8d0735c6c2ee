//! An environment file, checked and resolved.

use super::clear_secrets::refuse_clear_secrets;
use super::compile::refuse_holes;
use super::invariants::invariants;
use super::lenient::check_name;
use super::local_time::is_zone;
use super::partial::{Unsure, read_keys};
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::keys::EnvironmentFile;
use crate::keys::environment::BeforeFile;
use crate::keys::environment::SimulatorWord;
use crate::nearest::did_you_mean;
use crate::shape::{Checker, Holes, NoHoles, environment_schema};
use crate::source::SourceText;
use crate::yaml::{Yaml, YamlKind, parse};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::workflow::Invariant;
use windlass_model::{Binding, Catalog, Environment, Timestamp};

/// An environment as a workflow meets it.
#[derive(Clone, Debug, Default)]
pub struct LoadedEnvironment {
    /// What is stored with a run.
    pub environment: Environment,
    /// Defaults of inputs.
    pub inputs: Map<String, Value>,
    /// What rehearsals of a workflow find done already.
    pub before: BTreeMap<String, Vec<BeforeFile>>,
    /// What must hold there.
    pub invariants: Vec<Invariant>,
    /// The tree, for places of later findings.
    pub tree: Option<Yaml>,
    /// The file, for the same.
    pub source: Option<Arc<SourceText>>,
    /// What of it could not be read.
    pub unsure: Unsure,
}

/// Reads an environment file as far as it goes; nothing where it is no map. What is wrong goes into
/// the findings.
pub fn load(name: &str, catalog: &Catalog, findings: &mut Findings) -> Option<LoadedEnvironment> {
    let tree = parse(findings)?;
    if !matches!(tree.kind, YamlKind::Map(_)) {
        let message = "an environment file is a map of keys";
        findings.error("wrong_type", tree.span, message).help("begin with `resources:`");
        return None;
    }
    let mut unsure = Unsure::default();
    check_keys(&tree, catalog, &mut unsure, findings);
    let raw = read_keys(&tree, &mut unsure)?;
    check_values(&tree, &raw, findings);
    let mut kinds: BTreeMap<String, String> =
        raw.resources.iter().map(|(name, one)| (name.clone(), one.kind.clone())).collect();
    // a resource whose type is not known has any field
    kinds.extend(unsure.resources.iter().map(|name| (name.clone(), String::new())));
    let names = Names::default()
        .with("env", Ty::Any)
        .without("inputs", "an environment serves many workflows with other inputs");
    // where no resource is known, what speaks about them cannot be judged
    let invariants = match unsure.key("resources") {
        true => Vec::new(),
        false => invariants(&tree, &kinds, &names, catalog, findings),
    };
    let resources = raw
        .resources
        .into_iter()
        .map(|(name, one)| (name, Binding { kind: one.kind, settings: one.settings }));
    let environment = Environment {
        name: name.to_owned(),
        confirm: raw.confirm.unwrap_or_default(),
        simulator: raw.simulator == Some(SimulatorWord::Auto),
        time_scale: raw.time_scale,
        clock_start: raw.clock_start.as_deref().and_then(Timestamp::parse),
        zone: raw.zone,
        show_zones: raw.show_zones,
        values: raw.values,
        secrets: raw.secrets,
        approvers: raw.approvers,
        providers: raw
            .providers
            .into_iter()
            .filter(|(key, _)| catalog.providers.contains_key(key))
            .collect(),
        resources: resources.collect(),
    };
    let source = Some(findings.source.clone());
    let (inputs, before, tree) = (raw.inputs, raw.before, Some(tree));
    Some(LoadedEnvironment { environment, inputs, before, invariants, tree, source, unsure })
}

/// Keys: our own, and the sections of providers.
fn check_keys(tree: &Yaml, catalog: &Catalog, unsure: &mut Unsure, findings: &mut Findings) {
    let root = environment_schema();
    let properties = root.get("properties").and_then(Value::as_object);
    let own = |key: &str| properties.and_then(|properties| properties.get(key));
    let mut known: Vec<&str> =
        properties.map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default();
    known.extend(catalog.providers.keys().map(String::as_str));
    let named = names_of_secrets(tree);
    for entry in tree.entries() {
        let what = format!("`{}`", entry.key);
        let mut checker = Checker { root, holes: &mut NoHoles, findings };
        if entry.key == "resources" {
            check_resources(&entry.value, catalog, unsure, findings);
        } else if let Some(schema) = own(&entry.key) {
            checker.check(&entry.value, schema, &what);
        } else if let Some(provider) = catalog.providers.get(&entry.key) {
            let root = &provider.settings;
            let mut holes = SecretNames(named.as_deref());
            Checker { root, holes: &mut holes, findings }.check(&entry.value, root, &what);
        } else {
            checker.unknown_key(entry, known.clone(), "an environment");
            unsure.misspelt(&entry.key, tree, &known);
        }
    }
}

/// Names of the file's secrets; nothing where they cannot be read.
fn names_of_secrets(tree: &Yaml) -> Option<Vec<String>> {
    match tree.get("secrets") {
        Some(all) if !matches!(all.kind, YamlKind::Map(_)) => None,
        all => {
            let entries = all.map(Yaml::entries).unwrap_or_default();
            Some(entries.iter().map(|entry| entry.key.clone()).collect())
        }
    }
}

fn check_resources(
    resources: &Yaml,
    catalog: &Catalog,
    unsure: &mut Unsure,
    findings: &mut Findings,
) {
    if !matches!(resources.kind, YamlKind::Map(_)) {
        let message = format!("`resources` must be a map, but is {}", resources.type_name());
        findings
            .error("wrong_type", resources.span, message)
            .help("write `NAME: { kind: azure.app_service, … }` below it");
        return;
    }
    let known: Vec<&str> = catalog.resources.keys().map(String::as_str).collect();
    for entry in resources.entries() {
        check_name(&entry.key, entry.key_span, "a resource", findings);
        let Some(kind) = entry.value.get("kind") else {
            let message = format!("the resource `{}` needs the key `kind`", entry.key);
            findings
                .error("missing_key", entry.value.span, message)
                .help(did_you_mean("", known.clone()));
            unsure.resources.insert(entry.key.clone());
            continue;
        };
        let Some(spec) = kind.text().and_then(|kind| catalog.resources.get(kind)) else {
            let written = kind.text().unwrap_or_default();
            let message = format!("there is no resource type `{written}`");
            findings
                .error("unknown_kind", kind.span, message)
                .help(did_you_mean(written, known.clone()));
            unsure.resources.insert(entry.key.clone());
            continue;
        };
        let entries = entry.value.entries().iter().filter(|entry| entry.key != "kind").cloned();
        let kind = YamlKind::Map(entries.collect());
        let settings = Yaml { kind, span: entry.key_span };
        let what = format!("the resource `{}`", entry.key);
        let root = &spec.binding;
        let before = findings.list.len();
        Checker { root, holes: &mut NoHoles, findings }.check(&settings, root, &what);
        if findings.list.len() > before {
            unsure.resources.insert(entry.key.clone());
        }
    }
}

/// What a schema cannot say.
fn check_values(tree: &Yaml, raw: &EnvironmentFile, findings: &mut Findings) {
    let shown = tree.get("show_zones").map(Yaml::elements).unwrap_or_default();
    for zone in tree.get("zone").into_iter().chain(shown) {
        let Some(name) = zone.text().filter(|name| !is_zone(name)) else { continue };
        let message = format!("there is no time zone `{name}`");
        findings
            .error("unknown_zone", zone.span, message)
            .help("write an IANA name, such as `Europe/Berlin` or `America/New_York`");
    }
    if let Some(start) = &raw.clock_start
        && Timestamp::parse(start).is_none()
    {
        let message = "this is no time in RFC 3339";
        findings
            .error("bad_time", tree.span_of("clock_start"), message)
            .help("write `2026-03-07T02:59:00Z`");
    }
    if let Some(secrets) = tree.get("secrets") {
        if !matches!(secrets.kind, YamlKind::Map(_)) {
            // in a list, or alone, it may be the secrets themselves
            findings.hide(secrets.span);
        }
        for entry in secrets.entries() {
            // Names of variables are usual here, so capital letters are as good.
            let plain = entry.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain || !entry.key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                let message = format!("`{}` is no name for a secret", entry.key);
                findings
                    .error("bad_name", entry.key_span, message)
                    .help("letters, digits and `_`, the first a letter");
            }
            let source = entry.value.text().unwrap_or_default();
            let known = ["env:", "file:", "command:"];
            if !known.iter().any(|start| source.len() > start.len() && source.starts_with(start)) {
                findings.hide(entry.value.span);
                let message = format!("`{}` says no place where the secret is found", entry.key);
                findings.error("secret_in_clear", entry.value.span, message).help(
                    "write `env:VARIABLE`, `file:PATH` or `command:…`, never the secret itself",
                );
            }
        }
    }
    let named = names_of_secrets(tree).unwrap_or_default();
    for entry in
        tree.entries().iter().filter(|entry| entry.key != "secrets" && entry.key != "invariants")
    {
        refuse_clear_secrets(&entry.value, &entry.key, &named, findings);
        refuse_all_holes(&entry.value, findings);
        warn_to_fill(&entry.value, &entry.key, raw.simulator.is_none(), findings);
    }
}

/// What stands in a template of an environment file where a value is to be filled in; behind a `/`
/// where that is a path.
const TO_FILL: &str = "FILL";

/// Warns where a template's value stands still. `real` is whether the environment is more than a
/// simulator, whose world may hold any id.
fn warn_to_fill(yaml: &Yaml, key: &str, real: bool, findings: &mut Findings) {
    let fill = yaml.text().is_some_and(|text| text.strip_prefix('/').unwrap_or(text) == TO_FILL);
    if fill || (real && stands_in(yaml, key)) {
        let message = format!("`{key}` is still to be filled in");
        findings.warning("to_fill", yaml.span, message);
    }
    yaml.elements().iter().for_each(|element| warn_to_fill(element, key, real, findings));
    yaml.entries().iter().for_each(|entry| warn_to_fill(&entry.value, &entry.key, real, findings));
}

/// Whether a value has the form that its key asks for and can be nobody's: an id of zeros, a
/// definition 0, a host of the domain that is kept for examples.
fn stands_in(yaml: &Yaml, key: &str) -> bool {
    match &yaml.kind {
        YamlKind::Int(0) => key.ends_with("_definition"),
        YamlKind::Text(text) => {
            let id = text == NO_ID;
            let host = text.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
            id || host.is_some_and(|host| host == EXAMPLES || host.ends_with(".example.com"))
        }
        _ => false,
    }
}

/// The id that no subscription, tenant or application has.
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// The domain in which nothing can be reached.
const EXAMPLES: &str = "example.com";

/// Sees to it that a text that names a secret names one that exists, where it is known which do.
struct SecretNames<'a>(Option<&'a [String]>);

impl Holes for SecretNames<'_> {
    fn hole(&mut self, _: &Yaml, _: &Value, _: &mut Findings) -> bool {
        false
    }

    fn literal(&mut self, text: &Yaml, schema: &Value, findings: &mut Findings) {
        let name = text.text().unwrap_or_default();
        let known = self.0.unwrap_or_default();
        if schema.get("x-secret").is_none() || known.iter().any(|known| known == name) {
            return;
        }
        // what is no name of a secret may be the secret itself
        findings.hide(text.span);
        if self.0.is_none() {
            return;
        }
        findings
            .error("unknown_secret", text.span, "this names no secret of this file")
            .help("write a name from `secrets:`, never the secret itself")
            .help(did_you_mean(name, known.iter().map(String::as_str)));
    }
}

fn refuse_all_holes(yaml: &Yaml, findings: &mut Findings) {
    let message = "an environment file holds no expressions";
    refuse_holes(yaml, message, "write the value itself; workflows see it as `env.NAME`", findings);
    yaml.elements().iter().for_each(|element| refuse_all_holes(element, findings));
    yaml.entries().iter().for_each(|entry| refuse_all_holes(&entry.value, findings));
}
