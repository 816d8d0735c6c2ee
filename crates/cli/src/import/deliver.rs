//! Hands over what an import wrote: to stdout, or into files of a folder that are never
//! overwritten. What must be filled in is listed with its line.

use super::checked::problems;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::talk;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use windlass_import::{Note, NoteKind, Written};
use windlass_spec::render_plain;

/// Where it goes, and what is told.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct DeliverArgs {
    /// A folder for the workflow files, one each; nothing there is overwritten
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The environment that the workflows are for: its resources are known by their names there
    #[arg(long, value_name = "NAME|PATH")]
    pub env: Option<String>,
}

/// Hands the files over.
pub fn deliver(files: &[Written], source: &Path, args: &DeliverArgs, as_json: bool) -> Outcome {
    let paths: Vec<PathBuf> = files.iter().map(|file| path_of(file, args)).collect();
    if let Some(folder) = &args.out {
        write_all(files, &paths, folder)?;
    } else if let ([file], false) = (files, as_json) {
        talk::raw(&file.text);
    } else if !as_json {
        let titles: Vec<String> = files.iter().map(|file| format!("`{}`", file.title)).collect();
        let message =
            format!("{} gives {} workflows: {}", source.display(), files.len(), titles.join(", "));
        return Err(CommandError::usage(message)
            .hint("add --out FOLDER to write a file for each")
            .hint("or --section TITLE to print one of them"));
    }
    for (file, path) in files.iter().zip(&paths) {
        match as_json {
            true => talk::json(&as_value(file, path)),
            false => tell(file, path, source),
        }
    }
    Ok(ExitCode::Succeeded)
}

fn path_of(file: &Written, args: &DeliverArgs) -> PathBuf {
    let name = format!("{}.yaml", file.name);
    args.out.as_ref().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name))
}

/// Writes all files, or none where one is there already.
fn write_all(files: &[Written], paths: &[PathBuf], folder: &Path) -> Outcome<()> {
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        let message = format!("{} is there already, and nothing was written", path.display());
        return Err(CommandError::usage(message).hint("name another folder, or move the file away"));
    }
    let failed = |path: &Path, error: std::io::Error| {
        CommandError::failed(format!("failed to write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (file, path) in files.iter().zip(paths) {
        let opened = OpenOptions::new().write(true).create_new(true).open(path);
        opened
            .and_then(|mut opened| opened.write_all(file.text.as_bytes()))
            .map_err(|error| failed(path, error))?;
    }
    Ok(())
}

/// Says what people must look at.
fn tell(file: &Written, path: &Path, source: &Path) {
    let share = file.share;
    talk::say(&format!(
        "{}: `{}`: {} became actions, {} are asked of people, {} are comments",
        path.display(),
        file.title,
        share.actions,
        share.people,
        share.comments
    ));
    let of = |kind| file.notes.iter().filter(move |note| note.kind == kind);
    for note in of(NoteKind::NotMapped) {
        talk::say(&format!(
            "  not mapped: {}:{}: {}",
            source.display(),
            note.source_line,
            note.text
        ));
    }
    let guessed = of(NoteKind::Guessed).count();
    if guessed > 0 {
        talk::say(&format!("  guessed: {guessed} places, each with a comment `# guessed:`"));
    }
    for note in of(NoteKind::FillIn) {
        talk::say(&format!("  fill in: {}:{}: {}", path.display(), note.line, note.text));
    }
    let found = problems(file, path);
    if !found.is_empty() {
        talk::say(&format!("{} is not valid yet:", path.display()));
        talk::say(render_plain(&found).trim_end());
    }
}

fn as_value(file: &Written, path: &Path) -> Value {
    let note = |note: &Note| {
        json!({ "kind": note.kind.word(), "text": note.text, "line": note.line,
            "source_line": note.source_line })
    };
    let resources = file.resources.iter();
    let resources: serde_json::Map<String, Value> =
        resources.map(|(name, kind)| (name.clone(), kind.clone().into())).collect();
    json!({
        "name": file.name,
        "title": file.title,
        "file": path.display().to_string(),
        "text": file.text,
        "notes": file.notes.iter().map(note).collect::<Vec<_>>(),
        "resources": resources,
        "share": { "actions": file.share.actions, "people": file.share.people,
            "comments": file.share.comments },
        "problems": problems(file, path),
    })
}
