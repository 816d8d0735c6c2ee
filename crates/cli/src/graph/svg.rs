//! A picture as an SVG that stands alone: no script, no font and nothing fetched from elsewhere.

use super::boxes::CallBox;
use super::mark::Mark;
use super::picture::{Node, Picture, Shape};
use std::fmt::Write;

/// Width of a character of the monospace font at 12 px, rounded up.
const CHAR: f64 = 7.4;
/// Height of a line of text.
const LINE: f64 = 16.0;
/// Between the text and its box.
const PAD: f64 = 10.0;
/// Between boxes side by side.
const GAP: f64 = 28.0;
/// Between layers: room for an arrow's bend.
const DROP: f64 = 44.0;
/// Between the box of a call and its steps.
const EDGE: f64 = 10.0;
/// Around everything.
const MARGIN: f64 = 24.0;
/// Longest shown line of a label; the whole text is in the tooltip.
const LABEL_CHARS_MAX: usize = 44;

struct Frame {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
    lines: Vec<String>,
}

/// The picture as SVG.
pub fn svg(picture: &Picture) -> String {
    let (frames, width, height) = layout(picture);
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = draw(&mut out, picture, &frames, width, height);
    out
}

/// Boxes by node, and the size of the whole. Layers are centred over each other.
fn layout(picture: &Picture) -> (Vec<Frame>, f64, f64) {
    let mut frames: Vec<Frame> = picture.nodes.iter().map(frame).collect();
    let wide = |layer: &Vec<usize>, frames: &[Frame]| {
        let boxes: f64 = layer.iter().map(|at| frames[*at].w).sum();
        boxes + GAP * layer.len().saturating_sub(1) as f64
    };
    let widest = picture.layers.iter().map(|layer| wide(layer, &frames)).fold(0.0, f64::max);
    let widest = widest.max(headline(picture).chars().count() as f64 * CHAR);
    let mut y = MARGIN + LINE * 2.0;
    for layer in &picture.layers {
        let mut x = MARGIN + (widest - wide(layer, &frames)) / 2.0;
        let mut tallest: f64 = 0.0;
        for at in layer {
            let frame = &mut frames[*at];
            (frame.x, frame.y) = (x, y);
            x += frame.w + GAP;
            tallest = tallest.max(frame.h);
        }
        y += tallest + DROP;
    }
    (frames, widest + 2.0 * MARGIN, y - DROP + MARGIN)
}

fn frame(node: &Node) -> Frame {
    let mut lines = vec![shortened(&node.id), shortened(&node.does)];
    if node.mark != Mark::Plain {
        lines.push(format!("{} {}", node.mark.glyph(), node.mark.words()));
    }
    if let Some(condition) = &node.condition {
        lines.push(shortened(&format!("if {condition}")));
    }
    if node.shape == Shape::NoReturn {
        lines.push("point of no return".to_owned());
    }
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) as f64;
    let (w, h) = (longest * CHAR + 2.0 * PAD, lines.len() as f64 * LINE + 2.0 * PAD - 4.0);
    Frame { x: 0.0, y: 0.0, w, h, lines }
}

fn headline(picture: &Picture) -> String {
    match &picture.run {
        Some((run, phase)) => format!("{}: {run} is {phase}", picture.title),
        None => picture.title.clone(),
    }
}

fn draw(
    out: &mut String,
    picture: &Picture,
    frames: &[Frame],
    width: f64,
    height: f64,
) -> std::fmt::Result {
    let title = escaped(&headline(picture));
    writeln!(
        out,
        "<svg class=\"graph\" role=\"img\" aria-label=\"{title}: {} steps\" \
         xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"monospace\" font-size=\"12\">",
        picture.nodes.len()
    )?;
    writeln!(
        out,
        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#5b6470\"/></marker>\
         </defs>\n<rect class=\"paper\" width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
    )?;
    writeln!(out, "<title>{title}</title>")?;
    writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{:.0}\" font-weight=\"bold\">{title}</text>",
        MARGIN + LINE / 2.0
    )?;
    for one in &picture.boxes {
        around(out, one, frames)?;
    }
    for (from, to) in &picture.arrows {
        arrow(out, &frames[*from], &frames[*to])?;
    }
    for (node, frame) in picture.nodes.iter().zip(frames) {
        body(out, node, frame)?;
    }
    writeln!(out, "</svg>")
}

