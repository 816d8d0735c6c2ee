//! Rule: a `mod.rs` only lists its modules and what it hands on; what they share sits in a sibling
//! file, or the folder becomes one knot. It must not know what the siblings are.

use super::finding::Finding;
use super::rust_text;
use super::tokens::tokens;
use super::tree::Tree;

const RULE: &str = "listing";

/// What begins an item that does not belong into a list.
const ITEMS: [&str; 8] = ["fn", "struct", "enum", "trait", "impl", "const", "static", "type"];

/// Checks every `mod.rs`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| file.path.ends_with("/mod.rs")) {
        let code = rust_text::split(&file.text).code;
        if let Some(token) = tokens(&code).iter().find(|token| ITEMS.contains(&token.text)) {
            let message = format!("mod.rs only lists; move this `{}` to a sibling", token.text);
            findings.push(Finding::new(&file.path, token.line, RULE, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_in_a_list_is_found() {
        let list = "//! Lists.\npub mod a;\npub use a::{self, Thing};\n";
        let item = "//! Holds.\npub mod a;\npub struct Shared;\n";
        let tree = Tree::of(&[("x/mod.rs", list), ("y/mod.rs", item), ("z/lib.rs", item)]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("y/mod.rs", 3));
    }
}
