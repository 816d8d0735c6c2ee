//! `windlass schema`: the rules of the files for editors, and the page for people. What it prints
//! is committed under `docs/` and compared there by `cargo xtask schema`.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use crate::exit_code::ExitCode;
use crate::talk;
use clap::ValueEnum;
use windlass_spec::reference::{
    actions_reference, editor_schema_of_environments, editor_schema_of_workflows, format_reference,
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
    /// All actions, resource types and sections as a page of Markdown
    Actions,
}

/// Prints the JSON Schema of workflow files, for completion and checks in editors
#[derive(Debug, clap::Args)]
pub struct SchemaArgs {
    /// What to describe
    #[arg(long, value_enum, default_value_t)]
    of: Of,
    /// The same as `--of environment`
    #[arg(long, conflicts_with = "of")]
    environment: bool,
}

/// Prints the schema or the page.
pub fn run(args: &SchemaArgs) -> Outcome {
    let catalog = catalog();
    let schema = match if args.environment { Of::Environment } else { args.of } {
        Of::Workflow => editor_schema_of_workflows(&catalog),
        Of::Environment => editor_schema_of_environments(&catalog),
        Of::Reference => return page(&format_reference()),
        Of::Actions => return page(&actions_reference(&catalog)),
    };
    let text = serde_json::to_string_pretty(&schema);
    talk::data(&text.map_err(|error| CommandError::new(ErrorKind::Bug, error))?);
    Ok(ExitCode::Succeeded)
}

fn page(text: &str) -> Outcome {
    talk::raw(text);
    Ok(ExitCode::Succeeded)
}
