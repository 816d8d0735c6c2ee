//! Workflows of GitHub Actions.

use super::flow::Flow;
use super::holes::text;
use super::order::in_order;
use super::scope::Ty;
use super::task::app;
use super::when::{condition_of, joined};
use super::work::{Work, asked, minutes, run};
use crate::draft::{Draft, Said, Step, Value};
use crate::names::as_name;
use crate::note::Written;
use crate::secrecy::sounds_secret;
use crate::tree::{Kind, Node, TreeError, parse};
use crate::write::write;

/// What a file or a part has and a workflow never needs, with why.
const OUTSIDE: [(&str, &str); 5] = [
    ("runs-on", "where it runs: everything runs where windlass runs"),
    ("container", "where it runs: everything runs where windlass runs"),
    ("services", "what runs beside it: start it in a step"),
    ("permissions", "what its token may do: the environment file says who signs in"),
    ("continue-on-error", "a failed step stops the run here"),
];

/// Actions that only prepare a machine that is thrown away.
const PREPARES: [&str; 8] = [
    "actions/checkout",
    "actions/setup-",
    "actions/cache",
    "actions/upload-artifact",
    "actions/download-artifact",
    "docker/setup-",
    "azure/login",
    "aws-actions/configure-",
];

/// Reads a file.
pub fn convert(source: &str, name: &str) -> Result<Written, TreeError> {
    let tree = parse(source)?;
    let mut github = GitHub::default();
    let title = tree.text_of("name").unwrap_or(name);
    github.flow.scope.draft = Draft {
        name: as_name(title),
        title: title.to_owned(),
        description: title.to_owned(),
        ..Draft::default()
    };
    github.starts(&tree);
    github.outside(&tree);
    github.lock(&tree);
    github.environment(tree.get("env"));
    github.units(&tree);
    Ok(github.finish(&tree))
}

#[derive(Default)]
struct GitHub {
    flow: Flow,
    /// What was said already to be outside: once is enough.
    said: Vec<&'static str>,
    /// The folder of scripts that name none.
    dir: Option<String>,
    /// The shell of scripts that name none.
    shell: Option<String>,
}

impl GitHub {
    fn finish(mut self, tree: &Node) -> Written {
        if !self.flow.scope.draft.has_steps() {
            let work = Work { id: "nothing".to_owned(), line: tree.line, ..Work::default() };
            self.flow.begin("", &[], Vec::new(), true);
            let step = asked(&work, "the workflow");
            self.flow.add(step, None);
            self.flow.end();
        }
        write(&self.flow.scope.draft)
    }

    fn outside(&mut self, node: &Node) {
        for (key, why) in OUTSIDE {
            let Some(value) = node.get(key) else { continue };
            if !self.said.contains(&key) {
                self.said.push(key);
                self.flow.head(Said::not_mapped(format!("`{key}`: {why}"), value.line));
            }
        }
    }

    /// What starts it; inputs of a start by hand or by a call are inputs.
    fn starts(&mut self, tree: &Node) {
        let Some(on) = tree.get("on").or_else(|| tree.get("true")) else { return };
        let mut names: Vec<String> = on.entries().iter().map(|(name, _)| name.clone()).collect();
        names.extend(on.elements().iter().filter_map(|one| one.text().map(str::to_owned)));
        let foreign: Vec<String> =
            names.into_iter().filter(|name| !name.starts_with("workflow_")).collect();
        if !foreign.is_empty() {
            let why =
                format!("`on: {}`: somebody or a timer says `windlass start`", foreign.join(", "));
            self.flow.head(Said::not_mapped(why, on.line));
        }
        for way in ["workflow_dispatch", "workflow_call"] {
            let inputs = on.get(way).and_then(|way| way.get("inputs"));
            for (name, one) in inputs.map(Node::entries).unwrap_or_default() {
                self.input(name, one);
            }
        }
    }

