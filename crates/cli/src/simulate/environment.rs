//! An environment without a workflow: found by its name from the present folder.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use std::path::Path;
use std::sync::Arc;
use windlass_model::{Catalog, Environment};
use windlass_spec::diagnostic::{Findings, has_errors};
use windlass_spec::flow::environment::load;
use windlass_spec::source::SourceText;
use windlass_spec::yaml::FILE_BYTES_MAX;
use windlass_spec::{DiskFiles, EnvRef, Files, ReadError, render_plain};

/// The name that a `--env` stands for: that of the simulator's folder.
pub fn name(env: &str) -> String {
    match EnvRef::parse(env) {
        EnvRef::Name(name) => name,
        EnvRef::Path(path) => {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        }
    }
}

/// Reads the environment, as a workflow in the present folder would find it.
pub fn find(env: &str, catalog: &Catalog) -> Outcome<Environment> {
    let beside = Path::new("workflow.yaml");
    for path in EnvRef::parse(env).candidates(&DiskFiles, beside) {
        match DiskFiles.read(&path, FILE_BYTES_MAX) {
            Ok(text) => return read(&path, text, &name(env), catalog),
            Err(ReadError::NotFound) => {}
            Err(why) => {
                let message = format!("failed to read {}: {why}", path.display());
                return Err(CommandError::usage(message).hint("name another with `--env`"));
            }
        }
    }
    Err(CommandError::usage(format!("there is no environment `{env}` here"))
        .hint("it is `environments/NAME.yaml` here or in a folder above, or under ./workflows"))
}

fn read(path: &Path, text: String, name: &str, catalog: &Catalog) -> Outcome<Environment> {
    let source = SourceText::new(path.display().to_string(), text);
    let mut findings = Findings::new(Arc::new(source));
    let loaded = load(name, catalog, &mut findings);
    let found = findings.finish();
    match loaded {
        Some(loaded) if !has_errors(&found) => Ok(loaded.environment),
        _ => {
            let said = render_plain(&found);
            let message = anyhow::anyhow!("the environment is not valid\n{said}");
            Err(CommandError::new(ErrorKind::Invalid, message))
        }
    }
}
