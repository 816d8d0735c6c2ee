//! Rule: no tracked file names a folder of somebody's machine. It must not know which folders are
//! legitimate elsewhere: the allow list does.

use super::allow_list::AllowList;
use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "machine-paths";

/// Where machines keep what is theirs. Put together here so that this file passes its own rule.
const PREFIXES: [&str; 4] =
    [concat!("/", "home/"), concat!("/", "root/"), concat!("/", "Users/"), concat!("/", "work/")];

/// Checks every text file.
pub fn check(tree: &Tree, allow: &AllowList) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            let found = PREFIXES.iter().find(|prefix| names(line, prefix));
            if let Some(prefix) = found.filter(|prefix| !allow.allows(&file.path, prefix)) {
                let message = format!("`{prefix}…` is a folder of one machine; say it relatively");
                findings.push(Finding::new(&file.path, index + 1, RULE, message));
            }
        }
    }
    findings
}

/// Says whether a line holds the prefix as the beginning of a path.
fn names(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + prefix.len()..].chars().next();
        // What stands after a word, a dot, a tilde or a closing bracket goes on from something
        // else.
        let begins = before.is_none_or(|c| !(c.is_alphanumeric() || "._~-})".contains(c)));
        begins && after.is_some_and(|c| c.is_alphanumeric() || "._-".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_machine_is_found_anywhere() {
        for prefix in PREFIXES {
            let text = format!("fine\nread {prefix}me/x\n");
            let found = check(&Tree::of(&[("a.md", &text)]), &AllowList::default());
            assert_eq!(found.len(), 1, "{prefix}");
            assert_eq!(found[0].line, 2);
        }
    }

    #[test]
    fn a_folder_of_that_name_below_another_is_fine() {
        for before in ["https://host", "./a", "~", "{folder}", ".."] {
            let text = format!("x {before}{}me\n", PREFIXES[0]);
            assert_eq!(check(&Tree::of(&[("a.rs", &text)]), &AllowList::default()), [], "{text}");
        }
    }
}