    fn input(&mut self, name: &str, one: &Node) {
        let (ty, word) = match one.text_of("type") {
            Some("boolean") => (Ty::Bool, "bool"),
            Some("number") => (Ty::Number, "number"),
            _ => (Ty::Text, "string"),
        };
        let mut keys = vec![("type".to_owned(), Value::raw(word))];
        let options = one.texts_of("options");
        if let Some(default) = one.text_of("default") {
            let value = match ty {
                Ty::Bool => Value::Bool(default == "true"),
                Ty::Number => default.parse().map_or(Value::plain(default), Value::Int),
                _ => Value::plain(default),
            };
            keys.push(("default".to_owned(), value));
        } else if one.text_of("required") != Some("true") && options.is_empty() {
            let empty = match ty {
                Ty::Bool => Some(Value::Bool(false)),
                Ty::Text => Some(Value::plain("")),
                _ => None,
            };
            keys.extend(empty.map(|empty| ("default".to_owned(), empty)));
        }
        if let Some(said) = one.text_of("description") {
            keys.push(("description".to_owned(), Value::raw(said)));
        }
        if !options.is_empty() {
            let options = options.iter().map(Value::plain).collect();
            keys.push(("options".to_owned(), Value::List(options)));
        }
        self.flow.scope.declare(name, ty, keys, Vec::new());
    }

    /// A group of concurrency is a lock.
    fn lock(&mut self, node: &Node) {
        let Some(one) = node.get("concurrency") else { return };
        let Some(group) = one.text().or_else(|| one.text_of("group")) else { return };
        if one.text_of("cancel-in-progress").is_some_and(|text| text != "false") {
            let why = "`cancel-in-progress`: a run is never cancelled by a newer one, which queues";
            self.flow.head(Said::not_mapped(why, one.line));
        }
        let words = group.split("${{").next().unwrap_or_default();
        let name = as_name(words.trim_end_matches(['-', '_']));
        if self.flow.scope.draft.environment.is_none() && !words.trim().is_empty() {
            let said = format!("the group `{group}` is the lock `{name}`");
            self.flow.head(Said::guessed(said, one.line));
            self.flow.scope.draft.environment = Some(name);
        } else {
            let why = format!("the group `{group}`: a workflow has one lock, `environment`");
            self.flow.head(Said::not_mapped(why, one.line));
        }
    }

    /// Variables for all steps below.
    fn environment(&mut self, env: Option<&Node>) {
        for (name, value) in env.map(Node::entries).unwrap_or_default() {
            let Some(text) = value.text() else { continue };
            let low = name.to_lowercase();
            self.flow.scope.exported.insert(name.clone(), text.to_owned());
            if sounds_secret(&low) || text.contains("secrets.") {
                self.flow.scope.secrets.insert(low);
                if !text.contains("${{") {
                    let why = format!("the value of `{name}`: it sounds secret and is not copied");
                    self.flow.head(Said::not_mapped(why, value.line));
                }
            } else {
                self.flow.scope.variables.insert(low, text.to_owned());
            }
        }
    }

    /// The units, each behind those that it needs.
    fn units(&mut self, tree: &Node) {
        let Some(units) = tree.get("jobs") else { return };
        let parts: Vec<&(String, Node)> = units.entries().iter().collect();
        let needs = |part: &&(String, Node)| part.1.texts_of("needs");
        for (name, unit) in in_order(parts, |part| Some(part.0.clone()), needs) {
            self.unit(name, unit, tree);
        }
    }

