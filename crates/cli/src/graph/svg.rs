//! A picture as an SVG that stands alone: no script, no font and nothing fetched from elsewhere.
//! Classes name its parts, so that a page that holds it may give it other colours.

use super::arrange::{Area, Arranged, Arrow, Boxed, Point, arrange};
use super::fold::fold;
use super::label::{PAD, Role, cut, lines, size};
use super::mark::Mark;
use super::picture::{Node, Picture, Shape};
use maud::{Markup, PreEscaped, html};

/// Around everything.
const MARGIN: f64 = 28.0;
/// Room for the headline, and for the sentence below it.
const HEAD: f64 = 62.0;
/// Room for the legend.
const FOOT: f64 = 34.0;
/// Radius of an arrow's corners.
const CORNER: f64 = 10.0;
/// Width of a character of the headline, at the most.
const HEAD_CHAR: f64 = 10.0;
/// Between two entries of the legend, and the width of a character of one.
const LEGEND_GAP: f64 = 46.0;
const LEGEND_CHAR: f64 = 7.2;
/// Width of a character of a call's label, at the most.
const CALL_CHAR: f64 = 6.6;
/// Between a call's label and what is beside it.
const CALL_PAD: f64 = 8.0;
/// Characters of the sentence below the headline for each unit of width.
const SAYS_CHAR: f64 = 7.6;
/// Width that the sentence may ask for; it is cut where the picture stays narrower.
const SAYS_WIDTH: f64 = 640.0;

/// Fonts and colours on paper.
const STYLE: &str = ".graph text{font-family:ui-monospace,'DejaVu Sans Mono',monospace;\
    fill:#111827}.graph .name{font-size:12.5px;font-weight:700}.graph .code{font-size:10.5px;\
    fill:#4b5563}.graph .says,.graph .sub,.graph .mark,.graph .heed,.graph .key,.graph .head\
    {font-family:system-ui,'DejaVu Sans',sans-serif}.graph .says{font-size:11.5px}.graph .mark\
    {font-size:12px;font-weight:700}.graph .heed{font-size:10.5px;font-weight:700;fill:#92400e}\
    .graph .no_return .heed{fill:#b91c1c}.graph .head{font-size:17px;font-weight:700}.graph .sub\
    {font-size:12.5px;fill:#4b5563}.graph .key{font-size:11px;fill:#4b5563}";

/// The picture as SVG.
pub fn svg(picture: &Picture) -> String {
    let sizes: Vec<Point> = picture.nodes.iter().map(size).collect();
    let arranged = fold(arrange(&sizes, &picture.arrows, &picture.boxes, &picture.layers));
    let (arranged, width, height) = framed(picture, arranged);
    drawn(picture, &arranged, width, height).into_string()
}

/// Moved below the headline, with the size of the whole.
fn framed(picture: &Picture, arranged: Arranged) -> (Arranged, f64, f64) {
    let boxes = arranged.boxes.iter().map(|one| one.area);
    let bends = arranged.arrows.iter().flat_map(|one| &one.points);
    let bends = bends.map(|(x, y)| Area { x: *x, y: *y, w: 0.0, h: 0.0 });
    let all = arranged.nodes.iter().copied().chain(boxes).chain(bends);
    let whole = Area::around(all).unwrap_or_default();
    let head = headline(picture).chars().count() as f64 * HEAD_CHAR;
    let says = picture.description.as_ref().map_or(0, |says| says.chars().count());
    let head = head.max((says as f64 * SAYS_CHAR).min(SAYS_WIDTH));
    let least = head.max(legend(picture).iter().map(|(_, words)| entry(words)).sum());
    let width = whole.w.max(least) + 2.0 * MARGIN;
    let by = ((width - whole.w) / 2.0 - whole.x, MARGIN + HEAD - whole.y);
    let foot = if legend(picture).is_empty() { 0.0 } else { FOOT };
    let height = MARGIN + HEAD + whole.h + foot + MARGIN;
    (shifted(arranged, by), width, height)
}

fn shifted(mut arranged: Arranged, (x, y): Point) -> Arranged {
    let nodes = arranged.nodes.iter_mut();
    for area in nodes.chain(arranged.boxes.iter_mut().map(|one| &mut one.area)) {
        (area.x, area.y) = (area.x + x, area.y + y);
    }
    for point in arranged.arrows.iter_mut().flat_map(|one| &mut one.points) {
        *point = (point.0 + x, point.1 + y);
    }
    arranged
}

