//! A page as workflow files.

use super::carried::carry;
use super::items::Reader;
use super::rows::as_lists;
use super::said::{block_as_said, rules, words_as_said};
use super::sections::{Group, Way, asks_by_itself, groups, is_step, is_steps, way_of};
use crate::draft::{Draft, Said, Value};
use crate::known::Known;
use crate::names::{Ids, as_name};
use crate::note::Written;
use crate::page::block::{Block, Page, Section, Words};
use crate::phrase::sentence::is_asking;
use crate::write::write;

/// Why a page gives no workflow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It has no steps.
    #[error("no step was found: neither a list nor a sentence that asks for something")]
    NoSteps,
}

/// The workflows of a page, in its order: one a heading that has steps.
pub fn convert(page: &Page, known: &Known) -> Result<Vec<Written>, PageError> {
    let page = &as_lists(page);
    let way = way_of(page);
    let mut names = Ids::default();
    let files: Vec<Written> = groups(page, way)
        .iter()
        .map(|group| {
            let name = names.take(&as_name(&group.title));
            write(&draft_of(page, group, way, name, known))
        })
        .collect();
    if files.is_empty() { Err(PageError::NoSteps) } else { Ok(files) }
}

fn draft_of(page: &Page, group: &Group, way: Way, name: String, known: &Known) -> Draft {
    let mut draft = Draft {
        name,
        title: group.title.clone(),
        description: group.title.clone(),
        ..Draft::default()
    };
    for at in &group.before {
        if let Some(section) = page.sections.get(*at) {
            head(section, &mut draft);
        }
    }
    let mut reader = Reader::new(page, &mut draft, known);
    let mut label = 0usize;
    for at in &group.sections {
        let Some(section) = page.sections.get(*at) else { continue };
        section_into(section, way, &mut label, &mut reader);
    }
    if reader.is_empty() {
        // Words alone are kept, and somebody reads them.
        let step = crate::draft::Step::new("read", 0)
            .with("uses", Value::raw("approve"))
            .with("with", Value::map([("prompt", Value::plain("Is all of it done?"))]));
        reader.draft().step(step);
    }
    carry(&mut draft);
    draft
}

/// A section of which only the words are kept.
fn head(section: &Section, draft: &mut Draft) {
    if let Some(heading) = &section.heading {
        draft.head.push(words_as_said(heading));
    }
    for block in &section.blocks {
        draft.share.comments += 1;
        draft.head.extend(block_as_said(block, ""));
        if let Block::Words(words) = block {
            draft.head.extend(rules(words));
        }
    }
}

fn section_into(section: &Section, way: Way, label: &mut usize, reader: &mut Reader<'_>) {
    let numbered = is_step(section);
    let above = if numbered {
        *label += 1;
        label.to_string()
    } else {
        String::new()
    };
    if let Some(heading) = &section.heading {
        if asks_by_itself(section) {
            return reader.heading(heading, &above);
        }
        let text = format!("-- {} --", heading.text);
        reader.draft().say(Said::words(text, heading.line));
    }
    let by_words = numbered || way == Way::Sentences;
    for block in &joined(&section.blocks, way) {
        match block {
            Block::List(list) if is_steps(list, way) => {
                reader.list(list, if numbered { &above } else { "" });
            }
            Block::List(list) if numbered && is_steps(list, Way::Bullets) => {
                reader.list(list, &above);
            }
            Block::Words(words) if by_words && is_asking(&words.text) => {
                if numbered {
                    reader.words(words, &above, true, false);
                } else {
                    *label += 1;
                    reader.words(words, &label.to_string(), true, false);
                }
            }
            Block::Code(code) if by_words => {
                let title = section.heading.as_ref().map(|heading| heading.text.as_str());
                reader.script(code, &above, title);
            }
            block => {
                reader.draft().share.comments += 1;
                let mut said = block_as_said(block, "");
                if let Block::Words(words) = block {
                    said.extend(rules(words));
                }
                said.into_iter().for_each(|said| reader.draft().say(said));
            }
        }
    }
}

/// The blocks of a section, with what stands between two lists of steps where it belongs: addresses
/// alone and plain lists belong to the item above them.
fn joined(blocks: &[Block], way: Way) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    for block in blocks {
        if let (Block::List(inner), Some(Block::List(list))) = (block, all.last_mut())
            && is_steps(list, way)
            && !is_steps(inner, way)
            && let Some(last) = list.items.last_mut()
        {
            last.blocks.push(block.clone());
            continue;
        }
        if let (Block::Words(words), Some(Block::List(list))) = (block, all.last_mut())
            && is_steps(list, way)
            && is_address(words)
            && let Some(Block::Words(last)) =
                list.items.last_mut().and_then(|item| item.blocks.last_mut())
        {
            last.text = format!("{} {}", last.text, words.text);
            last.urls.extend(words.urls.iter().cloned());
            continue;
        }
        all.push(block.clone());
    }
    all
}

fn is_address(words: &Words) -> bool {
    let mut rest = words.text.clone();
    for url in &words.urls {
        rest = rest.replace(url.as_str(), "");
    }
    !words.urls.is_empty() && !rest.chars().any(char::is_alphanumeric)
}
