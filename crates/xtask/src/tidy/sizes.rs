//! Rule: no Rust file over 500 lines, tests counted; the median is told, and warned of above 200.
//! Functions are clippy's business (`too-many-lines-threshold` in clippy.toml).

use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "size";

/// The wall: a file beyond it has more than one subject.
pub const FILE_LINES_MAX: usize = 500;

/// The median that is warned of; the house aims at 150.
pub const MEDIAN_LINES_WARN: usize = 200;

/// Checks every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let long = tree.rust().map(|file| (file, file.text.lines().count()));
    long.filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(file, lines)| {
            let message = format!("{lines} lines; the wall is {FILE_LINES_MAX}: split the file");
            Finding::of_file(&file.path, RULE, message)
        })
        .collect()
}

/// Returns the median length of the Rust files, 0 without any.
pub fn median(tree: &Tree) -> usize {
    let mut lengths: Vec<usize> = tree.rust().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_stands_after_line_500() {
        let (fits, long) = ("//! x\n".repeat(500), "//! x\n".repeat(501));
        let tree = Tree::of(&[("a.rs", &fits), ("b.rs", &long), ("c.md", &long)]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "b.rs");
    }

    #[test]
    fn the_median_is_of_rust_files() {
        let (one, three) = ("x\n".to_owned(), "x\n".repeat(3));
        let tree = Tree::of(&[("a.rs", &one), ("b.rs", &three), ("c.rs", &three)]);
        assert_eq!(median(&tree), 3);
        assert_eq!(median(&Tree::default()), 0);
    }
}
