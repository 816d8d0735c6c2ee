//! `azure_devops.git.create_branch`: a branch that begins at another, or at a commit.

use super::refs::{Moved, NOTHING, head, known_head, move_branch};
use crate::devops::client::DevOps;
use crate::devops::refusal::{captured, permanent};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.git.create_branch";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct CreateBranch {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The branch that it begins at.
    pub from: Option<String>,
    /// Or the commit.
    pub commit: Option<String>,
    /// The repository.
    pub repository: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The commit that it is to name.
    pub commit: String,
    /// Whether it was there, at that commit.
    pub existed: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub branch: String,
    /// The commit that it began at.
    pub commit: String,
    /// Whether this step made it.
    pub created: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes a branch. Undone by deleting it, where nobody committed to it.".to_owned(),
        input: schema::object(
            [
                ("name", schema::text("its name")),
                ("from", schema::text("the branch that it begins at")),
                ("commit", schema::text("or the commit")),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["name"],
        ),
        output: schema::object(
            [
                ("branch", schema::text("its name")),
                ("commit", schema::text("the commit that it began at")),
                ("created", schema::boolean("whether this step made it")),
            ],
            &["branch", "commit", "created"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "whether the branch is there, and the commit that it is to name",
            "reads the branch",
            "deletes the branch where it still names the commit that it began at",
            &["PAT scope Code (read and write)"],
        ),
        example: format!(
            "- id: branch\n  uses: {KIND}\n  with: {{ name: fix/hosts, from: prod }}\n"
        ),
    }
}

impl CreateBranch {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn now(&self, input: &Input) -> Outcome<Option<String>> {
        let repository = self.devops.repository(input.repository.as_deref());
        Ok(head(&self.devops, &repository, &input.name).await?.0)
    }

    async fn swap(&self, attempt: &TypedAttempt<'_, Self>, ends: (&str, &str)) -> Outcome<Moved> {
        let input = &attempt.input;
        let repository = self.devops.repository(input.repository.as_deref());
        let request = attempt.raw.request_id;
        move_branch(&self.devops, &repository, &input.name, ends, request).await
    }
}

fn output(input: &Input, before: &Before) -> Output {
    Output { branch: input.name.clone(), commit: before.commit.clone(), created: !before.existed }
}

fn taken<T>(input: &Input, at: &str) -> Outcome<T> {
    permanent(
        "branch_exists",
        format!(
            "failed to make the branch {}: it is there, at {at}; choose another name or delete it",
            input.name
        ),
    )
}

impl TypedAction for CreateBranch {
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
        match (&input.from, &input.commit) {
            (Some(_), None) | (None, Some(_)) => Vec::new(),
            _ => vec!["give either `from` or `commit`".to_owned()],
        }
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let repository = self.devops.repository(input.repository.as_deref());
        let commit = match (&input.commit, &input.from) {
            (Some(commit), None) => commit.clone(),
            (None, Some(from)) => known_head(&self.devops, &repository, from).await?,
            _ => return permanent("input", "failed to make a branch: give `from` or `commit`"),
        };
        let existed = match self.now(input).await? {
            None => false,
            Some(at) if at == commit => true,
            Some(at) => return taken(input, &at),
        };
        Ok(Capture { state: Before { commit, existed }, not_before: None })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let before = captured(&attempt)?;
        let said = output(&attempt.input, before);
        if before.existed {
            return Ok(Acted::Done(said));
        }
        if self.swap(&attempt, (NOTHING, &before.commit)).await? == Moved::Done {
            return Ok(Acted::Done(said));
        }
        match self.now(&attempt.input).await? {
            Some(at) if at == before.commit => Ok(Acted::Done(said)),
            at => taken(&attempt.input, at.as_deref().unwrap_or("another commit")),
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = captured(&attempt)?;
        let there = self.now(&attempt.input).await?.is_some_and(|at| at == before.commit);
        let done = match attempt.raw.side {
            Side::Forward => there,
            Side::Undo => !there || before.existed,
        };
        Ok(match done {
            true => Found::Done(output(&attempt.input, before)),
            false => Found::Absent,
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let before = captured(&attempt)?;
        let now = self.now(&attempt.input).await?;
        if before.existed || now.is_none() {
            return Ok(Acted::Done(()));
        }
        let ours = now.as_deref() == Some(&before.commit);
        if !ours || self.swap(&attempt, (&before.commit, NOTHING)).await? == Moved::Stale {
            let name = &attempt.input.name;
            ctx.output.kept(&format!("somebody committed to {name} since, and it stays"));
        }
        Ok(Acted::Done(()))
    }
}