    fn unit(&mut self, name: &str, unit: &Node, tree: &Node) {
        self.outside(unit);
        self.lock(unit);
        let kept = self.flow.scope.kept();
        self.environment(unit.get("env"));
        let defaults = |node: &Node, key: &str| {
            node.get("defaults")?.get("run")?.text_of(key).map(str::to_owned)
        };
        let of = |key: &str| defaults(unit, key).or_else(|| defaults(tree, key));
        (self.dir, self.shell) = (of("working-directory"), of("shell"));
        if let Some(limit) = unit.get("timeout-minutes") {
            let why = "`timeout-minutes` of all of it: give each step a `timeout`";
            self.flow.head(Said::not_mapped(why, limit.line));
        }
        let needs = unit.texts_of("needs");
        self.flow.look_for(&needs, unit.line_of("needs"));
        let (condition, when) = condition_of(&mut self.flow, unit, "if", name);
        let fails = condition.as_ref().is_some_and(|one| one.on_failure);
        let inherits = condition.as_ref().is_none_or(|one| !one.always);
        self.flow.begin(name, &needs, when, inherits);
        let title = unit.text_of("name").unwrap_or(name);
        self.flow.say(Said::words(format!("-- {title} --"), unit.line));
        if fails {
            let why = "it runs only after a failure: `on_failure: rollback` and `compensate` undo";
            self.flow.say(Said::not_mapped(why, unit.line_of("if")));
        } else {
            self.matrix(unit);
            self.gate(name, unit);
            match unit.text_of("uses") {
                Some(called) => self.called(name, called, unit),
                None => {
                    for step in unit.get("steps").map(Node::elements).unwrap_or_default() {
                        self.step(name, step);
                    }
                }
            }
            self.outputs(name, unit);
        }
        self.flow.end();
        self.flow.scope.restore(kept);
        self.flow.scope.outputs.retain(|path, _| !path.starts_with("steps."));
    }

    /// Outputs of a unit, as others name them.
    fn outputs(&mut self, name: &str, unit: &Node) {
        for (output, value) in unit.get("outputs").map(Node::entries).unwrap_or_default() {
            let Some(words) = value.text() else { continue };
            if let Value::Template(text) = text(words, value.line, &mut self.flow.scope) {
                let inner = text.strip_prefix("${{ ").and_then(|text| text.strip_suffix(" }}"));
                if let Some(inner) = inner.filter(|inner| !inner.contains("${{")) {
                    let path = format!("needs.{name}.outputs.{output}").to_lowercase();
                    self.flow.scope.outputs.insert(path, inner.to_owned());
                }
            }
        }
    }

    fn gate(&mut self, own: &str, unit: &Node) {
        let Some(environment) = unit.get("environment") else { return };
        let Some(name) = environment.text().or_else(|| environment.text_of("name")) else { return };
        let words = format!("Go on to the environment {name}?");
        let prompt = text(&words, environment.line, &mut self.flow.scope);
        let step = Step::new(format!("go {own}"), environment.line)
            .with("uses", Value::raw("approve"))
            .with("with", Value::map([("prompt", prompt)]))
            .guessed(format!("rules that protect `{name}` are kept beside the file"));
        self.flow.add(step, None);
    }

    fn called(&mut self, name: &str, called: &str, unit: &Node) {
        let inputs = pairs(unit, "with");
        let work =
            Work { id: name.to_owned(), inputs, line: unit.line_of("uses"), ..Work::default() };
        let step = asked(&work, called);
        self.flow.scope.draft.share.people += 1;
        self.flow.add(step, None);
    }

    /// A matrix of one list repeats the steps; a larger one is said.
    fn matrix(&mut self, unit: &Node) {
        let strategy = unit.get("strategy");
        let Some(matrix) = strategy.and_then(|one| one.get("matrix")) else { return };
        let single = match matrix.entries() {
            [(key, list)] if !matches!(key.as_str(), "include" | "exclude") => {
                let texts: Vec<&str> =
                    list.elements().iter().filter_map(|one| one.text()).collect();
                let plain =
                    matches!(list.kind, Kind::List(_)) && texts.len() == list.elements().len();
                plain.then(|| {
                    (key.clone(), texts.iter().copied().map(Value::plain).collect::<Vec<_>>())
                })
            }
            _ => None,
        };
        match single {
            Some((key, elements)) if !elements.is_empty() => {
                let at_once = strategy.and_then(|one| one.text_of("max-parallel"));
                let at_once = at_once.and_then(|text| text.parse().ok());
                self.flow.for_each(Value::List(elements), at_once);
                self.flow.scope.matrix = Some(key.to_lowercase());
                let said = "each step is done for all elements before the next step begins";
                self.flow.say(Said::guessed(said, matrix.line));
            }
            _ => {
                let why = "a matrix that is no single list: `for_each` takes one list";
                self.flow.say(Said::not_mapped(why, matrix.line));
            }
        }
    }

