//! A change of what is at one place: what was there is kept, and put back unless somebody else
//! changed it meanwhile.

use super::kept::{At, Kept};
use super::put::Goal;
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::apart;
use crate::change::failing::permanent;
use crate::change::place::unfinished;
use crate::change::seen::Standing;
use crate::schema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::path::{Path, PathBuf};
use windlass_model::{ActionSpec, Value};
use windlass_ports::{Context, Outcome, Verdict};

/// What is done at one place.
pub trait Placing: Send + Sync + 'static {
    /// Its input.
    type Input: DeserializeOwned + Send + Sync;

    /// What it declares.
    fn spec() -> ActionSpec;

    /// What is wrong with an input beyond its schema.
    fn check(_input: &Self::Input) -> Vec<String> {
        Vec::new()
    }

    /// The place.
    fn place(input: &Self::Input) -> &Path;

    /// What is to be there; fails where that cannot be.
    fn goal(
        ctx: &Context,
        input: &Self::Input,
        before: &Kept,
    ) -> impl Future<Output = Outcome<Goal>> + Send;
}

/// The action.
pub struct OnePlace<P> {
    /// What it declares.
    pub spec: ActionSpec,
    /// What it does.
    pub kind: std::marker::PhantomData<P>,
}

impl<P: Placing> OnePlace<P> {
    /// The action.
    pub fn new() -> Self {
        Self { spec: P::spec(), kind: std::marker::PhantomData }
    }
}

impl<P: Placing> Default for OnePlace<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// What was before, and what is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// What was there.
    pub kept: Kept,
    /// What is to be there.
    pub goal: At,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The place.
    pub path: PathBuf,
    /// Whether it was otherwise before.
    pub changed: bool,
}

/// The schema of the output.
pub fn output_schema() -> Value {
    schema::object(
        [
            ("path", schema::text("the place")),
            ("changed", schema::boolean("whether it was otherwise before")),
        ],
        &["path", "changed"],
    )
}

async fn now(place: &Path) -> Outcome<At> {
    let owned = place.to_owned();
    apart("look at", place, move || At::look(&owned)).await
}

/// The folder in which something is made must be there.
pub fn folder_is_there(place: &Path) -> Outcome<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => {
            let (place, folder) = (place.display(), folder.display());
            permanent("folder", format!("failed to make {place}: there is no folder {folder}"))
        }
    }
}

impl<P: Placing> OnePlace<P> {
    fn output(tried: &TriedOf<Self>) -> Output {
        let Before { kept, goal } = &tried.before;
        Output { path: P::place(&tried.input).to_owned(), changed: kept.at != *goal }
    }
}

impl<P: Placing> Change for OnePlace<P> {
    type Input = P::Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &P::Input) -> Vec<String> {
        let mut wrong = P::check(input);
        if P::place(input).file_name().is_none() {
            wrong.push(format!("`{}` names no file", P::place(input).display()));
        }
        wrong
    }

    async fn capture(&self, ctx: &Context, input: &P::Input) -> Outcome<Before> {
        let place = P::place(input);
        folder_is_there(place)?;
        let kept = Kept::of(place).await?;
        let goal = P::goal(ctx, input, &kept).await?.at();
        Ok(Before { kept, goal })
    }

    async fn look(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let place = P::place(&tried.input);
        let now = now(place).await?;
        let Before { kept, goal } = &tried.before;
        let begun = unfinished(place, tried.key).symlink_metadata().is_ok();
        Ok(match now {
            now if now == *goal => Standing::After(Self::output(tried)),
            now if now == kept.at && begun => Standing::Begun,
            now if now == kept.at => Standing::Before,
            now => {
                let place = place.display();
                Standing::Foreign(format!("somebody else changed {place}: it is {}", now.word()))
            }
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let (place, key) = (P::place(&tried.input).to_owned(), tried.key);
        let goal = P::goal(ctx, &tried.input, &tried.before.kept).await?;
        if goal.at() != tried.before.goal {
            let place = place.display();
            return permanent(
                "changed",
                format!("failed to write {place}: what it is made from was changed meanwhile"),
            );
        }
        apart("write", &place.clone(), move || goal.put(&place, key)).await?;
        Ok(Self::output(tried))
    }

    async fn revert(&self, _ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let (place, key) = (P::place(&tried.input).to_owned(), tried.key);
        let kept = &tried.before.kept;
        let goal = match &kept.at {
            At::Nothing => Goal::Nothing,
            At::Link { to } => Goal::Link { to: to.clone() },
            At::File { .. } => {
                let from = super::put::From::Bytes(kept.bytes()?);
                Goal::File { from, at: kept.at.clone() }
            }
        };
        apart("put back", &place.clone(), move || goal.put(&place, key)).await
    }

    async fn verify(&self, ctx: &Context, input: &P::Input, _: &Output) -> Outcome<Verdict> {
        let place = P::place(input);
        let Ok(kept) = Kept::of(place).await else {
            return Ok(Verdict::Drifted(format!("{} cannot be read", place.display())));
        };
        // What follows from what was before cannot be told any more.
        Ok(match P::goal(ctx, input, &kept).await {
            Ok(goal) if goal.at() != kept.at => {
                Verdict::Drifted(format!("somebody else changed {}", place.display()))
            }
            _ => Verdict::Holds,
        })
    }
}
