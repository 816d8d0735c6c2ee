//! A picture in Mermaid's language, which wikis and pull requests draw.

use super::boxes::CallBox;
use super::mark::Mark;
use super::picture::{Node, Picture, Shape};
use std::fmt::Write;

/// The picture as a flowchart.
pub fn mermaid(picture: &Picture) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = draw(&mut out, picture);
    out
}

fn draw(out: &mut String, picture: &Picture) -> std::fmt::Result {
    writeln!(out, "---\ntitle: {}\n---\nflowchart TD", title(picture))?;
    for (at, node) in picture.nodes.iter().enumerate() {
        let (open, close) = match node.shape {
            Shape::Step => ("[", "]"),
            Shape::Human => ("{{", "}}"),
            Shape::NoReturn => ("[[", "]]"),
            Shape::Join => ("([", "])"),
        };
        writeln!(out, "  s{at}{open}\"{}\"{close}", label(node))?;
    }
    for one in &picture.boxes {
        subgraph(out, one, 1)?;
    }
    for (from, to) in &picture.arrows {
        writeln!(out, "  s{from} --> s{to}")?;
    }
    for mark in Mark::SHOWN {
        let of = |(at, node): (usize, &Node)| (node.mark == mark).then(|| format!("s{at}"));
        let marked: Vec<_> = picture.nodes.iter().enumerate().filter_map(of).collect();
        if !marked.is_empty() {
            let (fill, border) = mark.colours();
            let class = mark.class();
            writeln!(out, "  classDef {class} fill:{fill},stroke:{border},color:#111827")?;
            writeln!(out, "  class {} {class}", marked.join(","))?;
        }
    }
    Ok(())
}

fn subgraph(out: &mut String, one: &CallBox, depth: usize) -> std::fmt::Result {
    let (pad, id, file) = ("  ".repeat(depth), escaped(&one.id), escaped(&one.file));
    writeln!(out, "{pad}subgraph call_{}[\"{id}: {file}\"]", one.nodes[0])?;
    for inner in &one.inner {
        subgraph(out, inner, depth + 1)?;
    }
    for node in &one.nodes {
        writeln!(out, "{pad}  s{node}")?;
    }
    writeln!(out, "{pad}end")
}

fn title(picture: &Picture) -> String {
    match &picture.run {
        Some((run, phase)) => format!("{} {run} {phase}", picture.title),
        None => picture.title.clone(),
    }
}

fn label(node: &Node) -> String {
    let mut label = format!("{}<br/>{}", escaped(&node.id), escaped(&node.does));
    if node.mark != Mark::Plain {
        label.push_str(&format!("<br/>{}", node.mark.words()));
    }
    if let Some(condition) = &node.condition {
        label.push_str(&format!("<br/>if {}", escaped(condition)));
    }
    if let Some(rounds) = node.rounds {
        label.push_str(&format!("<br/>up to {rounds} times"));
    }
    label
}

/// Mermaid's own entities: a name can hold anything that an element of `for_each` can.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' => out.push_str(&format!("#{};", c as u32)),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(escaped("a\"]\n<b>"), "a#34;] #60;b#62;");
    }
}
