//! `windlass import`: what people have into workflows.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::import::deliver::{DeliverArgs, deliver};
use crate::import::known::known;
use std::path::{Path, PathBuf};
use windlass_import::page::{html, markdown};
use windlass_import::pipeline::{azure, definition, github};
use windlass_import::tree::TreeError;
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
///
///   windlass import release-definition definition.json --out workflows
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
    AzurePipelines(AzureArgs),
    #[command(name = "github")]
    GitHub(GitHubArgs),
    ReleaseDefinition(DefinitionArgs),
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

/// A pipeline of Azure DevOps in YAML
///
/// Stages, dependencies, conditions, scripts and known tasks become steps. A task that no action
/// does is asked of people; what has no place in a workflow is listed with its line.
///
/// Examples:
///
///   windlass import azure-pipelines azure-pipelines.yml > release.yaml
///
///   windlass import azure-pipelines deploy/release.yml --out workflows
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct AzureArgs {
    /// The pipeline's file
    file: PathBuf,
    #[command(flatten)]
    deliver: DeliverArgs,
}

/// A workflow of GitHub Actions
///
/// Scripts become steps, `needs` their order, `if` their conditions, a matrix of one list
/// `for_each`. An action that nothing here does is asked of people; what has no place in a workflow
/// is listed with its line.
///
/// Examples:
///
///   windlass import github .github/workflows/release.yml > release.yaml
///
///   windlass import github .github/workflows/deploy.yml --out workflows
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct GitHubArgs {
    /// The workflow's file
    file: PathBuf,
    #[command(flatten)]
    deliver: DeliverArgs,
}

/// A classic release definition of Azure DevOps, exported as JSON
///
/// Stages, approvals and known tasks become steps. No secret is copied: each is named, and the
/// environment file says where it is found.
///
/// Examples:
///
///   windlass import release-definition definition.json > release.yaml
///
///   windlass import release-definition definition.json --out workflows
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct DefinitionArgs {
    /// The exported definition
    file: PathBuf,
    #[command(flatten)]
    deliver: DeliverArgs,
}

/// Imports.
pub fn run(args: &ImportArgs, globals: &Globals) -> Outcome {
    match &args.from {
        From::Wiki(args) => import_wiki(args, globals),
        From::AzurePipelines(args) => {
            import_pipeline(&args.file, &args.deliver, globals, azure::convert)
        }
        From::GitHub(args) => import_pipeline(&args.file, &args.deliver, globals, github::convert),
        From::ReleaseDefinition(args) => {
            import_pipeline(&args.file, &args.deliver, globals, definition::convert)
        }
    }
}

fn import_pipeline(
    file: &Path,
    to: &DeliverArgs,
    globals: &Globals,
    convert: fn(&str, &str) -> Result<Written, TreeError>,
) -> Outcome {
    let text = text_of(file)?;
    let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let written = convert(&text, &name).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("failed to read {}", file.display()));
        CommandError::new(ErrorKind::Invalid, error).hint("it must be YAML, or JSON")
    })?;
    deliver(&[written], file, to, globals.json)
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
