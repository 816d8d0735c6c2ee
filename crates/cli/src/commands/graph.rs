//! `windlass graph`: the picture of a file, or of a run with its states.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::graph::mark::Mark;
use crate::graph::picture::Picture;
use crate::graph::{dot, mermaid, svg, text};
use crate::talk;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use windlass_model::Workflow;

/// In which language the picture is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A list of layers, for a terminal
    #[default]
    Text,
    /// For wikis and pull requests
    Mermaid,
    /// For Graphviz
    Dot,
    /// A picture file
    Svg,
}

/// Draws the steps of a workflow file, or of a run with where each stands
///
/// Examples:
///
///   windlass graph workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass graph run_0193f0
///
///   windlass graph run_0193f0 --format svg > run.svg
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct GraphArgs {
    /// A workflow file; or a run's id, or a unique beginning of it
    #[arg(value_name = "FILE|RUN")]
    what: String,
    /// The language of the picture
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    file: FileArgs,
}

/// Draws it.
pub async fn run(args: &GraphArgs, globals: &Globals) -> Outcome {
    let picture = match is_file(&args.what) {
        true => {
            let def = args.file.resolve(Path::new(&args.what)).await?;
            let workflow = Workflow::new(def).map_err(CommandError::failed)?;
            Picture::new(&workflow, None)
        }
        false => {
            let program = globals.open().await?;
            let head = program.find(&args.what).await?;
            let loaded = program.reader.load(head.run).await?;
            Picture::new(&loaded.workflow, Some(&loaded.run))
        }
    };
    if globals.json {
        talk::json(&value(&picture));
        return Ok(ExitCode::Succeeded);
    }
    talk::raw(&match args.format {
        Format::Text => text::text(&picture, Mark::paint),
        Format::Mermaid => mermaid::mermaid(&picture),
        Format::Dot => dot::dot(&picture),
        Format::Svg => svg::svg(&picture),
    });
    Ok(ExitCode::Succeeded)
}

/// A run's id has neither a dot nor a slash, and a file beside us wins over a run of its name.
fn is_file(what: &str) -> bool {
    what.contains(['/', '.']) || Path::new(what).is_file()
}

/// The picture for programs.
fn value(picture: &Picture) -> Value {
    let mut within = BTreeMap::new();
    picture.boxes.iter().for_each(|one| one.tell(&mut within));
    let steps = picture.layers.iter().enumerate().flat_map(|(layer, nodes)| {
        let within = &within;
        nodes.iter().map(move |at| {
            let node = &picture.nodes[*at];
            json!({
                "step": node.id, "layer": layer, "does": node.does, "needs": node.needs,
                "if": node.condition, "state": node.mark.class(), "within": within.get(at),
                "rounds_max": node.rounds,
            })
        })
    });
    json!({
        "workflow": picture.title,
        "run": picture.run.as_ref().map(|(run, _)| run),
        "phase": picture.run.as_ref().map(|(_, phase)| phase),
        "steps": steps.collect::<Vec<_>>(),
    })
}
