//! `windlass schema`: the rules of the files for editors, and the page for people. What it prints
//! is committed under `docs/` and compared there by `cargo xtask schema`.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use crate::exit_code::ExitCode;
use crate::talk;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use windlass_spec::reference::{
    action_pages, editor_schema_of_environments, editor_schema_of_workflows, format_reference,
};

/// What is described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// The JSON Schema of a workflow file
    #[default]
    Workflow,
    /// The JSON Schema of an environment file
    Environment,
    /// All keys and expressions as a page of Markdown
    Reference,
    /// All actions, resource types and sections as pages of Markdown
    Actions,
}

/// Prints the JSON Schema of workflow files, for completion and checks in editors
///
/// Examples:
///
///   windlass schema > workflow.schema.json
///
///   windlass schema --of environment > environment.schema.json
///
///   windlass schema --of actions --into docs/actions
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct SchemaArgs {
    /// What to describe
    #[arg(long, value_enum, default_value_t)]
    of: Of,
    /// The same as `--of environment`
    #[arg(long, conflicts_with = "of")]
    environment: bool,
    /// A folder for the pages of `--of actions`, a file each, instead of stdout
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// Prints the schema or the page.
pub fn run(args: &SchemaArgs) -> Outcome {
    let catalog = catalog();
    let schema = match if args.environment { Of::Environment } else { args.of } {
        Of::Workflow => editor_schema_of_workflows(&catalog),
        Of::Environment => editor_schema_of_environments(&catalog),
        Of::Reference => return page(&format_reference()),
        Of::Actions => return actions(args.into.as_deref()),
    };
    let text = serde_json::to_string_pretty(&schema);
    talk::data(&text.map_err(|error| CommandError::new(ErrorKind::Bug, error))?);
    Ok(ExitCode::Succeeded)
}

/// Prints the pages one after the other, or writes each to its file.
fn actions(folder: Option<&Path>) -> Outcome {
    let pages = action_pages(&catalog());
    let Some(folder) = folder else {
        pages.iter().for_each(|page| talk::raw(&page.text));
        return Ok(ExitCode::Succeeded);
    };
    let write = || {
        std::fs::create_dir_all(folder)?;
        pages.iter().try_for_each(|page| std::fs::write(folder.join(&page.file), &page.text))
    };
    write().map_err(|error: std::io::Error| {
        CommandError::usage(format!("failed to write to {}: {error}", folder.display()))
    })?;
    talk::say(&format!("wrote {} pages to {}", pages.len(), folder.display()));
    Ok(ExitCode::Succeeded)
}

fn page(text: &str) -> Outcome {
    talk::raw(text);
    Ok(ExitCode::Succeeded)
}
