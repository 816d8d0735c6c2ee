//! Finds an environment file by name or path and reads it.

use super::environment::{LoadedEnvironment, load};
use super::files::{EnvRef, Files, ReadError};
use crate::diagnostic::{Diagnostic, Findings, Severity};
use crate::nearest::did_you_mean;
use crate::source::SourceText;
use crate::yaml::FILE_BYTES_MAX;
use std::path::Path;
use std::sync::Arc;
use windlass_model::Catalog;

/// Finds and reads an environment file.
pub fn read_environment(
    files: &dyn Files,
    workflow: &Path,
    env: &EnvRef,
    catalog: &Catalog,
) -> (Option<LoadedEnvironment>, Vec<Diagnostic>) {
    let candidates = env.candidates(files, workflow);
    for path in &candidates {
        match files.read(path, FILE_BYTES_MAX) {
            Ok(text) => {
                let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let source = SourceText::new(path.display().to_string(), text);
                let mut findings = Findings::new(Arc::new(source));
                let loaded = load(&name.unwrap_or_default(), catalog, &mut findings);
                return (loaded, findings.finish());
            }
            Err(ReadError::NotFound) => {}
            Err(why) => return (None, vec![unreadable(path, &why)]),
        }
    }
    let mut found = match env {
        EnvRef::Path(path) => unreadable(path, &ReadError::NotFound),
        EnvRef::Name(name) => {
            let message = format!("there is no environment called `{name}`");
            let mut found = Diagnostic::unplaced(Severity::Error, "no_environment", message);
            let known = env.known(files, workflow);
            found.help(did_you_mean(name, known.iter().map(String::as_str)));
            let first = candidates.first().map(|path| path.display().to_string());
            found.help(format!(
                "it is looked for in {}, in each folder above, and under ./workflows",
                first.unwrap_or_default()
            ));
            found
        }
    };
    found.help("write the file, or name another with `--env NAME|PATH`");
    (None, vec![found])
}

/// What is said where a file cannot be read.
pub fn unreadable(path: &Path, why: &ReadError) -> Diagnostic {
    let message = format!("failed to read {}: {why}", path.display());
    let code = match why {
        ReadError::TooLarge(_) => "file_too_large",
        _ => "unreadable",
    };
    let mut found = Diagnostic::unplaced(Severity::Error, code, message);
    found.file = path.display().to_string();
    if let ReadError::NotRegular = why {
        found.help("name a file; what a program prints is written into one first");
    }
    if let ReadError::TooLarge(_) = why {
        found.help(format!(
            "a file of this kind has at most {FILE_BYTES_MAX} bytes; a step can read data by itself"
        ));
    }
    found
}
