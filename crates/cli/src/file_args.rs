//! A workflow file as the command line names it: with its environment and its inputs. It must not
//! know what the workflow is wanted for.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use crate::talk;
use std::path::{Path, PathBuf};
use windlass_model::{Map, Value, WorkflowDef};
use windlass_spec::{
    CheckedWorkflow, Diagnostic, DiskFiles, EnvRef, check_workflow, render_fancy, render_plain,
    resolve,
};

/// What a workflow file is read with.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct FileArgs {
    /// The environment: a name, looked up as `environments/NAME.yaml`, or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub env: Option<String>,
    /// An input; can be given many times
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// A JSON file with inputs; `--input` goes before it
    #[arg(long = "inputs", value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl FileArgs {
    /// Checks the file and resolves it with the inputs. Warnings are said; errors are all told at
    /// once, and nothing is started.
    pub fn resolve(&self, file: &Path) -> Outcome<WorkflowDef> {
        let env = self.env.as_deref().map(EnvRef::parse);
        let report = check_workflow(&DiskFiles, file, env.as_ref(), &catalog());
        let Some(checked) = report.workflow else { return Err(invalid(&report.diagnostics)) };
        if !report.diagnostics.is_empty() {
            talk::say(rendered(&report.diagnostics).trim_end());
        }
        let given = self.given(&checked)?;
        resolve(&checked, &given).map_err(|wrong| invalid(&wrong))
    }

    fn given(&self, checked: &CheckedWorkflow) -> Outcome<Map<String, Value>> {
        let mut given = match &self.inputs_file {
            Some(path) => from_file(path)?,
            None => Map::new(),
        };
        let named = checked.read_inputs(&self.inputs).map_err(|wrong| invalid(&wrong))?;
        given.extend(named);
        Ok(given)
    }
}

fn from_file(path: &Path) -> Outcome<Map<String, Value>> {
    let unusable = |why: String| {
        CommandError::usage(format!("failed to read the inputs in {}: {why}", path.display()))
            .hint("it must hold one JSON object: { \"name\": value }")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))
}

fn rendered(found: &[Diagnostic]) -> String {
    if console::colors_enabled_stderr() { render_fancy(found) } else { render_plain(found) }
}

fn invalid(found: &[Diagnostic]) -> CommandError {
    let error = anyhow::anyhow!(
        "the workflow is not valid; nothing was started\n{}",
        rendered(found).trim_end()
    );
    CommandError::new(ErrorKind::Invalid, error)
}
