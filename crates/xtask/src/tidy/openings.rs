//! Rule: each Rust file opens with `//!`, and each crate's root says what the crate must not know.
//! It must not judge what else the header says.

use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "openings";

/// One of these stands in the header of every crate's root file.
const ABSENCES: [&str; 4] =
    ["must not know", "knows nothing of", "never knows", "must know nothing"];

/// Checks every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        if !file.text.starts_with("//!") {
            let message = "open the file with `//!`: what it is for and what it must not know";
            findings.push(Finding::of_file(&file.path, RULE, message));
        } else if is_root(tree, &file.path) && !says_absence(&file.text) {
            let message = "a crate's header says what the crate \"must not know\"";
            findings.push(Finding::of_file(&file.path, RULE, message));
        }
    }
    findings
}

/// Says whether a file is its crate's root: `lib.rs`, or `main.rs` where there is no library.
fn is_root(tree: &Tree, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["crates", _, "src", "lib.rs"] => true,
        ["crates", name, "src", "main.rs"] => {
            tree.get(&format!("crates/{name}/src/lib.rs")).is_none()
        }
        _ => false,
    }
}

fn says_absence(text: &str) -> bool {
    let header = text.lines().map_while(|line| line.strip_prefix("//!"));
    let words: Vec<&str> = header.flat_map(str::split_whitespace).collect();
    let header = words.join(" ").to_lowercase();
    ABSENCES.iter().any(|absence| header.contains(absence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree = Tree::of(&[("a.rs", "use std::fmt;\n"), ("b.rs", "//! For b.\n"), ("c.md", "")]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "a.rs");
    }

    #[test]
    fn a_root_says_what_it_must_not_know() {
        let bad = "//! The engine.\n\nmod must_not_know;\n";
        let good = "//! The engine. It must\n//! not know any database.\n";
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", bad),
            ("crates/b/src/lib.rs", good),
            ("crates/c/src/main.rs", bad),
            ("crates/a/src/main.rs", bad),
        ]);
        let paths: Vec<String> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["crates/a/src/lib.rs", "crates/c/src/main.rs"]);
    }
}
