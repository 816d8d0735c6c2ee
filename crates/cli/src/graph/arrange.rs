//! Where the nodes of a drawn picture lie: layers from top to bottom, few crossings, calls in boxes
//! of their own. A crate lays out what is of a human's size; more than that stands in plain layers,
//! which nobody reads either way, but at once. It knows no words.

use super::boxes::CallBox;
use dagre::graph::{Graph, GraphOptions};
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};

/// Nodes that are laid out with care: the cost grows faster than their number, and this many take
/// a second or two in a slow build.
const NODES_MAX: usize = 250;

/// Between nodes side by side.
const BESIDE: f64 = 26.0;
/// Between layers: room for an arrow's bend.
const BELOW: f64 = 34.0;
/// Between arrows side by side.
const ARROWS: f64 = 14.0;
/// Between the box of a call and its steps, where no care was taken.
const EDGE: f64 = 12.0;

/// A place on the picture.
pub type Point = (f64, f64);

/// A rectangle by its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
}

impl Area {
    /// Its right edge.
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Its lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Its middle, from the left.
    pub fn middle(&self) -> f64 {
        self.x + self.w / 2.0
    }

    /// The smallest area around areas.
    pub fn around(areas: impl Iterator<Item = Self>) -> Option<Self> {
        areas.reduce(|a, b| {
            let (x, y) = (a.x.min(b.x), a.y.min(b.y));
            let (right, bottom) = (a.right().max(b.right()), a.bottom().max(b.bottom()));
            Self { x, y, w: right - x, h: bottom - y }
        })
    }
}

/// An arrow and the points that it goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// The need.
    pub from: usize,
    /// Its dependent.
    pub to: usize,
    /// From one to the other, its ends included.
    pub points: Vec<Point>,
    /// Whether it leads along corners to another column.
    pub turns: bool,
}

/// The box of a call: whose it is, which nodes it holds, where it lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Boxed {
    /// What it says.
    pub label: String,
    /// All of its nodes.
    pub nodes: Vec<usize>,
    /// Where it lies.
    pub area: Area,
}

/// A picture whose parts have places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arranged {
    /// By node.
    pub nodes: Vec<Area>,
    /// By arrow.
    pub arrows: Vec<Arrow>,
    /// The outer ones first.
    pub boxes: Vec<Boxed>,
}

/// Gives places to nodes of these sizes.
pub fn arrange(
    sizes: &[Point],
    arrows: &[(usize, usize)],
    boxes: &[CallBox],
    layers: &[Vec<usize>],
) -> Arranged {
    let mut flat = Vec::new();
    boxes.iter().for_each(|one| flatten(one, None, &mut flat));
    match sizes.len() > NODES_MAX {
        true => plainly(sizes, arrows, &flat, layers),
        false => with_care(sizes, arrows, &flat),
    }
}

/// A box and the box around it, by their places in the list.
type Flat<'a> = (&'a CallBox, Option<usize>);

fn flatten<'a>(one: &'a CallBox, outer: Option<usize>, flat: &mut Vec<Flat<'a>>) {
    let own = flat.len();
    flat.push((one, outer));
    one.inner.iter().for_each(|inner| flatten(inner, Some(own), flat));
}

