//! The tables of the HTML report. Each has a caption, and its first column heads its rows.

use super::facts::Report;
use super::people::Said;
use super::rows::StepRow;
use super::words;
use crate::render::duration::{date_time, span};
use maud::{Markup, html};
use windlass_model::Timestamp;

/// Who said what.
pub fn people(report: &Report) -> Markup {
    html! {
        section aria-labelledby="people" {
            h2 #people { "Who said what" }
            @for open in &report.open_questions { (open_question(open)) }
            (table("Approvals, decisions and requests, in their order", &[
                "When (UTC)", "Who", "Did", "Step", "Asked", "Reason and evidence",
            ], html! {
                @for said in &report.people { (said_row(said)) }
            }))
        }
    }
}

fn said_row(said: &Said) -> Markup {
    html! {
        tr {
            th.time scope="row" { (moment(said.at)) }
            td { (words::shown(&said.by)) }
            td { (words::did(said)) }
            td.step { @if let Some(step) = &said.step { (words::shown(step.as_str())) } }
            td {
                @if let Some(question) = &said.question { q { (words::shown(question)) } }
                @if let Some(bounds) = words::bounds(said) { p.small { (bounds) } }
            }
            td {
                @if let Some(note) = &said.note { (words::shown(note)) }
                @for file in &said.evidence { p.small.hash { (words::file(file)) } }
            }
        }
    }
}

fn open_question(open: &Said) -> Markup {
    html! {
        p.open {
            strong { "Not answered: " }
            @if let Some(step) = &open.step { (words::shown(step.as_str())) " asks: " }
            @if let Some(question) = &open.question { q { (words::shown(question)) } }
            " since " (date_time(open.at))
            @if let Some(bounds) = words::bounds(open) { " (" (bounds) ")" }
        }
    }
}

/// The steps.
pub fn steps(report: &Report) -> Markup {
    html! {
        section aria-labelledby="steps" {
            h2 #steps { "Steps" }
            (table("Each step, how it stands and how long it took", &[
                "Step", "Does", "Outcome", "Attempts", "Began (UTC)", "Took", "Of it waiting",
            ], html! {
                @for row in &report.steps { (step_row(row)) }
            }))
        }
    }
}

fn step_row(row: &StepRow) -> Markup {
    html! {
        tr {
            th.step scope="row" {
                (words::shown(row.step.as_str()))
                @if let Some(name) = &row.name { p.small { (words::shown(name)) } }
            }
            td.does { (breakable(&row.does)) }
            td {
                span class=(format!("mark m-{}", row.mark.class())) {
                    span.sign aria-hidden="true" { (row.mark.glyph()) } (row.outcome)
                }
                @if let Some(says) = &row.says { p.small { (words::shown(says)) } }
            }
            td.number { @if row.attempts > 0 { (row.attempts) } }
            td.time { @if let Some(from) = row.from { (moment(from)) } }
            td.number { @if let Some(took) = row.took_ms { (span(took)) } }
            td.number { @if row.waited_ms > 0 { (span(row.waited_ms)) } }
        }
    }
}

/// What it changed.
pub fn changes(report: &Report) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 #changes { "What it changed" }
            @if report.changes.is_empty() {
                p { "No step declares a field of the world that it sets." }
            } @else {
                (table("Fields of the world, in the order in which they were set", &[
                    "What", "From", "To", "Step", "Now",
                ], html! {
                    @for change in &report.changes {
                        tr {
                            th scope="row" {
                                (words::shown(&change.resource)) " · " (words::shown(&change.field))
                            }
                            td { (words::before(&change.before)) }
                            td { (words::value(&change.after)) }
                            td.step { (words::shown(change.step.as_str())) }
                            td { (change.stands.words()) }
                        }
                    }
                }))
                p.small {
                    "What a step captured before it changed anything is sealed. A keyed hash "
                    "stands for it: equal hashes are equal states, and nobody without the store's "
                    "key can try one out."
                }
            }
        }
    }
}

/// The way back.
pub fn back(report: &Report) -> Markup {
    let Some(back) = &report.rollback else { return html! {} };
    html! {
        section aria-labelledby="back" {
            h2 #back { "The way back" }
            p {
                "Begun by " strong { (words::shown(&back.by)) } " at " (date_time(back.at))
                @if let Some(to) = &back.to { ", back to " (words::shown(to.as_str())) }
                ": " q { (words::shown(&back.reason)) }
            }
            (table("What was undone, in its order", &[
                "Step", "Outcome", "What came back", "From (UTC)", "To (UTC)",
            ], html! {
                @for step in &back.steps {
                    tr {
                        th.step scope="row" { (words::shown(step.step.as_str())) }
                        td { (words::shown(&step.outcome)) }
                        td {
                            @for said in step.back.iter().chain(&step.kept) {
                                p { (words::shown(said)) }
                            }
                        }
                        td.time { @if let Some(from) = step.from { (moment(from)) } }
                        td.time { @if let Some(to) = step.to { (moment(to)) } }
                    }
                }
            }))
        }
    }
}

/// What it was started with, and what had to hold.
pub fn inputs(report: &Report) -> Markup {
    html! {
        @if !report.inputs.is_empty() || !report.invariants.is_empty() {
            section aria-labelledby="inputs" {
                h2 #inputs { "What it was started with" }
                @if !report.inputs.is_empty() {
                    (table("Inputs", &["Input", "Value"], html! {
                        @for (name, value) in &report.inputs {
                            tr {
                                th scope="row" { (words::shown(name)) }
                                td { (words::value(value)) }
                            }
                        }
                    }))
                }
                @if !report.invariants.is_empty() {
                    h3 { "What had to hold at every moment" }
                    ul { @for one in &report.invariants { li { code { (words::shown(one)) } } } }
                }
            }
        }
    }
}

/// The history.
pub fn events(report: &Report) -> Markup {
    html! {
        section aria-labelledby="history" {
            h2 #history { "History" }
            @if report.progress_events > 0 {
                p.small {
                    (report.progress_events)
                    " events that only tell how far a remote operation is are left out."
                }
            }
            (table("Events, each as it was written before anything was done on its word", &[
                "Event", "When (UTC)", "Step", "What happened",
            ], html! {
                @for event in &report.events {
                    tr {
                        th.number scope="row" { (event.seq) }
                        td.time { (moment(event.at)) }
                        td.step {
                            @if let Some(step) = &event.step { (words::shown(step.as_str())) }
                        }
                        td { (words::shown(&event.says)) }
                    }
                }
            }))
        }
    }
}

/// A kind of an action, which may be broken behind its dots and dashes.
fn breakable(kind: &str) -> Markup {
    html! { @for part in kind.split_inclusive(['.', '_']) { (part) wbr; } }
}

fn moment(at: Timestamp) -> Markup {
    let text = date_time(at);
    html! {
        time datetime=(at) { @for part in text.split(' ') { span { (part) } " " } }
    }
}

/// A table that scrolls by itself where it is wide.
fn table(caption: &str, columns: &[&str], rows: Markup) -> Markup {
    html! {
        div.table tabindex="0" role="group" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}
