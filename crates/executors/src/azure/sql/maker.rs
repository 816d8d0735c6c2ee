//! A database that a step makes under a name that is free: whose it is, how far it is, whether it
//! is still there, and away with it. It must not know how it is asked for.

use super::binding::DatabaseBinding;
use super::copy_shapes::{Handle, Output};
use super::database::{Database, Working, look, operations, time};
use super::made::{Origin, TAG, origin};
use crate::azure::activity_log::{self, Told};
use crate::azure::arm::Arm;
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use crate::change::failing::permanent;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::{Failure, RequestId, Side};
use windlass_ports::typed::{Found, Seen};
use windlass_ports::{ActionError, Attempt, Outcome, Verdict};

/// What Azure says while something else works on a database.
const AT_WORK: &str = "ConflictingDatabaseOperation";

/// What makes databases in one way.
pub struct Maker {
    /// The Resource Manager.
    pub arm: Arc<Arm>,
    /// Azure's word for the operation.
    pub operation: &'static str,
    /// What it is called in codes: `copy`, `restore`.
    pub noun: &'static str,
    /// What completes "failed to … server/database".
    pub verb: &'static str,
    /// Who tells whose it is.
    pub witness: Witness,
}

/// Who tells whether a database under the name is the one that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// Its tag, and the list of operations on it.
    List,
    /// The activity log: an import takes no tag and stands in no list.
    Log,
}

/// When and by whom a database was asked for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The request that asked.
    pub request: RequestId,
    /// The service's clock before it.
    pub since: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// By the forward attempt, on whichever side one is.
    pub fn by(attempt: &'a Attempt) -> Self {
        let request = match attempt.side {
            Side::Undo => attempt.undoes.unwrap_or(attempt.request_id),
            Side::Forward => attempt.request_id,
        };
        Self { request, since: attempt.not_before.as_deref() }
    }
}

/// A database that was told from others, with what works on it.
pub type Identified = (Database, Vec<Working>, Origin);

impl Maker {
    /// `copy into server/database`.
    pub fn what(&self, place: &DatabaseBinding) -> String {
        format!("{} {}", self.verb, place.label())
    }

    /// What later steps name.
    pub fn output(place: &DatabaseBinding, database: &Database) -> Output {
        Output {
            server: place.server.clone(),
            database: place.database.clone(),
            database_id: database.database_id.clone(),
            created_at: database.created.map(|at| at.to_string()),
        }
    }

    /// The name is not free.
    pub fn taken<T>(&self, place: &DatabaseBinding) -> Outcome<T> {
        permanent(
            "target_exists",
            format!(
                "failed to {}: a database of that name exists, and Azure would change it instead; \
                 choose another name or reuse it",
                self.what(place)
            ),
        )
    }

    /// Asks for the database; the answer must say that it is made. `properties` are the body's.
    pub async fn put(
        &self,
        place: &DatabaseBinding,
        location: &str,
        properties: Value,
        asked: Asked<'_>,
    ) -> Outcome<Option<Operation>> {
        let what = self.what(place);
        let body = json!({
            "location": location,
            "tags": {TAG: asked.request.to_string()},
            "properties": properties,
        });
        let target = place.target(&self.arm, "")?;
        let sent = self.arm.write(&what, Method::PUT, &target, Some(body), asked.request).await;
        let reply = sent.map_err(at_work_is_doubt)?;
        let said = reply.json().unwrap_or_default();
        match said["operation"].as_str() {
            Some(word) if word == self.operation => Ok(Operation::announced(&reply)),
            Some(_) => self.taken(place),
            None => match self.identify(place, asked).await? {
                Some((_, _, Origin::Ours)) => Ok(Operation::announced(&reply)),
                _ => Err(ActionError::InDoubt(format!(
                    "failed to {what}: Azure took the request without saying what it does"
                ))),
            },
        }
    }

    /// Whether the target is what this step made, with what was seen of it; none where there is no
    /// target.
    pub async fn identify(
        &self,
        place: &DatabaseBinding,
        asked: Asked<'_>,
    ) -> Outcome<Option<Identified>> {
        let Some(database) = look(&self.arm, place).await?.database else { return Ok(None) };
        let working = operations(&self.arm, place).await?;
        let told = origin(&database, &working, self.operation, asked.request, asked.since);
        let told = match self.witness {
            Witness::List => told,
            Witness::Log => self.by_log(place, told, asked).await?,
        };
        Ok(Some((database, working, told)))
    }

    /// What the list could not tell. A name that was free before the request, a database that came
    /// after it, and a log that does not say otherwise: that is ours.
    async fn by_log(
        &self,
        place: &DatabaseBinding,
        told: Origin,
        asked: Asked<'_>,
    ) -> Outcome<Origin> {
        let since = asked.since.and_then(|date| time(&date.into()));
        let (Origin::Unclear(_), Some(since)) = (&told, since) else { return Ok(told) };
        let subscription = place.subscription.as_deref();
        Ok(match activity_log::told(&self.arm, subscription, asked.request, since).await? {
            Told::Failed | Told::Refused => Origin::Foreign(
                "the activity log says that our request failed, so somebody else made it"
                    .to_owned(),
            ),
            Told::Accepted | Told::Succeeded | Told::Nothing => Origin::Ours,
        })
    }

