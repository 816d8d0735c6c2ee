//! `azure_devops.build.set_variables`: variables read, computed and written on one revision.
//!
//! The revision is the precondition: whoever wrote in between is not overwritten.

use super::definition::BuildDefinition;
use super::variable_shapes::{self as shapes, Before, Change, Input, Output};
use crate::devops::client::DevOps;
use crate::devops::definition_ref::build_definition;
use crate::devops::refusal::{captured, permanent};
use crate::devops::signature::signature;
use serde_json::Value;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::variable_shapes::{KIND, spec};

/// The action.
pub struct SetVariables {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

impl SetVariables {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn read(&self, id: u64) -> Outcome<BuildDefinition> {
        Ok(BuildDefinition::read(&self.devops, id).await?.0)
    }

    /// The changes that are still ours, and the names of those that somebody set since.
    fn ours<'a>(read: &BuildDefinition, before: &'a Before) -> (Vec<&'a Change>, Vec<&'a Change>) {
        let changed = before.changes.iter().filter(|one| one.before != one.after);
        let standing = changed.filter(|one| read.variable(&one.name) != Some(one.before.as_str()));
        standing.partition(|one| read.variable(&one.name) == Some(one.after.as_str()))
    }
}

fn holds(read: &BuildDefinition, changes: &[Change]) -> bool {
    changes.iter().all(|one| read.variable(&one.name) == Some(one.after.as_str()))
}

fn pairs<'a>(
    changes: impl IntoIterator<Item = &'a Change>,
    value: fn(&Change) -> &String,
) -> Vec<(String, String)> {
    changes.into_iter().map(|one| (one.name.clone(), value(one).clone())).collect()
}

impl TypedAction for SetVariables {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        match input.variables.is_empty() {
            true => vec!["give at least one variable".to_owned()],
            false => Vec::new(),
        }
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let id = build_definition(&self.devops, input.definition.as_ref()).await?;
        let (read, date) = BuildDefinition::read(&self.devops, id).await?;
        let done_in = match &input.once {
            Some(once) => {
                let revisions = BuildDefinition::revisions(&self.devops, id).await?;
                once.all().iter().filter_map(|one| shapes::done_in(&revisions, one)).max()
            }
            None => None,
        };
        let changes = match done_in {
            Some(_) => shapes::unchanged(&read, input)?,
            None => shapes::changes(&read, input)?,
        };
        let state = Before { definition: id, revision: read.revision, changes, done_in };
        Ok(Capture { state, not_before: date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let before = captured(&attempt)?;
        let read = self.read(before.definition).await?;
        if let Some(done) = before.done_in {
            let once = attempt.input.once.as_ref();
            let once = once.map_or_else(String::new, |once| once.all().join(", "));
            ctx.output.line(&format!("revision {done} did it for {once}: nothing is changed"));
            return Ok(Acted::Done(before.output(read.revision)));
        }
        if holds(&read, &before.changes) {
            let request = attempt.raw.request_id;
            let signed = BuildDefinition::signed(&self.devops, before.definition, request).await?;
            return Ok(Acted::Done(before.output(signed.unwrap_or(read.revision))));
        }
        if read.revision != before.revision {
            return permanent(
                "conflict",
                format!(
                    "failed to set the variables of {}: somebody wrote revision {} after {} was \
                     read; nothing was overwritten, look at it and run the step again",
                    read.name, read.revision, before.revision
                ),
            );
        }
        let values = pairs(&before.changes, |one| &one.after);
        let request = attempt.raw.request_id;
        let purpose = shapes::purpose(attempt.input.once.as_ref(), Side::Forward);
        let comment = format!("{}{purpose}", signature(ctx, request));
        let written = read.write(&self.devops, &values, &comment, request).await;
        match written {
            Ok(written) => Ok(Acted::Done(before.output(written.revision))),
            Err(ActionError::InDoubt(why)) => Err(ActionError::InDoubt(why)),
            // Any refusal may mean that the revision is old: one looks before one believes it.
            Err(error) => match self.read(before.definition).await {
                Ok(now) if now.revision != before.revision => permanent(
                    "conflict",
                    format!(
                        "failed to set the variables of {}: somebody wrote revision {} just now; \
                         nothing was overwritten, look at it and run the step again",
                        now.name, now.revision
                    ),
                ),
                _ => Err(error),
            },
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = captured(&attempt)?;
        let read = self.read(before.definition).await?;
        if attempt.raw.side == Side::Undo {
            let (ours, _) = Self::ours(&read, before);
            return Ok(match ours.is_empty() {
                true => Found::Done(before.output(read.revision)),
                false => Found::Absent,
            });
        }
        let request = attempt.raw.request_id;
        let signed = BuildDefinition::signed(&self.devops, before.definition, request).await?;
        Ok(match signed {
            Some(revision) => Found::Done(before.output(revision)),
            None if holds(&read, &before.changes) => Found::Done(before.output(read.revision)),
            None => Found::Absent,
        })
    }

    async fn verify(&self, _ctx: &Context, _input: Input, output: Output) -> Outcome<Verdict> {
        let read = self.read(output.definition).await?;
        let other = output.values.iter().find_map(|(name, value)| {
            let now = read.variable(name).unwrap_or("gone");
            (now != value).then(|| format!("{name} was left as {value} and is {now}"))
        });
        Ok(other.map_or(Verdict::Holds, Verdict::Drifted))
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let before = captured(&attempt)?;
        let read = self.read(before.definition).await?;
        let (ours, foreign) = Self::ours(&read, before);
        for one in foreign {
            ctx.output.kept(&format!("{} was set by somebody else since, and stays", one.name));
        }
        if ours.is_empty() {
            return Ok(Acted::Done(()));
        }
        let values = pairs(ours, |one| &one.before);
        let request = attempt.raw.request_id;
        let purpose = shapes::purpose(attempt.input.once.as_ref(), Side::Undo);
        let comment = format!("{}{purpose}", signature(ctx, request));
        let written = read.write(&self.devops, &values, &comment, request).await;
        match written {
            Ok(_) => Ok(Acted::Done(())),
            Err(ActionError::Permanent(failure)) => {
                let now = self.read(before.definition).await?;
                if now.revision == read.revision {
                    return Err(ActionError::Permanent(failure));
                }
                // Somebody wrote between our look and our write: another try looks again.
                crate::devops::refusal::transient("conflict", failure.message)
            }
            Err(error) => Err(error),
        }
    }
}
