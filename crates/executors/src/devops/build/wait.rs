//! `azure_devops.build.wait`: follows a build to its end: one that is named, or the one that a push
//! to a branch causes. It only looks.

use super::builds::{Build, BuildRef, BuildState, build_ref_schema, short_branch};
use super::find_latest::build_schema;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, build_definition, definition_schema};
use crate::devops::git::history::contains;
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.build.wait";

/// How often a build is asked for: Azure DevOps counts calls over five minutes.
const POLL_MS: Millis = 15_000;

/// Later builds of a branch of which one asks whether they hold a commit.
const LATER_MAX: usize = 5;

/// The action.
pub struct Wait {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The build.
    pub build: Option<BuildRef>,
    /// Or the commit that was pushed.
    pub commit: Option<String>,
    /// The branch that it was pushed to.
    pub branch: Option<String>,
    /// The build definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// The repository.
    pub repository: Option<String>,
}

/// The build that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Its id; absent where it is not there yet.
    pub build: Option<u64>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Waits for a build, or for the one that a push to a branch causes, until it \
                  ended well."
            .to_owned(),
        input: schema::object(
            [
                ("build", build_ref_schema("the build")),
                ("commit", schema::text("or the commit that was pushed")),
                ("branch", schema::text("the branch that it was pushed to")),
                (
                    "definition",
                    definition_schema("the build definition; the section's where absent"),
                ),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &[],
        ),
        output: build_schema(),
        traits: ActionTraits {
            class: EffectClass::ReadOnly,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        },
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Build (read)", "PAT scope Code (read), to wait for a commit"],
        ),
        example: format!(
            "- id: built\n  uses: {KIND}\n  with: {{ branch: prod, commit: \
             \"${{{{ steps.merged.outputs.commit }}}}\" }}\n"
        ),
    }
}

impl Wait {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn find(&self, input: &Input) -> Outcome<Option<BuildState>> {
        if let Some(build) = &input.build {
            return Ok(Some(BuildState::read(&self.devops, build.id()?).await?));
        }
        let (Some(commit), Some(branch)) = (&input.commit, &input.branch) else {
            let message = "failed to wait: give `build`, or `commit` and `branch`";
            return permanent("input", message);
        };
        let definition = build_definition(&self.devops, input.definition.as_ref()).await?;
        let (builds, _) = BuildState::of_branch(&self.devops, definition, branch).await?;
        if let Some(exact) = builds.iter().find(|one| one.build.commit == *commit) {
            return Ok(Some(exact.clone()));
        }
        // Pushes that come while a build runs are built together, as the last of them.
        let batched = |one: &&BuildState| one.reason.eq_ignore_ascii_case("batchedCI");
        let repository = self.devops.repository(input.repository.as_deref());
        let newest: Vec<&BuildState> = builds.iter().filter(batched).take(LATER_MAX).collect();
        for one in newest.into_iter().rev() {
            if contains(&self.devops, &repository, &one.build.commit, commit).await? {
                return Ok(Some(one.clone()));
            }
        }
        Ok(None)
    }
}

/// A build that ended well; none while it is at work.
fn ended(state: &BuildState) -> Outcome<Option<Build>> {
    if !state.is_over() {
        return Ok(None);
    }
    if state.is_good() {
        return Ok(Some(state.build.clone()));
    }
    permanent(
        "build_failed",
        format!(
            "failed to build {} of {}: Azure DevOps says {}; read its log there",
            state.build.number,
            short_branch(&state.build.branch),
            state.result.as_deref().unwrap_or("nothing")
        ),
    )
}

impl TypedAction for Wait {
    type Input = Input;
    type Output = Build;
    type Captured = ();
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        match (&input.build, &input.commit, &input.branch) {
            (Some(_), None, _) | (None, Some(_), Some(_)) => Vec::new(),
            _ => vec!["give `build`, or `commit` and `branch`".to_owned()],
        }
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Build, Handle>> {
        let found = self.find(&attempt.input).await?;
        if let Some(state) = &found
            && let Some(build) = ended(state)?
        {
            return Ok(Acted::Done(build));
        }
        Ok(Acted::Accepted(Handle { build: found.map(|state| state.build.id) }))
    }

    async fn poll(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Build, Handle>> {
        let found = match handle.build {
            Some(id) => Some(BuildState::read(&self.devops, id).await?),
            None => self.find(&attempt.input).await?,
        };
        let message = match &found {
            None => "no build of that commit yet".to_owned(),
            Some(state) => {
                if let Some(build) = ended(state)? {
                    return Ok(Seen::Done(build));
                }
                format!("build {}: {}", state.build.number, state.status)
            }
        };
        let handle = Handle { build: found.map(|state| state.build.id) };
        let message = Some(message);
        Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
    }

    /// A wait that was interrupted left no trace: one looks again.
    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Build, Handle>> {
        Ok(handle.map_or(Found::Absent, Found::InProgress))
    }
}
