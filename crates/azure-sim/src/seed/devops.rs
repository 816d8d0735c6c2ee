//! Azure DevOps as the team has it: a repository with `main` and `prod`, the build whose variables
//! hold the next versions, the release definitions with their stages. It must not know who
//! rehearses what.

use super::document::{BuildSeed, CommitSeed, DevOpsSeed, ReleaseSeed, RepositorySeed};
use crate::world::{AppAddress, BuildDefinition, ReleaseDefinition, Stage, Variable};
use indexmap::IndexMap;

/// All of it. Definition 7 deploys to quality assurance, 17 to production, 18 the client's
/// app, whose second stage somebody has to approve.
pub fn devops() -> DevOpsSeed {
    let qa = vec![stage(31, "qa4", "qa4", None), stage(32, "qa4rnapi", "qa4rnapi", None)];
    let stops = |one: Stage| Stage { stops: true, ..one };
    let approved = |one: Stage| Stage { needs_approval: true, ..one };
    let prod = vec![
        stops(stage(41, "rnapi", "prod2rnapi", None)),
        stops(stage(42, "pwaapi", "prod2pwaapi", None)),
        stage(43, "prod2 staging", "prod2", Some("staging")),
        stops(stage(44, "prod2", "prod2", None)),
    ];
    let pwa = vec![
        stage(51, "pwa", "prod2pwa", None),
        approved(stops(stage(52, "pwa beta", "prod2pwaapi", None))),
    ];
    let every = ["rnapi", "pwaapi", "prod2 staging", "prod2"];
    DevOpsSeed {
        organization: "dispatcher".into(),
        project: "Dispatcher".into(),
        build_definitions: vec![build_definition(), pipeline()],
        builds: builds(),
        release_definitions: vec![
            definition(7, "Dispatcher-QA", 58, qa),
            definition(17, "Dispatcher-Prod", 112, prod),
            definition(18, "Dispatcher-PWA", 9, pwa),
        ],
        triggers: Vec::new(),
        releases: vec![
            release(101, 7, 4118, 70, &["qa4", "qa4rnapi"]),
            release(102, 7, 4121, 5, &["qa4", "qa4rnapi"]),
            release(91, 17, 4102, 290, &every),
            release(92, 18, 4102, 290, &["pwa"]),
        ],
        repositories: vec![RepositorySeed {
            name: "Dispatcher".into(),
            default_branch: "main".into(),
            commits: commits(),
        }],
    }
}

fn variable(value: &str, is_secret: bool, allow_override: bool) -> Variable {
    Variable { value: value.into(), is_secret, allow_override }
}

fn build_definition() -> BuildDefinition {
    BuildDefinition {
        id: 12,
        name: "Dispatcher-CI".into(),
        revision: 41,
        variables: IndexMap::from([
            ("NextBuildVersion".into(), variable("7.2.0", false, false)),
            ("Prod_NextBuildVersion".into(), variable("7.1.214", false, false)),
            ("BuildConfiguration".into(), variable("Release", false, true)),
            ("WindlassRequest".into(), variable("", false, true)),
            ("SigningPassword".into(), variable("{canary}-signing", true, false)),
        ]),
        builds_branches: vec!["main".into(), "prod".into()],
        version_variables: IndexMap::from([
            ("prod".into(), "Prod_NextBuildVersion".into()),
            ("*".into(), "NextBuildVersion".into()),
        ]),
        ..BuildDefinition::default()
    }
}

/// A YAML pipeline, whose runs wait for an approval.
fn pipeline() -> BuildDefinition {
    BuildDefinition {
        id: 14,
        name: "Dispatcher-Smoke".into(),
        revision: 3,
        variables: IndexMap::from([("WindlassRequest".into(), variable("", false, true))]),
        run_needs_approval: true,
        ..BuildDefinition::default()
    }
}

