//! The starts of the workflows that lead out of a run which is past a point of no return. The words
//! only; the program's name and store go before them.

use crate::shell_word::shell_word;
use std::path::Path;
use windlass_model::run::Run;
use windlass_model::way_out::{LeadsOut, leads_back, leads_on};
use windlass_model::{RunId, Workflow};

/// What a run's environment is called where none was given.
const LOCAL: &str = "local";

/// The start of the workflow that leads back where a rollback does not; it takes over from a run
/// that has not ended.
pub fn way_back(workflow: &Workflow, run: &Run, takes_over: Option<RunId>) -> Option<String> {
    Some(start(workflow, leads_back(workflow, run)?, takes_over))
}

/// The start of the workflow that leads on where the run itself does not.
pub fn way_on(workflow: &Workflow, run: &Run, takes_over: Option<RunId>) -> Option<String> {
    Some(start(workflow, leads_on(workflow, run)?, takes_over))
}

fn start(workflow: &Workflow, way: LeadsOut<'_>, takes_over: Option<RunId>) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let file = Path::new(way.workflow);
    let file = file.strip_prefix(here).unwrap_or(file).display().to_string();
    let mut words = format!("start {}", shell_word(&file));
    let def = workflow.def();
    if def.environment.name != LOCAL {
        words.push_str(&format!(" --env {}", shell_word(&def.environment.name)));
    }
    for (name, value) in way.inputs {
        let value = value.map_or_else(|| name.to_uppercase(), |value| shell_word(&value));
        words.push_str(&format!(" --input {name}={value}"));
    }
    if let Some(run) = takes_over {
        words.push_str(&format!(" --takes-over {run}"));
    }
    words
}
