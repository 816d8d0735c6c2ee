//! `azure_devops.release.create`: the release that holds a build: found, or made.
//!
//! Undone by abandoning what this run made: a release that was there before stays.

use super::abandon::abandon;
use super::releases::Release;
use crate::devops::build::builds::{Build, BuildRef, Wanted, build_ref_schema};
use crate::devops::build::find_latest::build_schema;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, definition_schema, release_definition};
use crate::devops::signature::signature;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.create";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

const OWN: &str = "whether it is a release of its own, even where another holds the build: one \
                   that is to be edited";

/// The action.
pub struct CreateRelease {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The build.
    pub build: BuildRef,
    /// The release definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// Whether it is to be a release of its own, even where another holds the build.
    #[serde(default)]
    pub own: bool,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The build.
    pub build: Build,
    /// The release that holds it already.
    pub found: Option<Named>,
}

/// A release's number and name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The build that it holds.
    pub build: Build,
    /// Whether this step made it.
    pub created: bool,
}

/// The schema of a release.
pub fn release_schema() -> Value {
    schema::object(
        [
            ("id", schema::int("its number")),
            ("name", schema::text("its name")),
            ("build", schema::same_as(build_schema(), "build")),
            ("created", schema::boolean("whether this step made it")),
        ],
        &["id", "name", "build", "created"],
    )
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Finds the release that holds a build and does what its definition says, or makes \
                  it; no stage starts by itself."
                .to_owned(),
        input: schema::object(
            [
                ("build", build_ref_schema("the build")),
                (
                    "definition",
                    definition_schema("the release definition; the section's where absent"),
                ),
                ("own", schema::with_default(schema::boolean(OWN), false)),
            ],
            &["build"],
        ),
        output: release_schema(),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the release that holds the build already and does what its definition says",
            "looks for the release whose description holds our request id",
            "abandons the release that this step made; one that was there before stays",
            &["PAT scope Release (read, write and execute)"],
        ),
        example: format!(
            "- id: release\n  uses: {KIND}\n  with: {{ build: \"${{{{ steps.build.outputs }}}}\" \
             }}\n"
        ),
    }
}

impl CreateRelease {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    /// The releases that the forward attempt made, where they still stand: a request that arrives
    /// twice makes two.
    async fn made(&self, attempt: &TypedAttempt<'_, Self>) -> Outcome<Vec<Release>> {
        let before = Self::captured(attempt)?;
        if before.found.is_some() {
            return Ok(Vec::new());
        }
        let definition =
            release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        let (holding, _) = Release::holding(&self.devops, definition, before.build.id).await?;
        let sign = attempt.raw.undoes.unwrap_or(attempt.raw.request_id).to_string();
        Ok(holding.into_iter().filter(|one| one.description.contains(&sign)).collect())
    }

    fn captured<'a>(attempt: &'a TypedAttempt<'_, Self>) -> Outcome<&'a Before> {
        attempt.captured.as_ref().ok_or_else(|| {
            ActionError::Permanent(Failure::permanent(
                "no_capture",
                "failed to find the build in the history",
            ))
        })
    }
}

fn output(release: Release, build: &Build, created: bool) -> Output {
    Output { id: release.id, name: release.name, build: build.clone(), created }
}

impl TypedAction for CreateRelease {
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

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let definition = release_definition(&self.devops, input.definition.as_ref()).await?;
        let wanted = Wanted::Id(input.build.id()?);
        let (build, _) = Build::find(&self.devops, &wanted, None).await?;
        let (usual, date) = Release::usual(&self.devops, definition, build.id).await?;
        let found = usual
            .filter(|_| !input.own)
            .map(|release| Named { id: release.id, name: release.name });
        Ok(Capture { state: Before { build, found }, not_before: date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let Before { build, found } = Self::captured(&attempt)?;
        if let Some(Named { id, name }) = found.clone() {
            return Ok(Acted::Done(Output { id, name, build: build.clone(), created: false }));
        }
        let definition =
            release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        let (holding, _) = Release::holding(&self.devops, definition, build.id).await?;
        let request = attempt.raw.request_id;
        let sign = request.to_string();
        let ours = |one: &Release| one.description.contains(&sign);
        if let Some(release) = holding.into_iter().find(ours) {
            return Ok(Acted::Done(output(release, build, true)));
        }
        let own = attempt.input.own;
        if !own
            && let (Some(release), _) = Release::usual(&self.devops, definition, build.id).await?
        {
            return Ok(Acted::Done(output(release, build, false)));
        }
        let made = Release::create(&self.devops, ctx, definition, build, (request, own)).await?;
        Ok(Acted::Done(output(made, build, true)))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = Self::captured(&attempt)?;
        let definition =
            release_definition(&self.devops, attempt.input.definition.as_ref()).await?;
        let (holding, _) = Release::holding(&self.devops, definition, before.build.id).await?;
        if attempt.raw.side == Side::Undo {
            let made = self.made(&attempt).await?;
            return Ok(match made.is_empty() {
                true => Found::Done(Output {
                    id: 0,
                    name: String::new(),
                    build: before.build.clone(),
                    created: false,
                }),
                false => Found::Absent,
            });
        }
        let request = attempt.raw.request_id.to_string();
        let known = before.found.as_ref().map(|found| found.id);
        for release in holding {
            let ours = release.description.contains(&request);
            if ours || Some(release.id) == known {
                return Ok(Found::Done(output(release, &before.build, ours)));
            }
        }
        Ok(Found::Absent)
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let request = attempt.raw.request_id;
        for made in self.made(&attempt).await? {
            abandon(&self.devops, &made, &signature(ctx, request), request).await?;
        }
        Ok(Acted::Done(()))
    }
}