fn with_care(sizes: &[Point], arrows: &[(usize, usize)], flat: &[Flat<'_>]) -> Arranged {
    let options = GraphOptions { directed: true, multigraph: false, compound: true };
    let mut graph = Graph::with_options(options);
    let node = |at: usize| format!("n{at}");
    let call = |at: usize| format!("b{at}");
    for (at, (width, height)) in sizes.iter().enumerate() {
        let label = NodeLabel { width: *width, height: *height, ..NodeLabel::default() };
        graph.set_node(node(at), Some(label));
    }
    for (at, (one, outer)) in flat.iter().enumerate() {
        graph.set_node(call(at), Some(NodeLabel::default()));
        if let Some(outer) = outer {
            graph.set_parent(&call(at), Some(&call(*outer)));
        }
        for inner in &one.nodes {
            graph.set_parent(&node(*inner), Some(&call(at)));
        }
    }
    for (from, to) in arrows {
        graph.set_edge(node(*from), node(*to), Some(EdgeLabel::default()), None);
    }
    dagre::layout(
        &mut graph,
        Some(LayoutOptions {
            nodesep: BESIDE,
            ranksep: BELOW,
            edgesep: ARROWS,
            // Ties keep the order of the file.
            tie_keep_first: true,
            ..LayoutOptions::default()
        }),
    );
    let area = |name: &str| {
        let label = graph.node(name)?;
        let (x, y) = (label.x?, label.y?);
        let (w, h) = (label.width, label.height);
        Some(Area { x: x - w / 2.0, y: y - h / 2.0, w, h })
    };
    let nodes: Vec<Area> = (0..sizes.len()).map(|at| area(&node(at)).unwrap_or_default()).collect();
    let bends = |from: usize, to: usize| {
        let label = graph.edge(&node(from), &node(to), None)?;
        let points: Vec<Point> = label.points.iter().map(|point| (point.x, point.y)).collect();
        // Its own ends lie on the straight line to a node's middle: ours on the edge's middle.
        Some(points.get(1..points.len().saturating_sub(1))?.to_vec())
    };
    let arrows = arrows
        .iter()
        .map(|(from, to)| arrow(&nodes, *from, *to, bends(*from, *to).unwrap_or_default()));
    let boxes = flat.iter().enumerate().map(|(at, (one, _))| Boxed {
        label: label(one),
        nodes: one.all(),
        area: area(&call(at)).unwrap_or_default(),
    });
    Arranged { arrows: arrows.collect(), boxes: boxes.collect(), nodes }
}

/// Layers centred over each other.
fn plainly(
    sizes: &[Point],
    arrows: &[(usize, usize)],
    flat: &[Flat<'_>],
    layers: &[Vec<usize>],
) -> Arranged {
    let mut nodes = vec![Area::default(); sizes.len()];
    let wide = |layer: &[usize]| layer.iter().map(|at| sizes[*at].0 + BESIDE).sum::<f64>();
    let widest = layers.iter().map(|layer| wide(layer)).fold(0.0, f64::max);
    let mut y = 0.0;
    for layer in layers {
        let mut x = (widest - wide(layer)) / 2.0;
        let mut tallest: f64 = 0.0;
        for at in layer {
            let (w, h) = sizes[*at];
            nodes[*at] = Area { x, y, w, h };
            x += w + BESIDE;
            tallest = tallest.max(h);
        }
        y += tallest + BELOW;
    }
    let boxes = flat.iter().filter_map(|(one, _)| {
        let own = one.all();
        let inner = Area::around(own.iter().map(|at| nodes[*at]))?;
        let (x, y) = (inner.x - EDGE, inner.y - 2.0 * EDGE);
        let area = Area { x, y, w: inner.w + 2.0 * EDGE, h: inner.h + 3.0 * EDGE };
        Some(Boxed { label: label(one), nodes: own, area })
    });
    let boxes = boxes.collect();
    let arrows = arrows.iter().map(|(from, to)| arrow(&nodes, *from, *to, Vec::new())).collect();
    Arranged { arrows, boxes, nodes }
}

/// Whose box it is. Where a file lies is for the tooltip of a step, not for a wall.
fn label(one: &CallBox) -> String {
    let file = std::path::Path::new(&one.file);
    let file = file.file_name().filter(|_| file.is_absolute()).unwrap_or(file.as_os_str());
    format!("{}: {}", one.id, file.to_string_lossy())
}

fn arrow(nodes: &[Area], from: usize, to: usize, bends: Vec<Point>) -> Arrow {
    let (above, below) = (nodes[from], nodes[to]);
    let mut points = vec![(above.middle(), above.bottom())];
    // One bend lies half-way to the next layer, where a curve needs none.
    if bends.len() > 1 {
        points.extend(bends);
    }
    points.push((below.middle(), below.y));
    Arrow { from, to, points, turns: false }
}

#[cfg(test)]
#[path = "arrange_tests.rs"]
mod tests;
