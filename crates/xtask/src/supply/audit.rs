//! Holds every package of the lock file against the lists. It must not know where the packages'
//! facts come from.

use super::licence;
use super::policy::{BANNED, LICENCES, ONLY_THROUGH, REGISTRY};
use crate::metadata::{Metadata, Package};
use std::collections::BTreeMap;

/// Returns what is not as the lists want it, a line each.
pub fn audit(metadata: &Metadata) -> Vec<String> {
    let mut found: Vec<String> = metadata.packages.iter().flat_map(of_package).collect();
    found.extend(other_doors(metadata));
    found.sort();
    found
}

fn of_package(package: &Package) -> Vec<String> {
    let who = format!("{} {}", package.name, package.version);
    let mut found = Vec::new();
    match &package.license {
        Some(expression) if licence::allowed(expression, &LICENCES) => {}
        Some(expression) => {
            found.push(format!("{who}: the licence `{expression}` is not allowed; leave it out"));
        }
        None => found.push(format!("{who}: names no licence; leave it out")),
    }
    if package.source.as_deref().is_some_and(|source| source != REGISTRY) {
        found.push(format!("{who}: comes from elsewhere than crates.io; use a published version"));
    }
    if let Some((_, why)) = BANNED.iter().find(|(name, _)| *name == package.name) {
        found
            .push(format!("{who}: banned, {why}; `cargo tree -i {}` shows who asks", package.name));
    }
    found
}

/// Finds users of a package that is accepted through others only.
fn other_doors(metadata: &Metadata) -> Vec<String> {
    let by_id: BTreeMap<&str, &Package> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let mut found = Vec::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let Some(user) = by_id.get(node.id.as_str()) else { continue };
        for used in node.dependencies.iter().filter_map(|id| by_id.get(id.as_str())) {
            let door = ONLY_THROUGH.iter().find(|(name, ..)| *name == used.name);
            if let Some((name, users, why)) = door
                && !users.contains(&user.name.as_str())
            {
                found.push(format!("{}: must not use `{name}` ({why})", user.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Node, Resolve};

    fn package(name: &str, license: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: Some(REGISTRY.to_owned()),
            dependencies: Vec::new(),
            manifest_path: String::new(),
        }
    }

    fn of(packages: Vec<Package>, edges: &[(&str, &str)]) -> Vec<String> {
        let nodes = edges.iter().map(|(from, to)| Node {
            id: (*from).to_owned(),
            dependencies: vec![(*to).to_owned()],
        });
        let resolve = Some(Resolve { nodes: nodes.collect() });
        audit(&Metadata { packages, resolve, target_directory: String::new() })
    }

    #[test]
    fn what_is_allowed_is_silent() {
        let mut own = package("windlass", Some("MIT OR Apache-2.0"));
        own.source = None;
        assert_eq!(of(vec![own, package("a", Some("ISC"))], &[]), Vec::<String>::new());
    }

    #[test]
    fn licences_sources_and_bans_are_found() {
        let mut from_git = package("b", Some("MIT"));
        from_git.source = Some("git+https://example.org/b".to_owned());
        let packages = vec![
            package("a", Some("GPL-3.0")),
            from_git,
            package("c", None),
            package("aws-lc-sys", Some("MIT")),
        ];
        let found = of(packages, &[]);
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn a_second_door_to_an_unmaintained_package_is_found() {
        let packages = || {
            ["sled", "fxhash", "other"].map(|name| package(name, Some("MIT"))).into_iter().collect()
        };
        assert_eq!(of(packages(), &[("sled", "fxhash")]), Vec::<String>::new());
        assert_eq!(of(packages(), &[("sled", "fxhash"), ("other", "fxhash")]).len(), 1);
    }
}
