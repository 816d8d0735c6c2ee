//! `azure_devops.git.merge`: a merge commit, made by the service, and the branch moved onto it by
//! compare-and-swap.
//!
//! The move is the effect: a merge commit that no branch names is nothing. It comes when the merge
//! is over, in a poll: it can be sent again without harm, since it names what was there before.

use super::history::look_at_merge;
use super::history::{Commit, Merge as Stand, ask_merge, bases, contains, differences};
use super::merge_shapes::{Before, Handle, Input, Output};
use super::refs::{Moved, head, known_head, move_branch};
use crate::devops::client::DevOps;
use crate::devops::refusal::{captured, permanent};
use crate::devops::signature::signature;
use serde_json::Value;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::merge_shapes::{KIND, spec};

/// How often a merge is asked for: it takes seconds.
const POLL_MS: Millis = 3_000;

/// Files of a conflict that are told; the rest is counted.
const FILES_TOLD: usize = 20;

/// The action.
pub struct Merge {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

type Attempted<'a> = TypedAttempt<'a, Merge>;

impl Merge {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    fn repository(&self, input: &Input) -> String {
        self.devops.repository(input.repository.as_deref())
    }

    /// What there is to say where `into` stands on the commit.
    async fn there(&self, attempt: &Attempted<'_>) -> Outcome<Option<Output>> {
        let (before, input) = (captured(attempt)?, &attempt.input);
        let repository = self.repository(input);
        let now = known_head(&self.devops, &repository, &input.into).await?;
        if !contains(&self.devops, &repository, &now, &before.commit).await? {
            return Ok(None);
        }
        let output = |commit: String, created: bool| Output {
            commit,
            before: before.head.clone(),
            merged: before.commit.clone(),
            created,
        };
        if before.contained {
            return Ok(Some(output(now, false)));
        }
        let ours = |one: &&Commit| {
            one.parents.first() == Some(&before.head) && one.parents.contains(&before.commit)
        };
        let line = Commit::line(&self.devops, &repository, &input.into).await?;
        Ok(Some(match line.iter().find(ours) {
            Some(merge) => output(merge.id.clone(), true),
            None => output(now, false),
        }))
    }

    /// Moves the branch onto the merge commit.
    async fn advance(&self, attempt: &Attempted<'_>, commit: &str) -> Outcome<Output> {
        let (before, input) = (captured(attempt)?, &attempt.input);
        let repository = self.repository(input);
        let ends = (before.head.as_str(), commit);
        let request = attempt.raw.request_id;
        let moved = move_branch(&self.devops, &repository, &input.into, ends, request).await?;
        if moved == Moved::Done {
            return Ok(Output {
                commit: commit.to_owned(),
                before: before.head.clone(),
                merged: before.commit.clone(),
                created: true,
            });
        }
        match self.there(attempt).await? {
            Some(output) => Ok(output),
            None => moved_meanwhile(&input.into, &before.head),
        }
    }

