//! The way back of a database that a step made: it is deleted if, and only if, it is that one.

use super::binding::DatabaseBinding;
use super::copy_shapes::{Handle, Output};
use super::database::{Database, Working, look};
use super::made::{DROP, Origin};
use super::maker::{Asked, Maker, in_progress};
use crate::azure::long_running::{Operation, POLL_MS, Progress};
use crate::change::failing::permanent;
use reqwest::Method;
use windlass_ports::typed::{Acted, Found, Seen};
use windlass_ports::{ActionError, Attempt, Context, Outcome};

/// An undo, with what the forward attempt said that it made.
pub struct Undo<'a> {
    /// The undo's attempt.
    pub attempt: &'a Attempt,
    /// The id of what was made, where it is known.
    pub made: Option<&'a String>,
}

/// What of the target is ours.
enum Made {
    /// Nothing is there, or not ours any more.
    Nothing(String),
    /// This is ours.
    Ours(Box<Database>, Vec<Working>),
}

impl Maker {
    /// Finds out what there is to delete.
    async fn made(&self, undo: &Undo<'_>, place: &DatabaseBinding) -> Outcome<Made> {
        let found = self.identify(place, Asked::by(undo.attempt)).await?;
        let Some((database, working, told)) = found else {
            return Ok(Made::Nothing(format!("{} is gone", place.label())));
        };
        let known = undo.made.map(|id| *id == database.database_id);
        match (known, told) {
            (Some(true), _) | (None, Origin::Ours) => Ok(Made::Ours(Box::new(database), working)),
            (Some(false), _) | (None, Origin::Foreign(_)) => Ok(Made::Nothing(format!(
                "the database {} is not the one that this run made, and stays",
                place.label()
            ))),
            (None, Origin::Unclear(why)) => permanent(
                "whose",
                format!(
                    "failed to delete {}: whether this run made it cannot be told ({why}); delete \
                     it by hand or \
                     leave it, then say so with `windlass step done`",
                    place.label()
                ),
            ),
        }
    }

    /// Deletes it, or says why it stays.
    pub async fn delete_made(
        &self,
        ctx: &Context,
        undo: &Undo<'_>,
        place: &DatabaseBinding,
    ) -> Outcome<Acted<(), Handle>> {
        let database = match self.made(undo, place).await? {
            Made::Nothing(why) => {
                ctx.output.kept(&why);
                return Ok(Acted::Done(()));
            }
            Made::Ours(database, _) => database,
        };
        let what = format!("delete {}", place.label());
        let target = place.target(&self.arm, "")?;
        let request = undo.attempt.request_id;
        let reply = self.arm.write(&what, Method::DELETE, &target, None, request).await?;
        if reply.status == 204 {
            return Ok(Acted::Done(()));
        }
        let operation = Operation::announced(&reply);
        Ok(Acted::Accepted(Handle { operation, database_id: Some(database.database_id) }))
    }

    /// How far the deletion is.
    pub async fn poll_deletion(
        &self,
        place: &DatabaseBinding,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let what = format!("delete {}", place.label());
        if let Some(operation) = &handle.operation {
            match operation.ask(&self.arm, &what).await? {
                Progress::Working { operation, after_ms } => {
                    let message = format!("deleting {}", place.label());
                    let handle = Handle { operation: Some(operation), ..handle };
                    return Ok(in_progress(handle, None, message, after_ms));
                }
                Progress::Failed(failure) => return Err(ActionError::Permanent(failure)),
                Progress::Lost(why) => {
                    return Err(ActionError::InDoubt(format!("failed to {what}: {why}")));
                }
                Progress::Succeeded => {}
            }
        }
        let left = look(&self.arm, place).await?.database;
        let same = |database: &Database| Some(&database.database_id) == handle.database_id.as_ref();
        if !left.as_ref().is_some_and(same) {
            return Ok(Seen::Done(gone(place, &handle)));
        }
        let message = format!("{} is still there", place.label());
        Ok(in_progress(handle, None, message, POLL_MS))
    }

    /// Where the deletion stands.
    pub async fn probe_deletion(
        &self,
        undo: &Undo<'_>,
        place: &DatabaseBinding,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let database_id = handle.as_ref().and_then(|handle| handle.database_id.clone());
        let (database, working) = match self.made(undo, place).await? {
            Made::Nothing(_) => {
                let none = Handle { operation: None, database_id };
                return Ok(Found::Done(gone(place, &none)));
            }
            Made::Ours(database, working) => (database, working),
        };
        let dropping = |working: &Working| working.operation == DROP && working.is_at_work();
        if working.iter().any(dropping) {
            let operation = handle.and_then(|handle| handle.operation);
            let database_id = Some(database.database_id);
            return Ok(Found::InProgress(Handle { operation, database_id }));
        }
        Ok(Found::Absent)
    }
}

/// What a deletion has to say; the engine drops it.
fn gone(place: &DatabaseBinding, handle: &Handle) -> Output {
    Output {
        server: place.server.clone(),
        database: place.database.clone(),
        database_id: handle.database_id.clone().unwrap_or_default(),
        created_at: None,
    }
}
