//! The plug-ins of this machine, each asked once what it offers as long as its file stays the same.

use super::call::{Ears, Line, Silent, THINK};
use super::caller::Plugin;
use super::describe::{Description, described};
use super::program::Program;
use super::protocol::{Answer, Call, Request};
use crate::redact::Redactor;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use windlass_model::catalog::{PLUGIN_PREFIX, plugin_of};
use windlass_model::{ActionSpec, Catalog};
use windlass_ports::Action;

/// A plug-in cannot be used; the sentence says why and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PluginError(String);

/// A file as it was: another one at its place, or a newer one, is another stamp.
type Stamp = (PathBuf, Option<SystemTime>, u64);

/// The plug-ins that were asked so far.
#[derive(Default)]
pub struct Shelf {
    known: Mutex<BTreeMap<Stamp, Result<Arc<Description>, PluginError>>>,
}

impl Shelf {
    /// The action of a kind.
    pub async fn action(&self, kind: &str) -> Result<Arc<dyn Action>, PluginError> {
        let (plugin, verb) = plugin_of(kind)
            .ok_or_else(|| PluginError(format!("`{kind}` is no action of a plug-in")))?;
        let program = Program::find(plugin).ok_or_else(|| missing(kind, plugin))?;
        let description = self.describe(&program).await?;
        self.one(&program, &description, verb).ok_or_else(|| {
            let offered: Vec<&str> = description.actions.keys().map(String::as_str).collect();
            let offered = offered.join(", ");
            let path = program.path.display();
            PluginError(format!("the plug-in {path} has no action `{verb}`; it has {offered}"))
        })
    }

    /// All actions of a program.
    pub async fn actions(&self, program: &Program) -> Result<Vec<Arc<dyn Action>>, PluginError> {
        let description = self.describe(program).await?;
        let verbs = description.actions.keys();
        Ok(verbs.filter_map(|verb| self.one(program, &description, verb)).collect())
    }

    /// What a program offers.
    pub async fn describe(&self, program: &Program) -> Result<Arc<Description>, PluginError> {
        let meta = std::fs::metadata(&program.path);
        let meta = meta.map_err(|error| PluginError(unusable(program, &error.to_string())))?;
        let stamp = (program.path.clone(), meta.modified().ok(), meta.len());
        let known = |shelf: &Self| {
            shelf.known.lock().unwrap_or_else(PoisonError::into_inner).get(&stamp).cloned()
        };
        if let Some(known) = known(self) {
            return known;
        }
        let asked = ask(program).await.map(Arc::new);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(stamp, asked.clone());
        asked
    }

    /// Adds to a catalog what is wanted of it, or the reason why not.
    pub async fn look_for(&self, kinds: &BTreeSet<String>, catalog: &mut Catalog) {
        for kind in kinds {
            match self.action(kind).await {
                Ok(action) => {
                    catalog.actions.insert(kind.clone(), action.spec().clone());
                }
                Err(error) => {
                    catalog.refused.insert(kind.clone(), error.to_string());
                }
            }
        }
    }

    /// What all plug-ins on the PATH offer, and what is wrong with those that offer nothing.
    pub async fn all(&self) -> (Vec<ActionSpec>, Vec<PluginError>) {
        let (mut specs, mut wrong) = (Vec::new(), Vec::new());
        for program in Program::all() {
            match self.describe(&program).await {
                Ok(offer) => specs.extend(offer.actions.values().map(|one| one.spec.clone())),
                Err(error) => wrong.push(error),
            }
        }
        (specs, wrong)
    }

    fn one(
        &self,
        program: &Program,
        description: &Description,
        verb: &str,
    ) -> Option<Arc<dyn Action>> {
        let described = description.actions.get(verb)?.clone();
        let line = line(program, description);
        Some(Arc::new(Plugin::new(line, verb, described)))
    }
}

/// The program with the variables that its offer asks for.
pub fn line(program: &Program, description: &Description) -> Line {
    Line { program: program.clone(), environment: description.environment.clone() }
}

/// Asks a program what it offers, without remembering it.
pub async fn ask(program: &Program) -> Result<Description, PluginError> {
    let line = Line { program: program.clone(), environment: Vec::new() };
    let request = Request::new(Call::Spec, None);
    let redactor = Redactor::default();
    let ears = Ears { redactor: &redactor, output: &Silent };
    let wrong = |why: &str| PluginError(unusable(program, why));
    match line.look(&request, THINK, &ears).await {
        Ok(Answer::Spec(offer)) => described(&program.plugin, *offer).map_err(|why| wrong(&why)),
        Ok(_) => Err(wrong("it answers `spec` with something else")),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

fn unusable(program: &Program, why: &str) -> String {
    format!("failed to use the plug-in {}: {why}", program.path.display())
}

fn missing(kind: &str, plugin: &str) -> PluginError {
    let all = Program::all();
    let there: Vec<&str> = all.iter().map(|program| program.plugin.as_str()).collect();
    let there = match there.is_empty() {
        true => "no plug-in is there".to_owned(),
        false => format!("there are {}", there.join(", ")),
    };
    PluginError(format!(
        "`{kind}` needs the plug-in `{plugin}`: install its program `{PLUGIN_PREFIX}{plugin}` in \
         a folder of the PATH ({there})"
    ))
}
