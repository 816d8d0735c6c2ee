//! Whatever the steps, the needs and the calls are: every node has a place of its own, every arrow
//! its ends, and a box holds its own nodes.

use super::*;
use crate::graph::fold::fold;
use crate::graph::layers::layers;
use proptest::prelude::*;

/// Sizes, arrows from earlier to later nodes, and calls of consecutive nodes, one within another.
type Drawn = (Vec<Point>, Vec<(usize, usize)>, Vec<CallBox>);

fn drawn() -> impl Strategy<Value = Drawn> {
    (1_usize..28).prop_flat_map(|count| {
        let sizes = proptest::collection::vec((10.0_f64..300.0, 10.0_f64..120.0), count);
        let arrows = proptest::collection::vec((0..count, 0..count), 0..count * 2);
        let arrows = arrows.prop_map(|pairs| {
            let mut pairs: Vec<_> = pairs
                .into_iter()
                .filter(|(a, b)| a != b)
                .map(|(a, b)| (a.min(b), a.max(b)))
                .collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        });
        let calls = (0..count, 0..count, 0..count).prop_map(|(a, b, c)| {
            let mut cuts = [a, b, c];
            cuts.sort_unstable();
            let [from, middle, to] = cuts;
            let named = |id: &str, nodes: Vec<usize>, inner| CallBox {
                id: id.to_owned(),
                file: "called.yaml".to_owned(),
                nodes,
                inner,
            };
            if from == middle || middle == to {
                return Vec::new();
            }
            let inner = named("outer.inner", (from..middle).collect(), Vec::new());
            vec![named("outer", (middle..to).collect(), vec![inner])]
        });
        (sizes, arrows, calls)
    })
}

fn apart(one: &Area, other: &Area) -> bool {
    let (x, y) = (one.right() - other.x, one.bottom() - other.y);
    x < 0.01 || y < 0.01 || other.right() - one.x < 0.01 || other.bottom() - one.y < 0.01
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_part_has_a_place_of_its_own((sizes, arrows, calls) in drawn()) {
        let order: Vec<usize> = (0..sizes.len()).collect();
        let layers = layers(sizes.len(), &order, &arrows);
        let placed = fold(arrange(&sizes, &arrows, &calls, &layers));
        prop_assert_eq!(placed.nodes.len(), sizes.len());
        for (at, one) in placed.nodes.iter().enumerate() {
            prop_assert!((one.w, one.h) == sizes[at]);
            for other in &placed.nodes[at + 1..] {
                prop_assert!(apart(one, other), "{:?} {:?}", one, other);
            }
        }
        prop_assert_eq!(placed.arrows.len(), arrows.len());
        for arrow in &placed.arrows {
            let (from, to) = (placed.nodes[arrow.from], placed.nodes[arrow.to]);
            let ends = (arrow.points[0], arrow.points[arrow.points.len() - 1]);
            prop_assert_eq!(ends, ((from.middle(), from.bottom()), (to.middle(), to.y)));
        }
        for one in &placed.boxes {
            let own = Area::around(one.nodes.iter().map(|at| placed.nodes[*at])).unwrap();
            let whole = Area::around([own, one.area].into_iter()).unwrap();
            let over = (whole.w - one.area.w).max(whole.h - one.area.h);
            prop_assert!(over.abs() < 0.01, "{:?} {:?}", own, one.area);
        }
        let again = fold(arrange(&sizes, &arrows, &calls, &layers));
        prop_assert_eq!(placed, again, "the same again");
    }
}

#[test]
fn more_than_anybody_reads_stands_in_layers_at_once() {
    let count = NODES_MAX + 1;
    let arrows: Vec<_> = (1..count).map(|at| (at / 2, at)).collect();
    let order: Vec<usize> = (0..count).collect();
    let layers = layers(count, &order, &arrows);
    let placed = arrange(&vec![(20.0, 10.0); count], &arrows, &[], &layers);
    assert!(placed.nodes.iter().all(|one| one.w == 20.0));
    assert_eq!(placed.arrows.len(), arrows.len());
}
