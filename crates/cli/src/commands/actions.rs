//! `windlass actions`: what `uses:` can say.

use super::conformance::{self, ConformanceArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::outfit::catalog;
use crate::compose::plugins::shelf;
use crate::exit_code::ExitCode;
use crate::reference::card::card;
use crate::reference::entry::Entry;
use crate::talk;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use windlass_model::catalog::plugin_of;

/// Width of the words for an effect: the longest are "changes, can be undone".
const EFFECT_WIDTH: usize = 22;

/// Lists what `uses:` can say; with a kind, what it takes, gives and undoes
///
/// Examples:
///
///   windlass actions
///
///   windlass actions azure.sql.copy_database
///
///   windlass actions --json | grep azure_devops
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ActionsArgs {
    /// An action, for example `azure.sql.copy_database`, or `acme.thing/write` of a plug-in
    kind: Option<String>,

    #[command(subcommand)]
    verb: Option<ActionsVerb>,
}

/// What else can be done with actions.
#[derive(Debug, clap::Subcommand)]
enum ActionsVerb {
    Test(ConformanceArgs),
}

/// Lists the actions, or shows one, or tries a plug-in.
pub async fn run(args: &ActionsArgs, globals: &Globals) -> Outcome {
    if let Some(ActionsVerb::Test(args)) = &args.verb {
        return conformance::run(args, globals).await;
    }
    let mut catalog = catalog();
    let plugin = args.kind.as_deref().filter(|kind| plugin_of(kind).is_some());
    if let Some(kind) = plugin {
        shelf().look_for(&BTreeSet::from([kind.to_owned()]), &mut catalog).await;
        if let Some(why) = catalog.refused.get(kind) {
            return Err(CommandError::usage(why.clone()));
        }
    }
    if args.kind.is_none() {
        let (specs, wrong) = shelf().all().await;
        catalog.actions.extend(specs.into_iter().map(|spec| (spec.kind.clone(), spec)));
        wrong.iter().for_each(|error| talk::say(&format!("warning: {error}")));
    }
    let entries = Entry::all(&catalog);
    match &args.kind {
        Some(kind) => one(kind, &entries, globals.json)?,
        None if globals.json => {
            for entry in &entries {
                talk::json(&value(entry));
            }
        }
        None => {
            talk::data(&table(&entries));
            talk::say("\n`windlass actions KIND` shows one with its inputs and an example");
        }
    }
    Ok(ExitCode::Succeeded)
}

fn one(kind: &str, entries: &[Entry], json: bool) -> Outcome<()> {
    let Some(entry) = entries.iter().find(|entry| entry.kind == kind) else {
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
        let hint = windlass_spec::nearest::did_you_mean(kind, kinds);
        return Err(CommandError::usage(format!("there is no action `{kind}`")).hint(hint));
    };
    if json {
        talk::json(&value(entry));
    } else {
        talk::raw(&card(entry));
    }
    Ok(())
}

fn value(entry: &Entry) -> Value {
    serde_json::to_value(entry).unwrap_or_else(|_| json!({ "kind": entry.kind }))
}

/// A line for each: kind, effect, and the first sentence of what it does.
fn table(entries: &[Entry]) -> String {
    let width = entries.iter().map(|entry| entry.kind.len()).max().unwrap_or(0);
    let line = |entry: &Entry| {
        let first = entry.summary.split_inclusive(". ").next().unwrap_or_default().trim();
        format!("{:width$}  {:EFFECT_WIDTH$}  {first}", entry.kind, entry.effect_words())
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}
