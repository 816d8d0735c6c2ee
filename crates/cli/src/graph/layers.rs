//! Which nodes lie side by side, and in which order. It knows numbers only.

/// Sweeps that move nodes near their neighbours: more change little in graphs of releases.
const SWEEPS: usize = 4;

/// Nodes by layer: a node lies one below the lowest that it needs. `order` names each node after
/// those that it needs. Within a layer nodes keep near what they are tied to.
pub fn layers(count: usize, order: &[usize], arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut needs = vec![Vec::new(); count];
    let mut dependents = vec![Vec::new(); count];
    for (from, to) in arrows {
        needs[*to].push(*from);
        dependents[*from].push(*to);
    }
    let mut depth = vec![0_usize; count];
    for at in order {
        depth[*at] = needs[*at].iter().map(|need| depth[*need] + 1).max().unwrap_or(0);
    }
    let mut layers = vec![Vec::new(); depth.iter().max().map_or(0, |last| last + 1)];
    for at in 0..count {
        layers[depth[at]].push(at);
    }
    let mut place = vec![0.0; count];
    for layer in &layers {
        number(layer, &mut place);
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let neighbours = if down { &needs } else { &dependents };
        let mut sort = |layer: &mut Vec<usize>| {
            let key = |at: usize| mean(&neighbours[at], &place).unwrap_or(place[at]);
            let mut keyed: Vec<(f64, usize)> = layer.iter().map(|at| (key(*at), *at)).collect();
            // Stable, so that ties keep the order they had.
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *layer = keyed.into_iter().map(|(_, at)| at).collect();
            number(layer, &mut place);
        };
        if down {
            layers.iter_mut().for_each(&mut sort);
        } else {
            layers.iter_mut().rev().for_each(&mut sort);
        }
    }
    layers
}

/// Places in a layer count from its middle, so that layers of different width compare.
fn number(layer: &[usize], place: &mut [f64]) {
    let middle = layer.len() as f64 / 2.0;
    for (index, at) in layer.iter().enumerate() {
        place[*at] = index as f64 - middle;
    }
}

fn mean(of: &[usize], place: &[f64]) -> Option<f64> {
    let sum: f64 = of.iter().map(|at| place[*at]).sum();
    (!of.is_empty()).then(|| sum / of.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::layers;

    #[test]
    fn each_node_lies_below_all_it_needs() {
        let arrows = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)];
        assert_eq!(layers(4, &[0, 1, 2, 3], &arrows), [vec![0], vec![1, 2], vec![3]]);
    }

    #[test]
    fn two_chains_do_not_cross() {
        // 0 -> 3 and 1 -> 2: below, 3 stands left of 2.
        let got = layers(4, &[0, 1, 2, 3], &[(0, 3), (1, 2)]);
        assert_eq!(got, [vec![0, 1], vec![3, 2]]);
    }

    #[test]
    fn nothing_has_no_layers() {
        assert!(layers(0, &[], &[]).is_empty());
    }
}
