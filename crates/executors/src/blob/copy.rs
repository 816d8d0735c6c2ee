//! `blob.copy`: a file of a store under another name in it.

use super::aside::{Aside, changed, may_replace};
use super::binding::effects;
use super::facts::Facts;
use super::opened::Opened;
use super::shapes::{MAY_WRITE, bad_names, name, replace, store, traits, written_schema};
use super::stores::Stores;
use super::upload::{Source, Upload};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::{in_doubt, permanent};
use crate::change::seen::Standing;
use crate::change::sum::Sum;
use crate::schema;
use object_store::Attributes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "blob.copy";

/// The action.
pub struct Copy {
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
    /// The source.
    pub from: String,
    /// The copy.
    pub to: String,
    /// Whether what is there may be replaced.
    #[serde(default)]
    pub replace: bool,
}

/// What was there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The source.
    pub source: Facts,
    /// At the copy's place; none where nothing was there.
    pub facts: Option<Facts>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The copy's name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its stamp.
    pub etag: String,
    /// The name of the copy of what was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Copies a file within its store; its bytes do not pass through this machine. \
                  Undone by deleting the copy, or by putting back what was there."
            .to_owned(),
        input: schema::object(
            [
                store(),
                ("from", schema::text("the file's name")),
                ("to", schema::makes(name("the copy's name"))),
                replace(),
            ],
            &["store", "from", "to"],
        ),
        output: written_schema(),
        traits: traits(EffectClass::Reversible),
        guide: ActionGuide::new(
            "the stamps of the file and of what is at the copy's place",
            "looks whether what is at the copy's place is what was there; where it is not, reads \
             both files and compares their SHA-256. A store checks no condition on a copy: that \
             nobody else writes there is looked at right before",
            "deletes the copy, or copies back what was there from the copy that it kept beside \
             it; what somebody else wrote meanwhile stays",
            &[MAY_WRITE],
        ),
        example: format!(
            "- id: keep\n  uses: {KIND}\n  with: {{ store: backups, from: latest.dump, to: \
             \"before-${{{{ inputs.version }}}}.dump\" }}\n"
        ),
    }
}

fn aside<'a>(store: &'a Opened, tried: &'a TriedOf<Copy>) -> Aside<'a> {
    let (name, before) = (tried.input.to.as_str(), tried.before.facts.as_ref());
    Aside { store, name, before, key: tried.key }
}

fn output(aside: &Aside<'_>, now: &Facts) -> Output {
    let (bytes, etag) = (now.bytes, now.etag.clone());
    Output { name: aside.name.to_owned(), bytes, etag, kept: aside.kept() }
}

/// Whether what is there is the copy. Where its stamp is not known yet its bytes tell.
async fn is_copy(store: &Opened, tried: &TriedOf<Copy>, now: &Facts) -> Outcome<bool> {
    if let Some(output) = &tried.output {
        return Ok(output.etag == now.etag);
    }
    let before = &tried.before.source;
    let source = store.look(&tried.input.from).await?;
    let same = source.as_ref().is_some_and(|source| source.etag == before.etag);
    if now.bytes != before.bytes || !same {
        return Ok(false);
    }
    let source = store.sums(&tried.input.from, before).await?;
    Ok(store.sums(&tried.input.to, now).await? == source)
}

async fn stand(store: &Opened, tried: &TriedOf<Copy>) -> Outcome<Standing<Output>> {
    let now = store.look(&tried.input.to).await?;
    let aside = aside(store, tried);
    if aside.is_untouched(now.as_ref()) {
        return aside.untouched().await;
    }
    match &now {
        // Azure makes an empty file first where it copies in the background.
        Some(facts) if facts.bytes == 0 && tried.before.source.bytes > 0 => {
            Ok(Standing::Working(format!("{} is still copied", store.label(&tried.input.to))))
        }
        Some(facts) if is_copy(store, tried, facts).await? => {
            Ok(Standing::After(output(&aside, facts)))
        }
        now => aside.strange(now.as_ref()).await,
    }
}

/// In a folder a copy of the store's would be the same file under two names: it is written anew.
async fn copy(store: &Opened, tried: &TriedOf<Copy>) -> Outcome<()> {
    let (input, before) = (&tried.input, tried.before.facts.as_ref());
    let Some(folder) = &store.folder else {
        if !aside(store, tried).is_untouched(store.look(&input.to).await?.as_ref()) {
            return changed(&aside(store, tried));
        }
        return store.copy(&input.from, &input.to).await;
    };
    let source = match folder.path_to_filesystem(&store.path(&input.from)?) {
        Ok(path) => Source::File(path),
        Err(error) => {
            let why = format!("failed to read {}: {error}", store.label(&input.from));
            return permanent("file", why);
        }
    };
    let Source::File(path) = &source else { return Ok(()) };
    let (name, sum) = (input.to.as_str(), Sum::read(path).await?);
    let attributes = Attributes::new();
    store.upload(Upload { name, source: &source, sum: &sum, attributes, before }).await
}

impl Change for Copy {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        effects(bindings, input, "to", true)
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let mut wrong = bad_names(&[&input.from, &input.to]);
        if input.from == input.to {
            wrong.push("`from` and `to` are the same".to_owned());
        }
        wrong
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let store = self.stores.open(ctx, &input.store).await?;
        let Some(source) = store.look(&input.from).await? else {
            let from = store.label(&input.from);
            return permanent("missing", format!("failed to copy {from}: there is no such file"));
        };
        let facts = store.look(&input.to).await?;
        may_replace(&store, &input.to, &facts, input.replace)?;
        Ok(Before { source, facts })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        stand(&self.stores.open(ctx, &tried.input.store).await?, tried).await
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let store = self.stores.open(ctx, &tried.input.store).await?;
        let source = store.look(&tried.input.from).await?;
        if source.map(|source| source.etag).as_ref() != Some(&tried.before.source.etag) {
            let from = store.label(&tried.input.from);
            let why = format!("failed to copy {from}: somebody else changed it meanwhile");
            return permanent("changed", why);
        }
        aside(&store, tried).keep().await?;
        copy(&store, tried).await?;
        let (aside, bytes) = (aside(&store, tried), tried.before.source.bytes);
        match store.look(&tried.input.to).await? {
            Some(now) if aside.is_untouched(Some(&now)) => changed(&aside),
            Some(now) if now.bytes == bytes => Ok(output(&aside, &now)),
            Some(now) if now.bytes == 0 => in_doubt("the store still copies"),
            _ => changed(&aside),
        }
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let store = self.stores.open(ctx, &tried.input.store).await?;
        let written = match stand(&store, tried).await? {
            Standing::After(output) => Some(output.etag),
            _ => None,
        };
        aside(&store, tried).put_back(written.as_deref()).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let store = self.stores.open(ctx, &input.store).await?;
        store.holds(&input.to, &output.etag).await
    }
}
