//! A picture in Graphviz's language.

use super::boxes::CallBox;
use super::mark::Mark;
use super::picture::{Node, Picture, Shape};
use std::fmt::Write;

/// The picture as a digraph.
pub fn dot(picture: &Picture) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = draw(&mut out, picture);
    out
}

fn draw(out: &mut String, picture: &Picture) -> std::fmt::Result {
    writeln!(out, "digraph \"{}\" {{", quoted(&picture.title))?;
    writeln!(out, "  rankdir=TB; node [shape=box, style=filled, fontname=\"sans-serif\"];")?;
    for (at, node) in picture.nodes.iter().enumerate() {
        let (fill, border) = node.mark.colours();
        let shape = match node.shape {
            Shape::Step => "shape=box",
            Shape::Human => "shape=hexagon",
            Shape::NoReturn => "shape=box, peripheries=2",
            Shape::Join => "shape=oval",
        };
        let label = label(node);
        writeln!(
            out,
            "  s{at} [label=\"{label}\", {shape}, fillcolor=\"{fill}\", color=\"{border}\"];"
        )?;
    }
    for one in &picture.boxes {
        cluster(out, one, 1)?;
    }
    for (from, to) in &picture.arrows {
        writeln!(out, "  s{from} -> s{to};")?;
    }
    writeln!(out, "}}")
}

fn cluster(out: &mut String, one: &CallBox, depth: usize) -> std::fmt::Result {
    let (pad, id, file) = ("  ".repeat(depth), quoted(&one.id), quoted(&one.file));
    writeln!(out, "{pad}subgraph cluster_{} {{", one.nodes[0])?;
    writeln!(out, "{pad}  label=\"{id}: {file}\"; style=\"rounded\"; color=\"#9aa3af\";")?;
    for inner in &one.inner {
        cluster(out, inner, depth + 1)?;
    }
    for node in &one.nodes {
        writeln!(out, "{pad}  s{node};")?;
    }
    writeln!(out, "{pad}}}")
}

fn label(node: &Node) -> String {
    let mut label = format!("{}\\n{}", quoted(&node.id), quoted(&node.does));
    if node.mark != Mark::Plain {
        label.push_str(&format!("\\n{}", node.mark.words()));
    }
    if let Some(condition) = &node.condition {
        label.push_str(&format!("\\nif {}", quoted(condition)));
    }
    if let Some(rounds) = node.rounds {
        label.push_str(&format!("\\nup to {rounds} times"));
    }
    label
}

/// Inside the quotes of Graphviz.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(quoted("a\"]\\n\n"), "a\\\"]\\\\n ");
    }
}
