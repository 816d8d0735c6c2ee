//! A picture as a list for a terminal: layers from top to bottom, each step with what it needs.

use super::mark::Mark;
use super::picture::{Node, Picture, Shape};
use std::fmt::Write;

/// Widest column of names; longer names push their own line to the right instead of all lines.
const NAME_COLUMNS_MAX: usize = 42;

/// The list. `paint` colours a piece by its mark; it leaves it alone where colours are not wanted.
pub fn text(picture: &Picture, paint: impl Fn(Mark, &str) -> String) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = head(&mut out, picture);
    let width = |of: &dyn Fn(&Node) -> usize| {
        picture.nodes.iter().map(of).max().unwrap_or(0).min(NAME_COLUMNS_MAX)
    };
    let names = width(&|node| node.id.chars().count());
    let kinds = width(&|node| node.does.chars().count());
    for (depth, layer) in picture.layers.iter().enumerate() {
        for (row, at) in layer.iter().enumerate() {
            let node = &picture.nodes[*at];
            let number = if row == 0 { (depth + 1).to_string() } else { String::new() };
            let left = format!("[{}] {:names$}", node.mark.sign(), node.id);
            let left = paint(node.mark, &left);
            let line = format!("{number:>4}  {left}  {:kinds$}  {}", node.does, remarks(node));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    if picture.run.is_some() {
        let _ = legend(&mut out, picture);
    }
    out
}

fn head(out: &mut String, picture: &Picture) -> std::fmt::Result {
    write!(out, "{}", picture.title)?;
    let holds = picture.run.as_ref().is_none_or(|(_, phase)| !phase.ended());
    if let Some(lock) = picture.lock.as_ref().filter(|_| holds) {
        write!(out, ", holds the lock `{lock}`")?;
    }
    if let Some((run, phase)) = &picture.run {
        write!(out, ", {run} is {phase}")?;
    }
    writeln!(out, "\n")
}

fn remarks(node: &Node) -> String {
    let mut remarks = Vec::new();
    match node.needs.as_slice() {
        [] => remarks.push("at once".to_owned()),
        needs => remarks.push(format!("after {}", needs.join(", "))),
    }
    if let Some(condition) = &node.condition {
        remarks.push(format!("if {}", one_line(condition)));
    }
    if let Some(rounds) = node.rounds {
        remarks.push(format!("up to {rounds} times"));
    }
    match node.shape {
        Shape::NoReturn => remarks.push("POINT OF NO RETURN".to_owned()),
        Shape::Human => remarks.push("a human answers".to_owned()),
        Shape::Step if node.stays => remarks.push("a rollback leaves it".to_owned()),
        Shape::Step | Shape::Join => {}
    }
    remarks.join("; ")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The signs that occur.
fn legend(out: &mut String, picture: &Picture) -> std::fmt::Result {
    let occurs = |mark: &Mark| picture.nodes.iter().any(|node| node.mark == *mark);
    let shown = Mark::SHOWN.into_iter().filter(occurs);
    let signs: Vec<_> = shown.map(|mark| format!("[{}] {}", mark.sign(), mark.words())).collect();
    if signs.is_empty() { Ok(()) } else { writeln!(out, "\n{}", signs.join("  ")) }
}
