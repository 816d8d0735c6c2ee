//! `azure_devops.release.abandon`: a release that is not to be deployed any more.

use super::deployments::StageState;
use super::releases::{Release, ReleaseRef, release_ref_schema};
use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::{captured, transient};
use crate::devops::signature::signature;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, RequestId};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.abandon";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct Abandon {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The release.
    pub release: ReleaseRef,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The release's name.
    pub name: String,
    /// Whether it could be deployed.
    pub active: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether this step abandoned it.
    pub abandoned: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Abandons a release: none of its stages can be deployed any more; what runs \
                  stays."
            .to_owned(),
        input: schema::object([("release", release_ref_schema("the release"))], &["release"]),
        output: schema::object(
            [
                ("id", schema::int("its number")),
                ("name", schema::text("its name")),
                ("abandoned", schema::boolean("whether this step abandoned it")),
            ],
            &["id", "name", "abandoned"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "whether the release can be deployed",
            "reads the release",
            "nothing: another release of the same build can be made",
            &["PAT scope Release (read, write and execute)"],
        ),
        example: format!(
            "- id: abandon\n  uses: {KIND}\n  with: {{ release: \
             \"${{{{ steps.release.outputs }}}}\" }}\n"
        ),
    }
}

/// Abandons a release, where none of its stages is at work.
pub async fn abandon(
    devops: &DevOps,
    release: &Release,
    comment: &str,
    request: RequestId,
) -> Outcome<()> {
    let whole = release.clone().with_stages(devops).await?;
    for stage in &whole.stages {
        if StageState::read(devops, whole.id, stage.id).await?.is_at_work() {
            let (name, stage) = (&whole.name, &stage.name);
            let message = format!("failed to abandon {name}: its stage {stage} is at work");
            return transient("stage_busy", message);
        }
    }
    let what = format!("abandon {}", whole.name);
    let path = format!("/release/releases/{}", whole.id);
    let body = json!({"status": "abandoned", "comment": comment});
    devops.write(&what, (Method::PATCH, Host::Releases, &path), body, request).await?;
    Ok(())
}

impl Abandon {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }
}

impl TypedAction for Abandon {
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
        let release = Release::read(&self.devops, input.release.id()).await?;
        let state = Before { name: release.name, active: release.active };
        Ok(Capture { state, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let before = captured(&attempt)?;
        let release = Release::read(&self.devops, attempt.input.release.id()).await?;
        if release.active {
            let request = attempt.raw.request_id;
            abandon(&self.devops, &release, &signature(ctx, request), request).await?;
        }
        let (id, name) = (release.id, release.name);
        Ok(Acted::Done(Output { id, name, abandoned: before.active }))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = captured(&attempt)?;
        let release = Release::read(&self.devops, attempt.input.release.id()).await?;
        if release.active {
            return Ok(Found::Absent);
        }
        let (id, name) = (release.id, release.name);
        Ok(Found::Done(Output { id, name, abandoned: before.active }))
    }
}
