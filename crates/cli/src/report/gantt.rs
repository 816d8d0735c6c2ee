//! What each step did when, as a picture within the page: bars on an axis that shortens long quiet.
//! Kinds differ by pattern as well as by colour; the table of steps says the same in words.

use super::facts::Report;
use super::scale::Scale;
use super::spans::{Doing, Span};
use crate::render::duration::{clock_time, date_time, span};
use maud::{Markup, html};
use windlass_model::Timestamp;

/// Where the day of a printed moment ends, where its month begins, and where its minutes end.
const DAY: usize = 10;
const MONTH: usize = 5;
const MINUTE: usize = 16;
/// Units of the picture; the page scales it to its own width.
const WIDTH: f64 = 1_080.0;
/// Room for names.
const NAMES: f64 = 250.0;
/// Room for spans in words, at the right.
const TOOK: f64 = 80.0;
/// Height of a row.
const ROW: f64 = 24.0;
/// Height of a bar.
const BAR: f64 = 14.0;
/// Room above for the axis, and for the words over what is shortened.
const AXIS: f64 = 46.0;
/// A span without length is still seen.
const BAR_MIN: f64 = 3.0;
/// Characters of a name that fit.
const NAME_CHARS_MAX: usize = 34;
/// Room that the label of a tick needs, without and with a day.
const LABEL: [f64; 2] = [62.0, 84.0];

/// The picture.
pub fn gantt(report: &Report, scale: &Scale) -> Markup {
    let rows: Vec<_> = report.steps.iter().filter(|row| !row.spans.is_empty()).collect();
    let height = AXIS + ROW * rows.len() as f64 + 8.0;
    let label = format!(
        "Bars of {} steps from {} to {}; the table of steps below says the same in words",
        rows.len(),
        date_time(report.started_at),
        date_time(report.last_event_at)
    );
    html! {
        svg.gantt role="img" aria-label=(label) viewBox=(format!("0 0 {WIDTH:.0} {height:.0}"))
            xmlns="http://www.w3.org/2000/svg" {
            (patterns())
            (axis(report, scale, height))
            @for (number, row) in rows.iter().enumerate() {
                @let top = AXIS + ROW * number as f64;
                @let middle = top + ROW / 2.0;
                @if number % 2 == 0 {
                    rect.stripe x="0" y=(n(top)) width=(n(WIDTH)) height=(n(ROW)) {}
                }
                text.name x="6" y=(n(middle + 4.0)) { (shortened(row.step.as_str())) }
                @for span in &row.spans { (bar(scale, span, middle)) }
                text.took x=(n(WIDTH - 6.0)) y=(n(middle + 4.0)) text-anchor="end" {
                    (took(&row.spans))
                }
            }
            // Over the stripes, under nothing: a thin line for each tick.
            @for still in &report.still {
                @let (from, to) = (place(scale, still.from), place(scale, still.to));
                rect.still x=(n(from)) y=(n(AXIS)) width=(n((to - from).max(1.0)))
                    height=(n(height - AXIS - 8.0)) {
                    title { "the run was " (still.why) " for " (span(still.to.since(still.from))) }
                }
            }
        }
    }
}

/// What the patterns mean.
pub fn legend(report: &Report) -> Markup {
    let occurs = |doing: &Doing| {
        report.steps.iter().flat_map(|row| &row.spans).any(|span| span.doing == *doing)
    };
    html! {
        ul.legend {
            @for doing in Doing::ALL.iter().filter(|doing| occurs(doing)) {
                li {
                    svg.swatch viewBox="0 0 28 14" aria-hidden="true" {
                        rect class=(class(*doing)) x="0.5" y="0.5" width="27" height="13" rx="2" {}
                    }
                    (doing.words())
                }
            }
            @if !report.still.is_empty() {
                li {
                    svg.swatch viewBox="0 0 28 14" aria-hidden="true" {
                        rect.still x="0.5" y="0.5" width="27" height="13" {}
                    }
                    "the whole run stood still"
                }
            }
        }
    }
}

