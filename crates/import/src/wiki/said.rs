//! Parts of a page as comments, word for word; and sentences that are rules, which no step can be.

use crate::draft::Said;
use crate::page::block::{Block, Words};
use crate::phrase::sentence::{Sentence, sentences};
use regex::Regex;
use std::sync::LazyLock;

/// A sentence as a comment.
pub fn said_of(sentence: &Sentence) -> Said {
    Said::words(sentence.text.clone(), sentence.line)
}

/// A paragraph as a comment.
pub fn words_as_said(words: &Words) -> Said {
    Said::words(words.text.clone(), words.line)
}

/// Any part as comments, with this before each of its lines.
pub fn block_as_said(block: &Block, before: &str) -> Vec<Said> {
    match block {
        Block::Words(words) => {
            vec![Said::words(format!("{before}{}", words.text), words.line)]
        }
        Block::Code(code) => {
            let lines = code.text.lines().map(|line| format!("{before}  {line}"));
            vec![Said::words(lines.collect::<Vec<_>>().join("\n"), code.line)]
        }
        Block::Row(cells) => {
            let line = cells.first().map_or(0, |cell| cell.line);
            let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
            vec![Said::words(format!("{before}| {} |", texts.join(" | ")), line)]
        }
        Block::List(list) => {
            let mut all = Vec::new();
            for item in &list.items {
                let bullet = match item.number {
                    Some(number) => format!("{before}{number}. "),
                    None => format!("{before}- "),
                };
                for (at, block) in item.blocks.iter().enumerate() {
                    let before = if at == 0 { bullet.clone() } else { format!("{before}  ") };
                    all.extend(block_as_said(block, &before));
                }
            }
            all
        }
    }
}

/// Whether a sentence forbids something.
pub fn is_rule(text: &str) -> bool {
    static RULE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let form =
            r"(?i)^\W*(?:don['’]?t|do not|never|please don['’]?t)\b|\bnever run\b|\bmust not\b";
        Regex::new(form).ok()
    });
    RULE.as_ref().is_some_and(|rule| rule.is_match(text))
}

/// What is said of a rule.
pub fn rule(line: usize) -> Said {
    Said::not_mapped("that is a rule, not a step; an invariant holds it at every moment", line)
}

/// Rules in a paragraph.
pub fn rules(words: &Words) -> Vec<Said> {
    let all = sentences(words).into_iter().filter(|sentence| is_rule(&sentence.text));
    all.map(|sentence| rule(sentence.line)).collect()
}
