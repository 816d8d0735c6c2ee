//! Tells a difference of two builds from noise: they are run in turn, and each turn gives a pair.
//!
//! The test is Wilcoxon's signed-rank test, exact: what disturbs a turn disturbs both of its
//! readings and falls out of their ratio, and only the order of the ratios counts, so that one
//! reading gone wild decides nothing. (F. Wilcoxon, Individual Comparisons by Ranking Methods,
//! Biometrics 1, 1945.)

/// Above this chance a difference is called noise.
pub const CHANCE_MAX: f64 = 0.05;

/// Fewer pairs could not tell anything: all of five alike come by chance in 1 of 16 cases.
pub const PAIRS_MIN: usize = 6;

/// What the pairs say.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The second of a pair as a multiple of the first: the median.
    pub ratio: f64,
    /// The smallest and the largest.
    pub range: (f64, f64),
    /// How likely so clear a difference, either way, would be if there were none.
    pub chance: f64,
}

/// Compares pairs of positive readings; nothing where there are none.
pub fn difference(pairs: &[(f64, f64)]) -> Option<Difference> {
    let mut ratios: Vec<f64> = pairs.iter().map(|(first, second)| second / first).collect();
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (*ratios.first()?, *ratios.last()?);
    let (low, high) = (ratios[(ratios.len() - 1) / 2], ratios[ratios.len() / 2]);
    let logarithms: Vec<f64> = ratios.iter().map(|ratio| ratio.ln()).collect();
    let chance = chance(&logarithms);
    Some(Difference { ratio: (low + high) / 2.0, range: (least, most), chance })
}

/// The two-sided chance of the signed ranks, over all ways in which the signs could have fallen.
fn chance(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let (ranks, positive) = doubled_ranks(&sorted);
    let all: usize = ranks.iter().sum();
    // ways[s]: how many choices of signs give the positive ones the sum s.
    let mut ways = vec![0.0_f64; all + 1];
    ways[0] = 1.0;
    for rank in &ranks {
        for sum in (*rank..=all).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let extreme = positive.min(all - positive);
    let as_extreme: f64 = ways[..=extreme].iter().sum();
    (2.0 * as_extreme / ways.iter().sum::<f64>()).min(1.0)
}

/// Twice the rank of each, so that equal ones share theirs and all stay whole; and the sum of those
/// of the positive ones.
fn doubled_ranks(sorted: &[f64]) -> (Vec<usize>, usize) {
    let (mut ranks, mut positive) = (Vec::with_capacity(sorted.len()), 0);
    while ranks.len() < sorted.len() {
        let begin = ranks.len();
        let alike = |d: &&f64| d.abs() == sorted[begin].abs();
        let count = sorted[begin..].iter().take_while(alike).count();
        // The ranks begin + 1 to begin + count, their mean doubled.
        let rank = 2 * begin + count + 1;
        let above = sorted[begin..begin + count].iter().filter(|d| **d > 0.0).count();
        positive += rank * above;
        ranks.extend(std::iter::repeat_n(rank, count));
    }
    (ranks, positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 5e-4, "{actual} is not {expected}");
    }

    #[test]
    fn the_chances_are_those_of_the_printed_tables() {
        near(chance(&[1.0, 2.0, 3.0, 4.0, 5.0]), 0.0625);
        near(chance(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 0.0313);
        // W = 8 of ten pairs: 0.0488.
        near(chance(&[-8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0, 10.0]), 0.0488);
        // Nothing but ties, half of them each way, says nothing.
        near(chance(&[1.0, -1.0, 1.0, -1.0]), 1.0);
        near(chance(&[]), 1.0);
    }

    #[test]
    fn a_wild_reading_decides_nothing() {
        let steady = |n: u32| (1_000.0 + f64::from(n), 1_080.0 + f64::from(n * 2));
        let mut pairs: Vec<(f64, f64)> = (0..11).map(steady).collect();
        pairs.push((1_000.0, 100.0));
        let found = difference(&pairs).unwrap();
        assert!(found.chance < CHANCE_MAX && found.ratio > 1.05, "{found:?}");
        assert_eq!(found.range.0, 0.1);
    }

    #[test]
    fn noise_is_called_noise() {
        let pairs =
            [(10.0, 11.0), (11.0, 10.0), (10.0, 10.5), (10.5, 10.0), (9.0, 9.1), (9.1, 9.0)];
        assert!(difference(&pairs).unwrap().chance > CHANCE_MAX);
        assert_eq!(difference(&[]), None);
    }
}
