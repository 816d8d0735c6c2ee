//! `azure.sql.delete_database`: a point of no return. It deletes the database that was looked at,
//! or nothing.

use super::binding::{DatabaseBinding, KIND as DATABASE};
use super::copy_database::permanent;
use super::database::{Working, look, operations};
use super::made::DROP;
use crate::azure::app_service::binding::{AppBinding, KIND as APP};
use crate::azure::app_service::connection_string as text;
use crate::azure::app_service::site::Site;
use crate::azure::app_service::whole_set::{SetKind, WholeSet};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.sql.delete_database";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct DeleteDatabase {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The resource.
    pub database: Option<String>,
    /// Or a name, on the server of the resource `beside`.
    pub name: Option<String>,
    /// A resource on the same server.
    pub beside: Option<String>,
    /// The id that it must have.
    pub id: Option<String>,
}

/// What is to be deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The id of the database that was there; none where there was none.
    pub database_id: Option<String>,
    /// Its size, for whoever must make it anew.
    pub sku: Value,
    /// Its tags.
    pub tags: Value,
    /// Its size by name.
    #[serde(default)]
    pub objective: Option<String>,
    /// The moment to which Azure's backups reach back.
    #[serde(default)]
    pub earliest_restore: Option<String>,
}

impl Before {
    fn nothing() -> Self {
        let (sku, tags) = (Value::Null, Value::Null);
        Self { database_id: None, sku, tags, objective: None, earliest_restore: None }
    }
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The server.
    pub server: String,
    /// The database that is gone.
    pub database: String,
    /// Its id; absent where there was none.
    pub database_id: Option<String>,
    /// Its id in the Resource Manager, by which a restore names it.
    pub resource_id: Option<String>,
    /// Its size by name.
    pub service_objective: Option<String>,
    /// The moment to which Azure's backups of it reach back.
    pub earliest_restore: Option<String>,
}

/// Where to ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Option<Operation>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deletes a database for good. Refuses one that an app of the environment still \
         points at."
            .to_owned(),
        input: schema::object(
            [
                ("database", schema::deletes(schema::resource(DATABASE, "the database"))),
                (
                    "name",
                    schema::deletes(schema::text(
                        "or a database's name, on the server of `beside`",
                    )),
                ),
                ("beside", schema::resource(DATABASE, "a database of the same server")),
                (
                    "id",
                    schema::deletes(schema::text(
                        "the id that the database must have, such as that of the copy; the name \
                         alone may belong to another one by now",
                    )),
                ),
            ],
            &[],
        ),
        output: schema::object(
            [
                ("server", schema::text("the server")),
                ("database", schema::text("the database that is gone")),
                ("database_id", schema::text("its id; absent where there was none")),
                ("resource_id", schema::text("its id in Azure, by which a restore names it")),
                ("service_objective", schema::text("the size that it had")),
                ("earliest_restore", schema::text("how far back Azure's own backups of it reach")),
            ],
            &["server", "database"],
        ),
        traits: ActionTraits {
            class: EffectClass::Irreversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the id, size, tags and earliest restore of the database that is there",
            "reads whether the database with that id is still there, and the operations on it",
            "nothing: Azure offers a deleted database again after some minutes and within its \
             retention, without its tags, as a new one with another id \
             (`azure.sql.restore_database`)",
            &[
                "SQL DB Contributor on the server (Microsoft.Sql/servers/databases/read, delete)",
                "Website Contributor on the bound apps, to see that none points at it",
            ],
        ),
        example: format!(
            "- id: drop_old\n  uses: {KIND}\n  with: {{ database: prod_old, id: \"${{{{ \
             steps.copy.outputs.database_id }}}}\" }}\n  requires: \
             steps.backup_is_good.outputs.length > 0\n"
        ),
    }
}

impl DeleteDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn place(bindings: &Bindings, input: &Input) -> Outcome<DatabaseBinding> {
        let [database, name, beside] =
            [&input.database, &input.name, &input.beside].map(Option::as_deref);
        DatabaseBinding::choose(bindings, database, name, beside)
    }

    fn output(&self, place: &DatabaseBinding, attempt: &TypedAttempt<'_, Self>) -> Output {
        let there = attempt.captured.as_ref().filter(|before| before.database_id.is_some());
        Output {
            server: place.server.clone(),
            database: place.database.clone(),
            database_id: there.and_then(|before| before.database_id.clone()),
            resource_id: there.and_then(|_| place.id(&self.arm).ok()),
            service_objective: there.and_then(|before| before.objective.clone()),
            earliest_restore: there.and_then(|before| before.earliest_restore.clone()),
        }
    }

    /// The apps of the environment whose connection strings name the database.
    async fn users(&self, ctx: &Context, place: &DatabaseBinding) -> Outcome<Vec<String>> {
        let mut users = Vec::new();
        for (name, binding) in ctx.bindings.iter().filter(|(_, binding)| binding.kind == APP) {
            let Ok(binding) = AppBinding::read(binding) else { continue };
            // A slot that somebody is yet to make points nowhere.
            if binding.slot.is_some() && Site::find(&self.arm, name, &binding).await?.is_none() {
                continue;
            }
            let kind = SetKind::ConnectionStrings;
            let set = WholeSet { arm: &self.arm, app: name, binding: &binding, kind };
            let (strings, _) = set.read().await?;
            let named = strings.values().filter_map(|entry| entry["value"].as_str()).any(|value| {
                let same = |found: Option<&str>, wanted: &str| {
                    found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
                };
                same(text::database(value), &place.database)
                    && same(text::server(value), &place.server)
            });
            if named {
                users.push(name.clone());
            }
        }
        Ok(users)
    }

    /// Whether the database that was captured is still there.
    async fn remains(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        place: &DatabaseBinding,
    ) -> Outcome<bool> {
        let wanted = attempt.captured.as_ref().and_then(|before| before.database_id.as_ref());
        let Some(wanted) = wanted else { return Ok(false) };
        let now = look(&self.arm, place).await?.database;
        Ok(now.is_some_and(|database| database.database_id == *wanted))
    }
}

