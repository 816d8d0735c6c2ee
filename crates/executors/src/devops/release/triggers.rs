//! `azure_devops.release.triggers`: whether a trigger can put a build of another branch on a stage
//! while nobody looks. It only looks.

use super::releases::stage_name;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::devops::build::short_branch;
use crate::devops::client::{DevOps, Host};
use crate::devops::definition_ref::{DefinitionRef, definition_schema, release_definition};
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.triggers";

/// The action.
pub struct Triggers {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// A stage, by its name or number.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct StageName(#[serde(deserialize_with = "stage_name")] String);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The stages that are asked for.
    pub stages: Vec<StageName>,
    /// The only branch whose builds may come there.
    pub branch: String,
    /// The release definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether a build of another branch can come to one of the stages by itself.
    pub possible: bool,
    /// How, in words.
    pub ways: Vec<String>,
    /// The stages that start by themselves, of those that are asked for.
    pub automatic: Vec<String>,
    /// The definition's revision.
    pub revision: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let mut stage = schema::text("a stage: its name, or its number in the definition");
    stage["type"] = json!(["integer", "string"]);
    let texts = |what: &str| schema::list(schema::text("a text"), what);
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Says whether a release definition's triggers can put a build of another branch \
                  on a stage by themselves."
            .to_owned(),
        input: schema::object(
            [
                ("stages", schema::list(stage, "the stages that are asked for")),
                ("branch", schema::text("the only branch whose builds may come there")),
                (
                    "definition",
                    definition_schema("the release definition; the section's where absent"),
                ),
            ],
            &["stages", "branch"],
        ),
        output: schema::object(
            [
                (
                    "possible",
                    schema::boolean("whether a build of another branch can come by itself"),
                ),
                ("ways", texts("how, in words")),
                ("automatic", texts("the stages that start by themselves")),
                ("revision", schema::int("the definition's revision")),
            ],
            &["possible", "ways", "automatic", "revision"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Release (read)"],
        ),
        example: format!(
            "- id: triggers\n  uses: {KIND}\n  with: {{ stages: [qa4, qa4rnapi], branch: prod }}\n"
        ),
    }
}

/// Whether a filter lets builds of another branch through: one that excludes never does, a pattern
/// may.
fn lets_others(filter: &str, branch: &str) -> bool {
    let filter = short_branch(filter.trim_start_matches('+'));
    !filter.starts_with('-') && !filter.eq_ignore_ascii_case(short_branch(branch))
}

/// The branches by which a trigger makes releases, other than the one that is allowed.
fn foreign(trigger: &Value, branch: &str) -> Vec<String> {
    let kind = trigger["triggerType"].as_str().unwrap_or("undefined");
    if kind.eq_ignore_ascii_case("schedule") {
        return vec!["a schedule makes releases of the newest build of any branch".to_owned()];
    }
    let conditions = trigger["triggerConditions"].as_array().cloned().unwrap_or_default();
    if conditions.is_empty() {
        return vec![format!("each build makes a release, whatever its branch ({kind})")];
    }
    let words = |one: &Value| one["sourceBranch"].as_str().unwrap_or_default().to_owned();
    if conditions.iter().all(|one| words(one).starts_with('-')) {
        return vec!["a build of each branch that is not excluded makes a release".to_owned()];
    }
    let others = conditions.iter().filter_map(|one| {
        if one["useBuildDefinitionBranch"].as_bool() == Some(true) {
            return Some("a build of the build definition's own branch makes a release".to_owned());
        }
        match one["sourceBranch"].as_str().filter(|text| !text.is_empty()) {
            None => Some("each build makes a release, whatever its branch".to_owned()),
            Some(filter) => lets_others(filter, branch)
                .then(|| format!("a build of {} makes a release", short_branch(filter))),
        }
    });
    others.collect()
}

/// The stages that start without anybody: with a release, after one that does, or by the clock.
fn automatic(stages: &[Value]) -> Vec<String> {
    let name = |stage: &Value| stage["name"].as_str().unwrap_or_default().to_owned();
    let mut found: Vec<String> = Vec::new();
    loop {
        let starts = |stage: &&Value| {
            let conditions = stage["conditions"].as_array().cloned().unwrap_or_default();
            let by_clock = stage["schedules"].as_array().is_some_and(|all| !all.is_empty());
            let with_release = conditions.iter().any(|one| {
                one["conditionType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("event"))
            });
            let mut after = conditions.iter().filter(|one| {
                let kind = one["conditionType"].as_str().unwrap_or_default();
                kind.eq_ignore_ascii_case("environmentState")
            });
            let after = after.any(|one| {
                one["name"].as_str().is_some_and(|before| found.iter().any(|it| it == before))
            });
            by_clock || with_release || after
        };
        let now: Vec<String> = stages.iter().filter(starts).map(name).collect();
        if now.len() == found.len() {
            return now;
        }
        found = now;
    }
}

impl Triggers {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }
}

impl Reading for Triggers {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Output> {
        let id = release_definition(&self.devops, input.definition.as_ref()).await?;
        let what = format!("read the release definition {id}");
        let path = format!("/release/definitions/{id}");
        let (body, _) = self.devops.get(&what, Host::Releases, &path, &[]).await?;
        let stages = body["environments"].as_array().cloned().unwrap_or_default();
        let mut asked = Vec::new();
        for StageName(wanted) in &input.stages {
            let found = stages.iter().find(|stage| {
                let name = stage["name"].as_str().unwrap_or_default();
                let number = stage["id"].as_u64().is_some_and(|id| wanted.parse() == Ok(id));
                name.eq_ignore_ascii_case(wanted) || number
            });
            match found.and_then(|stage| stage["name"].as_str()) {
                Some(name) => asked.push(name.to_owned()),
                None => {
                    let message = format!("failed to find the stage `{wanted}` in definition {id}");
                    return permanent("no_stage", message);
                }
            }
        }
        let automatic: Vec<String> =
            automatic(&stages).into_iter().filter(|name| asked.contains(name)).collect();
        let triggers = body["triggers"].as_array().cloned().unwrap_or_default();
        let ways: Vec<String> =
            triggers.iter().flat_map(|one| foreign(one, &input.branch)).collect();
        let possible = !automatic.is_empty() && !ways.is_empty();
        let revision = body["revision"].as_u64().unwrap_or(0);
        Ok(Output { possible, ways, automatic, revision })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_the_branch_alone_lets_nothing_else_through() {
        for (filter, others) in [
            ("prod", false),
            ("refs/heads/prod", false),
            ("+prod", false),
            ("-main", false),
            ("main", true),
            ("*", true),
            ("release/*", true),
        ] {
            assert_eq!(lets_others(filter, "prod"), others, "{filter}");
        }
    }

    #[test]
    fn a_stage_behind_one_that_starts_by_itself_starts_too() {
        let after = |name: &str| json!([{"conditionType": "environmentState", "name": name}]);
        let stages = [
            json!({"name": "a", "conditions": [{"conditionType": "event"}]}),
            json!({"name": "b", "conditions": after("a")}),
            json!({"name": "c", "conditions": []}),
            json!({"name": "d", "conditions": [], "schedules": [{}]}),
            json!({"name": "e", "conditions": after("c")}),
        ];
        assert_eq!(automatic(&stages), ["a", "b", "d"]);
    }
}
