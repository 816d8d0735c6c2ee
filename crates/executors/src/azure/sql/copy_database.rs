//! `azure.sql.copy_database`: a copy under a name that is free, followed to its end, undone by
//! deleting exactly it.

use super::binding::DatabaseBinding;
use super::copy_shapes::{Before, Handle, Input, Output};
use super::database::{Database, Working, look, operations, server_location};
use super::made::{COPY, Origin, TAG, origin};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::copy_shapes::{KIND, spec};

/// What Azure says while something else works on a database.
const AT_WORK: &str = "ConflictingDatabaseOperation";

/// The action.
pub struct CopyDatabase {
    pub(super) arm: Arc<Arm>,
    spec: ActionSpec,
}

pub(super) fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl CopyDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        Self { arm, spec: spec() }
    }

    pub(super) fn target(&self, ctx: &Context, input: &Input) -> Outcome<DatabaseBinding> {
        let source = DatabaseBinding::find(&ctx.bindings, &input.from)?;
        Ok(source.beside(input.server.as_deref(), &input.to))
    }

    pub(super) fn output(place: &DatabaseBinding, database: &Database) -> Output {
        Output {
            server: place.server.clone(),
            database: place.database.clone(),
            database_id: database.database_id.clone(),
            created_at: database.created.map(|at| at.to_string()),
        }
    }

    fn taken<T>(place: &DatabaseBinding) -> Outcome<T> {
        permanent(
            "target_exists",
            format!(
                "failed to copy into {}: a database of that name exists, and Azure would change it \
                 instead of \
                 copying; choose another name or reuse it",
                place.label()
            ),
        )
    }

    /// The state of a copy by its target alone.
    async fn by_target(
        &self,
        place: &DatabaseBinding,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let Some(database) = look(&self.arm, place).await?.database else {
            return permanent(
                "copy_gone",
                format!("failed to copy into {}: the target is gone", place.label()),
            );
        };
        if handle.database_id.as_ref().is_some_and(|id| *id != database.database_id) {
            return permanent(
                "copy_replaced",
                format!("failed to copy into {}: another database took the name", place.label()),
            );
        }
        if database.is_online() {
            return Ok(Seen::Done(Self::output(place, &database)));
        }
        if !database.is_coming() {
            return permanent(
                "copy_failed",
                format!("failed to copy into {}: the target is {}", place.label(), database.status),
            );
        }
        let working = operations(&self.arm, place).await.unwrap_or_default();
        let copy = working.iter().find(|working| working.operation == COPY);
        let message = format!("{} is {}", place.label(), database.status);
        let handle = Handle { database_id: Some(database.database_id), ..handle };
        Ok(in_progress(handle, copy, message, POLL_MS))
    }

    /// Sends the copy; its answer must say that it is one.
    async fn send(
        &self,
        place: &DatabaseBinding,
        before: &Before,
        request: RequestId,
        not_before: Option<&str>,
    ) -> Outcome<Option<Operation>> {
        let what = format!("copy into {}", place.label());
        let body = json!({
            "location": before.location,
            "tags": {TAG: request.to_string()},
            "properties": {"createMode": "Copy", "sourceDatabaseId": before.source},
        });
        let target = place.target(&self.arm, "")?;
        let sent = self.arm.write(&what, Method::PUT, &target, Some(body), request).await;
        let reply = sent.map_err(at_work_is_doubt)?;
        let said = reply.json().unwrap_or_default();
        match said["operation"].as_str() {
            Some(COPY) => Ok(Operation::announced(&reply)),
            Some(_) => Self::taken(place),
            None => match self.identify(place, request, not_before).await? {
                Some((_, _, Origin::Ours)) => Ok(Operation::announced(&reply)),
                _ => Err(ActionError::InDoubt(format!(
                    "failed to {what}: Azure took the request without saying what it does"
                ))),
            },
        }
    }

    /// Whether the target is what this step made, with what was seen of it; none where there is no
    /// target.
    pub(super) async fn identify(
        &self,
        place: &DatabaseBinding,
        request: RequestId,
        not_before: Option<&str>,
    ) -> Outcome<Option<(Database, Vec<Working>, Origin)>> {
        let Some(database) = look(&self.arm, place).await?.database else { return Ok(None) };
        let working = operations(&self.arm, place).await?;
        let told = origin(&database, &working, request, not_before);
        Ok(Some((database, working, told)))
    }

    async fn probe_copy(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        place: &DatabaseBinding,
    ) -> Outcome<Found<Output, Handle>> {
        let (request, since) = (attempt.raw.request_id, attempt.raw.not_before.as_deref());
        let Some((database, working, told)) = self.identify(place, request, since).await? else {
            return Ok(Found::Absent);
        };
        let copy = working.iter().rfind(|working| working.operation == COPY);
        Ok(match told {
            Origin::Foreign(why) | Origin::Unclear(why) => Found::Unknown(format!(
                "the database {} exists, and whether this step made it cannot be told: {why}",
                place.label()
            )),
            Origin::Ours if database.is_online() => Found::Done(Self::output(place, &database)),
            Origin::Ours if database.is_coming() => Found::InProgress(Handle {
                operation: None,
                database_id: Some(database.database_id),
            }),
            Origin::Ours => Found::Failed(Failure::permanent(
                "copy_failed",
                format!(
                    "failed to copy into {}: the target is {}{}",
                    place.label(),
                    database.status,
                    copy.and_then(|copy| copy.error.as_ref())
                        .map(|e| format!(": {e}"))
                        .unwrap_or_default()
                ),
            )),
        })
    }
}

/// Something works on the target already: perhaps our own request, which was delivered twice.
fn at_work_is_doubt(error: ActionError) -> ActionError {
    match error {
        ActionError::Transient(failure) if failure.code == AT_WORK => {
            ActionError::InDoubt(failure.message)
        }
        other => other,
    }
}

