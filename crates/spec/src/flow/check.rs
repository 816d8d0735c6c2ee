//! A workflow file and its environment, checked as a whole: every error of both at once.

use super::checked::CheckedWorkflow;
use super::environment::LoadedEnvironment;
use super::files::{EnvRef, Files};
use super::find::read_environment;
use super::tree::Reader;
use crate::diagnostic::{Diagnostic, has_errors, in_order};
use std::collections::BTreeSet;
use std::path::Path;
use windlass_model::Catalog;

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

/// Checks a workflow file, the workflows that it calls, and with them the environment file that is
/// named.
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
    let bound = environment.is_some();
    let mut reader = Reader::new(files, catalog, environment.unwrap_or_else(local), bound);
    let checked = reader.read(path);
    diagnostics.append(&mut reader.found);
    let diagnostics = in_order(diagnostics);
    let workflow = checked.filter(|_| !has_errors(&diagnostics));
    Report { diagnostics, workflow }
}

fn local() -> LoadedEnvironment {
    let mut local = LoadedEnvironment::default();
    local.environment.name = "local".to_owned();
    local
}
