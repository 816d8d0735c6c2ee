//! `azure.sql.restore_database`: a new database under a name that is free, of what another one was,
//! of a deleted one, or of a file; followed to its end, undone by deleting exactly it.

use super::binding::DatabaseBinding;
use super::copy_shapes::{Handle, Output};
use super::database::{look, server_location};
use super::dropped::last;
use super::made::{IMPORT, RESTORE};
use super::maker::{Asked, Maker, Witness};
use super::restore_shapes::{Before, Input, Source};
use super::undo_made::Undo;
use crate::azure::arm::Arm;
use crate::azure::storage::blobs::Blobs;
use crate::change::failing::permanent;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::restore_shapes::{KIND, spec};

/// The action.
pub struct RestoreDatabase {
    maker: Maker,
    pub(super) importer: Maker,
    pub(super) blobs: Arc<Blobs>,
    spec: ActionSpec,
}

/// Which of the three ways an input means.
enum Way<'a> {
    Point(&'a str),
    Deleted(Option<&'a str>),
    File,
}

const CHOICE: &str = "give `at`, or `deleted: true`, or `container`, `file`, `password`, \
                      `edition`, `objective` and `max_bytes`";

impl Input {
    fn way(&self) -> Result<Way<'_>, String> {
        let file = [
            self.container.is_some(),
            self.file.is_some(),
            self.password.is_some(),
            self.edition.is_some(),
            self.objective.is_some(),
            self.max_bytes.is_some(),
        ];
        let (whole, any) = (file.iter().all(|given| *given), file.contains(&true));
        match (&self.at, self.deleted, whole, any) {
            (Some(at), false, false, false) => Ok(Way::Point(at)),
            (at, true, false, false) => Ok(Way::Deleted(at.as_deref())),
            (None, false, true, true) => Ok(Way::File),
            _ => Err(CHOICE.to_owned()),
        }
    }
}

impl RestoreDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>, blobs: Arc<Blobs>) -> Self {
        let make = |operation, witness| {
            let (noun, verb) = ("restore", "restore into");
            Maker { arm: Arc::clone(&arm), operation, noun, verb, witness }
        };
        let (maker, importer) = (make(RESTORE, Witness::List), make(IMPORT, Witness::Log));
        Self { maker, importer, blobs, spec: spec() }
    }

    /// What makes it, and knows it again.
    fn by(&self, attempt: &TypedAttempt<'_, Self>) -> &Maker {
        match attempt.captured.as_ref().map(|before| &before.source) {
            Some(Source::File) => &self.importer,
            _ => &self.maker,
        }
    }

    fn places(bindings: &Bindings, input: &Input) -> Outcome<(DatabaseBinding, DatabaseBinding)> {
        let bound = DatabaseBinding::find(bindings, &input.from)?;
        let source = match &input.name {
            Some(name) => bound.beside(None, name),
            None => bound,
        };
        let target = source.beside(None, &input.to);
        Ok((source, target))
    }

    fn target(ctx: &Context, input: &Input) -> Outcome<DatabaseBinding> {
        Self::places(&ctx.bindings, input).map(|(_, target)| target)
    }

    /// A database that is there, as it was.
    async fn point(
        &self,
        place: &DatabaseBinding,
        id: Option<&String>,
        at: &str,
    ) -> Outcome<Before> {
        let arm = &self.maker.arm;
        let label = place.label();
        let Some(database) = look(arm, place).await?.database else {
            return permanent(
                "source_missing",
                format!(
                    "failed to restore {label}: there is no such database; `deleted: true` brings \
                     back one that was deleted"
                ),
            );
        };
        if id.is_some_and(|id| *id != database.database_id) {
            let message =
                format!("failed to restore {label}: the name belongs to another database now");
            return permanent("another_database", message);
        }
        reaches(&label, at, database.earliest_restore)?;
        let source = Source::Point { id: place.id(arm)?, at: at.to_owned() };
        Ok(Before { source, location: database.location })
    }

    async fn dropped(&self, place: &DatabaseBinding, at: Option<&str>) -> Outcome<Before> {
        let arm = &self.maker.arm;
        let label = place.label();
        let Some(dropped) = last(arm, place).await? else {
            let message = format!(
                "failed to restore {label}: Azure offers no deleted database of that name; it \
                 takes some minutes after the deletion, and ends with the retention"
            );
            return Err(ActionError::Transient(Failure::transient("not_offered", message)));
        };
        if let Some(at) = at {
            reaches(&label, at, dropped.earliest)?;
        }
        let location = match dropped.location.is_empty() {
            true => server_location(arm, place).await?,
            false => dropped.location,
        };
        let source = Source::Deleted { id: dropped.id, at: at.map(str::to_owned) };
        Ok(Before { source, location })
    }
}

