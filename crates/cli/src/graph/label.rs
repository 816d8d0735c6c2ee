//! The words in a node of a drawn picture, broken into lines, and how much room they take. It knows
//! no coordinates.

use super::mark::Mark;
use super::picture::{Node, Shape};

/// Width of every step: in a column they make one line for the eye.
pub const WIDTH: f64 = 272.0;
/// A join is a point where arrows meet, without words.
pub const JOIN: f64 = 14.0;
/// Between the words and the border.
pub const PAD: f64 = 10.0;

/// Characters of a name in a line, and of other words: what fits at their sizes, in wide fonts too.
const NAME_CHARS: usize = 30;
const SAYS_CHARS: usize = 35;
const CODE_CHARS: usize = 39;
/// Lines that a sentence or a condition may take; the tooltip has all of it.
const LINES_MAX: usize = 2;

/// What a line is: it decides its font.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The step's name.
    Name,
    /// The sentence of the file.
    Says,
    /// What it does, or when.
    Code,
    /// Where it stands in the run.
    Mark,
    /// Something to heed.
    Heed,
}

impl Role {
    /// Height of a line.
    pub fn height(self) -> f64 {
        match self {
            Self::Name | Self::Mark => 17.0,
            Self::Says => 15.0,
            Self::Code | Self::Heed => 14.0,
        }
    }
}

/// The lines of a node; none for a join.
pub fn lines(node: &Node) -> Vec<(Role, String)> {
    if node.shape == Shape::Join {
        return Vec::new();
    }
    let mut lines = vec![(Role::Name, cut(&node.id, NAME_CHARS))];
    if let Some(name) = &node.name {
        lines.extend(broken(name, SAYS_CHARS).into_iter().map(|line| (Role::Says, line)));
    }
    lines.push((Role::Code, cut(&node.does, CODE_CHARS)));
    if let Some(condition) = &node.condition {
        let condition = broken_code(&format!("if {condition}"));
        lines.extend(condition.into_iter().map(|line| (Role::Code, line)));
    }
    lines.extend(heed(node).into_iter().map(|said| (Role::Heed, said)));
    if node.mark != Mark::Plain {
        lines.push((Role::Mark, format!("{} {}", node.mark.glyph(), node.mark.words())));
    }
    lines
}

fn heed(node: &Node) -> Vec<String> {
    let mut heed = Vec::new();
    if let Some(rounds) = node.rounds {
        heed.push(format!("up to {rounds} times"));
    }
    match node.shape {
        Shape::Human => heed.push("a human answers".to_owned()),
        Shape::NoReturn => heed.push("POINT OF NO RETURN".to_owned()),
        Shape::Step if node.stays => heed.push("a rollback leaves it".to_owned()),
        Shape::Step | Shape::Join => {}
    }
    heed
}

/// Width and height of a node.
pub fn size(node: &Node) -> (f64, f64) {
    if node.shape == Shape::Join {
        return (JOIN, JOIN);
    }
    let words: f64 = lines(node).iter().map(|(role, _)| role.height()).sum();
    (WIDTH, words + 2.0 * PAD)
}

/// A text of at most so many characters.
pub fn cut(text: &str, chars_max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().count() > chars_max {
        true => text.chars().take(chars_max - 1).chain(['…']).collect(),
        false => text,
    }
}

/// A text in lines; what does not fit into the last one is cut.
fn broken(text: &str, chars_max: usize) -> Vec<String> {
    let whole = textwrap::wrap(text, chars_max);
    let mut lines: Vec<String> = whole.iter().map(ToString::to_string).collect();
    if lines.len() > LINES_MAX {
        let rest = lines.split_off(LINES_MAX - 1).join(" ");
        lines.push(cut(&rest, chars_max));
    }
    lines
}

/// Code in lines: behind a blank or a dot where one is near the edge, else anywhere.
fn broken_code(text: &str) -> Vec<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= CODE_CHARS {
        return vec![text];
    }
    let near = chars[..CODE_CHARS].iter().rposition(|c| matches!(c, ' ' | '.'));
    let at = near.filter(|at| *at > CODE_CHARS / 2).map_or(CODE_CHARS, |at| at + 1);
    let line = |part: &[char]| part.iter().collect::<String>();
    vec![line(&chars[..at]).trim_end().to_owned(), cut(&line(&chars[at..]), CODE_CHARS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_and_then_cut_by_characters() {
        assert_eq!(cut("a  b", 9), "a b");
        assert_eq!(cut(&"ä".repeat(9), 4), "äää…");
        let lines = broken("one two three four five", 9);
        assert_eq!(lines, ["one two", "three fo…"]);
        assert_eq!(broken("one", 9), ["one"]);
        let code = broken_code("if !steps.differs.outputs.changed.migrations");
        assert_eq!(code, ["if !steps.differs.outputs.changed.", "migrations"]);
        assert_eq!(broken_code(&"x".repeat(99))[1].chars().count(), CODE_CHARS);
    }
}
