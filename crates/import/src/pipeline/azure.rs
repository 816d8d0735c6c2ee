//! Pipelines of Azure DevOps in YAML.

use super::condition::{Condition, read};
use super::flow::Flow;
use super::scope::Ty;
use super::work::{Work, asked, minutes, run, task};
use crate::draft::{Draft, Said, Step, Value};
use crate::names::as_name;
use crate::note::Written;
use crate::secrecy::sounds_secret;
use crate::tree::{Kind, Node, TreeError, parse};
use crate::write::write;

/// What a pipeline has and a workflow never needs, with why.
const OUTSIDE: [(&str, &str); 8] = [
    ("trigger", "what starts it: somebody or a timer says `windlass start`"),
    ("pr", "what starts it: windlass releases, and does not check pull requests"),
    ("schedules", "when it starts: a timer of the system says `windlass start`"),
    ("resources", "what it downloads: steps find builds by themselves"),
    ("pool", "where it runs: everything runs where windlass runs"),
    ("container", "where it runs: everything runs where windlass runs"),
    ("services", "what runs beside it: start it in a step"),
    ("lockBehavior", "the order of runs: the key `environment` of a workflow is its lock"),
];

/// Reads a pipeline.
pub fn convert(text: &str, name: &str) -> Result<Written, TreeError> {
    let tree = parse(text)?;
    let mut azure = Azure::default();
    let title = tree.text_of("name").filter(|name| !name.contains('$')).unwrap_or(name);
    azure.flow.scope.draft = Draft {
        name: as_name(name),
        title: title.to_owned(),
        description: title.to_owned(),
        ..Draft::default()
    };
    azure.parameters(&tree);
    azure.variables(&tree);
    azure.outside(&tree);
    azure.body(&tree);
    Ok(azure.finish(&tree))
}

#[derive(Default)]
struct Azure {
    flow: Flow,
    /// Whether a place to run was named already: once is enough.
    pooled: bool,
}

/// A stage or a unit of it while it is read.
#[derive(Clone, Default)]
struct Above {
    needs: Vec<String>,
    when: Vec<String>,
    inherits: bool,
    prefix: String,
}

impl Azure {
    fn finish(mut self, tree: &Node) -> Written {
        if !self.flow.scope.draft.has_steps() {
            let work = Work { id: "nothing".to_owned(), line: tree.line, ..Work::default() };
            self.flow.begin("", &[], Vec::new(), true);
            let step = asked(&work, "the pipeline");
            self.flow.add(step, None);
            self.flow.end();
        }
        write(&self.flow.scope.draft)
    }

    fn head(&mut self, said: Said) {
        self.flow.scope.draft.head.push(said);
    }

    fn outside(&mut self, node: &Node) {
        for (key, why) in OUTSIDE {
            let Some(value) = node.get(key) else { continue };
            if key == "pool" && std::mem::replace(&mut self.pooled, true) {
                continue;
            }
            self.head(Said::not_mapped(format!("`{key}`: {why}"), value.line));
        }
    }

    fn parameters(&mut self, tree: &Node) {
        for one in tree.get("parameters").map(Node::elements).unwrap_or_default() {
            let Some(name) = one.text_of("name") else { continue };
            let (ty, word) = match one.text_of("type") {
                Some("boolean") => (Ty::Bool, "bool"),
                Some("number") => (Ty::Number, "number"),
                Some("string") | None => (Ty::Text, "string"),
                Some(other) => {
                    let why = format!("the parameter `{name}` of type {other}");
                    self.head(Said::not_mapped(why, one.line));
                    continue;
                }
            };
            let mut keys = vec![("type".to_owned(), Value::raw(word))];
            if let Some(default) = one.text_of("default") {
                keys.push(("default".to_owned(), typed(default, ty)));
            }
            if let Some(said) = one.text_of("displayName") {
                keys.push(("description".to_owned(), Value::raw(said)));
            }
            let options: Vec<Value> =
                one.texts_of("values").iter().map(|option| typed(option, ty)).collect();
            if !options.is_empty() && ty == Ty::Text {
                keys.push(("options".to_owned(), Value::List(options)));
            }
            self.flow.scope.declare(name, ty, keys, Vec::new());
        }
    }