impl TypedAction for DeleteDatabase {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let place = typed.and_then(|input| Self::place(bindings, &input).ok());
        let Some(place) = place else { return Vec::new() };
        let name = DatabaseBinding::name_of(bindings, &place.server, &place.database);
        let Some(name) = name else { return Vec::new() };
        let effect = |field: &str| Effect {
            resource: name.to_owned(),
            field: field.to_owned(),
            value: json!(false),
        };
        vec![effect("exists"), effect("online")]
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let [database, name, beside] =
            [&input.database, &input.name, &input.beside].map(Option::as_deref);
        DatabaseBinding::choice(database, name, beside)
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let place = Self::place(&ctx.bindings, input)?;
        let users = self.users(ctx, &place).await?;
        if !users.is_empty() {
            let message = format!(
                "failed to delete {}: {} still points at it; change the connection string first",
                place.label(),
                users.join(", ")
            );
            return permanent("in_use", message);
        }
        let seen = look(&self.arm, &place).await?;
        let state = match seen.database {
            None => Before::nothing(),
            Some(database) if input.id.as_ref().is_some_and(|id| *id != database.database_id) => {
                return permanent(
                    "another_database",
                    format!(
                        "failed to delete {}: the name belongs to another database now, with the \
                         id {}; nothing was deleted",
                        place.label(),
                        database.database_id
                    ),
                );
            }
            Some(database) => Before {
                objective: Some(database.objective),
                earliest_restore: database.earliest_restore.map(|at| at.to_string()),
                database_id: Some(database.database_id),
                sku: database.sku,
                tags: Value::Object(database.tags),
            },
        };
        Ok(Capture { state, not_before: seen.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let place = Self::place(&ctx.bindings, &attempt.input)?;
        if !self.remains(&attempt, &place).await? {
            return Ok(Acted::Done(self.output(&place, &attempt)));
        }
        let what = format!("delete {}", place.label());
        let target = place.target(&self.arm, "")?;
        let request = attempt.raw.request_id;
        let reply = self.arm.write(&what, Method::DELETE, &target, None, request).await?;
        if reply.status == 204 {
            return Ok(Acted::Done(self.output(&place, &attempt)));
        }
        Ok(Acted::Accepted(Handle { operation: Operation::announced(&reply) }))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let place = Self::place(&ctx.bindings, &attempt.input)?;
        let what = format!("delete {}", place.label());
        let (mut after, mut next) = (POLL_MS, handle.operation.clone());
        if let Some(operation) = &handle.operation {
            match operation.ask(&self.arm, &what).await? {
                Progress::Working { operation, after_ms } => {
                    (after, next) = (after_ms, Some(operation));
                }
                Progress::Failed(failure) => return Err(ActionError::Permanent(failure)),
                Progress::Lost(why) => {
                    return Err(ActionError::InDoubt(format!("failed to {what}: {why}")));
                }
                Progress::Succeeded => next = None,
            }
        }
        if next.is_none() && !self.remains(&attempt, &place).await? {
            return Ok(Seen::Done(self.output(&place, &attempt)));
        }
        let handle = Handle { operation: next };
        let message = Some(format!("deleting {}", place.label()));
        Ok(Seen::InProgress { handle, percent: None, message, after_ms: after })
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let place = Self::place(&ctx.bindings, &attempt.input)?;
        if !self.remains(&attempt, &place).await? {
            return Ok(Found::Done(self.output(&place, &attempt)));
        }
        let dropping = |working: &Working| working.operation == DROP && working.is_at_work();
        let at_work = operations(&self.arm, &place).await?.iter().any(dropping);
        Ok(match (at_work, handle) {
            (true, Some(handle)) => Found::InProgress(handle),
            (true, None) => Found::InProgress(Handle { operation: None }),
            (false, _) => Found::Absent,
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let place = Self::place(&ctx.bindings, &input)?;
        let now = look(&self.arm, &place).await?.database;
        let back = now.is_some_and(|now| Some(now.database_id) == output.database_id);
        Ok(match back {
            true => Verdict::Drifted(format!("{} is there again", place.label())),
            false => Verdict::Holds,
        })
    }
}
