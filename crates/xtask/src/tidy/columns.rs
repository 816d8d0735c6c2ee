//! Rule: no line of Rust over 100 columns, strings and comments included, which rustfmt leaves
//! alone. A line with an address in it may be longer: it cannot be broken.

use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "columns";

/// As rustfmt.toml says.
pub const COLUMNS_MAX: usize = 100;

/// Checks every line of every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        for (index, line) in file.text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX && !line.contains("https://") {
                let message = format!("{columns} columns; break the line at {COLUMNS_MAX}");
                findings.push(Finding::new(&file.path, index + 1, RULE, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_not_bytes() {
        let text =
            format!("{}\n{}\n// https://{}\n", "ä".repeat(100), "a".repeat(101), "b".repeat(99));
        let found = check(&Tree::of(&[("a.rs", &text)]));
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2]);
    }
}
