//! Pipelines of Azure DevOps in YAML.

use super::azure_declared as declared;
use super::azure_step::{step, title};
use super::condition::Condition;
use super::flow::Flow;
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
            declared::outside(&mut self.flow, stage, &mut self.pooled);
            declared::variables(&mut self.flow, stage);
            let own = stage.texts_of("dependsOn");
            let needs: Vec<String> = match stage.get("dependsOn") {
                Some(_) => own.iter().map(|need| format!("stage {need}")).collect(),
                None => before.clone(),
            };
            let (condition, when) = condition_of(&mut self.flow, stage, "condition", &id);
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
        declared::outside(&mut self.flow, unit, &mut self.pooled);
        declared::variables(&mut self.flow, unit);
        let (condition, mut when) = condition_of(&mut self.flow, unit, "condition", own);
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
        for step_node in steps.elements() {
            if self.template(step_node, &Above::default(), "steps") {
                continue;
            }
            step(&mut self.flow, step_node, own);
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
}

/// Whether a part does not run where what it needs did not.
fn inherits(condition: Option<&Condition>) -> bool {
    condition.is_none_or(|one| one.after_success)
}
