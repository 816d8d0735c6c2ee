//! `azure.sql.rename_database`: another name for the database with this id. Rules and content stay;
//! connection strings name it by its name, so whoever used the old one loses it.

use super::binding::{DatabaseBinding, KIND as DATABASE};
use super::copy_database::permanent;
use super::database::look;
use crate::azure::arm::Arm;
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.sql.rename_database";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct RenameDatabase {
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
    /// The new name.
    pub to: String,
    /// The id that it must have.
    pub id: Option<String>,
}

/// The database that is to be renamed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Its id, which survives.
    pub database_id: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The server.
    pub server: String,
    /// Its name now.
    pub database: String,
    /// Its name before.
    pub before: String,
    /// Its id.
    pub database_id: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Gives a database another name that is free; its id, content and rules stay. \
                  Undone by renaming it back."
            .to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("name", schema::text("or a database's name, on the server of `beside`")),
                ("beside", schema::resource(DATABASE, "a database of the same server")),
                ("to", schema::text("the new name; it must be free")),
                ("id", schema::text("the id that the database must have")),
            ],
            &["to"],
        ),
        output: schema::object(
            [
                ("server", schema::text("the server")),
                ("database", schema::text("its name now")),
                ("before", schema::text("its name before")),
                ("database_id", schema::text("its id, which survives")),
            ],
            &["server", "database", "before", "database_id"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the database's id, and that the new name is free",
            "looks under both names for the database with that id",
            "renames the database with that id back, if its old name is free",
            &["SQL DB Contributor on the server (Microsoft.Sql/servers/databases/read, \
               move/action)"],
        ),
        example: format!(
            "- id: set_aside\n  uses: {KIND}\n  with: {{ database: prod_db, to: \
             DispatcherProd2failed20261126 }}\n"
        ),
    }
}

/// Where the database with an id is, of two names.
enum Place {
    Old,
    New,
    Neither,
}

impl RenameDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    /// The old and the new place.
    fn places(bindings: &Bindings, input: &Input) -> Outcome<(DatabaseBinding, DatabaseBinding)> {
        let [database, name, beside] =
            [&input.database, &input.name, &input.beside].map(Option::as_deref);
        let old = DatabaseBinding::choose(bindings, database, name, beside)?;
        let new = old.beside(None, &input.to);
        Ok((old, new))
    }

    async fn find(&self, old: &DatabaseBinding, new: &DatabaseBinding, id: &str) -> Outcome<Place> {
        let is = |found: Option<super::database::Database>| {
            found.is_some_and(|database| database.database_id == id)
        };
        if is(look(&self.arm, old).await?.database) {
            return Ok(Place::Old);
        }
        let there = is(look(&self.arm, new).await?.database);
        Ok(if there { Place::New } else { Place::Neither })
    }

    async fn rename(
        &self,
        from: &DatabaseBinding,
        to: &DatabaseBinding,
        request: RequestId,
    ) -> Outcome<()> {
        if look(&self.arm, to).await?.database.is_some() {
            return taken(from, to);
        }
        let what = format!("rename {} to {}", from.label(), to.database);
        let body = json!({"id": to.id(&self.arm)?});
        let target = from.target(&self.arm, "/move")?;
        self.arm.write(&what, Method::POST, &target, Some(body), request).await.map(drop)
    }
}

fn taken<T>(from: &DatabaseBinding, to: &DatabaseBinding) -> Outcome<T> {
    permanent(
        "target_exists",
        format!(
            "failed to rename {} to {}: a database of that name exists; rename or delete it first",
            from.label(),
            to.database
        ),
    )
}

fn captured(attempt: &TypedAttempt<'_, RenameDatabase>) -> Outcome<String> {
    match &attempt.captured {
        Some(before) => Ok(before.database_id.clone()),
        None => permanent("no_capture", "failed to find the database's id in the history".into()),
    }
}

fn output(old: &DatabaseBinding, new: &DatabaseBinding, id: String) -> Output {
    Output {
        server: new.server.clone(),
        database: new.database.clone(),
        before: old.database.clone(),
        database_id: id,
    }
}

impl TypedAction for RenameDatabase {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let places = typed.and_then(|input| Self::places(bindings, &input).ok());
        let Some((old, new)) = places else { return Vec::new() };
        let mut effects = Vec::new();
        for (place, there) in [(old, false), (new, true)] {
            let bound = DatabaseBinding::name_of(bindings, &place.server, &place.database);
            let name = match bound {
                Some(name) => name.to_owned(),
                None if bindings.contains_key(&place.database) => place.label(),
                None => place.database.clone(),
            };
            effects.extend(
                [("exists", json!(there)), ("online", json!(there)), ("id", json!(null))].map(
                    |(field, value)| Effect {
                        resource: name.clone(),
                        field: field.to_owned(),
                        value,
                    },
                ),
            );
        }
        effects
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let [database, name, beside] =
            [&input.database, &input.name, &input.beside].map(Option::as_deref);
        DatabaseBinding::choice(database, name, beside)
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let (old, new) = Self::places(&ctx.bindings, input)?;
        let seen = look(&self.arm, &old).await?;
        let Some(database) = seen.database else {
            let message = format!("failed to rename {}: there is no such database", old.label());
            return permanent("source_missing", message);
        };
        if input.id.as_ref().is_some_and(|id| *id != database.database_id) {
            let message = format!(
                "failed to rename {}: it is another database than the one with the given id",
                old.label()
            );
            return permanent("another_database", message);
        }
        if look(&self.arm, &new).await?.database.is_some() {
            return taken(&old, &new);
        }
        Ok(Capture { state: Before { database_id: database.database_id }, not_before: seen.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let (old, new) = Self::places(&ctx.bindings, &attempt.input)?;
        let id = captured(&attempt)?;
        match self.find(&old, &new, &id).await? {
            Place::New => {}
            Place::Old => self.rename(&old, &new, attempt.raw.request_id).await?,
            Place::Neither => {
                let message = format!(
                    "failed to rename {}: the database that was looked at is gone",
                    old.label()
                );
                return permanent("source_missing", message);
            }
        }
        Ok(Acted::Done(output(&old, &new, id)))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let (old, new) = Self::places(&ctx.bindings, &attempt.input)?;
        let id = captured(&attempt)?;
        let undo = attempt.raw.side == Side::Undo;
        Ok(match (self.find(&old, &new, &id).await?, undo) {
            (Place::New, false) | (Place::Old, true) => Found::Done(output(&old, &new, id)),
            (Place::Old, false) | (Place::New, true) => Found::Absent,
            (Place::Neither, _) => Found::Unknown(format!(
                "the database with the id {id} is neither {} nor {}: look where it is",
                old.label(),
                new.label()
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let (_, new) = Self::places(&ctx.bindings, &input)?;
        let now = look(&self.arm, &new).await?.database;
        Ok(match now {
            Some(now) if now.database_id == output.database_id => Verdict::Holds,
            Some(_) => Verdict::Drifted(format!("{} is another database now", new.label())),
            None => Verdict::Drifted(format!("{} is gone", new.label())),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let (old, new) = Self::places(&ctx.bindings, &attempt.input)?;
        let id = captured(&attempt)?;
        match self.find(&old, &new, &id).await? {
            Place::Old => {}
            Place::New => self.rename(&new, &old, attempt.raw.request_id).await?,
            Place::Neither => {
                let message = format!(
                    "failed to rename {} back: the database with the id {id} is under neither \
                     name; look where it is, then say so with `windlass step done`",
                    new.label()
                );
                return permanent("whose", message);
            }
        }
        Ok(Acted::Done(()))
    }
}
