//! Bars of characters that every terminal has. It must not know what they are about.

use crate::render::duration::span;
use crate::render::outlook::Took;
use windlass_model::Millis;

/// A bar that is filled up to a share of it, which is cut to what a bar can show.
pub fn bar(share: f64, cells: usize) -> String {
    let filled = (share.clamp(0.0, 1.0) * cells as f64).floor() as usize;
    format!("[{}{}]", "#".repeat(filled), ".".repeat(cells - filled))
}

/// How far something at work is: by its own percentage where it tells one, else by what it took
/// before, else only for how long it is at work.
pub fn at_work(percent: Option<f64>, passed: Millis, took: Option<&Took>, cells: usize) -> String {
    let before = took.map(|took| {
        let (least, most) = (span(took.least_ms), span(took.most_ms));
        if least == most { least } else { format!("{least} to {most}") }
    });
    let passed_words = span(passed);
    match (percent, took, before) {
        (Some(percent), _, before) => {
            let took = before.map(|before| format!(", took {before}")).unwrap_or_default();
            format!("{} {percent:.0} %, {passed_words}{took}", bar(percent / 100.0, cells))
        }
        (None, Some(took), Some(before)) => {
            let longer = if passed > took.most_ms { ", LONGER than before" } else { "" };
            let share = passed as f64 / took.most_ms.max(1) as f64;
            format!("{} {passed_words} of {before}{longer}", bar(share, cells))
        }
        _ => format!("since {passed_words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_filled_by_percent_or_by_what_it_took_before() {
        assert_eq!(bar(0.5, 10), "[#####.....]");
        assert_eq!(bar(-1.0, 4), "[....]");
        assert_eq!(bar(7.0, 4), "[####]");
        let took = Took { least_ms: 60_000, most_ms: 100_000, runs: 3 };
        assert_eq!(at_work(Some(45.0), 9_000, None, 10), "[####......] 45 %, 9s");
        let both = at_work(Some(45.0), 9_000, Some(&took), 10);
        assert_eq!(both, "[####......] 45 %, 9s, took 1m00s to 1m40s");
        assert_eq!(at_work(None, 50_000, Some(&took), 10), "[#####.....] 50s of 1m00s to 1m40s");
        let late = at_work(None, 200_000, Some(&took), 4);
        assert_eq!(late, "[####] 3m20s of 1m00s to 1m40s, LONGER than before");
        assert_eq!(at_work(None, 50_000, None, 10), "since 50s");
    }
}
