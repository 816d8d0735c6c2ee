//! Runs every rule over a tree. It must not know how a rule works.

use super::allow_list::{ALLOW_LIST, AllowList};
use super::finding::Finding;
use super::tree::Tree;
use super::{columns, edges, escapes, imports, listing, machine_paths, openings, sizes, words};

/// Returns what all rules found, by file and line.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let text = tree.get(ALLOW_LIST).map_or("", |file| file.text.as_str());
    let (allow, mut findings) = AllowList::parse(text);
    findings.extend(edges::check(tree));
    findings.extend(imports::check(tree));
    findings.extend(listing::check(tree));
    findings.extend(sizes::check(tree));
    findings.extend(columns::check(tree));
    findings.extend(openings::check(tree));
    findings.extend(escapes::check(tree));
    findings.extend(words::check(tree, &allow));
    findings.extend(machine_paths::check(tree, &allow));
    findings.extend(allow.unused());
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_asked() {
        let long = "//! x\n".repeat(sizes::FILE_LINES_MAX + 1);
        let wide = format!("//! {}\n", "x".repeat(columns::COLUMNS_MAX));
        let machine = concat!("//! ", "/", "home/me\n");
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! Says nothing.\nmod b;\npub use b::B;"),
            ("crates/a/src/b.rs", "//! B.\nuse crate::B;"),
            ("crates/a/src/c/mod.rs", "//! C.\nfn f() {}"),
            ("d.rs", &long),
            ("e.rs", &wide),
            ("f.rs", "//! F.\n#[allow(x)]"),
            ("g/utils.rs", "//! G."),
            ("h.rs", machine),
            (ALLOW_LIST, "h.rs nothing needed\n"),
        ]);
        let mut rules: Vec<&str> = check(&tree).iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        let expected = [
            "allow-list",
            "columns",
            "escapes",
            "imports",
            "listing",
            "machine-paths",
            "openings",
            "size",
            "words",
        ];
        assert_eq!(rules, expected);
    }
}
