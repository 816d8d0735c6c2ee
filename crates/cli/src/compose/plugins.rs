//! Plug-ins on this machine: files that name them are checked against what they offer, and runs
//! that use them get their actions. It must not know how a plug-in is asked.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use windlass_executors::plugin::shelf::Shelf;
use windlass_model::catalog::plugin_of;
use windlass_model::step::Compensate;
use windlass_model::{Work, WorkflowDef};
use windlass_ports::Registry;
use windlass_spec::{Diagnostic, DiskFiles, EnvRef, KnownInput, Report, Severity, check_workflow};

/// What this process has asked plug-ins: once for each, however many files it reads.
static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::default);

/// The plug-ins.
pub fn shelf() -> &'static Shelf {
    &SHELF
}

/// Checks a workflow file with its environment, against the plug-ins that it names too.
pub async fn check(file: &Path, env: Option<&EnvRef>) -> Report {
    let mut catalog = windlass_executors::catalog();
    let mut asked = BTreeSet::new();
    loop {
        let mut report = check_workflow(&DiskFiles, file, env, &catalog);
        let wanted: BTreeSet<String> = &report.wanted() - &asked;
        if wanted.is_empty() {
            let found = problems(&report).await;
            if !found.is_empty() {
                report.diagnostics.extend(found);
                report.workflow = None;
            }
            return report;
        }
        shelf().look_for(&wanted, &mut catalog).await;
        asked.extend(wanted);
    }
}

/// What plug-ins say about inputs that are known before a run.
async fn problems(report: &Report) -> Vec<Diagnostic> {
    let Some(workflow) = &report.workflow else { return Vec::new() };
    let mut found = Vec::new();
    for KnownInput { file, step, uses: kind, input } in workflow.known_inputs() {
        if plugin_of(kind).is_none() {
            continue;
        }
        // What was found a moment ago may be gone; the run would say so too.
        let Ok(action) = shelf().action(kind).await else { continue };
        for problem in action.check(&workflow.environment().resources, input) {
            let message = format!("`{}`: {problem}", step.id);
            let mut one = Diagnostic::unplaced(Severity::Error, "plugin_check", message);
            one.file = file.to_owned();
            one.help(format!("`{kind}` says so; `windlass actions {kind}` shows what it takes"));
            found.push(one);
        }
    }
    found
}

/// Adds the plug-ins' actions that a workflow uses. The error is a sentence.
pub async fn add_to(registry: &mut Registry, workflow: &WorkflowDef) -> Result<(), String> {
    for kind in kinds(workflow) {
        let action = shelf().action(kind).await.map_err(|error| error.to_string())?;
        registry.add_action(action);
    }
    Ok(())
}

fn kinds(workflow: &WorkflowDef) -> BTreeSet<&str> {
    let mut kinds = BTreeSet::new();
    for step in &workflow.steps {
        if let Work::Action { uses, .. } = &step.work {
            kinds.insert(uses.as_str());
        }
        if let Compensate::Custom { uses, .. } = &step.compensate {
            kinds.insert(uses.as_str());
        }
    }
    kinds.retain(|kind| plugin_of(kind).is_some());
    kinds
}
