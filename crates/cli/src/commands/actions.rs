//! `windlass actions`: what `uses:` can say.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::outfit::catalog;
use crate::exit_code::ExitCode;
use crate::reference::card::card;
use crate::reference::entry::Entry;
use crate::talk;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::{Value, json};

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

fn table(entries: &[Entry]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["KIND", "DOES", "EFFECT", "ROLLBACK"]);
    for entry in entries {
        let row = [&entry.kind, entry.summary.as_str(), entry.effect_words(), entry.undo_words()];
        table.add_row(row);
    }
    let lines = table.to_string();
    lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