/// Times along the top; a gap where the axis is shortened.
fn axis(report: &Report, scale: &Scale, height: f64) -> Markup {
    let day = |at: Timestamp| date_time(at).chars().take(DAY).collect::<String>();
    let days = day(report.started_at) != day(report.last_event_at);
    let label = LABEL[usize::from(days)];
    let bottom = height - 8.0;
    let mut free = 0.0;
    let ticks: Vec<(Timestamp, f64, bool)> = scale
        .ticks()
        .into_iter()
        .map(|at| {
            let x = place(scale, at);
            let room = x - label / 2.0 >= free;
            if room {
                free = x + label / 2.0;
            }
            (at, x, room)
        })
        .collect();
    html! {
        @for one in scale.stretches.iter().filter(|one| one.shortened) {
            @let (from, to) = (place(scale, one.from), place(scale, one.to));
            rect.gap x=(n(from)) y=(n(AXIS - 24.0)) width=(n(to - from))
                height=(n(bottom - AXIS + 24.0)) {}
            text.time x=(n((from + to) / 2.0)) y=(n(AXIS - 30.0)) text-anchor="middle" {
                "⋯ " (span(one.to.since(one.from))) " ⋯"
            }
        }
        @for (at, x, room) in &ticks {
            line.tick x1=(n(*x)) x2=(n(*x)) y1=(n(AXIS - 6.0)) y2=(n(bottom)) {}
            @if *room {
                text.time x=(n(*x)) y=(n(AXIS - 10.0)) text-anchor="middle" { (tick(*at, days)) }
            }
        }
    }
}

/// The time of day; where a run lasts over midnight the day before it.
fn tick(at: Timestamp, days: bool) -> String {
    match days {
        false => clock_time(at),
        true => date_time(at).get(MONTH..MINUTE).unwrap_or_default().to_owned(),
    }
}

fn bar(scale: &Scale, one: &Span, middle: f64) -> Markup {
    let (from, to) = (place(scale, one.from), place(scale, one.to));
    let said = format!(
        "{}: {} to {}, {}",
        one.doing.words(),
        date_time(one.from),
        date_time(one.to),
        span(one.to.since(one.from))
    );
    html! {
        rect class=(class(one.doing)) x=(n(from)) y=(n(middle - BAR / 2.0))
            width=(n((to - from).max(BAR_MIN))) height=(n(BAR)) rx="2" {
            title { (said) }
        }
    }
}

fn took(spans: &[Span]) -> String {
    let from = spans.iter().filter(|one| one.doing != Doing::Undo).map(|one| one.from).min();
    let to = spans.iter().filter(|one| one.doing != Doing::Undo).map(|one| one.to).max();
    from.zip(to).map(|(from, to)| span(to.since(from))).unwrap_or_default()
}

fn class(doing: Doing) -> &'static str {
    match doing {
        Doing::Work => "bar work",
        Doing::Remote => "bar remote",
        Doing::Wait => "bar wait",
        Doing::Human => "bar human",
        Doing::Doubt => "bar doubt",
        Doing::Undo => "bar undo",
    }
}

/// Hatches, which the page's style fills bars with.
fn patterns() -> Markup {
    let one = |id: &str, path: &str| {
        html! {
            pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse" {
                rect.ground width="6" height="6" {}
                path.hatch d=(path) {}
            }
        }
    };
    html! {
        defs {
            (one("hatch-remote", "M0 3H6"))
            (one("hatch-wait", "M3 2.4V3.6"))
            (one("hatch-human", "M0 6 6 0"))
            (one("hatch-doubt", "M0 6 6 0M0 0 6 6"))
            (one("hatch-undo", "M0 0 6 6"))
        }
    }
}

fn place(scale: &Scale, at: Timestamp) -> f64 {
    NAMES + scale.place(at) * (WIDTH - NAMES - TOOK)
}

fn n(number: f64) -> String {
    format!("{number:.1}")
}

fn shortened(text: &str) -> String {
    let text = super::words::shown(text);
    match text.chars().count() > NAME_CHARS_MAX {
        true => text.chars().take(NAME_CHARS_MAX - 1).chain(['…']).collect(),
        false => text,
    }
}
