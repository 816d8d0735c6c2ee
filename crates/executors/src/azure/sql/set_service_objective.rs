//! `azure.sql.set_service_objective`: another size for a database, followed to its end.

use super::binding::{DatabaseBinding, KIND as DATABASE};
use super::copy_database::permanent;
use super::database::{Database, look};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS};
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.sql.set_service_objective";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct SetServiceObjective {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which database.
    pub database: String,
    /// Its size from now on: `GP_Gen5_4`, `S3`.
    pub objective: String,
}

/// The size that it had.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The database's id.
    pub database_id: String,
    /// The size by name.
    pub objective: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its size now.
    pub objective: String,
    /// Its size before.
    pub before: String,
}

/// Where to ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation; by the database's own words where it is not known.
    pub operation: Option<Operation>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Gives a database another size. Undone by giving it the one that it had."
            .to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "which database")),
                ("objective", schema::text("its size, such as GP_Gen5_4 or S3")),
            ],
            &["database", "objective"],
        ),
        output: schema::object(
            [
                ("objective", schema::text("its size now")),
                ("before", schema::text("its size before")),
            ],
            &["objective", "before"],
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
            "the database's id and its size",
            "reads the size that the database has and the one that was asked for",
            "gives the database with that id its previous size, unless somebody else changed it \
             meanwhile",
            &["SQL DB Contributor on the server (Microsoft.Sql/servers/databases/read, write)"],
        ),
        example: format!(
            "- id: grow\n  uses: {KIND}\n  with: {{ database: prod_db, objective: GP_Gen5_8 }}\n"
        ),
    }
}

impl SetServiceObjective {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    async fn database(&self, place: &DatabaseBinding) -> Outcome<Database> {
        match look(&self.arm, place).await?.database {
            Some(database) => Ok(database),
            None => permanent("missing", format!("failed to find the database {}", place.label())),
        }
    }

    async fn request(
        &self,
        place: &DatabaseBinding,
        objective: &str,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<Handle> {
        let what = format!("give {} the size {objective}", place.label());
        let body = json!({"sku": {"name": objective}});
        let target = place.target(&self.arm, "")?;
        let request = attempt.raw.request_id;
        let reply = self.arm.write(&what, Method::PATCH, &target, Some(body), request).await?;
        Ok(Handle { operation: Operation::announced(&reply) })
    }

    /// The size that this side of the attempt wants, and the other.
    fn aims(attempt: &TypedAttempt<'_, Self>) -> Outcome<(String, String, Output)> {
        let Some(before) = &attempt.captured else {
            return permanent("no_capture", "failed to find the size in the history".to_owned());
        };
        let (new, old) = (attempt.input.objective.clone(), before.objective.clone());
        let output = Output { objective: new.clone(), before: old.clone() };
        Ok(match attempt.raw.side {
            Side::Forward => (new, old, output),
            Side::Undo => (old, new, output),
        })
    }
}

fn is(found: &str, wanted: &str) -> bool {
    found.eq_ignore_ascii_case(wanted)
}

impl TypedAction for SetServiceObjective {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let (Some(database), Some(objective)) =
            (input["database"].as_str(), input["objective"].as_str())
        else {
            return Vec::new();
        };
        vec![Effect {
            resource: database.to_owned(),
            field: "service_objective".to_owned(),
            value: json!(objective),
        }]
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let place = DatabaseBinding::find(&ctx.bindings, &input.database)?;
        let seen = look(&self.arm, &place).await?;
        let Some(database) = seen.database else {
            return permanent("missing", format!("failed to find the database {}", place.label()));
        };
        let state = Before { database_id: database.database_id, objective: database.objective };
        Ok(Capture { state, not_before: seen.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let place = DatabaseBinding::find(&ctx.bindings, &attempt.input.database)?;
        let (wanted, _, output) = Self::aims(&attempt)?;
        let now = self.database(&place).await?;
        if is(&now.objective, &wanted) {
            return Ok(Acted::Done(output));
        }
        if is(&now.requested, &wanted) {
            return Ok(Acted::Accepted(Handle { operation: None }));
        }
        Ok(Acted::Accepted(self.request(&place, &wanted, &attempt).await?))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let place = DatabaseBinding::find(&ctx.bindings, &attempt.input.database)?;
        let (wanted, _, output) = Self::aims(&attempt)?;
        let message = Some(format!("{} gets the size {wanted}", place.label()));
        if let Some(operation) = &handle.operation {
            let what = format!("give {} the size {wanted}", place.label());
            if let Some((operation, after_ms)) = operation.rest(&self.arm, &what).await? {
                let handle = Handle { operation: Some(operation) };
                return Ok(Seen::InProgress { handle, percent: None, message, after_ms });
            }
        }
        let now = self.database(&place).await?;
        if is(&now.objective, &wanted) {
            return Ok(Seen::Done(output));
        }
        if !is(&now.requested, &wanted) {
            let message = format!(
                "failed to give {} the size {wanted}: it is {} and nothing changes it",
                place.label(),
                now.objective
            );
            return permanent("not_resized", message);
        }
        let handle = Handle { operation: None };
        Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let place = DatabaseBinding::find(&ctx.bindings, &attempt.input.database)?;
        let (wanted, other, output) = Self::aims(&attempt)?;
        let now = self.database(&place).await?;
        Ok(if is(&now.objective, &wanted) && is(&now.requested, &wanted) {
            Found::Done(output)
        } else if is(&now.requested, &wanted) {
            Found::InProgress(handle.unwrap_or(Handle { operation: None }))
        } else if is(&now.requested, &other) {
            Found::Absent
        } else if attempt.raw.side == Side::Undo {
            // Somebody else's size stays: there is nothing left to undo.
            Found::Done(output)
        } else {
            Found::Unknown(format!(
                "{} shall become {}, which neither this step nor what was before asks for",
                place.label(),
                now.requested
            ))
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let place = DatabaseBinding::find(&ctx.bindings, &input.database)?;
        let now = self.database(&place).await?;
        Ok(match is(&now.objective, &output.objective) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} has the size {}", place.label(), now.objective)),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let place = DatabaseBinding::find(&ctx.bindings, &attempt.input.database)?;
        let (wanted, ours, _) = Self::aims(&attempt)?;
        let now = look(&self.arm, &place).await?.database;
        let id = attempt.captured.as_ref().map(|before| before.database_id.clone());
        let Some(now) = now.filter(|now| Some(&now.database_id) == id.as_ref()) else {
            ctx.output.kept(&format!("{} is gone or another database", place.label()));
            return Ok(Acted::Done(()));
        };
        if is(&now.requested, &wanted) {
            return Ok(Acted::Done(()));
        }
        if !is(&now.requested, &ours) {
            ctx.output.kept(&format!(
                "{} got the size {} by somebody else meanwhile, and keeps it",
                place.label(),
                now.requested
            ));
            return Ok(Acted::Done(()));
        }
        Ok(Acted::Accepted(self.request(&place, &wanted, &attempt).await?))
    }
}
