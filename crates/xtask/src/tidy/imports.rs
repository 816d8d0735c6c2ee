//! Rule: inside a crate, no circle of imports, and a module imports only what stands above it in
//! the list of its `lib.rs` or `mod.rs`. It must not know how the text was read.

use super::finding::Finding;
use super::modules::{Module, Path, modules};
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

const RULE: &str = "imports";

/// Checks every crate of the tree.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let roots = tree.rust().map(|file| file.path.as_str()).filter(|path| is_root(path));
    roots.flat_map(|root| check_crate(&modules(tree, root))).collect()
}

/// Says whether a file is the root of a crate: `crates/NAME/src/lib.rs` or `…/main.rs`.
fn is_root(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["crates", _, "src", "lib.rs" | "main.rs"])
}

fn check_crate(found: &BTreeMap<Path, Module>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_circle = BTreeSet::new();
    for start in found.keys() {
        if in_circle.contains(start) {
            continue;
        }
        if let Some(circle) = circle_through(found, start) {
            in_circle.extend(circle.iter().cloned());
            findings.push(describe_circle(found, &circle));
        }
    }
    for (path, module) in found {
        for import in &module.imports {
            let both = in_circle.contains(path) && in_circle.contains(&import.module);
            if !both && let Some(message) = against_order(found, path, &import.module) {
                findings.push(Finding::new(&module.file, import.line, RULE, message));
            }
        }
    }
    findings
}

/// Returns the shortest circle through a module, beginning and ending there.
fn circle_through(found: &BTreeMap<Path, Module>, start: &Path) -> Option<Vec<Path>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut waiting = std::collections::VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for import in found.get(at).map(|module| module.imports.as_slice()).unwrap_or_default() {
            if import.module == *start {
                let mut circle = vec![start.clone()];
                let mut back = at;
                while back != start {
                    circle.push(back.clone());
                    back = came_from.get(back)?;
                }
                circle.push(start.clone());
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(&import.module) {
                came_from.insert(&import.module, at);
                waiting.push_back(&import.module);
            }
        }
    }
    None
}

fn describe_circle(found: &BTreeMap<Path, Module>, circle: &[Path]) -> Finding {
    let names: Vec<String> = circle.iter().map(name).collect();
    let first = &found[&circle[0]];
    let line = first.imports.iter().find(|import| import.module == circle[1]);
    let message = format!(
        "a circle of imports: {}; move what they share into a module below both",
        names.join(" -> ")
    );
    Finding::new(&first.file, line.map_or(0, |import| import.line), RULE, message)
}

/// Returns why an import goes upwards in the list of the module that holds both.
fn against_order(found: &BTreeMap<Path, Module>, from: &Path, to: &Path) -> Option<String> {
    let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    // A parent may use its child and a child its parent: only circles matter there.
    let (own, other) = (from.get(shared)?, to.get(shared)?);
    let parent = found.get(&from[..shared])?;
    let place = |name| parent.children.iter().position(|child| child == name);
    if place(other)? < place(own)? {
        return None;
    }
    Some(format!(
        "`{}` imports `{}`, which stands below it in {}; list what is imported first",
        name(from),
        name(to),
        parent.file
    ))
}

fn name(path: &Path) -> String {
    if path.is_empty() { "crate".to_owned() } else { path.join("::") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_of(lib: &str, a: &str, b: &str) -> Vec<Finding> {
        let lib = ("crates/x/src/lib.rs", lib);
        check(&Tree::of(&[lib, ("crates/x/src/a.rs", a), ("crates/x/src/b.rs", b)]))
    }

    #[test]
    fn a_list_that_is_followed_is_fine() {
        assert_eq!(check_of("mod a;\nmod b;\npub use b::X;", "", "use crate::a::Y;"), []);
    }

    #[test]
    fn an_import_of_what_stands_below_is_found() {
        let found = check_of("mod b;\nmod a;", "", "\nuse crate::a::Y;");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("crates/x/src/b.rs", 2));
        assert!(found[0].message.contains("`b` imports `a`"), "{found:?}");
    }

    #[test]
    fn a_circle_is_told_once_with_its_path() {
        let found = check_of("mod a;\nmod b;", "use crate::b::X;", "use crate::a::Y;");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("a -> b -> a"), "{found:?}");
    }

    #[test]
    fn a_root_that_uses_a_child_that_uses_the_root_is_a_circle() {
        let found = check_of("mod a;\nmod b;\npub use a::X;", "use crate::Shared;", "");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("crate -> a -> crate"), "{found:?}");
    }

    #[test]
    fn folders_are_compared_where_their_ways_part() {
        let found = check(&Tree::of(&[
            ("crates/x/src/lib.rs", "mod low;\nmod high;"),
            ("crates/x/src/low/mod.rs", "mod p;\nmod q;"),
            ("crates/x/src/low/p.rs", "use crate::low::q::Q;"),
            ("crates/x/src/low/q.rs", "use crate::high::H;"),
            ("crates/x/src/high.rs", ""),
        ]));
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
