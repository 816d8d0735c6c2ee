//! Whether what an import wrote is a valid workflow, apart from what it says must be filled in.

use crate::compose::outfit::catalog;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use windlass_import::{NoteKind, Written};
use windlass_spec::diagnostic::Severity;
use windlass_spec::{Diagnostic, check_workflow};

/// Errors of a file beside those that stand where something must be filled in.
pub fn problems(written: &Written, path: &Path) -> Vec<Diagnostic> {
    let files: BTreeMap<PathBuf, String> =
        BTreeMap::from([(path.to_owned(), written.text.clone())]);
    let to_fill = |line: u32| {
        let fill_ins = written.notes.iter().filter(|note| note.kind == NoteKind::FillIn);
        fill_ins.into_iter().any(|note| u32::try_from(note.line) == Ok(line))
    };
    let report = check_workflow(&files, path, None, &catalog());
    let errors = report.diagnostics.into_iter().filter(|one| one.severity == Severity::Error);
    errors.filter(|one| !to_fill(one.line)).collect()
}