fn headline(picture: &Picture) -> String {
    match &picture.run {
        Some((run, phase)) => {
            format!("{}: {run} is {}", picture.title, phase.as_str().replace('_', " "))
        }
        None => picture.title.clone(),
    }
}

fn drawn(picture: &Picture, arranged: &Arranged, width: f64, height: f64) -> Markup {
    let title = headline(picture);
    let steps = picture.nodes.len();
    let chars = ((width - 2.0 * MARGIN) / SAYS_CHAR) as usize;
    html! {
        svg.graph role="img" aria-label=(plain(&format!("{title}: {steps} steps")))
            xmlns="http://www.w3.org/2000/svg" width=(whole(width)) height=(whole(height))
            viewBox=(format!("0 0 {} {}", whole(width), whole(height)))
            style=(format!("--wide:{}", whole(width))) {
            title { (plain(&title)) }
            style { (PreEscaped(STYLE)) }
            defs {
                marker #tip viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"
                    markerHeight="8" orient="auto" { path d="M0 0 8 4 0 8z" fill="#5b6470" {} }
            }
            rect.paper width="100%" height="100%" fill="#ffffff" {}
            text.head x=(n(MARGIN)) y=(n(MARGIN + 14.0)) { (plain(&title)) }
            @if let Some(says) = &picture.description {
                text.sub x=(n(MARGIN)) y=(n(MARGIN + 36.0)) { (plain(&cut(says, chars))) }
            }
            @for one in &arranged.boxes { (call(one, arranged)) }
            @for one in &arranged.arrows { (arrow(one)) }
            @for (node, area) in picture.nodes.iter().zip(&arranged.nodes) { (body(node, area)) }
            (key(picture, height))
        }
    }
}

/// The box of a call.
fn call(one: &Boxed, arranged: &Arranged) -> Markup {
    let Area { x, y, w, h } = one.area;
    // The label ends before the first arrow that comes in from above.
    let comes = |arrow: &&Arrow| one.nodes.contains(&arrow.to) && !one.nodes.contains(&arrow.from);
    let ends = arranged.arrows.iter().filter(comes).filter_map(|arrow| arrow.points.last());
    let room = ends.map(|end| end.0 - x).fold(w, f64::min) - 2.0 * CALL_PAD;
    let chars = (room / CALL_CHAR).max(1.0) as usize;
    html! {
        g.call {
            title { (plain(&one.label)) }
            rect x=(n(x)) y=(n(y)) width=(n(w)) height=(n(h)) rx="8" fill="#f3f4f6"
                stroke="#9aa3af" stroke-dasharray="4 3" {}
            text.key x=(n(x + CALL_PAD)) y=(n(y + 12.0)) { (plain(&cut(&one.label, chars))) }
        }
    }
}

fn arrow(one: &Arrow) -> Markup {
    let path = if one.turns { cornered(&one.points) } else { curved(&one.points) };
    html! {
        path.arrow d=(path) fill="none" stroke="#5b6470" stroke-width="1.3"
            marker-end="url(#tip)" {}
    }
}

/// Through points, each left and reached straight from above.
fn curved(points: &[Point]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        match at.checked_sub(1).map(|before| points[before]) {
            None => path.push_str(&format!("M{x:.1} {y:.1}")),
            Some((from, _)) if (from - x).abs() < 0.5 => path.push_str(&format!("L{x:.1} {y:.1}")),
            Some((from, above)) => {
                let half = (above + y) / 2.0;
                path.push_str(&format!("C{from:.1} {half:.1} {x:.1} {half:.1} {x:.1} {y:.1}"));
            }
        }
    }
    path
}

