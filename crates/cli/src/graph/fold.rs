//! Folds a tall picture into columns, as a page of text is: most releases are long chains, and a
//! wall is wider than high. It is cut only where all arrows come from one node, never in a box, and
//! they lead from the foot of a column to the head of the next. It knows no words.

use super::arrange::{Area, Arranged, Arrow, Point};

/// A picture that is not taller is left alone: it fits on a screen.
const TALL: f64 = 1_150.0;

/// How much wider than high a picture should be: a sheet, a wall.
const SHAPE: f64 = 1.5;

/// Columns at the most.
const COLUMNS_MAX: usize = 10;

/// Halvings after which a column's height is known to less than a unit.
const HALVINGS: usize = 16;

/// Between columns: room for the arrow that leads to the next.
const GUTTER: f64 = 72.0;

/// From a node to the corner of an arrow that leads to another column.
const TURN: f64 = 20.0;

/// Nodes that lie between two cuts.
struct Piece {
    nodes: Vec<usize>,
    area: Area,
}

/// The picture in as many columns as suit it.
pub fn fold(arranged: Arranged) -> Arranged {
    let Some(whole) = Area::around(areas(&arranged, |_| true)) else { return arranged };
    if whole.h <= TALL {
        return arranged;
    }
    let pieces = pieces(&arranged);
    let worth = |columns: &[Vec<usize>]| {
        let areas = columns.iter().map(|column| extent(&pieces, column));
        let (wide, high) =
            areas.fold((0.0, 0.0_f64), |(w, h), area| (w + area.w + GUTTER, h.max(area.h)));
        ((wide / high) / SHAPE).ln().abs()
    };
    let candidates = (1..=COLUMNS_MAX).map(|count| columns(&pieces, count));
    let best = candidates.min_by(|a, b| worth(a).total_cmp(&worth(b)));
    match best {
        Some(columns) if columns.len() > 1 => moved(arranged, &pieces, &columns),
        _ => arranged,
    }
}

/// The areas of nodes, and of the boxes that hold them.
fn areas(arranged: &Arranged, wanted: impl Fn(usize) -> bool) -> impl Iterator<Item = Area> {
    let nodes: Vec<Area> =
        (0..arranged.nodes.len()).filter(|at| wanted(*at)).map(|at| arranged.nodes[at]).collect();
    let boxes: Vec<Area> = arranged
        .boxes
        .iter()
        .filter(|one| one.nodes.iter().any(|at| wanted(*at)))
        .map(|one| one.area)
        .collect();
    nodes.into_iter().chain(boxes)
}

/// The picture cut wherever it may be.
fn pieces(arranged: &Arranged) -> Vec<Piece> {
    let mut order: Vec<usize> = (0..arranged.nodes.len()).collect();
    order.sort_by(|a, b| arranged.nodes[*a].y.total_cmp(&arranged.nodes[*b].y));
    let mut rank = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, at)| rank[*at] = place);
    let mut pieces = Vec::new();
    let mut nodes = Vec::new();
    let mut bottom = f64::MIN;
    for (place, at) in order.iter().enumerate() {
        let top = arranged.nodes[*at].y;
        if !nodes.is_empty() && top >= bottom && may_cut(arranged, &rank, place) {
            pieces.push(std::mem::take(&mut nodes));
        }
        nodes.push(*at);
        bottom = bottom.max(arranged.nodes[*at].bottom());
    }
    pieces.push(nodes);
    let piece = |nodes: Vec<usize>| {
        let area = Area::around(areas(arranged, |at| nodes.contains(&at)))?;
        Some(Piece { nodes, area })
    };
    pieces.into_iter().filter_map(piece).collect()
}

/// Whether the picture may be cut above the node of this place.
fn may_cut(arranged: &Arranged, rank: &[usize], place: usize) -> bool {
    let parted = |nodes: &[usize]| {
        nodes.iter().any(|at| rank[*at] < place) && nodes.iter().any(|at| rank[*at] >= place)
    };
    let mut through =
        arranged.arrows.iter().filter(|one| rank[one.from] < place && rank[one.to] >= place);
    // From anywhere but the last node it would lead through others on its way to the foot.
    through.all(|one| rank[one.from] + 1 == place)
        && !arranged.boxes.iter().any(|one| parted(&one.nodes))
}

/// Pieces in at most so many columns, the tallest of them as short as can be.
fn columns(pieces: &[Piece], count: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..pieces.len()).collect();
    let whole = extent(pieces, &all).h;
    let (mut low, mut high) = (whole / count as f64, whole);
    for _ in 0..HALVINGS {
        let half = (low + high) / 2.0;
        match filled(pieces, half).len() <= count {
            true => high = half,
            false => low = half,
        }
    }
    filled(pieces, high)
}

