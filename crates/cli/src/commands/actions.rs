//! `windlass actions`: what `uses:` can say.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::outfit::catalog;
use crate::exit_code::ExitCode;
use crate::reference::card::card;
use crate::reference::entry::Entry;
use crate::talk;
use serde_json::{Value, json};

/// Width of the words for an effect: the longest are "changes, can be undone".
const EFFECT_WIDTH: usize = 22;

/// Lists what `uses:` can say; with a kind, what it takes, gives and undoes
#[derive(Debug, clap::Args)]
pub struct ActionsArgs {
    /// An action, for example `azure.sql.copy_database`
    kind: Option<String>,
}

/// Lists the actions, or shows one.
pub fn run(args: &ActionsArgs, globals: &Globals) -> Outcome {
    let entries = Entry::all(&catalog());
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
