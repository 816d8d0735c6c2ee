//! `azure.storage.delete_blob`: a point of no return, unless the account keeps deleted files. It
//! deletes the file that was looked at, or nothing.

use super::binding::BlobPlace;
use super::blobs::{Blobs, Deleted, Facts};
use super::which::{Which, which_schema};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "azure.storage.delete_blob";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct DeleteBlob {
    blobs: Arc<Blobs>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Which file.
    #[serde(flatten)]
    pub which: Which,
    /// The stamp that it must have.
    pub etag: Option<String>,
}

/// The file that was there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// None where there was none.
    pub facts: Option<Facts>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its address, without a signature.
    pub uri: String,
    /// Its name.
    pub file: String,
    /// How long it was; absent where there was none.
    pub length: Option<u64>,
    /// Its stamp; absent where there was none.
    pub etag: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let [(blob, it), container, (file, named)] = which_schema();
    let blob = (blob, schema::deletes(it));
    let file = (file, schema::deletes(named));
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deletes a file of a storage account for good, if it is still the one that was \
                  looked at."
            .to_owned(),
        input: schema::object(
            [blob, container, file, ("etag", schema::text("the stamp that it must have"))],
            &[],
        ),
        output: schema::object(
            [
                ("uri", schema::text("its address, without a signature")),
                ("file", schema::text("its name")),
                ("length", schema::int("how long it was; absent where there was none")),
                ("etag", schema::text("the stamp that it had; absent where there was none")),
            ],
            &["uri", "file"],
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
            "the length, stamp and hash of the file that is there",
            "reads whether the file with that stamp is still there",
            "nothing: only an account that keeps deleted files can bring it back, in the portal",
            &["Storage Blob Data Contributor on the container, or a signature that may delete"],
        ),
        example: format!(
            "- id: drop_old_backup\n  uses: {KIND}\n  with: {{ blob: previous_backup }}\n  \
             requires: steps.backup_is_good.outputs.length > 0\n"
        ),
    }
}

impl DeleteBlob {
    /// The action.
    pub fn new(blobs: Arc<Blobs>) -> Self {
        Self { blobs, spec: spec() }
    }

    fn output(&self, place: BlobPlace, before: &Before) -> Output {
        let facts = before.facts.as_ref();
        Output {
            uri: self.blobs.uri(&place),
            file: place.blob,
            length: facts.map(|facts| facts.length),
            etag: facts.map(|facts| facts.etag.clone()),
        }
    }
}

fn another(place: &BlobPlace) -> String {
    format!("{} was written anew: another file has that name", place.label())
}

impl Change for DeleteBlob {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let typed: Option<Input> = serde_json::from_value(input.clone()).ok();
        let place = typed.and_then(|input| input.which.place(bindings).ok());
        let name = place.as_ref().and_then(|place| place.name_of(bindings));
        let effect = |name: &str| Effect {
            resource: name.to_owned(),
            field: "exists".to_owned(),
            value: json!(false),
        };
        name.map(effect).into_iter().collect()
    }

    fn check(&self, input: &Input) -> Vec<String> {
        input.which.wrong()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let place = input.which.place(&ctx.bindings)?;
        let facts = self.blobs.look(ctx, &place).await?.facts;
        let stamp = facts.as_ref().map(|facts| &facts.etag);
        if stamp.is_some() && input.etag.is_some() && stamp != input.etag.as_ref() {
            return permanent("another_blob", format!("failed to delete: {}", another(&place)));
        }
        Ok(Before { facts })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let place = tried.input.which.place(&ctx.bindings)?;
        let now = self.blobs.look(ctx, &place).await?.facts;
        Ok(match (&tried.before.facts, now) {
            (_, None) => Standing::After(self.output(place, &tried.before)),
            (Some(before), Some(now)) if before.etag == now.etag => Standing::Before,
            (_, Some(_)) => Standing::Foreign(another(&place)),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let place = tried.input.which.place(&ctx.bindings)?;
        if let Some(before) = &tried.before.facts {
            let deleted = self.blobs.delete(ctx, &place, &before.etag, tried.key).await?;
            if deleted == Deleted::Another {
                return permanent("another_blob", format!("failed to delete: {}", another(&place)));
            }
        }
        Ok(self.output(place, &tried.before))
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let place = input.which.place(&ctx.bindings)?;
        let now = self.blobs.look(ctx, &place).await?.facts;
        let back = now.is_some_and(|now| Some(now.etag) == output.etag);
        Ok(match back {
            true => Verdict::Drifted(format!("{} is there again", place.label())),
            false => Verdict::Holds,
        })
    }
}
