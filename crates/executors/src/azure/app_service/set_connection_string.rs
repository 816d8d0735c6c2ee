//! `azure.app_service.set_connection_string`: one key of the set, all others untouched.

use super::binding::{AppBinding, KIND as APP};
use super::connection_string as text;
use super::power::SETTLE_MS;
use super::site::Site;
use super::whole_set::{Change, SetKind, Standing, WholeSet, since, standing};
use crate::azure::arm::Arm;
use crate::schema;
use crate::secret_ref::SecretRef;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.app_service.set_connection_string";

/// The type of a new string where the file names none.
const DEFAULT_TYPE: &str = "SQLAzure";

/// The types that Azure knows.
const TYPES: [&str; 11] = [
    "MySql",
    "SQLServer",
    "SQLAzure",
    "Custom",
    "NotificationHub",
    "ServiceBus",
    "EventHub",
    "ApiHub",
    "DocDb",
    "RedisCache",
    "PostgreSQL",
];

/// The action.
pub struct SetConnectionString {
    arm: Arc<Arm>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which app.
    pub app: String,
    /// Which string.
    pub name: String,
    /// The database that it is to name.
    pub database: Option<String>,
    /// The secret with the whole string.
    pub value: Option<SecretRef>,
    /// The type of a new string.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// What was before, and what is to be: both are secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The key.
    pub change: Change,
    /// The site's version stamp.
    pub etag: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Which string.
    pub name: String,
    /// The database that it names now.
    pub database: Option<String>,
    /// The one that it named before.
    pub previous_database: Option<String>,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Points a connection string of an app at another database, or replaces it; other \
         strings stay as \
                  they are. Undone by putting exactly that string back."
            .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "which app")),
                ("name", schema::text("which connection string")),
                ("database", schema::text("the database that it is to name; all else in it stays")),
                (
                    "value",
                    schema::secret(
                        "the secret with the whole string, instead of \
                 `database`",
                    ),
                ),
                ("type", schema::one_of(&TYPES, "the type of a string that is new")),
            ],
            &["app", "name"],
        ),
        output: schema::object(
            [
                ("name", schema::text("which connection string")),
                ("database", schema::text("the database that it names now")),
                ("previous_database", schema::text("the one that it named before")),
                ("changed", schema::boolean("whether it was otherwise before")),
            ],
            &["name", "changed"],
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
            "the previous string and its type, sealed, and whether it sticks to its slot",
            "reads the connection strings and compares the one that was to be set",
            "puts back exactly that string, and only where nobody changed it again; the others \
             stay as they are",
            &["Website Contributor on the app (Microsoft.Web/sites/config/list/action, write)"],
        ),
        example: format!(
            "- id: use_prod_database\n  uses: {KIND}\n  with: {{ app: qa4, name: Default, \
             database: dispatcherqa4prod3 }}\n"
        ),
    }
}

impl SetConnectionString {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    fn set<'a>(&'a self, app: &'a str, binding: &'a AppBinding) -> WholeSet<'a> {
        WholeSet { arm: &self.arm, app, binding, kind: SetKind::ConnectionStrings }
    }

    /// What the string is to be, from what it is.
    async fn wanted(&self, ctx: &Context, input: &Input, before: Option<&Value>) -> Outcome<Value> {
        let refuse = |message: String| {
            Err(ActionError::Permanent(Failure::permanent("connection_string", message)))
        };
        let (app, name) = (&input.app, &input.name);
        let mut entry =
            before.cloned().unwrap_or_else(|| json!({"value": "", "type": DEFAULT_TYPE}));
        if let (Some(kind), None) = (&input.kind, before) {
            entry["type"] = json!(kind);
        }
        entry["value"] = match (&input.database, &input.value) {
            (Some(database), None) => {
                let old = before.and_then(|entry| entry["value"].as_str());
                let Some(old) = old else {
                    return refuse(format!(
                        "failed to point `{name}` of {app} at {database}: the app has no \
                         connection string of that name"
                    ));
                };
                match text::with_database(old, database) {
                    Some(new) => json!(new),
                    None => {
                        return refuse(format!(
                            "failed to point `{name}` of {app} at {database}: that connection \
                             string names no \
                             database; give the whole string as `value`"
                        ));
                    }
                }
            }
            (None, Some(secret)) => json!(secret.resolve(ctx.secrets.as_ref()).await?.expose()),
            _ => {
                return refuse(format!(
                    "failed to set `{name}` of {app}: give `database` or `value`"
                ));
            }
        };
        Ok(entry)
    }

    fn output(change: &Change) -> Output {
        let named = |side: &Option<Value>| {
            let value = side.as_ref()?["value"].as_str()?;
            text::database(value).map(str::to_owned)
        };
        Output {
            name: change.key.clone(),
            database: named(&change.after),
            previous_database: named(&change.before),
            changed: change.before != change.after,
        }
    }
}

