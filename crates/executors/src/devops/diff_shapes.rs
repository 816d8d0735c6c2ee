//! `azure_devops.diff`: its input, its output, its description.

use super::build::builds::{BuildRef, build_ref_schema};
use super::definition_ref::{DefinitionRef, definition_schema};
use crate::change::kinds::read_only;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;

/// The action's kind.
pub const KIND: &str = "azure_devops.diff";

/// One end of a comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Point {
    /// A commit.
    Commit(String),
    /// Several commits: what differs at one of them counts.
    AnyOf(Vec<String>),
    /// The first parent of a commit: what its branch was before it.
    ParentOf(String),
    /// The newest commit of a branch.
    Branch(String),
    /// The commit that a build built.
    Build(BuildRef),
    /// The commit that runs on a stage.
    Stage(OnStage),
}

/// A stage, by the release definition that it belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OnStage {
    /// A stage of the section's definition.
    Name(String),
    /// A stage of another one.
    Of {
        /// Its name.
        name: String,
        /// The definition.
        definition: DefinitionRef,
    },
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Where the comparison begins.
    pub from: Option<Point>,
    /// Where it ends.
    pub to: Option<Point>,
    /// Or: what the last merge into a branch brought.
    pub last_merge_into: Option<String>,
    /// Folders by the name under which they are asked for.
    pub folders: BTreeMap<String, Folders>,
    /// The repository.
    pub repository: Option<String>,
}

/// One folder or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Folders {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Folders {
    /// Whether a path lies in one of them. A letter more or less in its case does not hide a
    /// change.
    pub fn hold(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        let inside = |folder: &String| {
            let folder = folder.trim_matches('/').to_lowercase();
            let rest = path.trim_start_matches('/').strip_prefix(&folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self {
            Self::One(folder) => inside(folder),
            Self::Many(folders) => folders.iter().any(inside),
        }
    }
}

/// Output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The commit where the comparison began.
    pub from: String,
    /// The commit where it ended.
    pub to: String,
    /// Whether anything in a folder differs, by its name.
    pub changed: BTreeMap<String, bool>,
    /// The files of each, the first of many.
    pub files: BTreeMap<String, Vec<String>>,
    /// Those of them that the end lacks, the first of many.
    #[serde(default)]
    pub removed: BTreeMap<String, Vec<String>>,
    /// How many files differ in all.
    pub count: usize,
    /// Whether there were too many to look at, so that every folder counts as changed.
    pub assumed: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let point = |what: &str| {
        json!({
            "description": what,
            "type": "object",
            "properties": {
                "commit": schema::text("a commit"),
                "any_of": schema::list(
                    schema::text("a commit"),
                    "several commits: what differs at one of them counts",
                ),
                "parent_of": schema::text("the first parent of a commit"),
                "branch": schema::text("the newest commit of a branch"),
                "build": build_ref_schema("the commit of a build"),
                "stage": stage(),
            },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    };
    let paths = json!({
        "type": ["string", "array"],
        "items": {"type": "string"},
        "description": "a folder, or several",
    });
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Says which folders differ between two commits, builds, branches or what runs on \
                  a stage."
            .to_owned(),
        input: schema::object(
            [
                ("from", point("where the comparison begins")),
                ("to", point("where it ends")),
                (
                    "last_merge_into",
                    schema::text("or the branch whose last merge is looked at: what it brought"),
                ),
                ("folders", schema::map(paths, "folders by the names that the outputs have")),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["folders"],
        ),
        output: output_schema(),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Code (read)", "PAT scopes Build and Release (read), where they are named"],
        ),
        example: format!(
            "- id: difference\n  uses: {KIND}\n  with:\n    from: {{ stage: prod2 }}\n    to: {{ \
             branch: prod }}\n    folders: {{ migrations: /src/Migrations }}\n"
        ),
    }
}

fn output_schema() -> Value {
    let texts = schema::list(schema::text("a path"), "the files of one");
    schema::object(
        [
            ("from", schema::text("the commit where the comparison began; of several, the first")),
            ("to", schema::text("the commit where it ended; of several, the first")),
            (
                "changed",
                schema::map(schema::boolean("whether it differs"), "each folder by its name"),
            ),
            ("files", schema::map(texts.clone(), "the files of each folder, the first of many")),
            ("removed", schema::map(texts, "those of them that an end lacks, the first of many")),
            ("count", schema::int("how many files differ in all, at most for one of several")),
            ("assumed", schema::boolean("whether there were too many files, so that all counts")),
        ],
        &["from", "to", "changed", "files", "removed", "count", "assumed"],
    )
}

fn stage() -> Value {
    json!({
        "type": ["string", "object"],
        "description": "the commit that runs on a stage",
        "properties": {
            "name": schema::text("the stage"),
            "definition": definition_schema("the release definition"),
        },
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_is_in_it_and_not_what_begins_like_it() {
        let one = Folders::One("/src/Migrations/".into());
        assert!(one.hold("/src/migrations/0002.cs") && one.hold("/src/Migrations"));
        assert!(!one.hold("/src/MigrationsOld/1.cs") && !one.hold("/src/Api/1.cs"));
        let many = Folders::Many(vec!["a".into(), "b/c".into()]);
        assert!(many.hold("/b/c/d") && !many.hold("/b/d"));
    }
}
