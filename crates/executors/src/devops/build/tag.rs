//! `azure_devops.build.tag`: a tag on a build. A tag that is there already stays as it is.

use super::builds::{BuildRef, BuildState, build_ref_schema};
use crate::azure::arm::segment;
use crate::devops::client::{DevOps, Host};
use crate::devops::refusal::captured;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, RequestId};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.build.tag";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct Tag {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The build.
    pub build: BuildRef,
    /// The tag.
    pub tag: String,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The build's id.
    pub build: u64,
    /// Whether it had the tag.
    pub tagged: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The build's id.
    pub build: u64,
    /// The tag.
    pub tag: String,
    /// Whether this step put it there.
    pub added: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Puts a tag on a build.".to_owned(),
        input: schema::object(
            [("build", build_ref_schema("the build")), ("tag", schema::text("the tag"))],
            &["build", "tag"],
        ),
        output: schema::object(
            [
                ("build", schema::int("the build's id")),
                ("tag", schema::text("the tag")),
                ("added", schema::boolean("whether this step put it there")),
            ],
            &["build", "tag", "added"],
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
            "whether the build has the tag already",
            "reads the build's tags",
            "nothing: a tag is a remark",
            &["PAT scope Build (read and execute)"],
        ),
        example: format!(
            "- id: mark\n  uses: {KIND}\n  with: {{ build: \"${{{{ steps.build.outputs }}}}\", \
             tag: released }}\n"
        ),
    }
}

/// Puts a tag on a build.
pub async fn put_tag(devops: &DevOps, build: u64, tag: &str, request: RequestId) -> Outcome<()> {
    let what = format!("tag the build {build}");
    let path = format!("/build/builds/{build}/tags/{}", segment(tag));
    devops.write(&what, (Method::PUT, Host::Builds, &path), Value::Null, request).await?;
    Ok(())
}

impl Tag {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn has(&self, build: u64, tag: &str) -> Outcome<bool> {
        let tags = BuildState::read(&self.devops, build).await?.tags;
        Ok(tags.iter().any(|known| known.eq_ignore_ascii_case(tag)))
    }
}

fn output(before: &Before, tag: &str) -> Output {
    Output { build: before.build, tag: tag.to_owned(), added: !before.tagged }
}

impl TypedAction for Tag {
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
        let build = input.build.id()?;
        let tagged = self.has(build, &input.tag).await?;
        Ok(Capture { state: Before { build, tagged }, not_before: None })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let before = captured(&attempt)?;
        let tag = &attempt.input.tag;
        put_tag(&self.devops, before.build, tag, attempt.raw.request_id).await?;
        Ok(Acted::Done(output(before, tag)))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let before = captured(&attempt)?;
        let tag = &attempt.input.tag;
        Ok(match self.has(before.build, tag).await? {
            true => Found::Done(output(before, tag)),
            false => Found::Absent,
        })
    }
}
