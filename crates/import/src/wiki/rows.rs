//! Tables whose rows are numbered steps, as the lists that they stand for.

use crate::page::block::{Block, Item, List, Page, Words};

/// The page, with each such table as a list.
pub fn as_lists(page: &Page) -> Page {
    let mut page = page.clone();
    for section in &mut page.sections {
        let blocks = std::mem::take(&mut section.blocks);
        for block in blocks {
            match (step_of(&block), section.blocks.last_mut()) {
                (Some(item), Some(Block::List(list))) if follows(list, &item) => {
                    list.items.push(item);
                }
                (Some(item), _) => {
                    let list = List { numbered: true, items: vec![item] };
                    section.blocks.push(Block::List(list));
                }
                (None, _) => section.blocks.push(block),
            }
        }
    }
    page
}

/// Whether an item's number comes after those of a list.
fn follows(list: &List, item: &Item) -> bool {
    list.numbered && list.items.last().is_some_and(|last| last.number < item.number)
}

/// The step that a row is: a number, what is to be done, and what else is said.
fn step_of(block: &Block) -> Option<Item> {
    let Block::Row(cells) = block else { return None };
    let [first, words, more @ ..] = cells.as_slice() else { return None };
    let number = first.text.trim().trim_end_matches(['.', ')', ':']).parse().ok()?;
    if words.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Words(words.clone())];
    if more.iter().any(|cell| !cell.is_empty()) {
        blocks.push(Block::Row(more.to_vec()));
    }
    Some(Item { number: Some(number), boxed: false, blocks, line: line_of(first, words) })
}

fn line_of(first: &Words, words: &Words) -> usize {
    if first.line > 0 { first.line } else { words.line }
}