    fn step(&mut self, own: &str, node: &Node) {
        let uses = node.text_of("uses").unwrap_or_default();
        let action = uses.split('@').next().unwrap_or(uses).to_lowercase();
        if PREPARES.iter().any(|known| action.starts_with(known)) || action.contains("/setup-") {
            let why = format!("`{uses}`: it prepares the machine");
            self.flow.scope.draft.share.comments += 1;
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let shown = node.text_of("name").or_else(|| node.text_of("id"));
        let called = node.text_of("id").or(shown);
        let kind = if uses.is_empty() { "run" } else { action.as_str() };
        let work = Work {
            id: called.map_or_else(|| format!("{own} {kind}"), str::to_owned),
            title: shown.unwrap_or(if uses.is_empty() { "" } else { uses }).to_owned(),
            inputs: pairs(node, "with"),
            env: pairs(node, "env"),
            dir: node.text_of("working-directory").map(str::to_owned).or_else(|| self.dir.clone()),
            line: node.line,
        };
        let (condition, when) = condition_of(&mut self.flow, node, "if", &work.id);
        if condition.as_ref().is_some_and(|one| one.on_failure) {
            let why = format!("`{}` runs only after a failure: see `compensate`", work.id);
            self.flow.scope.draft.share.comments += 1;
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let (mut step, known) = self.made(node, &work, &action, uses);
        match known {
            true => self.flow.scope.draft.share.actions += 1,
            false => self.flow.scope.draft.share.people += 1,
        }
        if condition.is_some_and(|one| one.always) {
            step = step.not_mapped("it also ran after a failure; here a failed step stops the run");
        }
        if node.text_of("continue-on-error") == Some("true") {
            step = step.not_mapped("`continue-on-error`: here a failed step stops the run");
        }
        if let Some(span) = node.text_of("timeout-minutes").and_then(minutes) {
            step = step.with("timeout", Value::raw(span));
        }
        let id = self.flow.add(step, joined(when));
        if let Some(name) = node.text_of("id") {
            self.declare_outputs(name, &id, node);
        }
    }

    /// A step as an action, a script or a question; whether it is no question.
    fn made(&mut self, node: &Node, work: &Work, action: &str, uses: &str) -> (Step, bool) {
        let scope = &mut self.flow.scope;
        if let Some(source) = node.text_of("run") {
            let shell = node.text_of("shell").or(self.shell.as_deref()).unwrap_or("bash");
            return (run(work, source, shell, scope), true);
        }
        if let (true, Some(source)) = (action == "azure/cli", work.input("inlineScript")) {
            let step = run(work, source, "bash", scope);
            return (step.guessed("whoever runs windlass is signed in to `az`"), true);
        }
        if action == "azure/webapps-deploy" {
            let slot =
                work.input("slot-name").filter(|slot| !slot.eq_ignore_ascii_case("production"));
            let app = app(work, slot, scope);
            let package = Value::blank("the zip on this machine");
            return (work.deploys(app, package), true);
        }
        (asked(work, if uses.is_empty() { "a step without work" } else { uses }), false)
    }

    /// Outputs that a script writes, by the names that stand in it.
    fn declare_outputs(&mut self, name: &str, id: &str, node: &Node) {
        let source = node.text_of("run").unwrap_or_default();
        for line in source.lines().filter(|line| line.contains("GITHUB_OUTPUT")) {
            let words = line.split(|c: char| c.is_whitespace() || "\"'".contains(c));
            for word in words {
                let Some((key, _)) = word.split_once('=') else { continue };
                let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if key.is_empty() || !key.chars().all(good) || key.contains('-') {
                    continue;
                }
                let path = format!("steps.{name}.outputs.{key}").to_lowercase();
                let expression = format!("steps.{id}.outputs.outputs.{key}");
                self.flow.scope.outputs.insert(path, expression);
            }
        }
    }
}

fn pairs(node: &Node, key: &str) -> Vec<(String, String)> {
    let entries = node.get(key).map(Node::entries).unwrap_or_default();
    let texts = entries.iter().filter_map(|(name, value)| Some((name, value.text()?)));
    texts.map(|(name, text)| (name.clone(), text.to_owned())).collect()
}
