//! Sentences of a page, and the clauses in them. It must not know what they ask for.

use crate::page::block::Words;
use regex::Regex;
use std::sync::LazyLock;

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Its words, as they stand on the page.
    pub text: String,
    /// Names in it, as the page marks them.
    pub names: Vec<String>,
    /// Addresses in it.
    pub urls: Vec<String>,
    /// The line of the page.
    pub line: usize,
}

/// Words whose full stop ends no sentence.
const SHORT: [&str; 12] = [
    "e.g.", "i.e.", "etc.", "vs.", "approx.", "no.", "mr.", "ms.", "incl.", "cf.", "resp.",
    "a.k.a.",
];

/// Verbs by which a page asks for something.
const VERBS: [&str; 96] = [
    "stop",
    "start",
    "restart",
    "copy",
    "deploy",
    "check",
    "verify",
    "ensure",
    "confirm",
    "delete",
    "drop",
    "remove",
    "merge",
    "create",
    "make",
    "take",
    "update",
    "set",
    "change",
    "restore",
    "rename",
    "swap",
    "run",
    "execute",
    "wait",
    "notify",
    "inform",
    "tell",
    "announce",
    "post",
    "send",
    "open",
    "close",
    "disable",
    "enable",
    "increment",
    "bump",
    "tag",
    "push",
    "pull",
    "publish",
    "release",
    "build",
    "test",
    "monitor",
    "watch",
    "review",
    "approve",
    "export",
    "import",
    "backup",
    "back",
    "turn",
    "route",
    "shift",
    "promote",
    "scale",
    "clear",
    "purge",
    "upload",
    "download",
    "go",
    "click",
    "select",
    "choose",
    "log",
    "login",
    "navigate",
    "visit",
    "ask",
    "get",
    "find",
    "add",
    "edit",
    "fill",
    "write",
    "commit",
    "checkout",
    "clone",
    "install",
    "apply",
    "rollback",
    "roll",
    "revert",
    "try",
    "assign",
    "ping",
    "email",
    "trigger",
    "queue",
    "switch",
    "follow",
    "do",
    "don't",
    "prepare",
    "generate",
];

/// Words that lead to a clause and are none.
const FILLERS: [&str; 6] = ["additionally", "also", "optionally", "then", "finally", "next"];

/// Sentences of a paragraph.
pub fn sentences(words: &Words) -> Vec<Sentence> {
    cut(&words.text)
        .into_iter()
        .map(|text| Sentence {
            names: words
                .names
                .iter()
                .filter(|name| text.contains(name.as_str()))
                .cloned()
                .collect(),
            urls: words.urls.iter().filter(|url| text.contains(url.as_str())).cloned().collect(),
            text,
            line: words.line,
        })
        .collect()
}

fn cut(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut from = 0;
    for (at, c) in text.char_indices() {
        if !matches!(c, '.' | '!' | '?') || at < from {
            continue;
        }
        let closing = [')', '"', '”', '’', ']'];
        let behind = &text[at + c.len_utf8()..];
        let rest = behind.trim_start_matches(closing);
        let end = text.len() - rest.len();
        let rest_trimmed = rest.trim_start();
        let begins = rest_trimmed.starts_with(|next: char| !next.is_lowercase() && next != '.');
        let word = text[from..=at].rsplit(char::is_whitespace).next().unwrap_or_default();
        let low = word.trim_start_matches('(').to_lowercase();
        let short =
            SHORT.contains(&low.as_str()) || low.trim_end_matches('.').parse::<u64>().is_ok();
        if rest.starts_with(char::is_whitespace) && begins && !(c == '.' && short) {
            all.push(text[from..end].trim().to_owned());
            from = end;
        }
    }
    all.push(text[from..].trim().to_owned());
    all.retain(|sentence| !sentence.is_empty());
    all
}

/// Whether a clause begins with a verb that asks for something.
pub fn is_asking(clause: &str) -> bool {
    let clause = lead(clause);
    let first = clause.split(|c: char| c.is_whitespace() || c == ',' || c == ':').next();
    first.is_some_and(|word| VERBS.contains(&word.to_lowercase().replace('’', "'").as_str()))
}

/// A clause without what may stand before its verb.
pub fn lead(clause: &str) -> &str {
    static LEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)^(?:\s*(?:please|then|now|next|finally|also|additionally|optionally|manually|
            first|firstly|secondly|and|you\s+(?:should|must|can|need\s+to|have\s+to)|
            we\s+(?:should|must|need\s+to|have\s+to)|(?:step\s+)?\d+[.):])[\s,:]+)+",
        )
        .ok()
    });
    let found = LEAD.as_ref().and_then(|lead| lead.find(clause));
    found.map_or(clause, |found| &clause[found.end()..]).trim_start()
}

/// Clauses of a sentence: the main one, and those that ask for more. Each is cut where another
/// verb asks for something.
pub fn clauses(text: &str) -> Vec<String> {
    let (main, aside) = without_asides(text);
    let mut all = Vec::new();
    let mut from = 0;
    for (at, len) in breaks(&main) {
        if at >= from && is_asking(&main[at + len..]) && !main[from..at].trim().is_empty() {
            all.push(main[from..at].trim().to_owned());
            from = at + len;
        }
    }
    all.push(main[from..].trim().to_owned());
    for aside in aside.into_iter().filter(|aside| is_asking(aside)) {
        let inner = clauses(&aside);
        all.extend(inner);
    }
    all.iter_mut().for_each(|clause| {
        *clause = clause.trim_end_matches([' ', ',', ';']).replace(" .", ".");
    });
    all.retain(|clause| {
        let bare = clause.to_lowercase();
        bare.chars().any(char::is_alphanumeric) && !FILLERS.contains(&bare.as_str())
    });
    all
}

/// Where a sentence may be cut: place and length.
fn breaks(text: &str) -> Vec<(usize, usize)> {
    static BREAK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)(?:;|,|\.)?\s+(?:and\s+then|and|then)\s+|[;,]\s+").ok());
    let found = BREAK.as_ref().map(|at| at.find_iter(text).map(|one| (one.start(), one.len())));
    found.map(Iterator::collect).unwrap_or_default()
}

/// The sentence without what stands in parentheses, and that.
pub fn without_asides(text: &str) -> (String, Vec<String>) {
    let mut main = String::new();
    let mut asides = Vec::new();
    let mut depth = 0usize;
    let mut aside = String::new();
    for c in text.chars() {
        match (c, depth) {
            ('(', _) => {
                depth += 1;
                if depth > 1 {
                    aside.push(c);
                }
            }
            (')', 0) => main.push(c),
            (')', 1) => {
                depth = 0;
                let aside = std::mem::take(&mut aside);
                // "(from a to b)" says what is done.
                match aside.starts_with("from ") {
                    true => main.push_str(&aside),
                    false => asides.push(aside),
                }
            }
            (')', _) => {
                depth -= 1;
                aside.push(c);
            }
            (c, 0) => main.push(c),
            (c, _) => aside.push(c),
        }
    }
    if !aside.is_empty() {
        asides.push(aside);
    }
    (main.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ","), asides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_people_see_its_end() {
        let all = cut("Copy it, e.g. from 7.1 to 7.2. (Both are the same now.) Done? Yes");
        let expected =
            ["Copy it, e.g. from 7.1 to 7.2.", "(Both are the same now.)", "Done?", "Yes"];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_clause_begins_with_its_own_verb() {
        let all = clauses("Stop a, b and c, then start d (additionally, delete the copy).");
        assert_eq!(all, ["Stop a, b and c", "start d.", "delete the copy"]);
    }
}
