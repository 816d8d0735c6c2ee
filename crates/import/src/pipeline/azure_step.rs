//! A step of a pipeline of Azure DevOps. It must not know the part that it stands in.

use super::flow::Flow;
use super::task::task;
use super::when::{condition_of, joined};
use super::work::{Work, asked, minutes, run};
use crate::draft::{Said, Step, Value};
use crate::tree::Node;

/// Adds a step to the part that is read.
pub fn step(flow: &mut Flow, node: &Node, own: &str) {
    for key in ["checkout", "download", "publish", "downloadBuild", "getPackage"] {
        if let Some(value) = node.get(key) {
            let why = format!("`{key}: {}`: it prepares the machine", text_or(value, ""));
            flow.scope.draft.share.comments += 1;
            return flow.say(Said::not_mapped(why, node.line));
        }
    }
    if node.text_of("enabled") == Some("false") {
        let why = format!("`{}` is switched off", title(node, "a step"));
        flow.scope.draft.share.comments += 1;
        return flow.say(Said::not_mapped(why, node.line));
    }
    let work = work(node, own);
    let (condition, when) = condition_of(flow, node, "condition", &work.id);
    if condition.as_ref().is_some_and(|one| one.on_failure) {
        let why = format!("`{}` runs only after a failure: see `compensate`", work.title);
        flow.scope.draft.share.comments += 1;
        return flow.say(Said::not_mapped(why, node.line));
    }
    let Some(mut step) = made(flow, node, &work) else {
        let task = node.text_of("task").unwrap_or_default();
        let why = format!("`{task}`: it prepares the machine");
        flow.scope.draft.share.comments += 1;
        return flow.say(Said::not_mapped(why, node.line));
    };
    let asks = step.get("uses") == Some(&Value::raw("approve"))
        && !work.id.to_lowercase().contains("manual");
    if asks && step.said.iter().any(|said| said.text.starts_with("no action")) {
        flow.scope.draft.share.people += 1;
    } else {
        flow.scope.draft.share.actions += 1;
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
    let id = flow.add(step, joined(when));
    if let Some(name) = node.text_of("name") {
        let path = format!("{}.", name.to_lowercase());
        flow.scope.outputs.insert(path, id);
    }
}

fn work(node: &Node, own: &str) -> Work {
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

fn made(flow: &mut Flow, node: &Node, work: &Work) -> Option<Step> {
    let scope = &mut flow.scope;
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

/// What people call a stage or a step.
pub fn title(node: &Node, otherwise: &str) -> String {
    node.text_of("displayName").unwrap_or(otherwise).to_owned()
}

fn text_or(node: &Node, otherwise: &str) -> String {
    node.text().unwrap_or(otherwise).to_owned()
}
