//! Rule: the floors of the house. Which crate may name which, and what `model` must never name.
//! The table is docs/architecture.md, section 1; a new crate needs a line here first.

use super::finding::Finding;
use super::tree::{Manifest, Tree};

const RULE: &str = "edges";

/// What each crate may name as a normal dependency, among the workspace's own.
const EDGES: [(&str, &[&str]); 16] = [
    ("windlass-model", &[]),
    ("windlass-sys", &[]),
    ("windlass-journal", &[]),
    ("windlass-contract", &[]),
    ("windlass-azure-sim", &[]),
    ("xtask", &[]),
    ("windlass-ports", &["windlass-model"]),
    ("windlass-testkit", &["windlass-model", "windlass-ports", "windlass-journal"]),
    ("windlass-spec", &["windlass-model"]),
    ("windlass-prover", &["windlass-model"]),
    ("windlass-import", &[]),
    ("windlass-executors", &["windlass-model", "windlass-ports", "windlass-sys"]),
    (
        "windlass-store-sled",
        &["windlass-model", "windlass-ports", "windlass-sys", "windlass-journal"],
    ),
    ("windlass-engine", &["windlass-model", "windlass-ports", "windlass-sys"]),
    (
        "windlass",
        &[
            "windlass-model",
            "windlass-ports",
            "windlass-sys",
            "windlass-spec",
            "windlass-prover",
            "windlass-import",
            "windlass-executors",
            "windlass-store-sled",
            "windlass-engine",
            "windlass-azure-sim",
        ],
    ),
    (
        "windlass-fuzz",
        &[
            "windlass-model",
            "windlass-ports",
            "windlass-sys",
            "windlass-testkit",
            "windlass-spec",
            "windlass-executors",
            "windlass-store-sled",
            "windlass-engine",
        ],
    ),
];

/// What any crate's tests may name besides its edges.
const FOR_TESTS: [&str; 4] =
    ["windlass-testkit", "windlass-azure-sim", "windlass-contract", "windlass-journal"];

/// What would make `model` impure: it neither waits, speaks, stores, parses arguments nor logs.
const NOT_IN_MODEL: [&str; 13] = [
    "tokio",
    "tokio-util",
    "futures-util",
    "reqwest",
    "hyper",
    "sled",
    "tokio-postgres",
    "sqlx",
    "rusqlite",
    "clap",
    "tracing",
    "tracing-subscriber",
    "log",
];

/// Checks every manifest.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.crates.iter().flat_map(|manifest| check_manifest(tree, manifest)).collect()
}

fn check_manifest(tree: &Tree, manifest: &Manifest) -> Vec<Finding> {
    let say = |message: String| Finding::of_file(&manifest.path, RULE, message);
    let Some((_, edges)) = EDGES.iter().find(|(name, _)| *name == manifest.name) else {
        let name = &manifest.name;
        return vec![say(format!("crate `{name}` has no floor; give it one in tidy's edges.rs"))];
    };
    let ours = |name: &&String| tree.crates.iter().any(|other| other.name == **name);
    let mut findings = Vec::new();
    for name in manifest.normal.iter().filter(ours) {
        if !edges.contains(&name.as_str()) {
            findings.push(say(format!("`{}` must not depend on `{name}`", manifest.name)));
        }
    }
    for name in manifest.dev.iter().filter(ours) {
        let known = edges.contains(&name.as_str()) || FOR_TESTS.contains(&name.as_str());
        if !known && *name != manifest.name {
            findings.push(say(format!(
                "`{}`'s tests must not depend on `{name}`: it is neither below nor a test crate",
                manifest.name
            )));
        }
    }
    if manifest.name == "windlass-model" {
        for name in manifest.normal.iter().filter(|name| NOT_IN_MODEL.contains(&name.as_str())) {
            findings.push(say(format!("`model` is pure; it must not name `{name}`")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    fn messages(name: &str, normal: &[&str], dev: &[&str]) -> Vec<String> {
        let mut crates: Vec<Manifest> = EDGES
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(other, _)| Manifest { name: (*other).to_owned(), ..Manifest::default() })
            .collect();
        crates.push(Manifest {
            name: name.to_owned(),
            path: "crates/x/Cargo.toml".to_owned(),
            normal: names(normal),
            dev: names(dev),
        });
        let tree = Tree { files: Vec::new(), crates };
        check(&tree).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        let dev = ["windlass-testkit", "proptest"];
        assert_eq!(messages("windlass-engine", &["windlass-ports", "tokio"], &dev).len(), 0);
    }

    #[test]
    fn an_arrow_that_points_up_or_sideways_is_found() {
        for (name, other) in [
            ("windlass-ports", "windlass-engine"),
            ("windlass-spec", "windlass-executors"),
            ("windlass-azure-sim", "windlass-model"),
            ("xtask", "windlass-spec"),
            ("windlass-engine", "windlass-testkit"),
        ] {
            assert_eq!(messages(name, &[other], &[]).len(), 1, "{name} -> {other}");
        }
        assert_eq!(messages("windlass-engine", &[], &["windlass-store-sled"]).len(), 1);
    }

    #[test]
    fn an_impure_model_is_found() {
        assert_eq!(messages("windlass-model", &["serde", "petgraph"], &["tokio"]).len(), 0);
        assert_eq!(messages("windlass-model", &["tokio", "tracing"], &[]).len(), 2);
    }

    #[test]
    fn a_crate_without_a_floor_is_found() {
        assert!(messages("windlass-attic", &[], &[])[0].contains("has no floor"));
    }
}