/// Along straight lines with round corners.
fn cornered(points: &[Point]) -> String {
    let toward = |a: Point, b: Point| {
        let (x, y) = (b.0 - a.0, b.1 - a.1);
        let far = x.hypot(y).max(1.0);
        let share = CORNER.min(far / 2.0) / far;
        (a.0 + x * share, a.1 + y * share)
    };
    let mut path = String::new();
    for (at, here) in points.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| points[before]);
        match (before, points.get(at + 1)) {
            (None, _) => path.push_str(&format!("M{:.1} {:.1}", here.0, here.1)),
            (_, None) => path.push_str(&format!("L{:.1} {:.1}", here.0, here.1)),
            (Some(before), Some(after)) => {
                let (a, b) = (toward(*here, before), toward(*here, *after));
                let (x, y) = here;
                path.push_str(&format!(
                    "L{:.1} {:.1}Q{x:.1} {y:.1} {:.1} {:.1}",
                    a.0, a.1, b.0, b.1
                ));
            }
        }
    }
    path
}

fn body(node: &Node, area: &Area) -> Markup {
    let (fill, border) = node.mark.colours();
    let (radius, stroke, class) = match node.shape {
        Shape::Step => ("4", "1.2", "step"),
        Shape::Human => ("16", "1.2", "asks"),
        Shape::NoReturn => ("0", "3", "no_return"),
        Shape::Join => ("7", "1.2", "join"),
    };
    let tip = node.name.as_deref().unwrap_or(&node.does);
    let Area { x, y, w, h } = area;
    let mut base = y + PAD;
    html! {
        g class=(format!("node {class} m-{}", node.mark.class())) {
            title {
                (plain(&node.id)) ": " (plain(tip))
                @if let Some(condition) = &node.condition { "; if " (plain(condition)) }
                @if node.mark != Mark::Plain { "; " (node.mark.words()) }
            }
            rect x=(n(*x)) y=(n(*y)) width=(n(*w)) height=(n(*h)) rx=(radius) fill=(fill)
                stroke=(border) stroke-width=(stroke) {}
            @for (role, line) in lines(node) {
                @let at = { base += role.height(); base - 4.0 };
                text class=(class_of(role)) x=(n(x + w / 2.0)) y=(n(at)) text-anchor="middle" {
                    (plain(&line))
                }
            }
        }
    }
}

fn class_of(role: Role) -> &'static str {
    match role {
        Role::Name => "name",
        Role::Says => "says",
        Role::Code => "code",
        Role::Mark => "mark",
        Role::Heed => "heed",
    }
}

/// The marks that occur, in words.
fn legend(picture: &Picture) -> Vec<(Mark, &'static str)> {
    let occurs = |mark: &Mark| picture.nodes.iter().any(|node| node.mark == *mark);
    let run = picture.run.is_some();
    let plain = [Mark::Plain].into_iter().filter(|_| run);
    let shown = Mark::SHOWN.into_iter().chain(plain).filter(occurs);
    shown.map(|mark| (mark, mark.words())).collect()
}

fn entry(words: &str) -> f64 {
    words.len() as f64 * LEGEND_CHAR + LEGEND_GAP
}

fn key(picture: &Picture, height: f64) -> Markup {
    let y = height - MARGIN;
    let mut x = MARGIN;
    html! {
        @for (mark, words) in legend(picture) {
            @let at = { let at = x; x += entry(words); at };
            @let (fill, border) = mark.colours();
            g class=(format!("node m-{}", mark.class())) {
                rect x=(n(at)) y=(n(y - 10.0)) width="18" height="12" rx="2" fill=(fill)
                    stroke=(border) {}
                text.key x=(n(at + 24.0)) y=(n(y)) { (mark.glyph()) " " (words) }
            }
        }
    }
}

/// Text in which no character is that XML forbids; the template escapes its signs.
fn plain(text: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { ' ' } else { c }).collect()
}

fn n(number: f64) -> String {
    format!("{number:.1}")
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_text() {
        let text = html! { text { (plain("</text>\u{1}&\"")) } }.into_string();
        assert_eq!(text, "<text>&lt;/text&gt; &amp;&quot;</text>");
    }

    #[test]
    fn an_arrow_goes_through_its_points() {
        assert_eq!(curved(&[(0.0, 0.0), (0.0, 9.0)]), "M0.0 0.0L0.0 9.0");
        assert_eq!(curved(&[(0.0, 0.0), (8.0, 8.0)]), "M0.0 0.0C0.0 4.0 8.0 4.0 8.0 8.0");
        let around = cornered(&[(0.0, 0.0), (0.0, 40.0), (40.0, 40.0)]);
        assert_eq!(around, "M0.0 0.0L0.0 30.0Q0.0 40.0 10.0 40.0L40.0 40.0");
    }
}