    /// Whether an earlier delivery of the same attempt began already; anything else under the name
    /// is a stranger's.
    pub async fn begun(
        &self,
        place: &DatabaseBinding,
        asked: Asked<'_>,
    ) -> Outcome<Option<Handle>> {
        let Some((database, _, told)) = self.identify(place, asked).await? else {
            return Ok(None);
        };
        let tagged = database.tags.values().any(|tag| *tag == json!(asked.request.to_string()));
        if told != Origin::Ours || !tagged {
            return self.taken(place);
        }
        Ok(Some(Handle { operation: None, database_id: Some(database.database_id) }))
    }

    /// What was accepted: its address, and its id where one look shows it. Where that fails the
    /// polls will learn it.
    pub async fn accepted(&self, place: &DatabaseBinding, operation: Option<Operation>) -> Handle {
        let seen = look(&self.arm, place).await.ok().and_then(|look| look.database);
        Handle { operation, database_id: seen.map(|database| database.database_id) }
    }

    /// How far it is.
    pub async fn follow(
        &self,
        place: &DatabaseBinding,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let Some(operation) = &handle.operation else {
            return self.by_target(place, handle).await;
        };
        let what = self.what(place);
        match operation.ask(&self.arm, &what).await? {
            Progress::Working { operation, after_ms } => {
                let working = operations(&self.arm, place).await.unwrap_or_default();
                let ours = working.iter().find(|w| operation.id() == Some(w.id.as_str()));
                let message = format!("making {}", place.label());
                let handle = Handle { operation: Some(operation.clone()), ..handle };
                Ok(in_progress(handle, ours, message, after_ms))
            }
            Progress::Succeeded => self.by_target(place, handle).await,
            Progress::Failed(failure) => Err(ActionError::Permanent(failure)),
            Progress::Lost(why) => Err(ActionError::InDoubt(format!("failed to {what}: {why}"))),
        }
    }

    /// How far it is, by its target alone.
    async fn by_target(
        &self,
        place: &DatabaseBinding,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let (noun, what) = (self.noun, self.what(place));
        let Some(database) = look(&self.arm, place).await?.database else {
            return permanent(
                &format!("{noun}_gone"),
                format!("failed to {what}: the target is gone"),
            );
        };
        if handle.database_id.as_ref().is_some_and(|id| *id != database.database_id) {
            return permanent(
                &format!("{noun}_replaced"),
                format!("failed to {what}: another database took the name"),
            );
        }
        if database.is_online() {
            return Ok(Seen::Done(Self::output(place, &database)));
        }
        if !database.is_coming() {
            return permanent(
                &format!("{noun}_failed"),
                format!("failed to {what}: the target is {}", database.status),
            );
        }
        let working = operations(&self.arm, place).await.unwrap_or_default();
        let ours = working.iter().find(|working| working.operation == self.operation);
        let message = format!("{} is {}", place.label(), database.status);
        let handle = Handle { database_id: Some(database.database_id), ..handle };
        Ok(in_progress(handle, ours, message, POLL_MS))
    }

    /// Where an attempt stands, by its operation where that is known.
    pub async fn probe(
        &self,
        place: &DatabaseBinding,
        asked: Asked<'_>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        if let Some(handle) = handle
            && let Some(operation) = &handle.operation
        {
            match operation.ask(&self.arm, &self.what(place)).await? {
                Progress::Working { operation, .. } => {
                    let operation = Some(operation);
                    return Ok(Found::InProgress(Handle { operation, ..handle.clone() }));
                }
                Progress::Failed(failure) => return Ok(Found::Failed(failure)),
                Progress::Succeeded | Progress::Lost(_) => {}
            }
        }
        let Some((database, working, told)) = self.identify(place, asked).await? else {
            return Ok(Found::Absent);
        };
        Ok(self.stands(place, database, &working, told))
    }

    fn stands(
        &self,
        place: &DatabaseBinding,
        database: Database,
        working: &[Working],
        told: Origin,
    ) -> Found<Output, Handle> {
        match told {
            Origin::Foreign(why) | Origin::Unclear(why) => Found::Unknown(format!(
                "the database {} exists, and whether this step made it cannot be told: {why}",
                place.label()
            )),
            Origin::Ours if database.is_online() => Found::Done(Self::output(place, &database)),
            Origin::Ours if database.is_coming() => Found::InProgress(Handle {
                operation: None,
                database_id: Some(database.database_id),
            }),
            Origin::Ours => {
                let mut ours = working.iter().filter(|one| one.operation == self.operation);
                let error = ours.next_back().and_then(|one| one.error.as_ref());
                let error = error.map(|error| format!(": {error}")).unwrap_or_default();
                Found::Failed(Failure::permanent(
                    format!("{}_failed", self.noun),
                    format!(
                        "failed to {}: the target is {}{error}",
                        self.what(place),
                        database.status
                    ),
                ))
            }
        }
    }

    /// Whether it is as the step left it.
    pub async fn verify(&self, place: &DatabaseBinding, id: &str) -> Outcome<Verdict> {
        Ok(match look(&self.arm, place).await?.database {
            Some(now) if now.database_id == id && now.is_online() => Verdict::Holds,
            Some(now) if now.database_id == id => {
                Verdict::Drifted(format!("{} is {}", place.label(), now.status))
            }
            Some(_) => Verdict::Drifted(format!("{} is another database now", place.label())),
            None => Verdict::Drifted(format!("{} is gone", place.label())),
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

/// It goes on.
pub fn in_progress(
    handle: Handle,
    working: Option<&Working>,
    message: String,
    after_ms: u64,
) -> Seen<Output, Handle> {
    let percent = working.and_then(|working| working.percent);
    Seen::InProgress { handle, percent, message: Some(message), after_ms }
}
