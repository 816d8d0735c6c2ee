//! `blob.delete`: a point of no return. It deletes the file that was looked at, or nothing.

use super::binding::effects;
use super::facts::Facts;
use super::shapes::{MAY_WRITE, bad_names, name, store, traits};
use super::stores::Stores;
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::seen::Standing;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "blob.delete";

/// The action.
pub struct Delete {
    /// The stores.
    pub stores: Arc<Stores>,
    /// What it declares.
    pub spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The store.
    pub store: String,
    /// The name in it.
    pub name: String,
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
    /// Its name.
    pub name: String,
    /// How long it was; absent where there was none.
    pub bytes: Option<u64>,
    /// Its stamp; absent where there was none.
    pub etag: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deletes a file of a store for good, if it is still the one that was looked at."
            .to_owned(),
        input: schema::object(
            [
                store(),
                ("name", schema::deletes(name("its name in the store"))),
                ("etag", schema::text("the stamp that it must have: no other file")),
            ],
            &["store", "name"],
        ),
        output: schema::object(
            [
                ("name", schema::text("its name")),
                ("bytes", schema::int("how long it was; absent where there was none")),
                ("etag", schema::text("the stamp that it had; absent where there was none")),
            ],
            &["name"],
        ),
        traits: traits(EffectClass::Irreversible),
        guide: ActionGuide::new(
            "the length and stamp of the file that is there",
            "looks whether the file with that stamp is still there. Azure checks the stamp itself; \
             S3 and folders are looked at right before",
            "nothing by itself: keep a copy with blob.copy first and name its way back in \
             `compensate`, or prove in `requires` that it is not needed any more",
            &[MAY_WRITE],
        ),
        example: format!(
            "- id: drop_old_backup\n  uses: {KIND}\n  with: {{ store: backups, name: old.dump \
             }}\n  requires: steps.backup_is_good.outputs.bytes > 0\n"
        ),
    }
}

fn output(input: &Input, before: &Before) -> Output {
    let facts = before.facts.as_ref();
    Output {
        name: input.name.clone(),
        bytes: facts.map(|facts| facts.bytes),
        etag: facts.map(|facts| facts.etag.clone()),
    }
}

fn another(label: &str) -> String {
    format!("{label} was written anew: another file has that name")
}

impl Change for Delete {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        effects(bindings, input, "name", false)
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_names(&[&input.name])
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let store = self.stores.open(ctx, &input.store).await?;
        let facts = store.look(&input.name).await?;
        let stamp = facts.as_ref().map(|facts| &facts.etag);
        if stamp.is_some() && input.etag.is_some() && stamp != input.etag.as_ref() {
            let why = another(&store.label(&input.name));
            return permanent("another_blob", format!("failed to delete: {why}"));
        }
        Ok(Before { facts })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let (input, before) = (&tried.input, &tried.before);
        let store = self.stores.open(ctx, &input.store).await?;
        Ok(match (&before.facts, store.look(&input.name).await?) {
            (_, None) => Standing::After(output(input, before)),
            (Some(before), Some(now)) if before.etag == now.etag => Standing::Before,
            (_, Some(_)) => Standing::Foreign(another(&store.label(&input.name))),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let (input, before) = (&tried.input, &tried.before);
        if let Some(facts) = &before.facts {
            let store = self.stores.open(ctx, &input.store).await?;
            store.delete(&input.name, &facts.etag).await?;
        }
        Ok(output(input, before))
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let store = self.stores.open(ctx, &input.store).await?;
        let back = store.look(&input.name).await?.map(|now| now.etag);
        Ok(match back.is_some() && back == output.etag {
            true => Verdict::Drifted(format!("{} is there again", store.label(&input.name))),
            false => Verdict::Holds,
        })
    }
}
