//! `azure.sql.copy_database`: a copy under a name that is free, followed to its end, undone by
//! deleting exactly it.

use super::binding::DatabaseBinding;
use super::copy_shapes::{Before, Handle, Input, Output};
use super::database::{look, server_location};
use super::made::COPY;
use super::maker::{Asked, Maker, Witness};
use super::undo_made::Undo;
use crate::azure::arm::Arm;
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction, Verdict};

pub use super::copy_shapes::{KIND, spec};

/// The action.
pub struct CopyDatabase {
    maker: Maker,
    spec: ActionSpec,
}

pub(super) fn permanent<T>(code: &str, message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

impl CopyDatabase {
    /// The action.
    pub fn new(arm: Arc<Arm>) -> Self {
        let (noun, verb, witness) = ("copy", "copy into", Witness::List);
        let maker = Maker { arm, operation: COPY, noun, verb, witness };
        Self { maker, spec: spec() }
    }

    fn target(ctx: &Context, input: &Input) -> Outcome<DatabaseBinding> {
        let source = DatabaseBinding::find(&ctx.bindings, &input.from)?;
        Ok(source.beside(input.server.as_deref(), &input.to))
    }
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
        source.beside(input["server"].as_str(), to).made(bindings)
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let source_place = DatabaseBinding::find(&ctx.bindings, &input.from)?;
        let place = Self::target(ctx, input)?;
        let source = look(&self.maker.arm, &source_place).await?;
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
        let location = match (&input.server, &self.maker.arm.location) {
            (None, _) if !source_database.location.is_empty() => source_database.location,
            (None, Some(location)) => location.clone(),
            _ => server_location(&self.maker.arm, &place).await?,
        };
        let target = look(&self.maker.arm, &place).await?;
        if target.database.is_some() {
            return self.maker.taken(&place);
        }
        let state = Before {
            source: source_place.id(&self.maker.arm)?,
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
        let place = Self::target(ctx, &attempt.input)?;
        let Some(before) = &attempt.captured else {
            return permanent("no_capture", "failed to find the source in the history".to_owned());
        };
        let asked = Asked::by(attempt.raw);
        if let Some(handle) = self.maker.begun(&place, asked).await? {
            return Ok(Acted::Accepted(handle));
        }
        let properties = json!({"createMode": "Copy", "sourceDatabaseId": before.source});
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
            Side::Forward => self.maker.follow(&place, handle).await,
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Handle>,
    ) -> Outcome<Found<Output, Handle>> {
        let place = Self::target(ctx, &attempt.input)?;
        match attempt.raw.side {
            Side::Undo => self.maker.probe_deletion(&undo(&attempt), &place, handle).await,
            Side::Forward => self.maker.probe(&place, Asked::by(attempt.raw), handle).await,
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
        self.maker.delete_made(ctx, &undo(&attempt), &place).await
    }
}

fn undo<'a>(attempt: &'a TypedAttempt<'_, CopyDatabase>) -> Undo<'a> {
    Undo { attempt: attempt.raw, made: attempt.output.as_ref().map(|output| &output.database_id) }
}