/// The box of a call, where nothing but its own steps lies within it: a step beside them would seem
/// to belong to it.
fn around(out: &mut String, one: &CallBox, frames: &[Frame]) -> std::fmt::Result {
    let own = one.all();
    let least =
        |of: fn(&Frame) -> f64| own.iter().map(|at| of(&frames[*at])).fold(f64::MAX, f64::min);
    let most = |of: fn(&Frame) -> f64| own.iter().map(|at| of(&frames[*at])).fold(0.0, f64::max);
    let (left, top) = (least(|f| f.x) - EDGE, least(|f| f.y) - LINE);
    let (right, bottom) = (most(|f| f.x + f.w) + EDGE, most(|f| f.y + f.h) + EDGE);
    let inside = |f: &Frame| f.x < right && f.x + f.w > left && f.y < bottom && f.y + f.h > top;
    let strange = |(at, frame): (usize, &Frame)| !own.contains(&at) && inside(frame);
    if !frames.iter().enumerate().any(strange) {
        let name = escaped(&shortened(&format!("{}: {}", one.id, one.file)));
        let (w, h) = (right - left, bottom - top);
        writeln!(
            out,
            "<g class=\"call\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{w:.1}\" \
             height=\"{h:.1}\" rx=\"8\" fill=\"#f3f4f6\" stroke=\"#9aa3af\" \
             stroke-dasharray=\"4 3\"/>\n<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" \
             fill=\"#5b6470\">{name}</text></g>",
            left + EDGE,
            top + LINE - 5.0
        )?;
    }
    one.inner.iter().try_for_each(|inner| around(out, inner, frames))
}

fn arrow(out: &mut String, from: &Frame, to: &Frame) -> std::fmt::Result {
    let (x1, y1) = (from.x + from.w / 2.0, from.y + from.h);
    let (x2, y2) = (to.x + to.w / 2.0, to.y);
    let bend = (y2 - y1) / 2.0;
    let (c1, c2) = (y1 + bend, y2 - bend);
    writeln!(
        out,
        "<path class=\"arrow\" d=\"M{x1:.1} {y1:.1} C{x1:.1} {c1:.1} {x2:.1} {c2:.1} {x2:.1} \
         {y2:.1}\" fill=\"none\" stroke=\"#5b6470\" marker-end=\"url(#tip)\"/>"
    )
}

fn body(out: &mut String, node: &Node, frame: &Frame) -> std::fmt::Result {
    let (fill, border) = node.mark.colours();
    let (radius, stroke) = match node.shape {
        Shape::Step => (3, "1.2"),
        Shape::Human => (14, "1.2"),
        Shape::NoReturn => (0, "3"),
        Shape::Join => (20, "1.2"),
    };
    let tip = node.name.as_deref().unwrap_or(&node.does);
    let Frame { x, y, w, h, lines } = frame;
    let class = node.mark.class();
    let (id, tip) = (escaped(&node.id), escaped(tip));
    writeln!(out, "<g class=\"node m-{class}\"><title>{id}: {tip}</title>")?;
    writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"{radius}\" \
         fill=\"{fill}\" stroke=\"{border}\" stroke-width=\"{stroke}\"/>"
    )?;
    let middle = x + w / 2.0;
    for (row, line) in lines.iter().enumerate() {
        let at = y + PAD + LINE * (row as f64 + 0.6);
        let weight = if row == 0 { " font-weight=\"bold\"" } else { "" };
        writeln!(
            out,
            "<text x=\"{middle:.1}\" y=\"{at:.1}\" text-anchor=\"middle\"{weight}>{}</text>",
            escaped(line)
        )?;
    }
    writeln!(out, "</g>")
}

fn shortened(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LABEL_CHARS_MAX {
        return text;
    }
    let kept: String = text.chars().take(LABEL_CHARS_MAX - 1).collect();
    format!("{kept}…")
}

/// For XML: its own signs as entities, and no character that XML forbids.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{LABEL_CHARS_MAX, escaped, shortened};

    #[test]
    fn nothing_breaks_out_of_a_text() {
        assert_eq!(escaped("</text>\u{1}&\""), "&lt;/text&gt; &amp;&quot;");
    }

    #[test]
    fn long_lines_are_cut_by_characters() {
        let long = "ä".repeat(LABEL_CHARS_MAX + 1);
        assert_eq!(shortened(&long).chars().count(), LABEL_CHARS_MAX);
        assert_eq!(shortened("a  b"), "a b");
    }
}
