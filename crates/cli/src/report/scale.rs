//! A time axis that shortens long quiet: a night's wait for a human would squeeze the work of
//! minutes into a line. Pure numbers; it must not know what is drawn.

use super::spans::{Doing, Span, Still};
use windlass_model::{Millis, Timestamp};

/// A quiet stretch is shortened to this share of the time in which something works, where it is
/// longer: wide enough for its label.
const QUIET_SHARE: f64 = 0.12;

/// Ticks that an axis should have at the most: their labels do not touch.
const TICKS_MAX: u64 = 8;

/// Steps of a human's clock, in milliseconds.
const STEPS: [Millis; 16] = [
    1_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
    7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000,
];

/// A stretch of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Whether it is shorter on the axis than it was.
    pub shortened: bool,
    weight: f64,
}

/// The axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Its stretches, in order.
    pub stretches: Vec<Stretch>,
    whole: f64,
}

impl Scale {
    /// The axis of a run.
    pub fn new(all: &[&Span], still: &[Still], from: Timestamp, to: Timestamp) -> Self {
        // An axis without length has no places; a second is shorter than anything that is shown.
        let to = if to > from { to } else { from.after(STEPS[0]) };
        let mut edges: Vec<Timestamp> = all.iter().flat_map(|span| [span.from, span.to]).collect();
        edges.extend(still.iter().flat_map(|still| [still.from, still.to]));
        edges.extend([from, to]);
        edges.retain(|edge| (from..=to).contains(edge));
        edges.sort_unstable();
        edges.dedup();
        let works = |from: Timestamp, to: Timestamp| {
            let quiet = |doing| matches!(doing, Doing::Human | Doing::Wait);
            all.iter().any(|span| !quiet(span.doing) && span.from < to && span.to > from)
        };
        let pieces: Vec<(Timestamp, Timestamp, bool)> =
            edges.windows(2).map(|pair| (pair[0], pair[1], works(pair[0], pair[1]))).collect();
        let joined = pieces.into_iter().fold(Vec::new(), join);
        let length = |from: Timestamp, to: Timestamp| to.since(from) as f64;
        let busy: f64 = joined.iter().filter(|one| one.2).map(|one| length(one.0, one.1)).sum();
        let room = if busy > 0.0 { busy * QUIET_SHARE } else { f64::MAX };
        let stretches: Vec<Stretch> = joined
            .into_iter()
            .map(|(from, to, works)| {
                let shortened = !works && length(from, to) > room;
                let weight = if shortened { room } else { length(from, to) };
                Stretch { from, to, shortened, weight }
            })
            .collect();
        let whole = stretches.iter().map(|one| one.weight).sum();
        Self { stretches, whole }
    }

    /// Where a moment lies, from 0 to 1.
    pub fn place(&self, at: Timestamp) -> f64 {
        let mut before = 0.0;
        for one in &self.stretches {
            if at < one.to {
                let share = at.since(one.from) as f64 / one.to.since(one.from) as f64;
                return (before + share * one.weight) / self.whole;
            }
            before += one.weight;
        }
        1.0
    }

    /// Round times outside of what is shortened, and where that ends.
    pub fn ticks(&self) -> Vec<Timestamp> {
        let shown = self.stretches.iter().filter(|one| !one.shortened);
        let length: u64 = shown.map(|one| one.to.since(one.from)).sum();
        let fits = |step: &&Millis| length / **step <= TICKS_MAX;
        let longest = STEPS[STEPS.len() - 1];
        let days = length.div_ceil(longest * TICKS_MAX).max(1);
        let step = STEPS.iter().find(fits).copied().unwrap_or(longest * days);
        let mut ticks = Vec::new();
        for one in &self.stretches {
            if one.shortened {
                ticks.push(one.to);
                continue;
            }
            let first = one.from.0.div_euclid(step as i64) + 1;
            let last = one.to.0.div_euclid(step as i64);
            ticks.extend((first..=last).map(|number| Timestamp(number * step as i64)));
        }
        ticks
    }
}

/// Joins stretches of one kind that touch.
fn join(
    mut done: Vec<(Timestamp, Timestamp, bool)>,
    next: (Timestamp, Timestamp, bool),
) -> Vec<(Timestamp, Timestamp, bool)> {
    match done.last_mut().filter(|last| last.2 == next.2) {
        Some(last) => last.1 = next.1,
        None => done.push(next),
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(doing: Doing, from: i64, to: i64) -> Span {
        Span { doing, from: Timestamp(from), to: Timestamp(to) }
    }

    #[test]
    fn a_night_of_waiting_leaves_the_work_its_room() {
        let day = 86_400_000;
        let of = [
            span(Doing::Work, 0, 60_000),
            span(Doing::Human, 60_000, day),
            span(Doing::Work, day, day + 60_000),
        ];
        let of: Vec<&Span> = of.iter().collect();
        let scale = Scale::new(&of, &[], Timestamp(0), Timestamp(day + 60_000));
        assert_eq!(scale.stretches.iter().filter(|one| one.shortened).count(), 1);
        assert!((scale.place(Timestamp(60_000)) - 60.0 / 134.4).abs() < 1e-9);
        assert!((scale.place(Timestamp(day)) - 74.4 / 134.4).abs() < 1e-9);
        assert_eq!(scale.place(Timestamp(day * 9)), 1.0);
        let ticks = scale.ticks();
        assert!(ticks.len() <= 9 && ticks.contains(&Timestamp(60_000)), "{ticks:?}");
    }

    #[test]
    fn a_run_without_length_has_places_all_the_same() {
        let scale = Scale::new(&[], &[], Timestamp(5), Timestamp(5));
        assert_eq!(scale.place(Timestamp(5)), 0.0);
        assert_eq!(scale.stretches.len(), 1);
    }
}