    fn variables(&mut self, node: &Node) {
        let Some(variables) = node.get("variables") else { return };
        let mut pairs: Vec<(String, String, usize)> = Vec::new();
        for (name, value) in variables.entries() {
            if let Some(text) = value.text() {
                pairs.push((name.clone(), text.to_owned(), value.line));
            }
        }
        if let Kind::List(elements) = &variables.kind {
            for one in elements {
                if let Some(group) = one.text_of("group") {
                    let why = format!(
                        "the variable group `{group}`: its values belong into the environment file"
                    );
                    self.head(Said::not_mapped(why, one.line));
                } else if let Some(template) = one.text_of("template") {
                    let why = format!("the variables of `{template}`");
                    self.head(Said::not_mapped(why, one.line));
                } else if let Some(name) = one.text_of("name") {
                    let value = one.text_of("value").unwrap_or_default();
                    pairs.push((name.to_owned(), value.to_owned(), one.line));
                }
            }
        }
        for (name, value, line) in pairs {
            let low = name.to_lowercase();
            if sounds_secret(&low) {
                self.flow.scope.secrets.insert(low);
                if !value.contains('$') && !value.is_empty() {
                    let why = format!("the value of `{name}`: it sounds secret and is not copied");
                    self.head(Said::not_mapped(why, line));
                }
            } else {
                let shown = name.to_uppercase().replace(['.', ' '], "_");
                self.flow.scope.exported.insert(shown, value.clone());
                self.flow.scope.variables.insert(low, value);
            }
        }
    }

    fn body(&mut self, tree: &Node) {
        if let Some(extends) = tree.get("extends") {
            self.template(extends, &Above::default(), "extends");
        }
        let above = Above { inherits: true, ..Above::default() };
        if let Some(stages) = tree.get("stages") {
            self.stages(stages);
        } else if let Some(units) = tree.get("jobs") {
            self.units(units, &above);
        } else if let Some(steps) = tree.get("steps") {
            self.flow.begin("steps", &[], Vec::new(), true);
            self.steps(steps, "");
            self.flow.end();
        }
    }

    fn stages(&mut self, stages: &Node) {
        let mut before: Vec<String> = Vec::new();
        for stage in stages.elements() {
            if self.template(stage, &Above { needs: before.clone(), ..Above::default() }, "stages")
            {
                continue;
            }
            let id = stage.text_of("stage").unwrap_or("stage").to_owned();
            self.flow.say(Said::words(format!("-- stage {} --", title(stage, &id)), stage.line));
            self.outside(stage);
            self.variables(stage);
            let own = stage.texts_of("dependsOn");
            let needs: Vec<String> = match stage.get("dependsOn") {
                Some(_) => own.iter().map(|need| format!("stage {need}")).collect(),
                None => before.clone(),
            };
            let (condition, when) = self.condition(stage, &id);
            let above = Above {
                needs: needs.clone(),
                when: when.clone(),
                inherits: inherits(condition.as_ref()),
                prefix: id.clone(),
            };
            let key = format!("stage {id}");
            let parts = match stage.get("jobs") {
                Some(units) => self.units(units, &above),
                None => Vec::new(),
            };
            match parts.is_empty() {
                true => {
                    self.flow.begin(&key, &needs, when, true);
                    self.flow.end();
                }
                false => self.flow.group(&key, &parts, when),
            }
            before = vec![key];
        }
    }

    /// Units of a stage; their keys.
    fn units(&mut self, units: &Node, above: &Above) -> Vec<String> {
        let mut keys = Vec::new();
        for unit in units.elements() {
            if self.template(unit, above, "jobs") {
                continue;
            }
            let own = unit.text_of("job").or_else(|| unit.text_of("deployment"));
            let own = own.unwrap_or("unit").to_owned();
            let key = format!("{} {own}", above.prefix);
            self.unit(unit, &own, &key, above);
            keys.push(key);
        }
        keys
    }