/// Pieces by column, each filled up to a height; a piece that is taller has one of its own.
fn filled(pieces: &[Piece], height: f64) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = Vec::new();
    for at in 0..pieces.len() {
        let fits = |column: &&mut Vec<usize>| {
            let with: Vec<usize> = column.iter().copied().chain([at]).collect();
            extent(pieces, &with).h <= height
        };
        match columns.last_mut().filter(fits) {
            Some(last) => last.push(at),
            None => columns.push(vec![at]),
        }
    }
    columns
}

fn extent(pieces: &[Piece], column: &[usize]) -> Area {
    Area::around(column.iter().map(|at| pieces[*at].area)).unwrap_or_default()
}

/// Where a node went: its column, and how far it was moved.
#[derive(Clone, Copy, Default)]
struct Move {
    column: usize,
    by: Point,
}

fn moved(arranged: Arranged, pieces: &[Piece], columns: &[Vec<usize>]) -> Arranged {
    let mut moves = vec![Move::default(); arranged.nodes.len()];
    let mut extents = Vec::new();
    let mut x = 0.0;
    for (column, held) in columns.iter().enumerate() {
        let area = extent(pieces, held);
        let by = (x - area.x, -area.y);
        for node in held.iter().flat_map(|at| &pieces[*at].nodes) {
            moves[*node] = Move { column, by };
        }
        extents.push(Area { x, y: 0.0, ..area });
        x += area.w + GUTTER;
    }
    let shift = |area: Area, by: Point| Area { x: area.x + by.0, y: area.y + by.1, ..area };
    let nodes: Vec<Area> =
        arranged.nodes.iter().zip(&moves).map(|(area, one)| shift(*area, one.by)).collect();
    let boxes = arranged.boxes.into_iter().map(|mut one| {
        let by = one.nodes.first().map(|at| moves[*at].by).unwrap_or_default();
        one.area = shift(one.area, by);
        one
    });
    let boxes = boxes.collect();
    let arrows = arranged.arrows.into_iter().map(|mut one| {
        let (from, to) = (moves[one.from], moves[one.to]);
        if from.column == to.column {
            one.points.iter_mut().for_each(|point| {
                *point = (point.0 + from.by.0, point.1 + from.by.1);
            });
            return one;
        }
        across(one, &nodes, (extents[from.column], extents[to.column]))
    });
    Arranged { arrows: arrows.collect(), boxes, nodes }
}

/// Along the foot of a column, up the gutter, and over the head of the other.
fn across(arrow: Arrow, nodes: &[Area], (here, there): (Area, Area)) -> Arrow {
    let (from, to) = (nodes[arrow.from], nodes[arrow.to]);
    let gutter = here.right() + GUTTER / 2.0;
    let (foot, head) = (here.bottom() + TURN, there.y - TURN);
    let points = vec![
        (from.middle(), from.bottom()),
        (from.middle(), foot),
        (gutter, foot),
        (gutter, head),
        (to.middle(), head),
        (to.middle(), to.y),
    ];
    Arrow { points, turns: true, ..arrow }
}

#[cfg(test)]
mod tests {
    use super::super::arrange::arrange;
    use super::*;

    /// A chain of nodes as tall as they are wide.
    fn chain(count: usize) -> Arranged {
        let arrows: Vec<_> = (1..count).map(|at| (at - 1, at)).collect();
        let layers: Vec<_> = (0..count).map(|at| vec![at]).collect();
        arrange(&vec![(100.0, 100.0); count], &arrows, &[], &layers)
    }

    #[test]
    fn a_short_picture_is_left_alone() {
        let short = chain(4);
        assert_eq!(fold(short.clone()), short);
    }

    #[test]
    fn a_long_chain_stands_in_columns_that_do_not_touch() {
        let folded = fold(chain(40));
        let whole = Area::around(folded.nodes.iter().copied()).unwrap();
        assert!(whole.w / whole.h > 0.8 && whole.w / whole.h < 2.5, "{whole:?}");
        for (at, one) in folded.nodes.iter().enumerate() {
            for other in &folded.nodes[at + 1..] {
                let beside = one.right() <= other.x || other.right() <= one.x;
                assert!(beside || one.bottom() <= other.y || other.bottom() <= one.y);
            }
        }
        let turns = folded.arrows.iter().filter(|one| one.turns).count();
        assert!((2..COLUMNS_MAX).contains(&turns), "{turns}");
    }
}
