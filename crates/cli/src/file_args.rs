//! A workflow file as the command line names it: with its environment and its inputs. It must not
//! know what the workflow is wanted for.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::plugins;
use crate::talk;
use std::path::{Path, PathBuf};
use windlass_model::{Map, Value, WorkflowDef};
use windlass_spec::{
    CheckedWorkflow, Diagnostic, DiskFiles, EnvRef, render_fancy, render_plain, resolve,
};

/// What a workflow file is read with.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct FileArgs {
    /// Where it runs: `environments/NAME.yaml` beside the file or above it, or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub env: Option<String>,

    /// An input of the workflow; may be given several times
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,

    /// A file of inputs, a map in YAML or JSON; `--input` goes before it
    #[arg(long = "inputs", value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,
}

/// Reads `NAME=VALUE`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

impl FileArgs {
    /// Checks the file and resolves it with the inputs. Warnings are said; errors are all said at
    /// once, and nothing is started.
    pub async fn resolve(&self, file: &Path) -> Outcome<WorkflowDef> {
        self.resolve_checked(file).await.map(|(def, _)| def)
    }

    /// The same, with the file as it was checked.
    pub async fn resolve_checked(&self, file: &Path) -> Outcome<(WorkflowDef, CheckedWorkflow)> {
        let checked = self.checked(file).await?;
        let inputs = self.all_inputs(&checked)?;
        let def = resolve(&checked, &inputs).map_err(|wrong| invalid(&wrong))?;
        Ok((def, checked))
    }

    /// Checks the file and resolves it with inputs that are known already.
    pub async fn resolve_with(
        &self,
        file: &Path,
        inputs: Map<String, Value>,
    ) -> Outcome<WorkflowDef> {
        let checked = self.checked(file).await?;
        resolve(&checked, &inputs).map_err(|wrong| invalid(&wrong))
    }

    async fn checked(&self, file: &Path) -> Outcome<CheckedWorkflow> {
        let env = self.env.as_deref().map(EnvRef::parse);
        let report = plugins::check(file, env.as_ref()).await;
        let Some(checked) = report.workflow else { return Err(invalid(&report.diagnostics)) };
        show(&report.diagnostics);
        Ok(checked)
    }

    fn all_inputs(&self, checked: &CheckedWorkflow) -> Outcome<Map<String, Value>> {
        let mut inputs = match &self.inputs_file {
            Some(path) => {
                checked.read_inputs_file(&DiskFiles, path).map_err(|wrong| invalid(&wrong))?
            }
            None => Map::new(),
        };
        inputs.extend(checked.read_inputs(&self.inputs).map_err(|wrong| invalid(&wrong))?);
        Ok(inputs)
    }
}

/// Says findings to the human.
fn show(found: &[Diagnostic]) {
    if found.is_empty() {
        return;
    }
    match console::colors_enabled_stderr() {
        true => talk::styled(render_fancy(found).trim_end()),
        false => talk::styled(render_plain(found).trim_end()),
    }
}

fn invalid(found: &[Diagnostic]) -> CommandError {
    show(found);
    CommandError::new(ErrorKind::Invalid, anyhow::anyhow!("nothing was started"))
        .hint("mend what is shown above; `windlass check FILE` looks again")
}