/// The captured change; it is durable before anything is sent, so that it must be there.
fn captured(attempt: &TypedAttempt<'_, SetConnectionString>) -> Outcome<Change> {
    let first = attempt.captured.as_ref().map(|before| before.change.clone());
    let again = attempt.acted_again().map(|before| std::slice::from_ref(&before.change));
    let change = first.and_then(|first| since(vec![first], again).pop());
    change.ok_or_else(|| {
        ActionError::Permanent(Failure::permanent(
            "no_capture",
            "failed to find the previous connection string in the history",
        ))
    })
}

impl TypedAction for SetConnectionString {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// Sets the app's database where it is the string that the binding names, or where it names
    /// none.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let Some(app) = input["app"].as_str() else { return Vec::new() };
        let named = bindings.get(app).and_then(|binding| binding.settings.get("connection_string"));
        if named.is_some_and(|named| named != &input["name"]) {
            return Vec::new();
        }
        let value = input["database"].clone();
        vec![Effect { resource: app.to_owned(), field: "database".to_owned(), value }]
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        match (&input.database, &input.value) {
            (Some(_), None) | (None, Some(_)) => Vec::new(),
            _ => vec!["give either `database` or `value`".to_owned()],
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let binding = AppBinding::find(&ctx.bindings, &input.app)?;
        let site = Site::read(&self.arm, &input.app, &binding).await?;
        let (set, reply) = self.set(&input.app, &binding).read().await?;
        let before = set.get(&input.name).cloned();
        let after = Some(self.wanted(ctx, input, before.as_ref()).await?);
        let change = Change { key: input.name.clone(), before, after };
        let not_before = reply.date().map(str::to_owned);
        Ok(Capture { state: Before { change, etag: site.etag }, not_before })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let change = captured(&attempt)?;
        let binding = AppBinding::find(&ctx.bindings, &attempt.input.app)?;
        let set = self.set(&attempt.input.app, &binding);
        set.write(std::slice::from_ref(&change), false, attempt.raw.request_id).await?;
        Ok(Acted::Done(Self::output(&change)))
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let forward = captured(&attempt)?;
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let (set, _) = self.set(app, &binding).read().await?;
        let undo = attempt.raw.side == Side::Undo;
        let change = if undo { forward.reversed() } else { forward.clone() };
        Ok(match standing(&set, &[change]) {
            Standing::After => Found::Done(Self::output(&forward)),
            Standing::Before => Found::Absent,
            Standing::Foreign(_) if undo => {
                ctx.output.kept(&left(app, &forward.key));
                Found::Done(Self::output(&forward))
            }
            Standing::Foreign(_) => Found::Unknown(format!(
                "the connection string `{}` of {app} is neither what it was nor what this step \
                 writes: look who changed it",
                forward.key
            )),
        })
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let binding = AppBinding::find(&ctx.bindings, &input.app)?;
        let (set, _) = self.set(&input.app, &binding).read().await?;
        let value = set.get(&input.name).and_then(|entry| entry["value"].as_str());
        let holds = match &input.value {
            Some(secret) => value == Some(secret.resolve(ctx.secrets.as_ref()).await?.expose()),
            None => value.and_then(text::database) == output.database.as_deref(),
        };
        let now = value.and_then(text::database).unwrap_or("another value");
        Ok(match holds {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!(
                "the connection string `{}` of {} is not as it was left: {now}",
                input.name, input.app
            )),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let change = captured(&attempt)?.reversed();
        let app = &attempt.input.app;
        let binding = AppBinding::find(&ctx.bindings, app)?;
        let set = self.set(app, &binding);
        let written = set.write(&[change], true, attempt.raw.request_id).await?;
        for key in &written.left {
            ctx.output.kept(&left(app, key));
        }
        Ok(Acted::Done(()))
    }
}

fn left(app: &str, key: &str) -> String {
    format!(
        "the connection string `{key}` of {app} was changed by somebody else meanwhile, and keeps \
         that value"
    )
}
