//! `blob.put`: a file of this machine, or a text, in a store.

use super::aside::{Aside, changed, may_replace};
use super::binding::effects;
use super::facts::{Facts, marked};
use super::opened::Opened;
use super::shapes::{MAY_WRITE, bad_names, name, replace, store, traits, written_schema};
use super::stores::Stores;
use super::upload::{Source, Upload};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::seen::Standing;
use crate::change::sum::Sum;
use crate::schema;
use crate::secret_ref::TextOrSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "blob.put";

/// The action.
pub struct Put {
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
    /// The file of this machine.
    pub file: Option<PathBuf>,
    /// Or the text.
    pub content: Option<TextOrSecret>,
    /// What kind of content it is.
    pub content_type: Option<String>,
    /// Whether what is there may be replaced.
    #[serde(default)]
    pub replace: bool,
}

/// What was there, and what is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// None where nothing was there.
    pub facts: Option<Facts>,
    /// The sum of what is written.
    pub sum: Sum,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its stamp.
    pub etag: String,
    /// Its SHA-256.
    pub sha256: String,
    /// The name of the copy of what was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let content = json!({
        "type": ["string", "number", "boolean", "object"],
        "description": "or the text itself, or a secret as ${{ env.secrets.NAME }}",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Puts a file of this machine, or a text, into a store, whole or not at all. \
                  Undone by deleting it, or by putting back what was there."
            .to_owned(),
        input: schema::object(
            [
                store(),
                ("name", schema::makes(name("its name in the store"))),
                ("file", schema::path("the file of this machine")),
                ("content", content),
                ("content_type", schema::text("what kind of content it is; a folder keeps none")),
                replace(),
            ],
            &["store", "name"],
        ),
        output: written_schema(),
        traits: traits(EffectClass::Reversible),
        guide: ActionGuide::new(
            "the stamp of what is there, and the SHA-256 of what is written",
            "looks whether what is there bears this step's mark (in a folder: has its SHA-256) or \
             is what was there; up to 8 MiB go under a condition that the store itself checks, a \
             longer file in parts that count only together, after a last look",
            "deletes what it wrote, or copies back what was there from the copy that it kept \
             beside it; what somebody else wrote meanwhile stays",
            &[MAY_WRITE, "reading the file"],
        ),
        example: format!(
            "- id: keep_backup\n  uses: {KIND}\n  with: {{ store: backups, name: \
             \"app-${{{{ inputs.version }}}}.dump\", file: \"${{{{ steps.back_up.outputs.file \
             }}}}\" }}\n"
        ),
    }
}

async fn source(ctx: &Context, input: &Input) -> Outcome<Source> {
    match (&input.file, &input.content) {
        (Some(file), _) => Ok(Source::File(file.clone())),
        (None, Some(content)) => {
            let (text, _) = content.resolve(ctx.secrets.as_ref()).await?;
            Ok(Source::Bytes(text.into_bytes()))
        }
        (None, None) => permanent("input", "failed to write: give either `file` or `content`"),
    }
}

fn aside<'a>(store: &'a Opened, tried: &'a TriedOf<Put>) -> Aside<'a> {
    let (name, before) = (tried.input.name.as_str(), tried.before.facts.as_ref());
    Aside { store, name, before, key: tried.key }
}

async fn is_ours(store: &Opened, tried: &TriedOf<Put>, now: &Facts) -> Outcome<bool> {
    if now.bytes != tried.before.sum.bytes {
        return Ok(false);
    }
    if store.keeps_marks() {
        return Ok(now.mark == Some(tried.key.to_string()));
    }
    let sums = store.sums(&tried.input.name, now).await?;
    Ok(sums.sha256 == tried.before.sum.sha256)
}

async fn stand(store: &Opened, tried: &TriedOf<Put>) -> Outcome<Standing<Output>> {
    let now = store.look(&tried.input.name).await?;
    let aside = aside(store, tried);
    if aside.is_untouched(now.as_ref()) {
        return aside.untouched().await;
    }
    match &now {
        Some(facts) if is_ours(store, tried, facts).await? => Ok(Standing::After(Output {
            name: tried.input.name.clone(),
            bytes: facts.bytes,
            etag: facts.etag.clone(),
            sha256: tried.before.sum.sha256.clone(),
            kept: aside.kept(),
        })),
        now => aside.strange(now.as_ref()).await,
    }
}

impl Change for Put {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        effects(bindings, input, "name", true)
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let mut wrong = bad_names(&[&input.name]);
        if input.file.is_some() == input.content.is_some() {
            wrong.push("give either `file` or `content`".to_owned());
        }
        wrong
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let store = self.stores.open(ctx, &input.store).await?;
        let facts = store.look(&input.name).await?;
        may_replace(&store, &input.name, &facts, input.replace)?;
        let sum = match source(ctx, input).await? {
            Source::Bytes(bytes) => Sum::of_bytes(&bytes),
            Source::File(file) => Sum::read(&file).await?,
        };
        Ok(Before { facts, sum })
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        stand(&self.stores.open(ctx, &tried.input.store).await?, tried).await
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let store = self.stores.open(ctx, &tried.input.store).await?;
        let (source, input) = (source(ctx, &tried.input).await?, &tried.input);
        aside(&store, tried).keep().await?;
        let upload = Upload {
            name: &input.name,
            source: &source,
            sum: &tried.before.sum,
            attributes: marked(tried.key, input.content_type.as_deref()),
            before: tried.before.facts.as_ref(),
        };
        // Where something else is there it may be this step's: of a request that came late.
        store.upload(upload).await?;
        match stand(&store, tried).await? {
            Standing::After(output) => Ok(output),
            _ => changed(&aside(&store, tried)),
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
        store.holds(&input.name, &output.etag).await
    }
}