/// `prod` was merged from `main` at `m2`, had three hotfixes, and `main` went on: with a migration
/// and a change of the client's app.
fn commits() -> Vec<CommitSeed> {
    let commit = |key: &str, branch: &str, comment: &str, files: &[(&str, &str)], hours_ago| {
        let files = files.iter().map(|(path, text)| ((*path).into(), Some((*text).into())));
        CommitSeed {
            key: key.into(),
            branch: branch.into(),
            comment: comment.into(),
            files: files.collect(),
            hours_ago,
            ..CommitSeed::default()
        }
    };
    let first = [
        ("/src/Api/Orders.cs", "orders 1"),
        ("/src/Api/Hosts.cs", "hosts 1"),
        ("/src/Migrations/0001_First.cs", "migration 1"),
        ("/client/pwa/src/app.ts", "app 1"),
        ("/README.md", "readme"),
    ];
    let migration =
        [("/src/Migrations/0002_Tickets.cs", "migration 2"), ("/src/Api/Tickets.cs", "tickets 1")];
    vec![
        commit("m1", "main", "The product", &first, 900),
        commit("m2", "main", "Orders sort by date", &[("/src/Api/Orders.cs", "orders 2")], 320),
        CommitSeed {
            from: Some("m1".into()),
            merges: Some("m2".into()),
            ..commit("p1", "prod", "Merge main into prod [skip ci]", &[], 310)
        },
        commit("p2", "prod", "Hosts load again", &[("/src/Api/Hosts.cs", "hosts 2")], 100),
        commit("m3", "main", "Tickets\n\nWith a table of their own.", &migration, 76),
        commit("p3", "prod", "Hosts load faster", &[("/src/Api/Hosts.cs", "hosts 3")], 30),
        commit("p4", "prod", "Hosts fail early", &[("/src/Api/Hosts.cs", "hosts 4")], 21),
        commit("m4", "main", "The app shows tickets", &[("/client/pwa/src/app.ts", "app 2")], 8),
    ]
}

/// The last build of `prod` that is any good is 7.1.214.3: the next one failed.
fn builds() -> Vec<BuildSeed> {
    let build =
        |id, number: &str, branch: &str, commit: &str, result: Option<&str>, hours_ago| BuildSeed {
            id,
            definition: 12,
            number: number.into(),
            branch: branch.into(),
            result: result.map(str::to_owned),
            hours_ago,
            commit: Some(commit.into()),
        };
    vec![
        build(4102, "7.1.214.1", "prod", "p1", Some("succeeded"), 300),
        build(4116, "7.1.214.2", "prod", "p2", Some("succeeded"), 96),
        build(4118, "7.2.0.40", "main", "m3", Some("succeeded"), 72),
        build(4119, "7.1.214.3", "prod", "p3", Some("succeeded"), 26),
        build(4120, "7.1.214.4", "prod", "p4", Some("failed"), 20),
        build(4121, "7.2.0.41", "main", "m4", Some("succeeded"), 6),
        build(4122, "7.2.0.42", "main", "m4", None, 0),
    ]
}

fn stage(id: u64, name: &str, site: &str, slot: Option<&str>) -> Stage {
    let address = AppAddress { site: site.into(), slot: slot.map(str::to_owned) };
    Stage {
        id,
        name: name.into(),
        automatic: false,
        needs_approval: false,
        stops: false,
        deploys_to: vec![address],
    }
}

fn definition(id: u64, name: &str, revision: u64, stages: Vec<Stage>) -> ReleaseDefinition {
    ReleaseDefinition {
        id,
        name: name.into(),
        revision,
        alias: "_Dispatcher-CI".into(),
        build_definition: 12,
        stages,
        triggers: Vec::new(),
    }
}

fn release(
    id: u64,
    definition: u64,
    build: u64,
    hours_ago: i64,
    deployed_to: &[&str],
) -> ReleaseSeed {
    ReleaseSeed {
        id,
        definition,
        build,
        description: None,
        hours_ago,
        deployed_to: deployed_to.iter().map(|stage| (*stage).to_owned()).collect(),
    }
}
