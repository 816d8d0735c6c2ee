//! Which parts of a page are steps, and which workflow each belongs to.

use crate::page::block::{Block, Code, List, Page, Section};
use crate::phrase::sentence::is_asking;
use regex::Regex;
use std::sync::LazyLock;

/// How a page writes its steps, headings with numbers aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As numbered lists, or lists of boxes to tick.
    Lists,
    /// As plain lists.
    Bullets,
    /// As sentences.
    Sentences,
}

/// How this page does.
pub fn way_of(page: &Page) -> Way {
    let lists = page.sections.iter().flat_map(|section| section.blocks.iter());
    let any = |wanted: fn(&List) -> bool| {
        lists.clone().any(|block| matches!(block, Block::List(list) if wanted(list)))
    };
    if any(|list| list.numbered || list.is_boxed()) {
        Way::Lists
    } else if any(|list| list.items.iter().any(asks)) {
        Way::Bullets
    } else if page.sections.iter().any(is_step) {
        Way::Lists
    } else {
        Way::Sentences
    }
}

/// Whether a list is one of steps.
pub fn is_steps(list: &List, way: Way) -> bool {
    match way {
        Way::Lists => list.numbered || list.is_boxed(),
        Way::Bullets => list.items.iter().any(asks),
        Way::Sentences => false,
    }
}

fn asks(item: &crate::page::block::Item) -> bool {
    match item.blocks.first() {
        Some(Block::Words(words)) => is_asking(&words.text),
        _ => false,
    }
}

/// Whether a section has steps.
pub fn has_steps(section: &Section, way: Way) -> bool {
    let lists = section.blocks.iter().any(|block| match block {
        Block::List(list) => is_steps(list, way),
        _ => false,
    });
    lists
        || is_step(section)
        || way == Way::Sentences
            && section.blocks.iter().any(|block| match block {
                Block::Words(words) => is_asking(&words.text),
                _ => false,
            })
}

/// Whether a section is a step: its heading has a number, and it says what is to be done.
pub fn is_step(section: &Section) -> bool {
    let asked = section.blocks.iter().any(|block| match block {
        Block::Words(words) => is_asking(&words.text),
        Block::Code(code) => is_script(code),
        Block::List(list) => list.numbered || list.items.iter().any(asks),
        Block::Row(_) => false,
    });
    is_numbered(section) && (asked || asks_by_itself(section))
}

/// Whether a heading with a number asks for something, and nothing below it does.
pub fn asks_by_itself(section: &Section) -> bool {
    static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\W*(?:(?:step|phase|part)\s+)?\d{1,2}(?:\.\d+)*\s*[.):–—-]?\s*").ok()
    });
    let text = section.heading.as_ref().map_or("", |words| words.text.as_str());
    let bare = NUMBERS.as_ref().map_or(text.into(), |numbers| numbers.replace(text, ""));
    is_numbered(section) && section.blocks.is_empty() && is_asking(&bare)
}

/// Whether a block of code is what a shell runs.
pub fn is_script(code: &Code) -> bool {
    let language = code.language.split([' ', ',', '{']).next().unwrap_or_default();
    let shell = ["sh", "bash", "shell", "console", "zsh", "shell-session", "terminal"];
    let prompted = code.text.lines().any(|line| line.trim_start().starts_with("$ "));
    shell.contains(&language.to_ascii_lowercase().as_str()) || language.is_empty() && prompted
}

/// Whether a heading has a number: `Step 2: …`, `3. …`.
pub fn is_numbered(section: &Section) -> bool {
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\W*(?:(?:step|phase|part)\s+)?\d{1,2}(?:\.\d+)*\s*(?:[.):–—-]|\s)\s*\S")
            .ok()
    });
    let heading = section.heading.as_ref().map_or("", |words| words.text.as_str());
    NUMBER.as_ref().is_some_and(|number| number.is_match(heading))
}

/// Sections of one workflow, by their places on the page.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What the workflow is called after.
    pub title: String,
    /// Sections before its steps, of which only the words are kept.
    pub before: Vec<usize>,
    /// Sections with its steps, and those between.
    pub sections: Vec<usize>,
}

/// The workflows of a page.
pub fn groups(page: &Page, way: Way) -> Vec<Group> {
    let mut all: Vec<Group> = Vec::new();
    let mut waiting = Vec::new();
    for (at, section) in page.sections.iter().enumerate() {
        if !has_steps(section, way) {
            // What stands below steps on a deeper level belongs to them.
            match all.last_mut() {
                Some(group) if below(page, group, section) => group.sections.push(at),
                _ => waiting.push(at),
            }
            continue;
        }
        let numbered = |at: &usize| page.sections.get(*at).is_some_and(is_numbered);
        let joins = is_numbered(section)
            && waiting.iter().all(numbered)
            && all.last().is_some_and(|group| {
                let last = group.sections.last().and_then(|last| page.sections.get(*last));
                last.is_some_and(|last| is_numbered(last) || last.level > section.level)
            });
        match all.last_mut() {
            Some(group) if joins => {
                group.sections.append(&mut waiting);
                group.sections.push(at);
            }
            _ => {
                let before = std::mem::take(&mut waiting);
                let title = title_of(page, at, &before);
                all.push(Group { title, before, sections: vec![at] });
            }
        }
    }
    if let Some(last) = all.last_mut() {
        last.sections.append(&mut waiting);
    }
    all
}

fn below(page: &Page, group: &Group, section: &Section) -> bool {
    let first = group.sections.first().and_then(|first| page.sections.get(*first));
    first.is_some_and(|first| section.level > first.level)
}

/// A numbered heading is a step; the workflow is called after what stands above it.
fn title_of(page: &Page, at: usize, before: &[usize]) -> String {
    let heading = |at: &usize| {
        let section = page.sections.get(*at)?;
        let words = section.heading.as_ref()?;
        (!is_numbered(section)).then(|| words.text.clone())
    };
    let above = page.sections.get(..at).unwrap_or_default().iter().rev();
    let mut above =
        above.filter_map(|section| section.heading.as_ref()).map(|words| words.text.clone());
    heading(&at)
        .or_else(|| before.iter().rev().find_map(heading))
        .or_else(|| above.next_back())
        .unwrap_or_else(|| "runbook".to_owned())
}
