//! Marks such as `**` before a step, and what the page says they mean.

use crate::page::block::{Block, Page, Words};
use crate::phrase::sentence::sentences;
use regex::Regex;
use std::sync::LazyLock;

static BEFORE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(?P<mark>\*{1,3}|[†‡§¶]|\(\*{1,3}\))\s+").ok());
static BEHIND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\s*(?P<mark>\*{1,3}|[†‡§¶]|\(\*{1,3}\))\s*\.?$").ok());

/// The mark of a step's words, and the words without it.
pub fn mark_of(text: &str) -> Option<(String, String)> {
    for form in [&BEFORE, &BEHIND] {
        let Some(found) = form.as_ref().and_then(|form| form.captures(text)) else { continue };
        let mark = found["mark"].trim_matches(['(', ')']).to_owned();
        let all = found.get(0)?;
        let rest = format!("{}{}", &text[..all.start()], &text[all.end()..]);
        return Some((mark, rest));
    }
    None
}

/// The sentence of the page that says what a mark means.
pub fn legend(page: &Page, mark: &str) -> Option<String> {
    let paragraphs = page.sections.iter().flat_map(|section| paragraphs(&section.blocks));
    let mut all = paragraphs.flat_map(sentences).map(|sentence| sentence.text);
    all.find(|text| {
        let marked = mark_of(text).is_some_and(|(found, _)| found == mark);
        let low = text.to_lowercase();
        marked && (low.contains("mark") || low.contains(" if ") || low.contains("only"))
            || low.contains("marked with") && text.contains(mark)
    })
}

/// Paragraphs outside of lists: an item is marked, it says not what the mark means.
fn paragraphs(blocks: &[Block]) -> Vec<&Words> {
    let words = blocks.iter().filter_map(|block| match block {
        Block::Words(words) => Some(words),
        _ => None,
    });
    words.collect()
}

/// The name of the input that decides about steps with a mark: what they may lack.
pub fn input_name(legend: Option<&str>, mark: &str) -> String {
    static LACKING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:skip|skipped|omit|omitted|ignored?)\b.*\bif\b.*\b(?:no|any)\s+(\w+)")
            .ok()
    });
    static ONLY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\bonly\b.*\b(?:if|when|for|with)\b.*?(?:\b(?:are|is|has|have|any|a|the)\s+)(\w+)",
        )
        .ok()
    });
    let named = legend.and_then(|legend| {
        [&LACKING, &ONLY].iter().find_map(|form| {
            let found = form.as_ref()?.captures(legend)?;
            Some(crate::names::as_name(&found[1]))
        })
    });
    named.unwrap_or_else(|| match mark {
        "*" | "**" | "***" => format!("marked_{}", mark.len()),
        _ => "marked".to_owned(),
    })
}