pub(super) fn in_progress(
    handle: Handle,
    working: Option<&Working>,
    message: String,
    after_ms: u64,
) -> Seen<Output, Handle> {
    let percent = working.and_then(|working| working.percent);
    Seen::InProgress { handle, percent, message: Some(message), after_ms }
}

impl TypedAction for CopyDatabase {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    /// An invariant can speak of the copy only where a resource is bound to it; whoever reads what
    /// a stopped run means in the world must hear of it in any case, by the database's own name.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let (Some(from), Some(to)) = (input["from"].as_str(), input["to"].as_str()) else {
            return Vec::new();
        };
        let source = bindings.get(from).and_then(|binding| DatabaseBinding::read(binding).ok());
        let Some(source) = source else { return Vec::new() };
        let server = input["server"].as_str().unwrap_or(&source.server);
        let name = match DatabaseBinding::name_of(bindings, server, to) {
            Some(bound) => bound.to_owned(),
            // A resource of that name is something else.
            None if bindings.contains_key(to) => format!("{server}/{to}"),
            None => to.to_owned(),
        };
        let effect = |field: &str| Effect {
            resource: name.clone(),
            field: field.to_owned(),
            value: json!(true),
        };
        vec![effect("exists"), effect("online")]
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let source_place = DatabaseBinding::find(&ctx.bindings, &input.from)?;
        let place = self.target(ctx, input)?;
        let source = look(&self.arm, &source_place).await?;
        let Some(source_database) = source.database else {
            return permanent(
                "source_missing",
                format!("failed to copy {}: there is no such database", source_place.label()),
            );
        };
        if !source_database.is_online() {
            let message = format!(
                "failed to copy {}: it is {}, not Online",
                source_place.label(),
                source_database.status
            );
            return Err(ActionError::Transient(Failure::transient("source_not_online", message)));
        }
        let location = match (&input.server, &self.arm.location) {
            (None, _) if !source_database.location.is_empty() => source_database.location,
            (None, Some(location)) => location.clone(),
            _ => server_location(&self.arm, &place).await?,
        };
        let target = look(&self.arm, &place).await?;
        if target.database.is_some() {
            return Self::taken(&place);
        }
        let state = Before {
            source: source_place.id(&self.arm)?,
            source_database_id: source_database.database_id,
            location,
        };
        Ok(Capture { state, not_before: target.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let place = self.target(ctx, &attempt.input)?;
        let Some(before) = &attempt.captured else {
            return permanent("no_capture", "failed to find the source in the history".to_owned());
        };
        let (request, since) = (attempt.raw.request_id, attempt.raw.not_before.as_deref());
        if let Some((database, _, told)) = self.identify(&place, request, since).await? {
            let tagged = database.tags.values().any(|tag| *tag == json!(request.to_string()));
            if told != Origin::Ours || !tagged {
                return Self::taken(&place);
            }
            let database_id = Some(database.database_id);
            return Ok(Acted::Accepted(Handle { operation: None, database_id }));
        }
        let operation = self.send(&place, before, request, since).await?;
        // Its id is worth one look; where that fails the polls will learn it.
        let seen = look(&self.arm, &place).await.ok().and_then(|look| look.database);
        let database_id = seen.map(|database| database.database_id);
        Ok(Acted::Accepted(Handle { operation, database_id }))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let place = self.target(ctx, &attempt.input)?;
        if attempt.raw.side == Side::Undo {
            return self.poll_deletion(&place, handle).await;
        }
        let Some(operation) = &handle.operation else {
            return self.by_target(&place, handle).await;
        };
        let what = format!("copy into {}", place.label());
        match operation.ask(&self.arm, &what).await? {
            Progress::Working { operation, after_ms } => {
                let working = operations(&self.arm, &place).await.unwrap_or_default();
                let ours = working.iter().find(|w| operation.id() == Some(w.id.as_str()));
                let message = format!("copying into {}", place.label());
                let handle = Handle { operation: Some(operation.clone()), ..handle };
                Ok(in_progress(handle, ours, message, after_ms))
            }
            Progress::Succeeded => self.by_target(&place, handle).await,
            Progress::Failed(failure) => Err(ActionError::Permanent(failure)),
            Progress::Lost(why) => Err(ActionError::InDoubt(format!("failed to {what}: {why}"))),
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let place = self.target(ctx, &attempt.input)?;
        if attempt.raw.side == Side::Undo {
            return self.probe_deletion(&attempt, &place, handle).await;
        }
        if let Some(handle) = handle
            && let Some(operation) = &handle.operation
        {
            match operation.ask(&self.arm, &format!("copy into {}", place.label())).await? {
                Progress::Working { operation, .. } => {
                    let operation = Some(operation);
                    return Ok(Found::InProgress(Handle { operation, ..handle.clone() }));
                }
                Progress::Failed(failure) => return Ok(Found::Failed(failure)),
                Progress::Succeeded | Progress::Lost(_) => {}
            }
        }
        self.probe_copy(&attempt, &place).await
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let place = self.target(ctx, &input)?;
        Ok(match look(&self.arm, &place).await?.database {
            Some(now) if now.database_id == output.database_id && now.is_online() => Verdict::Holds,
            Some(now) if now.database_id == output.database_id => {
                Verdict::Drifted(format!("{} is {}", place.label(), now.status))
            }
            Some(_) => Verdict::Drifted(format!("{} is another database now", place.label())),
            None => Verdict::Drifted(format!("{} is gone", place.label())),
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let place = self.target(ctx, &attempt.input)?;
        self.delete_made(ctx, &attempt, &place).await
    }
}
