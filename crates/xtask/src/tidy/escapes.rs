//! Rule: no way around the lints and the tests. A lint is expected with a reason, never allowed;
//! nothing is left to be written; no test is switched off. It must not know the lints themselves.

use super::finding::Finding;
use super::rust_text;
use super::tokens::{Token, after_attribute, tokens};
use super::tree::Tree;

const RULE: &str = "escapes";

/// Macros that stand where code is missing.
const UNWRITTEN: [&str; 2] = ["todo", "unimplemented"];

/// Checks every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let layers = rust_text::split(&file.text);
        let mut found = in_code(&tokens(&layers.code));
        for (index, line) in layers.comments.lines().enumerate() {
            if line.contains("```") && line.contains("ignore") {
                found.push((index + 1, "an ignored example rots; let it run, or mark it `text`"));
            }
        }
        let found = found.into_iter();
        findings.extend(found.map(|(line, message)| Finding::new(&file.path, line, RULE, message)));
    }
    findings
}

fn in_code(tokens: &[Token<'_>]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    let text = |index: usize| tokens.get(index).map_or("", |token| token.text);
    let mut index = 0;
    while index < tokens.len() {
        if text(index) == "#" && matches!(text(index + 1), "[" | "!") {
            let (after, _) = after_attribute(tokens, index);
            for (inner, token) in tokens.iter().enumerate().take(after).skip(index) {
                let line = token.line;
                if text(inner) == "allow" && text(inner + 1) == "(" {
                    found.push((line, "write `#[expect(lint, reason = \"…\")]`, not allow"));
                }
                if text(inner) == "ignore" && matches!(text(inner + 1), "]" | "=" | ")") {
                    found.push((line, "a test that does not run proves nothing; run or remove it"));
                }
            }
            index = after;
            continue;
        }
        if UNWRITTEN.contains(&text(index)) && text(index + 1) == "!" {
            found.push((tokens[index].line, "write the code before it is committed"));
        }
        index += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines found in a text. `SKIP`, `GAP` and `HOLE` stand for what no text of this house may
    /// hold.
    fn lines(text: &str) -> Vec<usize> {
        let text = text.replace("SKIP", "ignore").replace("GAP", UNWRITTEN[0]);
        let text = text.replace("HOLE", UNWRITTEN[1]);
        check(&Tree::of(&[("a.rs", &text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn every_way_around_is_found() {
        assert_eq!(lines("//! x\n#[allow(dead_code)]\nfn f() {}"), [2]);
        assert_eq!(lines("#![allow(missing_docs)]"), [1]);
        assert_eq!(lines("#[cfg_attr(test, allow(unused))]\nfn f() {}"), [1]);
        assert_eq!(lines("#[test]\n#[SKIP]\nfn f() {}"), [2]);
        assert_eq!(lines("#[SKIP = \"slow\"]\nfn f() {}"), [1]);
        assert_eq!(lines("fn f() {\n GAP!()\n}\nfn g() { HOLE!() }"), [2, 4]);
        assert_eq!(lines("/// ```ignore\n/// f();\n/// ```\nfn f() {}"), [1]);
    }

    #[test]
    fn what_only_looks_like_one_is_fine() {
        assert_eq!(lines("// GAP!() and #[allow(x)]\nlet x = \"#[SKIP]\";"), [0_usize; 0]);
        assert_eq!(lines("#[expect(dead_code, reason = \"x\")]\nfn allow(x: u8) {}"), [0_usize; 0]);
    }
}