    /// The files that both sides changed, each in its way.
    async fn conflict<T>(&self, attempt: &Attempted<'_>, why: &str) -> Outcome<T> {
        let (before, input) = (captured(attempt)?, &attempt.input);
        let repository = self.repository(input);
        let heads = (before.head.as_str(), before.commit.as_str());
        let mut files = Vec::new();
        if let Some(base) = bases(&self.devops, &repository, heads).await?.first() {
            let ours = differences(&self.devops, &repository, (base, heads.0)).await?;
            let theirs = differences(&self.devops, &repository, (base, heads.1)).await?;
            let both = ours.files.iter().filter(|(path, object)| {
                theirs.files.get(*path).is_some_and(|other| other != *object)
            });
            files.extend(both.map(|(path, _)| path.clone()));
        }
        let more = files.len().saturating_sub(FILES_TOLD);
        files.truncate(FILES_TOLD);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        permanent(
            "merge_conflict",
            format!(
                "failed to merge {} into {}: {why} Both sides changed {}{more}; nothing was \
                 changed: merge by hand, or mend {} first",
                input.from,
                input.into,
                files.join(", "),
                input.from
            ),
        )
    }
}

fn moved_meanwhile<T>(branch: &str, head: &str) -> Outcome<T> {
    permanent(
        "branch_moved",
        format!(
            "failed to move the branch {branch}: somebody pushed to it since {head} was read; \
             nothing was overwritten, look at what came and run the step again"
        ),
    )
}

impl TypedAction for Merge {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        match input.from == input.into {
            true => vec!["`from` and `into` are the same branch".to_owned()],
            false => Vec::new(),
        }
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let repository = self.repository(input);
        let newest = known_head(&self.devops, &repository, &input.from).await?;
        let (into, date) = head(&self.devops, &repository, &input.into).await?;
        let Some(into) = into else {
            let message = format!("failed to find the branch {} in the repository", input.into);
            return permanent("no_branch", message);
        };
        let commit = input.commit.clone().unwrap_or_else(|| newest.clone());
        let contained = contains(&self.devops, &repository, &into, &commit).await?;
        if commit != newest && !contained {
            return permanent(
                "moved_past",
                format!(
                    "failed to merge {commit}: {} has moved past it, to {newest}; choose the \
                     build that is to be released anew",
                    input.from
                ),
            );
        }
        Ok(Capture { state: Before { commit, head: into, contained }, not_before: date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: Attempted<'_>,
    ) -> Outcome<Acted<Output, Handle>> {
        if let Some(output) = self.there(&attempt).await? {
            return Ok(Acted::Done(output));
        }
        let (before, input) = (captured(&attempt)?, &attempt.input);
        let repository = self.repository(input);
        let now = known_head(&self.devops, &repository, &input.into).await?;
        if now != before.head {
            return moved_meanwhile(&input.into, &before.head);
        }
        let request = attempt.raw.request_id;
        let message = format!("{}\n\n{}", input.title(), signature(ctx, request));
        let parents = (before.head.as_str(), before.commit.as_str());
        let merge = ask_merge(&self.devops, &repository, parents, &message, request).await?;
        Ok(Acted::Accepted(Handle { merge }))
    }

    async fn poll(
        &self,
        _ctx: &Context,
        attempt: Attempted<'_>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let repository = self.repository(&attempt.input);
        match look_at_merge(&self.devops, &repository, handle.merge).await? {
            Stand::Made(commit) => Ok(Seen::Done(self.advance(&attempt, &commit).await?)),
            Stand::Refused(why) => self.conflict(&attempt, &why).await,
            Stand::AtWork => {
                let message = Some(format!("merge {} is at work", handle.merge));
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
            }
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: Attempted<'_>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        if attempt.raw.side == Side::Undo {
            let before = captured(&attempt)?.clone();
            return Ok(match self.there(&attempt).await? {
                Some(output) if output.created => Found::Absent,
                Some(output) => Found::Done(output),
                None => Found::Done(Output {
                    commit: before.head.clone(),
                    before: before.head,
                    merged: before.commit,
                    created: false,
                }),
            });
        }
        if !captured(&attempt)?.contained
            && let Some(output) = self.there(&attempt).await?
        {
            return Ok(Found::Done(output));
        }
        Ok(handle.map_or(Found::Absent, Found::InProgress))
    }

    async fn verify(&self, _ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let repository = self.repository(&input);
        let now = known_head(&self.devops, &repository, &input.into).await?;
        Ok(match contains(&self.devops, &repository, &now, &output.merged).await? {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} has no {} any more", input.into, output.merged)),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: Attempted<'_>,
    ) -> Outcome<Acted<(), Handle>> {
        let made = self.there(&attempt).await?.filter(|output| output.created);
        let Some(made) = made else { return Ok(Acted::Done(())) };
        let (before, input) = (captured(&attempt)?, &attempt.input);
        let repository = self.repository(input);
        let ends = (made.commit.as_str(), before.head.as_str());
        let request = attempt.raw.request_id;
        match move_branch(&self.devops, &repository, &input.into, ends, request).await? {
            Moved::Done => {
                ctx.output.line(&format!("{} is back at {}", input.into, before.head));
                Ok(Acted::Done(()))
            }
            Moved::Stale => Err(ActionError::Permanent(Failure::permanent(
                "built_on",
                format!(
                    "failed to take the merge out of {}: somebody built on {}; revert it with a \
                     commit of its own",
                    input.into, made.commit
                ),
            ))),
        }
    }
}
