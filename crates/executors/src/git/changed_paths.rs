//! `git.changed_paths`: which files differ between two commits, so that a release can ask whether
//! there are migrations, or whether a client must be deployed.

use super::binding::KIND as REPOSITORY;
use super::repository::Repository;
use crate::change::key::looking;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "git.changed_paths";

/// Paths that go into the history: enough to decide by, and a release of any size fits.
const PATHS_MAX: usize = 500;

/// The action.
pub struct ChangedPaths(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// The older commit.
    pub from: String,
    /// The newer one.
    pub to: String,
    /// Only below these.
    #[serde(default)]
    pub under: Vec<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether anything differs.
    pub any: bool,
    /// How many files.
    pub count: u64,
    /// The first of them.
    pub paths: Vec<String>,
    /// The top folders that they are in.
    pub folders: Vec<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let path = || schema::text("a path from the top");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Lists the files that differ between two commits.".to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("from", schema::text("the older commit")),
                ("to", schema::text("the newer one")),
                (
                    "under",
                    schema::list(
                        schema::text("a folder or pattern"),
                        "only below these; all \
                                                                       where absent",
                    ),
                ),
            ],
            &["repository", "from", "to"],
        ),
        output: schema::object(
            [
                ("any", schema::boolean("whether anything differs")),
                ("count", schema::int("how many files")),
                ("paths", schema::list(path(), "the first 500 of them")),
                ("folders", schema::list(schema::text("a folder"), "top folders they are in")),
            ],
            &["any", "count", "paths", "folders"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["reading the clone's folder"],
        ),
        example: format!(
            "- id: migrations\n  uses: {KIND}\n  with: {{ repository: app, from: v1, to: \
             origin/main, under: [migrations] }}\n"
        ),
    }
}

impl Reading for ChangedPaths {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let from = repository.commit(&input.from).await?;
        let to = repository.commit(&input.to).await?;
        let mut arguments = vec!["diff", "--name-only", "-z", &from, &to, "--"];
        arguments.extend(input.under.iter().map(String::as_str));
        let ran = repository.git(&arguments).await?;
        if !ran.is_good() {
            return repository.failed("compare two commits", &ran);
        }
        let mut paths = ran.list();
        let count = paths.len() as u64;
        let top = |path: &String| path.split_once('/').map(|(folder, _)| folder.to_owned());
        let folders: BTreeSet<String> = paths.iter().filter_map(top).collect();
        paths.truncate(PATHS_MAX);
        Ok(Output { any: count > 0, count, paths, folders: folders.into_iter().collect() })
    }
}
