//! `azure_devops.build.find_latest`: the last good build of a branch, or the one of a number. It
//! only looks.

use super::builds::{Build, Wanted};
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, definition_schema};
use crate::schema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, Failure};
use windlass_ports::{ActionError, Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure_devops.build.find_latest";

/// The action.
pub struct FindLatest {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The branch.
    pub branch: Option<String>,
    /// Or the build number.
    pub number: Option<String>,
    /// The build definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
}

/// The schema of a build.
pub fn build_schema() -> Value {
    schema::object(
        [
            ("id", schema::int("its number in the organization")),
            ("number", schema::text("its build number, such as 7.1.214.3")),
            ("branch", schema::text("its branch, without refs/heads/")),
            ("version", schema::text("the version that it built: its build number")),
            ("commit", schema::text("the commit that it built")),
        ],
        &["id", "number", "branch", "version", "commit"],
    )
}

/// The schema of the build that is found: of the branch, or with the number, that was asked for.
fn found_schema() -> Value {
    let mut found = build_schema();
    for name in ["branch", "number"] {
        let property = &mut found["properties"][name];
        *property = schema::same_as(property.take(), name);
    }
    found
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Finds the last good build of a branch, or the build of a number.".to_owned(),
        input: schema::object(
            [
                ("branch", schema::text("the branch")),
                ("number", schema::text("or the build number")),
                (
                    "definition",
                    definition_schema("the build definition; the section's where absent"),
                ),
            ],
            &[],
        ),
        output: found_schema(),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Build (read)"],
        ),
        example: format!("- id: build\n  uses: {KIND}\n  with: {{ branch: prod }}\n"),
    }
}

impl FindLatest {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }
}

impl Reading for FindLatest {
    type Input = Input;
    type Output = Build;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        match (&input.branch, &input.number) {
            (Some(_), None) | (None, Some(_)) => Vec::new(),
            _ => vec!["give either `branch` or `number`".to_owned()],
        }
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Build> {
        let Input { branch, number, definition } = input;
        let wanted = match (branch, number) {
            (Some(branch), None) => Wanted::LatestOf(branch.clone()),
            (None, Some(number)) => Wanted::Numbered(number.clone()),
            _ => {
                return Err(ActionError::Permanent(Failure::permanent(
                    "input",
                    "failed to find a build: give either `branch` or `number`",
                )));
            }
        };
        let (build, _) = Build::find(&self.devops, &wanted, definition.as_ref()).await?;
        Ok(build)
    }
}