/// A moment before the first backup is refused here: Azure says so only when it is asked.
fn reaches(label: &str, at: &str, earliest: Option<Timestamp>) -> Outcome<()> {
    let Ok(wanted) = at.parse::<Timestamp>() else {
        return permanent("input", format!("failed to restore {label}: `{at}` is no moment"));
    };
    match earliest {
        Some(earliest) if earliest <= wanted => Ok(()),
        Some(earliest) => permanent(
            "too_early",
            format!("failed to restore {label}: its backups reach back to {earliest} only"),
        ),
        None => permanent(
            "no_backup",
            format!("failed to restore {label}: there is no backup of it yet; wait some minutes"),
        ),
    }
}

impl TypedAction for RestoreDatabase {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = Handle;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let places = typed.and_then(|input| Self::places(bindings, &input).ok());
        let Some((_, place)) = places else { return Vec::new() };
        place.made(bindings)
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        input.way().err().into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let (source, place) = Self::places(&ctx.bindings, input)?;
        let state = match input.way() {
            Ok(Way::Point(at)) => self.point(&source, input.id.as_ref(), at).await?,
            Ok(Way::Deleted(at)) => self.dropped(&source, at).await?,
            Ok(Way::File) => self.file(ctx, input, &place).await?,
            Err(why) => return permanent("input", format!("failed to restore: {why}")),
        };
        let target = look(&self.maker.arm, &place).await?;
        if target.database.is_some() {
            return self.maker.taken(&place);
        }
        Ok(Capture { state, not_before: target.date })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, Handle>> {
        let place = Self::target(ctx, &attempt.input)?;
        let Some(before) = &attempt.captured else {
            return permanent("no_capture", "failed to find the source in the history");
        };
        let asked = Asked::by(attempt.raw);
        let properties = match &before.source {
            Source::File => {
                let operation = self.import(ctx, &attempt.input, &place, asked).await?;
                return Ok(Acted::Accepted(self.maker.accepted(&place, operation).await));
            }
            Source::Point { id, at } => json!({
                "createMode": "PointInTimeRestore", "sourceDatabaseId": id,
                "restorePointInTime": at,
            }),
            Source::Deleted { id, at: Some(at) } => json!({
                "createMode": "Restore", "sourceDatabaseId": id, "restorePointInTime": at,
            }),
            Source::Deleted { id, at: None } => json!({
                "createMode": "Restore", "sourceDatabaseId": id,
            }),
        };
        if let Some(handle) = self.maker.begun(&place, asked).await? {
            return Ok(Acted::Accepted(handle));
        }
        let operation = self.maker.put(&place, &before.location, properties, asked).await?;
        Ok(Acted::Accepted(self.maker.accepted(&place, operation).await))
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Handle,
    ) -> Outcome<Seen<Output, Handle>> {
        let place = Self::target(ctx, &attempt.input)?;
        match attempt.raw.side {
            Side::Undo => self.maker.poll_deletion(&place, handle).await,
            Side::Forward => self.by(&attempt).follow(&place, handle).await,
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let place = Self::target(ctx, &attempt.input)?;
        let by = self.by(&attempt);
        match attempt.raw.side {
            Side::Undo => by.probe_deletion(&undo(&attempt), &place, handle).await,
            Side::Forward => by.probe(&place, Asked::by(attempt.raw), handle).await,
        }
    }

    async fn verify(&self, ctx: &Context, input: Input, output: Output) -> Outcome<Verdict> {
        let place = Self::target(ctx, &input)?;
        self.maker.verify(&place, &output.database_id).await
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), Handle>> {
        let place = Self::target(ctx, &attempt.input)?;
        self.by(&attempt).delete_made(ctx, &undo(&attempt), &place).await
    }
}

fn undo<'a>(attempt: &'a TypedAttempt<'_, RestoreDatabase>) -> Undo<'a> {
    Undo { attempt: attempt.raw, made: attempt.output.as_ref().map(|output| &output.database_id) }
}
