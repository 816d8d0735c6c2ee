//! `azure_devops.pull_request.create`: a pull request between two branches: found, or made.

use super::requests::PullRequest;
use crate::devops::client::DevOps;
use crate::devops::git::refs::{known_head, long, short};
use crate::devops::refusal::{captured, permanent};
use crate::devops::signature::signature;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, RequestId, Side};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.pull_request.create";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// The action.
pub struct Create {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The branch with the changes.
    pub from: String,
    /// The branch that is to get them.
    pub into: String,
    /// Branches that `into` must not be.
    #[serde(default)]
    pub not_into: Vec<String>,
    /// Its title.
    pub title: String,
    /// What is written below it.
    #[serde(default)]
    pub description: String,
    /// The repository.
    pub repository: Option<String>,
}

impl Input {
    /// Why its target is refused.
    fn refusal(&self) -> Option<String> {
        let into = short(&self.into);
        let refused = self.not_into.iter().any(|one| short(one).eq_ignore_ascii_case(into));
        refused.then(|| format!("a pull request into {into} is not what is wanted here"))
    }
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The open one that is there already.
    pub found: Option<u64>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its number.
    pub id: u64,
    /// The branch with the changes.
    pub from: String,
    /// The branch that is to get them.
    pub into: String,
    /// Whether this step made it.
    pub created: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let refused = schema::list(schema::text("a branch"), "branches that `into` must not be");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes a pull request, or finds the open one between the same branches. Undone \
                  by abandoning it."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::text("the branch with the changes")),
                ("into", schema::text("the branch that is to get them")),
                ("not_into", refused),
                ("title", schema::text("its title")),
                ("description", schema::text("what is written below it")),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["from", "into", "title"],
        ),
        output: schema::object(
            [
                ("id", schema::int("its number")),
                ("from", schema::text("the branch with the changes")),
                ("into", schema::text("the branch that is to get them")),
                ("created", schema::boolean("whether this step made it")),
            ],
            &["id", "from", "into", "created"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the open pull request between the same branches",
            "looks for our request id in the descriptions of those between the branches",
            "abandons the one that this step made where it is still open",
            &["PAT scope Code (read and write)"],
        ),
        example: format!(
            "- id: pull\n  uses: {KIND}\n  with: {{ from: fix/hosts, into: prod, not_into: \
             [main], title: Mend hosts }}\n"
        ),
    }
}

impl Create {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    fn repository(&self, input: &Input) -> String {
        self.devops.repository(input.repository.as_deref())
    }

    async fn between(&self, input: &Input) -> Outcome<Vec<PullRequest>> {
        let ends = (input.from.as_str(), input.into.as_str());
        PullRequest::between(&self.devops, &self.repository(input), ends).await
    }

    async fn signed(&self, input: &Input, request: RequestId) -> Outcome<Option<PullRequest>> {
        let sign = request.to_string();
        let all = self.between(input).await?;
        Ok(all.into_iter().find(|one| one.description.contains(&sign)))
    }
}

fn output(input: &Input, id: u64, created: bool) -> Output {
    let (from, into) = (short(&input.from).to_owned(), short(&input.into).to_owned());
    Output { id, from, into, created }
}

impl TypedAction for Create {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        input.refusal().into_iter().collect()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        if let Some(why) = input.refusal() {
            return permanent("wrong_target", format!("failed to make a pull request: {why}"));
        }
        let repository = self.repository(input);
        for branch in [&input.from, &input.into] {
            known_head(&self.devops, &repository, branch).await?;
        }
        let all = self.between(input).await?;
        let found = all.into_iter().find(|one| one.status == "active").map(|one| one.id);
        Ok(Capture { state: Before { found }, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        let input = &attempt.input;
        if let Some(found) = captured(&attempt)?.found {
            return Ok(Acted::Done(output(input, found, false)));
        }
        let request = attempt.raw.request_id;
        let (all, sign) = (self.between(input).await?, request.to_string());
        let ours = all.iter().find(|one| one.description.contains(&sign));
        // There is one open at most between two branches: somebody's that came meanwhile is it.
        let open = || all.iter().find(|one| one.status == "active");
        if let Some(found) = ours.or_else(open) {
            return Ok(Acted::Done(output(input, found.id, ours.is_some())));
        }
        let description = format!("{}\n\n{}", input.description, signature(ctx, request));
        let body = json!({
            "sourceRefName": long(&input.from),
            "targetRefName": long(&input.into),
            "title": input.title,
            "description": description.trim_start(),
        });
        let repository = self.repository(input);
        let made = PullRequest::create(&self.devops, &repository, body, request).await?;
        Ok(Acted::Done(output(input, made.id, true)))
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        let input = &attempt.input;
        let found = captured(&attempt)?.found;
        let sign = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let ours = self.signed(input, sign).await?;
        if attempt.raw.side == Side::Undo {
            let open = ours.as_ref().is_some_and(|one| one.status == "active");
            let id = ours.map(|one| one.id).or(found).unwrap_or_default();
            return Ok(match open {
                true => Found::Absent,
                false => Found::Done(output(input, id, false)),
            });
        }
        Ok(match (ours, found) {
            (Some(ours), _) => Found::Done(output(input, ours.id, true)),
            (None, Some(found)) => Found::Done(output(input, found, false)),
            (None, None) => Found::Absent,
        })
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let sign = attempt.raw.undoes.unwrap_or(attempt.raw.request_id);
        let Some(ours) = self.signed(&attempt.input, sign).await? else {
            return Ok(Acted::Done(()));
        };
        if ours.status == "completed" {
            ctx.output.kept(&format!("the pull request {} was completed, and stays", ours.id));
        }
        if ours.status == "active" {
            let repository = self.repository(&attempt.input);
            let change = ("abandon", json!({"status": "abandoned"}));
            let request = attempt.raw.request_id;
            ours.change(&self.devops, &repository, change, request).await?;
        }
        Ok(Acted::Done(()))
    }
}