    fn unit(&mut self, unit: &Node, own: &str, key: &str, above: &Above) {
        self.outside(unit);
        self.variables(unit);
        let (condition, mut when) = self.condition(unit, own);
        when.splice(0..0, above.when.iter().cloned());
        let own_needs = unit.texts_of("dependsOn");
        let needs: Vec<String> = match own_needs.is_empty() {
            true => above.needs.clone(),
            false => own_needs.iter().map(|need| format!("{} {need}", above.prefix)).collect(),
        };
        let inherits = inherits(condition.as_ref()) && (above.inherits || !own_needs.is_empty());
        self.flow.begin(key, &needs, when, inherits);
        self.flow.say(Said::words(format!("{}:", title(unit, own)), unit.line));
        if condition.is_some_and(|one| one.on_failure) {
            let why = "it runs only after a failure: `on_failure: rollback` and `compensate` undo";
            self.flow.say(Said::not_mapped(why, unit.line_of("condition")));
            return self.flow.end();
        }
        self.matrix(unit);
        if let Some(environment) = unit.get("environment") {
            self.gate(environment, own);
        }
        let strategy = unit.get("strategy");
        let ways = ["runOnce", "rolling", "canary"];
        let deployment = strategy.and_then(|one| ways.iter().find_map(|way| one.get(way)));
        if let Some(deployment) = deployment {
            for phase in ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic"] {
                if let Some(steps) = deployment.get(phase).and_then(|phase| phase.get("steps")) {
                    self.steps(steps, own);
                }
            }
            if let Some(on) = deployment.get("on") {
                let why = "what follows success or failure: `compensate` of a step undoes it";
                self.flow.say(Said::not_mapped(why, on.line));
            }
        } else if let Some(steps) = unit.get("steps") {
            self.steps(steps, own);
        }
        self.flow.end();
        self.flow.scope.matrix = None;
    }

    /// An environment may want approvals that the file does not show.
    fn gate(&mut self, environment: &Node, own: &str) {
        let name = environment.text().or_else(|| environment.text_of("name"));
        let Some(name) = name.map(|name| name.split('.').next().unwrap_or(name)) else { return };
        let prompt = super::holes::text(
            &format!("Go on to the environment {name}?"),
            environment.line,
            &mut self.flow.scope,
        );
        let step = Step::new(format!("go {own}"), environment.line)
            .with("uses", Value::raw("approve"))
            .with("with", Value::map([("prompt", prompt)]))
            .guessed(format!("approvals and checks of `{name}` are kept beside the file"));
        self.flow.add(step, None);
    }

    /// A matrix of one variable repeats the steps; a larger one is said.
    fn matrix(&mut self, unit: &Node) {
        let Some(matrix) = unit.get("strategy").and_then(|one| one.get("matrix")) else { return };
        let mut variable: Option<&str> = None;
        let mut elements = Vec::new();
        for (_, values) in matrix.entries() {
            match values.entries() {
                [(name, value)] if variable.is_none_or(|known| known == name) => {
                    variable = Some(name);
                    elements.extend(value.text().map(Value::plain));
                }
                _ => variable = Some(""),
            }
        }
        match variable {
            Some(name) if !name.is_empty() && !elements.is_empty() => {
                let at_once = unit.get("strategy").and_then(|one| one.text_of("maxParallel"));
                let at_once = at_once.and_then(|text| text.parse().ok());
                self.flow.for_each(Value::List(elements), at_once);
                let low = name.to_lowercase();
                self.flow.scope.outputs.insert(low.clone(), "item".to_owned());
                self.flow.scope.variables.shift_remove(&low);
                let said = "each step is done for all elements before the next step begins";
                self.flow.say(Said::guessed(said, matrix.line));
            }
            _ => {
                let why = "a matrix of several variables: `for_each` takes one list";
                self.flow.say(Said::not_mapped(why, matrix.line));
            }
        }
    }

    fn steps(&mut self, steps: &Node, own: &str) {
        for step in steps.elements() {
            if self.template(step, &Above::default(), "steps") {
                continue;
            }
            self.step(step, own);
        }
    }

    fn step(&mut self, node: &Node, own: &str) {
        for key in ["checkout", "download", "publish", "downloadBuild", "getPackage"] {
            if let Some(value) = node.get(key) {
                let why = format!("`{key}: {}`: it prepares the machine", text_or(value, ""));
                self.flow.scope.draft.share.comments += 1;
                return self.flow.say(Said::not_mapped(why, node.line));
            }
        }
        if node.text_of("enabled") == Some("false") {
            let why = format!("`{}` is switched off", title(node, "a step"));
            self.flow.scope.draft.share.comments += 1;
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let work = self.work(node, own);
        let (condition, when) = self.condition(node, &work.id);
        if condition.as_ref().is_some_and(|one| one.on_failure) {
            let why = format!("`{}` runs only after a failure: see `compensate`", work.title);
            self.flow.scope.draft.share.comments += 1;
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let Some(mut step) = self.made(node, &work) else {
            let task = node.text_of("task").unwrap_or_default();
            let why = format!("`{task}`: it prepares the machine");
            self.flow.scope.draft.share.comments += 1;
            return self.flow.say(Said::not_mapped(why, node.line));
        };
        let asks = step.get("uses") == Some(&Value::raw("approve"))
            && !work.id.to_lowercase().contains("manual");
        if asks && step.said.iter().any(|said| said.text.starts_with("no action")) {
            self.flow.scope.draft.share.people += 1;
        } else {
            self.flow.scope.draft.share.actions += 1;
        }
        if condition.is_some_and(|one| one.always) {
            step = step.not_mapped("it also ran after a failure; here a failed step stops the run");
        }
        if node.text_of("continueOnError") == Some("true") {
            step = step.not_mapped("`continueOnError`: here a failed step stops the run");
        }
        if let Some(span) = node.text_of("timeoutInMinutes").and_then(minutes) {
            step = step.with("timeout", Value::raw(span));
        }
        if let Some(count) =
            node.text_of("retryCountOnTaskFailure").and_then(|text| text.parse::<i64>().ok())
        {
            let retry = Value::map([("max_attempts", Value::Int(count + 1))]);
            step = step.with("retry", retry);
        }
        let id = self.flow.add(step, join(when));
        if let Some(name) = node.text_of("name") {
            let path = format!("{}.", name.to_lowercase());
            self.flow.scope.outputs.insert(path, id);
        }
    }

    fn work(&self, node: &Node, own: &str) -> Work {
        let words = ["script", "bash", "pwsh", "powershell", "task"];
        let kind = words.iter().find(|word| node.get(word).is_some()).copied().unwrap_or("step");
        let task = node.text_of("task").map(|task| task.split('@').next().unwrap_or(task));
        let shown = node.text_of("displayName").map(str::to_owned);
        let called = node.text_of("name").map(str::to_owned).or_else(|| shown.clone());
        let called = called.unwrap_or_else(|| format!("{own} {}", task.unwrap_or(kind)));
        let pairs = |key: &str| {
            let entries = node.get(key).map(Node::entries).unwrap_or_default();
            let texts = entries.iter().filter_map(|(name, value)| Some((name, value.text()?)));
            texts.map(|(name, text)| (name.clone(), text.to_owned())).collect()
        };
        Work {
            id: called,
            title: shown.unwrap_or_else(|| task.unwrap_or(kind).to_owned()),
            inputs: pairs("inputs"),
            env: pairs("env"),
            dir: node.text_of("workingDirectory").map(str::to_owned),
            line: node.line,
        }
    }

    fn made(&mut self, node: &Node, work: &Work) -> Option<Step> {
        let scope = &mut self.flow.scope;
        for (key, shell) in
            [("script", "sh"), ("bash", "bash"), ("pwsh", "pwsh"), ("powershell", "pwsh")]
        {
            if let Some(source) = node.text_of(key) {
                return Some(run(work, source, shell, scope));
            }
        }
        match node.text_of("task") {
            Some(name) => task(name.split('@').next().unwrap_or(name), work, scope),
            None => Some(asked(work, "a step without a task")),
        }
    }

    /// A template, or an insertion under a condition: what it holds is not in this file, or hangs
    /// on what is known only when the pipeline is expanded.
    fn template(&mut self, node: &Node, above: &Above, place: &str) -> bool {
        if let Some(name) = node.text_of("template") {
            let work = Work {
                id: format!("template {name}"),
                title: format!("The template {name}"),
                inputs: Vec::new(),
                line: node.line,
                ..Work::default()
            };
            let step = asked(&work, &format!("the template {name}"));
            self.flow.scope.draft.share.people += 1;
            if place == "steps" {
                self.flow.add(step, None);
            } else {
                self.flow.begin(&format!("template {name}"), &above.needs, Vec::new(), true);
                self.flow.add(step, None);
                self.flow.end();
            }
            return true;
        }
        let inserted = node.entries().iter().find(|(key, _)| key.trim_start().starts_with("${{"));
        let Some((key, inner)) = inserted else { return false };
        let words = key.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
        let why = format!("`{words}`: what it inserts is read as if it were always there");
        self.flow.say(Said::not_mapped(why, node.line));
        match place {
            "steps" => self.steps(inner, ""),
            "jobs" => drop(self.units(inner, above)),
            "stages" => self.stages(inner),
            _ => {}
        }
        true
    }

    /// The condition of a part or step, and what it wants beside success.
    fn condition(&mut self, node: &Node, label: &str) -> (Option<Condition>, Vec<String>) {
        let Some(text) = node.text_of("condition") else { return (None, Vec::new()) };
        let line = node.line_of("condition");
        let (condition, said) = read(text, label, line, &mut self.flow.scope);
        said.into_iter().for_each(|said| self.flow.say(said));
        let when = condition.expression.iter().cloned().collect();
        (Some(condition), when)
    }
}

/// Whether a part does not run where what it needs did not.
fn inherits(condition: Option<&Condition>) -> bool {
    condition.is_none_or(|one| one.after_success)
}

fn join(when: Vec<String>) -> Option<String> {
    (!when.is_empty()).then(|| when.join(" && "))
}

fn title(node: &Node, otherwise: &str) -> String {
    node.text_of("displayName").unwrap_or(otherwise).to_owned()
}

fn text_or(node: &Node, otherwise: &str) -> String {
    node.text().unwrap_or(otherwise).to_owned()
}

/// A default or an option as its type has it.
fn typed(text: &str, ty: Ty) -> Value {
    match ty {
        Ty::Bool => Value::Bool(text.eq_ignore_ascii_case("true")),
        Ty::Number => text.parse().map_or_else(|_| Value::plain(text), Value::Int),
        _ => Value::plain(text),
    }
}
