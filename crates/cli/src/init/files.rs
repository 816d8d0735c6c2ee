//! The files of `init`. None is ever overwritten.

use super::answers::{Answers, Works};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use windlass_spec::reference::{editor_schema_of_environments, editor_schema_of_workflows};

const SCRIPTS: &str = include_str!("scripts.yaml");
const AZURE: &str = include_str!("azure.yaml");
const ENVIRONMENT: &str = include_str!("environment.yaml");
const SIMULATED_APP: &str = include_str!("simulated_app.yaml");

/// Where editors find the rules of the files, from the folder on.
const WORKFLOW_SCHEMA: &str = "schemas/workflow.schema.json";
const ENVIRONMENT_SCHEMA: &str = "schemas/environment.schema.json";

/// A file to write: its place in the folder, and its text.
pub struct File {
    /// From the folder on.
    pub path: PathBuf,
    /// The text.
    pub text: String,
    /// Whether one that is there already is as good.
    pub shared: bool,
}

/// All files for these answers.
pub fn of(answers: &Answers) -> Outcome<Vec<File>> {
    let body = match answers.works {
        Works::Scripts => SCRIPTS,
        Works::Azure => AZURE,
    };
    let head = |schema: &str| format!("# yaml-language-server: $schema={schema}\n");
    let workflow = head(WORKFLOW_SCHEMA) + &body.replace("@NAME@", &answers.name);
    let approver = quoted(&answers.approver)?;
    let mut environment = head(&format!("../{ENVIRONMENT_SCHEMA}"))
        + &ENVIRONMENT.replace("@ZONE@", &answers.zone).replace("@APPROVER@", &approver);
    if answers.works == Works::Azure {
        environment.push_str(SIMULATED_APP);
    }
    let catalog = catalog();
    let schema = |value: &serde_json::Value| {
        let text = serde_json::to_string_pretty(value);
        text.map(|text| text + "\n").map_err(|error| CommandError::new(ErrorKind::Bug, error))
    };
    let own = |path: String, text: String| File { path: path.into(), text, shared: false };
    let shared = |path: &str, text: String| File { path: path.into(), text, shared: true };
    Ok(vec![
        own(format!("{}.yaml", answers.name), workflow),
        own(format!("environments/{}.yaml", answers.environment), environment),
        shared(WORKFLOW_SCHEMA, schema(&editor_schema_of_workflows(&catalog))?),
        shared(ENVIRONMENT_SCHEMA, schema(&editor_schema_of_environments(&catalog))?),
    ])
}

/// A text as YAML has it between quotes: JSON's quotes are YAML's too.
fn quoted(text: &str) -> Outcome<String> {
    serde_json::to_string(text).map_err(|error| CommandError::new(ErrorKind::Bug, error))
}

/// Writes the files into a folder, or none where one of ours is there already; what was written.
pub fn write(folder: &Path, files: &[File]) -> Outcome<Vec<PathBuf>> {
    if let Some(file) = files.iter().find(|file| !file.shared && folder.join(&file.path).exists()) {
        let path = folder.join(&file.path);
        let message = format!("{} is there already, and nothing was written", path.display());
        return Err(CommandError::usage(message).hint("give another --name or --environment"));
    }
    let mut written = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        if file.shared && path.exists() {
            continue;
        }
        let write = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            let mut open = OpenOptions::new().write(true).create_new(true).open(&path)?;
            open.write_all(file.text.as_bytes())
        };
        write().map_err(|error| {
            CommandError::failed(format!("failed to write {}: {error}", path.display()))
        })?;
        written.push(path);
    }
    Ok(written)
}
