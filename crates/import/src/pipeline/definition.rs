//! Release definitions of Azure DevOps, the classic ones, as its interface exports them: JSON. A
//! secret is never in it, and a value that sounds like one is not copied.

use super::flow::Flow;
use super::holes::text;
use super::order::in_order;
use super::task::task;
use super::work::{Work, asked};
use crate::draft::{Draft, Said, Step, Value};
use crate::names::as_name;
use crate::note::Written;
use crate::secrecy::sounds_secret;
use crate::tree::{Node, TreeError, parse};
use crate::write::write;

/// Tasks by the ids under which definitions name them.
const TASKS: [(&str, &str); 9] = [
    ("d9bafed4-0b18-4f58-968d-86655b4d2ce9", "CmdLine"),
    ("6c731c3c-3c68-459a-a5c9-bde6e6595b5b", "Bash"),
    ("e213ff0f-5d5c-4791-802d-52ea3e7be1f1", "PowerShell"),
    ("46e4be58-730b-4389-8a2f-ea10b3e5e815", "AzureCLI"),
    ("f045e430-8704-11e6-968f-e717e6411619", "AzureAppServiceManage"),
    ("497d490f-eea7-4f2b-ab94-48d9c1acdcb1", "AzureRmWebAppDeployment"),
    ("ad5cd22a-be4e-48bb-adce-181a32432da5", "AzureWebApp"),
    ("bcb64569-d51a-4af0-9c01-ea5d05b3b622", "ManualIntervention"),
    ("28782b92-5e8e-4458-9751-a71cd1492bae", "Delay"),
];

/// Reads a definition.
pub fn convert(source: &str, name: &str) -> Result<Written, TreeError> {
    let tree = parse(source)?;
    let mut definition = Definition::default();
    let title = tree.text_of("name").unwrap_or(name);
    definition.flow.scope.draft = Draft {
        name: as_name(title),
        title: title.to_owned(),
        description: title.to_owned(),
        ..Draft::default()
    };
    definition.outside(&tree);
    definition.variables(&tree);
    definition.stages(&tree);
    if !definition.flow.scope.draft.has_steps() {
        let work = Work { id: "nothing".to_owned(), line: tree.line, ..Work::default() };
        definition.flow.begin("", &[], Vec::new(), true);
        let step = asked(&work, "the definition");
        definition.flow.add(step, None);
        definition.flow.end();
    }
    Ok(write(&definition.flow.scope.draft))
}

#[derive(Default)]
struct Definition {
    flow: Flow,
}

impl Definition {
    fn outside(&mut self, node: &Node) {
        for (key, why) in [
            ("artifacts", "what it deploys: azure_devops.build.find_latest finds a build"),
            ("triggers", "what starts it: somebody or a timer says `windlass start`"),
            ("schedules", "when it starts: a timer of the system says `windlass start`"),
            ("variableGroups", "its values belong into the environment file"),
        ] {
            for one in node.get(key).map(Node::elements).unwrap_or_default() {
                let name = one.text_of("alias").or_else(|| one.text()).unwrap_or_default();
                let shown = if name.is_empty() { String::new() } else { format!(" {name}") };
                self.flow.head(Said::not_mapped(format!("`{key}`{shown}: {why}"), one.line));
            }
        }
    }

    fn variables(&mut self, node: &Node) {
        for (name, one) in node.get("variables").map(Node::entries).unwrap_or_default() {
            let low = name.to_lowercase();
            let secret = one.text_of("isSecret") == Some("true") || sounds_secret(&low);
            let value = one.text_of("value").or_else(|| one.text()).unwrap_or_default();
            match secret {
                true => {
                    let why = format!(
                        "the secret `{name}`: name where it is found under `secrets` as `{}`",
                        as_name(&low)
                    );
                    self.flow.scope.secrets.insert(low);
                    self.flow.head(Said::not_mapped(why, one.line));
                }
                false => drop(self.flow.scope.variables.insert(low, value.to_owned())),
            }
        }
    }

    /// Stages in their order; each waits for those that it names, else begins at once.
    fn stages(&mut self, tree: &Node) {
        let mut stages = tree.get("environments").map(Node::elements).unwrap_or_default();
        stages.sort_by_key(|stage| {
            stage.text_of("rank").and_then(|text| text.parse::<u32>().ok()).unwrap_or(u32::MAX)
        });
        let name = |stage: &&Node| stage.text_of("name").map(str::to_owned);
        for stage in in_order(stages, name, |stage| after(stage)) {
            self.stage(stage);
        }
    }

