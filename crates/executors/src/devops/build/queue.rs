//! `azure_devops.build.queue`: a build that somebody asks for.
//!
//! A build has no place for its caller's id but a variable that may be set; a tag is put on it as
//! soon as its number is known.

use super::builds::{Build, BuildState, long_branch};
use super::queue_shapes::{Before, Input};
use super::tag::put_tag;
use crate::devops::client::{DevOps, Host};
use crate::devops::definition_ref::build_definition;
use crate::devops::refusal::{captured, odd_answer};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

pub use super::queue_shapes::{KIND, spec};

/// The action.
pub struct Queue {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// What a look among the builds sees.
enum Seen {
    /// More than one where the request arrived twice.
    Ours(Vec<BuildState>),
    Nothing,
    Somebody(u64),
}

fn our_tag(request: RequestId) -> String {
    format!("windlass-{request}")
}

impl Queue {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn look(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        before: &Before,
        request: RequestId,
    ) -> Outcome<Seen> {
        let branch = &attempt.input.branch;
        let (builds, _) = BuildState::of_branch(&self.devops, before.definition, branch).await?;
        let new: Vec<BuildState> =
            builds.into_iter().filter(|one| one.build.id > before.last).collect();
        let (tag, id) = (our_tag(request), request.to_string());
        let ours = |one: &BuildState| one.parameters.contains(&id) || one.tags.contains(&tag);
        if new.iter().any(ours) {
            return Ok(Seen::Ours(new.into_iter().filter(ours).collect()));
        }
        // What carries our id would be found; without one any that was queued by hand may be ours.
        let certain = attempt.input.id_variable.is_some();
        let by_hand = new.iter().find(|one| {
            let named = |tag: &String| tag.starts_with("windlass-");
            one.reason.eq_ignore_ascii_case("manual") && !one.tags.iter().any(named)
        });
        Ok(match by_hand {
            Some(one) if !certain => Seen::Somebody(one.build.id),
            _ => Seen::Nothing,
        })
    }

    /// Its tag; a build that lacks it is ours all the same.
    async fn mark(&self, ctx: &Context, build: u64, request: RequestId) {
        if let Err(error) = put_tag(&self.devops, build, &our_tag(request), request).await {
            ctx.output.line(&format!("the build {build} runs, and got no tag: {error:?}"));
        }
    }
}

/// The first of ours that was queued.
fn first(ours: &mut Vec<BuildState>) -> Found<Build, ()> {
    ours.pop().map_or(Found::Absent, |one| Found::Done(one.build))
}

impl TypedAction for Queue {
    type Input = Input;
    type Output = Build;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let definition = build_definition(&self.devops, input.definition.as_ref()).await?;
        let branch = &input.branch;
        let (builds, date) = BuildState::of_branch(&self.devops, definition, branch).await?;
        let last = builds.first().map_or(0, |one| one.build.id);
        Ok(Capture { state: Before { definition, last }, not_before: date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Build, ()>> {
        let before = captured(&attempt)?;
        let request = attempt.raw.request_id;
        if let Seen::Ours(mut found) = self.look(&attempt, before, request).await?
            && let Found::Done(build) = first(&mut found)
        {
            return Ok(Acted::Done(build));
        }
        let input = &attempt.input;
        let mut variables: Map<String, Value> =
            input.variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        if let Some(name) = &input.id_variable {
            variables.insert(name.clone(), json!(request.to_string()));
        }
        let mut body = json!({
            "definition": {"id": before.definition},
            "sourceBranch": long_branch(&input.branch),
        });
        if let Some(commit) = &input.commit {
            body["sourceVersion"] = json!(commit);
        }
        if !variables.is_empty() {
            body["parameters"] = json!(Value::Object(variables).to_string());
        }
        let what = format!("queue a build of {}", input.branch);
        let call = (Method::POST, Host::Builds, "/build/builds");
        let said = self.devops.write(&what, call, body, request).await?;
        let Some(queued) = BuildState::of(&said) else { return odd_answer(&what) };
        self.mark(ctx, queued.build.id, request).await;
        Ok(Acted::Done(queued.build))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Build, ()>> {
        let before = captured(&attempt)?;
        let forward = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let seen = self.look(&attempt, before, forward).await?;
        if attempt.raw.side == Side::Undo {
            let build = attempt.output.clone();
            return Ok(match seen {
                Seen::Ours(mut all) if all.iter().all(BuildState::is_over) => first(&mut all),
                Seen::Ours(_) | Seen::Somebody(_) => Found::Absent,
                Seen::Nothing => build.map_or(Found::Absent, Found::Done),
            });
        }
        Ok(match seen {
            Seen::Ours(mut all) => first(&mut all),
            Seen::Nothing => Found::Absent,
            Seen::Somebody(id) => Found::Unknown(format!(
                "the build {id} was queued by hand since, and may be this step's; give \
                 `id_variable` to tell them apart next time"
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let before = captured(&attempt)?;
        let forward = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let mut known = match self.look(&attempt, before, forward).await? {
            Seen::Ours(found) => found,
            Seen::Somebody(id) if attempt.output.is_none() => {
                ctx.output.kept(&format!("the build {id} may be this step's, and stays"));
                Vec::new()
            }
            Seen::Nothing | Seen::Somebody(_) => Vec::new(),
        };
        if let Some(build) = &attempt.output
            && !known.iter().any(|one| one.build.id == build.id)
        {
            known.push(BuildState::read(&self.devops, build.id).await?);
        }
        for one in known.iter().filter(|one| !one.is_over()) {
            let what = format!("cancel the build {}", one.build.number);
            let path = format!("/build/builds/{}", one.build.id);
            let call = (Method::PATCH, Host::Builds, path.as_str());
            let body = json!({"status": "cancelling"});
            self.devops.write(&what, call, body, attempt.raw.request_id).await?;
        }
        Ok(Acted::Done(()))
    }
}
