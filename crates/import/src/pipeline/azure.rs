//! Pipelines of Azure DevOps in YAML.

use super::azure_declared as declared;
use super::azure_step::{step, title};
use super::condition::Condition;
use super::flow::Flow;
use super::order::in_order;
use super::when::condition_of;
use super::work::{Work, asked};
use crate::draft::{Draft, Said, Step, Value};
use crate::names::as_name;
use crate::note::Written;
use crate::tree::{Node, TreeError, parse};
use crate::write::write;

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
    declared::parameters(&mut azure.flow, &tree);
    declared::variables(&mut azure.flow, &tree);
    declared::outside(&mut azure.flow, &tree, &mut azure.pooled);
    azure.body(&tree);
    Ok(azure.finish(&tree))
}

#[derive(Default)]
struct Azure {
    flow: Flow,
    /// Whether a place to run was named already: once is enough.
    pooled: bool,
}

/// A stage, or a unit of one, with what it needs.
struct Part<'n> {
    node: &'n Node,
    own: String,
    key: String,
    needs: Vec<String>,
}

/// What a stage says of its units.
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

    fn body(&mut self, tree: &Node) {
        if let Some(extends) = tree.get("extends") {
            let name = extends.text_of("template").unwrap_or("that is extended").to_owned();
            let (own, key) = (name.clone(), "extends".to_owned());
            self.template_part(&name, &Part { node: extends, own, key, needs: Vec::new() });
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

    /// What a list holds, with what is inserted under a condition as if it were always there.
    fn expanded<'n>(&mut self, nodes: &'n Node) -> Vec<&'n Node> {
        let mut all = Vec::new();
        for node in nodes.elements() {
            let mut entries = node.entries().iter();
            let Some((key, inner)) = entries.find(|(key, _)| key.trim_start().starts_with("${{"))
            else {
                all.push(node);
                continue;
            };
            let words = key.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
            let why = format!("`{words}`: what it inserts is read as if it were always there");
            self.flow.say(Said::not_mapped(why, node.line));
            all.extend(self.expanded(inner));
        }
        all
    }

    /// Stages: each after the one above it, unless it says what it depends on.
    fn stages(&mut self, stages: &Node) {
        let mut above: Vec<String> = Vec::new();
        let mut parts = Vec::new();
        for (at, node) in self.expanded(stages).into_iter().enumerate() {
            let own = node.text_of("stage").map_or_else(|| format!("stage {at}"), str::to_owned);
            let key = format!("stage {own}");
            let needs = match node.get("dependsOn") {
                Some(_) => {
                    node.texts_of("dependsOn").iter().map(|one| format!("stage {one}")).collect()
                }
                None => above,
            };
            above = vec![key.clone()];
            parts.push(Part { node, own, key, needs });
        }
        for part in in_order(parts, |part| Some(part.key.clone()), |part| part.needs.clone()) {
            self.flow.look_for(&part.needs, part.node.line);
            match part.node.text_of("template") {
                Some(name) => self.template_part(name, &part),
                None => self.stage(&part),
            }
        }
    }

    fn stage(&mut self, part: &Part<'_>) {
        let Part { node, own, key, needs } = part;
        self.flow.say(Said::words(format!("-- stage {} --", title(node, own)), node.line));
        let kept = self.flow.scope.kept();
        declared::outside(&mut self.flow, node, &mut self.pooled);
        declared::variables(&mut self.flow, node);
        let (condition, when) = condition_of(&mut self.flow, node, "condition", own);
        let inherits = inherits(condition.as_ref());
        let above = Above { needs: needs.clone(), when, inherits, prefix: own.clone() };
        let parts = node.get("jobs").map(|units| self.units(units, &above)).unwrap_or_default();
        if parts.is_empty() {
            self.flow.begin(key, needs, above.when, inherits);
            self.flow.end();
        } else {
            self.flow.group(key, &parts, needs, above.when, inherits);
        }
        self.flow.scope.restore(kept);
    }

    /// Units of a stage; their keys.
    fn units(&mut self, units: &Node, above: &Above) -> Vec<String> {
        let mut parts = Vec::new();
        for (at, node) in self.expanded(units).into_iter().enumerate() {
            let own = node.text_of("job").or_else(|| node.text_of("deployment"));
            let own = own.map_or_else(|| format!("unit {at}"), str::to_owned);
            let key = format!("{} {own}", above.prefix);
            let inner = node.texts_of("dependsOn");
            let inner = inner.iter().map(|one| format!("{} {one}", above.prefix));
            parts.push(Part { node, own, key, needs: inner.collect() });
        }
        let keys = parts.iter().map(|part| part.key.clone()).collect();
        for part in in_order(parts, |part| Some(part.key.clone()), |part| part.needs.clone()) {
            self.flow.look_for(&part.needs, part.node.line);
            match part.node.text_of("template") {
                Some(name) => {
                    let needs = above.needs.clone();
                    self.template_part(name, &Part { needs, ..part });
                }
                None => self.unit(&part, above),
            }
        }
        keys
    }

    fn unit(&mut self, part: &Part<'_>, above: &Above) {
        let Part { node: unit, own, key, needs } = part;
        let kept = self.flow.scope.kept();
        declared::outside(&mut self.flow, unit, &mut self.pooled);
        declared::variables(&mut self.flow, unit);
        let (condition, mut when) = condition_of(&mut self.flow, unit, "condition", own);
        when.splice(0..0, above.when.iter().cloned());
        let inherits = inherits(condition.as_ref()) && (above.inherits || !needs.is_empty());
        let needs = if needs.is_empty() { &above.needs } else { needs };
        self.flow.begin(key, needs, when, inherits);
        self.flow.say(Said::words(format!("{}:", title(unit, own)), unit.line));
        if condition.is_some_and(|one| one.on_failure) {
            let why = "it runs only after a failure: `on_failure: rollback` and `compensate` undo";
            self.flow.say(Said::not_mapped(why, unit.line_of("condition")));
        } else {
            self.work_of(unit, own);
        }
        self.flow.end();
        self.flow.scope.restore(kept);
    }

    fn work_of(&mut self, unit: &Node, own: &str) {
        self.matrix(unit);
        if let Some(environment) = unit.get("environment") {
            self.gate(environment, own);
        }
        let strategy = unit.get("strategy");
        for way in ["rolling", "canary"] {
            if let Some(way_node) = strategy.and_then(|one| one.get(way)) {
                let why = format!("`{way}`: all of it is deployed at once here");
                self.flow.say(Said::not_mapped(why, way_node.line));
            }
        }
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
        for node in self.expanded(steps) {
            match node.text_of("template") {
                Some(name) => {
                    let step = self.template(name, node.line);
                    self.flow.add(step, None);
                }
                None => step(&mut self.flow, node, own),
            }
        }
    }

    /// A template's work is not in this file, so somebody is asked.
    fn template(&mut self, name: &str, line: usize) -> Step {
        let id = format!("template {name}");
        let title = format!("The template {name}");
        self.flow.scope.draft.share.people += 1;
        asked(&Work { id, title, line, ..Work::default() }, &format!("the template {name}"))
    }

    fn template_part(&mut self, name: &str, part: &Part<'_>) {
        let step = self.template(name, part.node.line);
        self.flow.begin(&part.key, &part.needs, Vec::new(), true);
        self.flow.add(step, None);
        self.flow.end();
    }
}

/// Whether a part does not run where what it needs did not.
fn inherits(condition: Option<&Condition>) -> bool {
    condition.is_none_or(|one| one.after_success)
}
