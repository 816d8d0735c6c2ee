//! `azure_devops.pipeline.run`: one run of a YAML pipeline, begun and not waited for: a run is a
//! build too, which another step follows.

use super::run_shapes::{Before, Input, Output};
use super::runs::Run as One;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::build_definition;
use crate::devops::git::refs::long;
use crate::devops::refusal::{captured, permanent};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

pub use super::run_shapes::{KIND, spec};

/// New runs that are looked at one by one.
const NEW_MAX: usize = 10;

/// The action.
pub struct Run {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// What a look among the runs sees.
enum Sight {
    /// More than one where the request arrived twice; the first of them last.
    Ours(Vec<One>),
    Nothing,
    Somebody(u64),
}

impl Run {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn look(&self, attempt: &TypedAttempt<'_, Self>, request: RequestId) -> Outcome<Sight> {
        let before = captured(attempt)?;
        let (runs, _) = One::of_pipeline(&self.devops, before.pipeline).await?;
        let new: Vec<u64> =
            runs.iter().map(|one| one.id).filter(|id| *id > before.last).take(NEW_MAX).collect();
        let (sign, mut ours) = (request.to_string(), Vec::new());
        for id in &new {
            let run = One::read(&self.devops, before.pipeline, *id).await?;
            if run.variables.contains(&sign) {
                ours.push(run);
            }
        }
        if !ours.is_empty() {
            return Ok(Sight::Ours(ours));
        }
        // A run that carries our id would be found; without one any new one may be ours.
        Ok(match new.first() {
            Some(id) if attempt.input.id_variable.is_none() => Sight::Somebody(*id),
            _ => Sight::Nothing,
        })
    }

    /// The run of the forward attempt, as far as one can tell.
    async fn forward(&self, attempt: &TypedAttempt<'_, Self>) -> Outcome<Sight> {
        let request = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let seen = self.look(attempt, request).await?;
        match (seen, &attempt.output) {
            (Sight::Nothing | Sight::Somebody(_), Some(output)) => {
                let pipeline = captured(attempt)?.pipeline;
                Ok(Sight::Ours(vec![One::read(&self.devops, pipeline, output.id).await?]))
            }
            (seen, _) => Ok(seen),
        }
    }
}

/// The first of ours that began.
fn first(ours: &mut Vec<One>) -> Found<Output, ()> {
    ours.pop().map_or(Found::Absent, |run| Found::Done(output(run)))
}

fn output(run: One) -> Output {
    Output { id: run.id, name: run.name }
}

impl TypedAction for Run {
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
        let pipeline = build_definition(&self.devops, Some(&input.pipeline)).await?;
        let (runs, date) = One::of_pipeline(&self.devops, pipeline).await?;
        let last = runs.first().map_or(0, |one| one.id);
        Ok(Capture { state: Before { pipeline, last }, not_before: date })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let request = attempt.raw.request_id;
        if let Sight::Ours(mut ours) = self.look(&attempt, request).await?
            && let Found::Done(output) = first(&mut ours)
        {
            return Ok(Acted::Done(output));
        }
        let input = &attempt.input;
        let mut variables = Map::new();
        for (name, value) in &input.variables {
            variables.insert(name.clone(), json!({"value": value}));
        }
        if let Some(name) = &input.id_variable {
            variables.insert(name.clone(), json!({"value": request.to_string()}));
        }
        let mut body = json!({
            "templateParameters": input.template_parameters,
            "variables": variables,
            "stagesToSkip": input.stages_to_skip,
        });
        if let Some(branch) = &input.branch {
            body["resources"] = json!({"repositories": {"self": {"refName": long(branch)}}});
        }
        let pipeline = captured(&attempt)?.pipeline;
        let run = One::begin(&self.devops, pipeline, body, request).await?;
        Ok(Acted::Done(output(run)))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        if attempt.raw.side == Side::Undo {
            return Ok(match self.forward(&attempt).await? {
                Sight::Ours(mut all) if all.iter().all(|run| run.over) => first(&mut all),
                _ => Found::Absent,
            });
        }
        Ok(match self.look(&attempt, attempt.raw.request_id).await? {
            Sight::Ours(mut ours) => first(&mut ours),
            Sight::Nothing => Found::Absent,
            Sight::Somebody(id) => Found::Unknown(format!(
                "the run {id} began since, and may be this step's; give `id_variable` to tell \
                 them apart next time"
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        match self.forward(&attempt).await? {
            Sight::Ours(all) => {
                for run in &all {
                    match run.over {
                        false => run.cancel(&self.devops, attempt.raw.request_id).await?,
                        true => {
                            let over = format!("the run {} is over; what it did stays", run.name);
                            ctx.output.kept(&over);
                        }
                    }
                }
            }
            Sight::Nothing => {}
            Sight::Somebody(id) => {
                return permanent(
                    "whose_run",
                    format!(
                        "failed to undo the run: {id} may be this step's or somebody else's; \
                         look at it in Azure DevOps"
                    ),
                );
            }
        }
        Ok(Acted::Done(()))
    }
}
