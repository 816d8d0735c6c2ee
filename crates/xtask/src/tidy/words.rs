//! Rule: one word per thing. Words that the house does not use for its own nouns are found in
//! identifiers, comments, prose strings and documents, and bags are found among module names.
//! Where a word is somebody else's term the allow list says so. It must not know those places.

use super::allow_list::AllowList;
use super::finding::Finding;
use super::rust_text;
use super::tree::{SourceFile, Tree};
use std::collections::BTreeSet;

const RULE: &str = "words";

/// A word, and what to write instead. The runtime's own word for a spawned future is not here:
/// it stands in half of tokio's names.
const BANNED: [(&str, &str); 9] = [
    ("savepoint", "say checkpoint"),
    ("util", "name it after what it does"),
    ("utils", "name it after what it does"),
    ("execution", "say run, or attempt"),
    ("executions", "say runs, or attempts"),
    ("instance", "say run, attempt, or what it is one of"),
    ("instances", "say runs, attempts, or what they are"),
    ("job", "say run, or step"),
    ("jobs", "say runs, or steps"),
];

/// Names of other people's crates, which stand in our `use` lines.
const THEIRS: [&str; 4] = ["hyper_util", "http_body_util", "tokio_util", "futures_util"];

/// Names of bags: whatever is put in has nothing to do with the rest.
const BAGS: [&str; 8] =
    ["util", "utils", "helper", "helpers", "common", "manager", "managers", "imp"];

/// Checks every Rust file, document and workflow.
pub fn check(tree: &Tree, allow: &AllowList) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let found = match file.path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("rs") => {
                findings.extend(bag(&file.path, allow));
                in_rust(&file.text)
            }
            Some("md" | "yaml") => in_prose(&file.text),
            _ => continue,
        };
        findings.extend(report(file, &found, allow));
    }
    findings
}

/// Lines and the banned words on them.
type Found = BTreeSet<(usize, &'static str, &'static str)>;

fn report(file: &SourceFile, found: &Found, allow: &AllowList) -> Vec<Finding> {
    let found = found.iter().filter(|(_, word, _)| !allow.allows(&file.path, word));
    found
        .map(|(line, word, advice)| {
            let message = format!("`{word}` is not a word of this house: {advice}");
            Finding::new(&file.path, *line, RULE, message)
        })
        .collect()
}

/// Finds a file or folder below `src/`, `tests/` or `benches/` that is named like a bag.
fn bag(path: &str, allow: &AllowList) -> Option<Finding> {
    let mut parts = path.trim_end_matches(".rs").split('/').skip_while(|part| *part == "crates");
    let name = parts.find(|part| BAGS.contains(part))?;
    let message = format!("`{name}` names a bag; name the module after its one subject");
    (!allow.allows(path, name)).then(|| Finding::of_file(path, RULE, message))
}

fn in_rust(text: &str) -> Found {
    let layers = rust_text::split(text);
    let mut found = Found::new();
    for (index, line) in layers.code.lines().enumerate() {
        for (_, word) in words(line).filter(|(_, word)| !THEIRS.contains(word)) {
            collect(&mut found, index, word.split('_').flat_map(humps));
        }
    }
    prose_into(&mut found, &layers.comments);
    strings_into(&mut found, text, &layers.strings);
    found
}

fn in_prose(text: &str) -> Found {
    let mut found = Found::new();
    prose_into(&mut found, text);
    found
}

fn prose_into(found: &mut Found, text: &str) {
    for (index, line) in text.lines().enumerate() {
        for (at, word) in words(line) {
            // "for instance" is English, not a noun of ours.
            let before = line[..at].trim_end().to_ascii_lowercase();
            if !(before.ends_with("for") && word == "instance") {
                collect(found, index, word.split('_'));
            }
        }
    }
}

/// Looks at strings that are sentences: a key or a word of the wire stands between quotes.
fn strings_into(found: &mut Found, text: &str, strings: &str) {
    let mut begin = 0;
    for (index, line) in strings.lines().enumerate() {
        for (at, word) in words(line) {
            let before = text[..begin + at].chars().next_back().unwrap_or(' ');
            let after = text[begin + at + word.len()..].chars().next().unwrap_or(' ');
            let ends = |c: char| c.is_whitespace() || ",.;:!?()\"".contains(c);
            if (before == ' ' || after == ' ') && ends(before) && ends(after) {
                collect(found, index, std::iter::once(word));
            }
        }
        begin += line.len() + 1;
    }
}

fn collect<'a>(found: &mut Found, index: usize, parts: impl Iterator<Item = &'a str>) {
    for part in parts {
        let banned = BANNED.iter().find(|(word, _)| part.eq_ignore_ascii_case(word));
        found.extend(banned.map(|(word, advice)| (index + 1, *word, *advice)));
    }
}

/// Returns the runs of letters, digits and `_` of a line, with where they begin.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}

/// Splits `OneTwo` and `oneTwo` where a capital follows a small letter.
fn humps(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut small) = (0, false);
    for (at, letter) in word.char_indices() {
        if letter.is_uppercase() && small {
            parts.push(&word[begin..at]);
            begin = at;
        }
        small = !letter.is_uppercase();
    }
    parts.push(&word[begin..]);
    parts
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
