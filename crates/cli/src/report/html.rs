//! The report as one HTML file that asks for nothing outside of itself: no script, no font, no
//! picture from elsewhere. What others wrote is text, and stays text: the template escapes it.

use super::facts::Report;
use super::gantt;
use super::scale::Scale;
use super::tables;
use super::words;
use crate::graph::picture::Picture;
use crate::graph::svg::svg;
use crate::render::duration::date_time;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Light, dark and paper.
const STYLE: &str = include_str!("report.css");

/// Nothing may be asked for, whatever a viewer would like to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The report.
pub fn page(report: &Report, picture: &Picture, scale: &Scale) -> String {
    let phase = report.phase.as_str().replace('_', " ");
    let title = format!("{}: {phase} ({})", words::shown(&report.workflow), report.run);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(format!("windlass {}", report.chain.windlass));
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                (head(report, &phase))
                main #main {
                    (contents(report))
                    (world(report))
                    (tables::people(report))
                    (pictures(report, picture, scale))
                    (tables::steps(report))
                    (tables::changes(report))
                    (tables::back(report))
                    (tables::inputs(report))
                    (tables::events(report))
                    (rests_on(report))
                }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report, phase: &str) -> Markup {
    html! {
        header {
            p.kind { "Report of a run · windlass" }
            h1 { (words::shown(&report.workflow)) }
            p.verdict.(report.phase.as_str()) {
                span.sign aria-hidden="true" { (words::sign(report.phase)) }
                strong { (phase.to_uppercase()) }
                " – " (words::verdict(report.phase))
            }
            @if let Some(why) = &report.why { p.why { "Why: " (words::shown(why)) } }
            dl {
                @for (name, text) in words::head(report) {
                    div { dt { (name) } dd { (text) } }
                }
            }
        }
    }
}

fn contents(report: &Report) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#world" { "In the world now" } }
                li { a href="#people" { "Who said what" } }
                li { a href="#graph" { "Graph" } }
                li { a href="#times" { "Times" } }
                li { a href="#steps" { "Steps" } }
                li { a href="#changes" { "What it changed" } }
                @if report.rollback.is_some() { li { a href="#back" { "The way back" } } }
                li { a href="#history" { "History" } }
                li { a href="#proof" { "What it rests on" } }
            }
        }
    }
}

fn world(report: &Report) -> Markup {
    html! {
        section aria-labelledby="world" {
            h2 #world { "In the world now" }
            @if report.world.is_empty() {
                p { "As far as its steps declare, this run has left nothing changed." }
            } @else {
                ul.world { @for sentence in &report.world { li { (words::shown(sentence)) } } }
            }
            @if !report.phase.ended() && !report.next.is_empty() {
                h3 { "What leads on" }
                ul.commands {
                    @for command in &report.next { li { code { (words::shown(command)) } } }
                }
            }
        }
    }
}

fn pictures(report: &Report, picture: &Picture, scale: &Scale) -> Markup {
    html! {
        section.wide aria-labelledby="graph" {
            h2 #graph { "Graph" }
            figure {
                div.picture tabindex="0" role="group"
                    aria-label="The graph; it scrolls where it is wide" {
                    (PreEscaped(svg(picture)))
                }
                figcaption {
                    "The steps and what each needs, from top to bottom, marked with how each "
                    "ended. Words in each box say the same as its colour; the table of steps "
                    "lists them."
                }
            }
        }
        section aria-labelledby="times" {
            h2 #times { "Times" }
            figure {
                (gantt::legend(report))
                div.picture tabindex="0" role="group"
                    aria-label="The times; they scroll where they are wide" {
                    (gantt::gantt(report, scale))
                }
                figcaption {
                    "UTC, from " (date_time(report.started_at))
                    " to " (date_time(report.last_event_at))
                    @if report.time_scale.is_some() { ", by the run's own clock" }
                    @if scale.stretches.iter().any(|one| one.shortened) {
                        ". Long stretches in which nothing worked are shortened and say how "
                        "long they were"
                    }
                    ". The last column is the time from a step's first to its last moment, its "
                    "way back left out."
                }
            }
        }
    }
}

fn rests_on(report: &Report) -> Markup {
    html! {
        section aria-labelledby="proof" {
            h2 #proof { "What it rests on" }
            @for sentence in words::chain(report) { p { (sentence) } }
            dl.proof {
                div { dt { "Head of the chain" } dd { code { (report.chain.head) } } }
                div {
                    dt { "The workflow's SHA-256" }
                    dd { code { (report.chain.workflow_sha256) } }
                }
                div { dt { "To check" } dd { code { (words::check_command(report)) } } }
            }
            p {
                "This page is a view. The evidence is the history: a signed export ("
                code { "windlass export RUN --sign KEY" } ") is checked by "
                code { "windlass verify FILE --key PUBLIC" }
                " on any machine, or with common tools only."
            }
        }
    }
}
