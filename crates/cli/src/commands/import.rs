//! `windlass import`: what people have into workflows.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::import::deliver::{DeliverArgs, deliver};
use crate::import::known::known;
use std::path::{Path, PathBuf};
use windlass_import::page::{html, markdown};
use windlass_import::{Written, wiki};
use windlass_spec::yaml::FILE_BYTES_MAX;
use windlass_spec::{DiskFiles, Files};

/// Turns a runbook page or a pipeline into workflow files (runs are read by `import-run`)
///
/// What it guesses is a comment `# guessed:`, what is missing a comment `# fill in:`, listed with
/// its line. Nothing of a page is dropped. Read docs/import.md before you trust the result.
///
/// Examples:
///
///   windlass import wiki runbook.md --env rehearsal --out workflows
///
///   windlass import azure-pipelines azure-pipelines.yml > release.yaml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ImportArgs {
    #[command(subcommand)]
    from: From,
}

/// What is read.
#[derive(Debug, clap::Subcommand)]
enum From {
    Wiki(WikiArgs),
}

/// A runbook page, in Markdown or as a wiki exports it in HTML
///
/// Numbered steps become steps in their order; what is known becomes an action, the rest is asked
/// of people word for word. Each heading that has steps becomes a workflow.
///
/// Examples:
///
///   windlass import wiki runbook.md --out workflows
///
///   windlass import wiki page.html --section 'Release' --env rehearsal > release.yaml
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct WikiArgs {
    /// The page: a file that ends in .md, .html or .htm
    page: PathBuf,
    /// Only the workflow of this heading
    #[arg(long, value_name = "TITLE")]
    section: Option<String>,
    #[command(flatten)]
    deliver: DeliverArgs,
}

/// Imports.
pub fn run(args: &ImportArgs, globals: &Globals) -> Outcome {
    match &args.from {
        From::Wiki(args) => import_wiki(args, globals),
    }
}

fn import_wiki(args: &WikiArgs, globals: &Globals) -> Outcome {
    let text = text_of(&args.page)?;
    let known = known(args.deliver.env.as_deref(), &args.page)?;
    let ending = args.page.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let page = match ending.as_deref() {
        Some("html" | "htm" | "xhtml") => html::read(&text),
        _ => markdown::read(&text),
    };
    let files = wiki::convert(&page, &known).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("{}", args.page.display()));
        CommandError::new(ErrorKind::Invalid, error)
            .hint("number what is to be done one after the other")
    })?;
    let files = match &args.section {
        Some(title) => vec![section(files, title)?],
        None => files,
    };
    deliver(&files, &args.page, &args.deliver, globals.json)
}

fn section(files: Vec<Written>, title: &str) -> Outcome<Written> {
    let titles: Vec<String> = files.iter().map(|file| format!("`{}`", file.title)).collect();
    let wanted = |file: &Written| file.title.eq_ignore_ascii_case(title) || file.name == title;
    files.into_iter().find(wanted).ok_or_else(|| {
        CommandError::usage(format!("no heading with steps is called `{title}`"))
            .hint(format!("there is: {}", titles.join(", ")))
    })
}

fn text_of(file: &Path) -> Outcome<String> {
    DiskFiles
        .read(file, FILE_BYTES_MAX)
        .map_err(|error| CommandError::usage(format!("failed to read {}: {error}", file.display())))
}