    fn stage(&mut self, stage: &Node) {
        let name = stage.text_of("name").unwrap_or("stage").to_owned();
        let kept = self.flow.scope.kept();
        self.variables(stage);
        self.outside(stage);
        self.flow.look_for(&after(stage), stage.line);
        self.flow.begin(&name, &after(stage), Vec::new(), true);
        self.flow.say(Said::words(format!("-- stage {name} --"), stage.line));
        for one in stage.get("conditions").map(Node::elements).unwrap_or_default() {
            if !matches!(one.text_of("conditionType"), Some("environmentState" | "event") | None) {
                let what = one.text_of("name").unwrap_or_default();
                let why = format!("the condition `{what}`: only some builds went to this stage");
                self.flow.say(Said::not_mapped(why, one.line));
            }
        }
        self.approvals(stage, "preDeployApprovals", &name, "before");
        for gates in ["preDeploymentGates", "postDeploymentGates"] {
            let all = stage.get(gates).and_then(|gates| gates.get("gates"));
            for gate in all.map(Node::elements).unwrap_or_default() {
                let why = format!("a gate of {gates}: see http.check, or `wait` for a signal");
                self.flow.say(Said::not_mapped(why, gate.line));
            }
        }
        for phase in stage.get("deployPhases").map(Node::elements).unwrap_or_default() {
            for one in phase.get("workflowTasks").map(Node::elements).unwrap_or_default() {
                self.task(one, &name);
            }
        }
        self.approvals(stage, "postDeployApprovals", &name, "after");
        self.flow.end();
        self.flow.scope.restore(kept);
    }

    fn approvals(&mut self, stage: &Node, key: &str, name: &str, when: &str) {
        let Some(all) = stage.get(key) else { return };
        let options = all.get("approvalOptions");
        let span = options.and_then(|one| one.text_of("timeoutInMinutes"));
        let span = span.and_then(super::work::minutes);
        for one in all.get("approvals").map(Node::elements).unwrap_or_default() {
            if one.text_of("isAutomated") == Some("true") {
                continue;
            }
            let who = one.get("approver").and_then(|who| who.text_of("displayName"));
            let prompt = match when {
                "before" => format!("Deploy to {name}?"),
                _ => format!("Is {name} well?"),
            };
            let mut step = Step::new(format!("{when} {name}"), one.line)
                .with("uses", Value::raw("approve"))
                .with("with", Value::map([("prompt", Value::plain(prompt))]));
            if let Some(span) = &span {
                step = step.with("timeout", Value::raw(span.clone()));
            }
            if let Some(who) = who {
                let why = format!("`{who}` approves: give a role, and list who has it");
                step = step.not_mapped(why);
            }
            self.flow.scope.draft.share.actions += 1;
            self.flow.add(step, None);
        }
    }

    fn task(&mut self, node: &Node, stage: &str) {
        let shown = node.text_of("name").unwrap_or("a task").to_owned();
        if node.text_of("enabled") == Some("false") {
            self.flow.scope.draft.share.comments += 1;
            let why = format!("`{shown}` is switched off");
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let condition = node.text_of("condition").unwrap_or("succeeded()").to_lowercase();
        if condition.starts_with("failed") {
            self.flow.scope.draft.share.comments += 1;
            let why = format!("`{shown}` runs only after a failure: see `compensate`");
            return self.flow.say(Said::not_mapped(why, node.line));
        }
        let entries = node.get("inputs").map(Node::entries).unwrap_or_default();
        let inputs = entries.iter().filter_map(|(key, value)| {
            let text = value.text().filter(|text| !text.is_empty())?;
            Some((key.clone(), text.to_owned()))
        });
        let shown = match text(&shown, node.line, &mut self.flow.scope) {
            Value::Plain(text) => text,
            _ => shown,
        };
        let work = Work {
            id: format!("{stage} {shown}"),
            title: format!("{stage}: {shown}"),
            inputs: inputs.collect(),
            env: Vec::new(),
            dir: None,
            line: node.line,
        };
        let id = node.text_of("taskId").unwrap_or_default().to_lowercase();
        let known = TASKS.iter().find(|(known, _)| *known == id).map(|(_, name)| *name);
        let step = match known {
            Some(name) => task(name, &work, &mut self.flow.scope),
            None => Some(asked(&work, &shown)),
        };
        let Some(mut step) = step else { return };
        let question = step.said.iter().any(|said| said.text.starts_with("no action does"));
        match question {
            true => self.flow.scope.draft.share.people += 1,
            false => self.flow.scope.draft.share.actions += 1,
        }
        if !condition.starts_with("succeeded()") {
            step = step.not_mapped(format!("the condition `{condition}` of this task"));
        }
        if node.text_of("continueOnError") == Some("true") {
            step = step.not_mapped("`continueOnError`: here a failed step stops the run");
        }
        if let Some(span) = node.text_of("timeoutInMinutes").and_then(super::work::minutes) {
            step = step.with("timeout", Value::raw(span));
        }
        self.flow.add(step, None);
    }
}

/// Stages after which a stage begins.
fn after(stage: &Node) -> Vec<String> {
    let conditions = stage.get("conditions").map(Node::elements).unwrap_or_default();
    let states = conditions
        .into_iter()
        .filter(|one| one.text_of("conditionType") == Some("environmentState"));
    states.filter_map(|one| one.text_of("name").map(str::to_owned)).collect()
}
