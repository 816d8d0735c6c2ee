//! `azure.sql.get_database`: a database as it is, for people and later steps to go by its id. It
//! changes nothing.

use super::binding::{DatabaseBinding, KIND as DATABASE};
use super::database::look;
use crate::azure::arm::Arm;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure.sql.get_database";

/// The action.
pub struct GetDatabase {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The resource.
    pub database: String,
    /// Another name on the same server.
    pub name: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether there is one.
    pub exists: bool,
    /// Its server.
    pub server: String,
    /// Its name.
    pub database: String,
    /// Its id.
    pub database_id: Option<String>,
    /// `Online`, `Copying`, …
    pub status: Option<String>,
    /// Its size.
    pub service_objective: Option<String>,
    /// When it came up.
    pub created_at: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Reads a database: whether it exists, its id, state and size.".to_owned(),
        input: schema::object(
            [
                ("database", schema::resource(DATABASE, "the database")),
                ("name", schema::text("another name on the server of `database`")),
            ],
            &["database"],
        ),
        output: schema::object(
            [
                ("exists", schema::boolean("whether there is one")),
                ("server", schema::text("its server")),
                ("database", schema::text("its name")),
                ("database_id", schema::text("its id; absent where there is none")),
                ("status", schema::text("its state, such as Online")),
                ("service_objective", schema::text("its size")),
                ("created_at", schema::text("when it came up")),
            ],
            &["exists", "server", "database"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["Reader on the server (Microsoft.Sql/servers/databases/read)"],
        ),
        example: format!(
            "- id: old_copy\n  uses: {KIND}\n  with: {{ database: qa_db, name: \
             dispatcherqa4sprint41 }}\n"
        ),
    }
}

impl GetDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }
}

impl Reading for GetDatabase {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let bound = DatabaseBinding::find(&ctx.bindings, &input.database)?;
        let place = match &input.name {
            Some(name) => bound.beside(None, name),
            None => bound,
        };
        let found = look(&self.arm, &place).await?.database;
        Ok(Output {
            exists: found.is_some(),
            database_id: found.as_ref().map(|database| database.database_id.clone()),
            status: found.as_ref().map(|database| database.status.clone()),
            service_objective: found.as_ref().map(|database| database.objective.clone()),
            created_at: found.and_then(|database| Some(database.created?.to_string())),
            server: place.server,
            database: place.database,
        })
    }
}
