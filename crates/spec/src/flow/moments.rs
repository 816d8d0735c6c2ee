//! Points in time and windows of it, as a file writes them, checked against the clock changes of
//! their zone.

use super::compile::{has_hole, template};
use super::context::Context;
use super::local_time::{BadTime, checked, is_zone, time_of_day};
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::yaml::Yaml;
use windlass_model::expr::Template;
use windlass_model::window::{Day, Window};

/// `HH:MM`, a date with a time, or RFC 3339: as the engine reads it.
pub fn point_in_time(
    yaml: &Yaml,
    zone: Option<&str>,
    zone_at: Span,
    context: &Context<'_>,
    findings: &mut Findings,
) -> Option<Template> {
    let clock = zone.or(context.zone.as_deref()).unwrap_or("UTC");
    let wrong_zone = |message: String, help: &str, findings: &mut Findings| {
        findings.error("unknown_zone", zone_at, message).help(help);
    };
    if clock.contains("${{") {
        let help = "write an IANA name, or leave it out: then the environment's `zone` counts";
        wrong_zone("`zone` of a wait is known before a run".to_owned(), help, findings);
        return None;
    }
    let help = "write an IANA name, such as `Europe/Berlin` or `America/New_York`";
    if !is_zone(clock) {
        wrong_zone(format!("there is no time zone `{clock}`"), help, findings);
        return None;
    }
    if has_hole(yaml) {
        return Some(template(yaml));
    }
    let text = yaml.text()?;
    match checked(text, clock) {
        Ok(text) => Some(Template::Literal(text.into())),
        Err(BadTime::Zone | BadTime::Unreadable) => {
            let help = "write `03:00`, `2026-03-07T03:00`, or `2026-03-07T03:00:00Z`";
            findings.error("bad_time", yaml.span, "this is no time").help(help);
            None
        }
        Err(BadTime::Changed { day, twice }) => {
            let how = if twice { "twice" } else { "never" };
            let message = format!("the clock of this zone shows {text} {how} on {day}");
            let help = "take a time an hour earlier or later, or write RFC 3339 with its offset";
            findings.error("clock_change", yaml.span, message).help(help);
            None
        }
    }
}

/// A window whose times exist once on every day.
pub fn window(window: &Yaml, context: &Context<'_>, findings: &mut Findings) -> Option<Window> {
    let text = |key: &str| window.get(key).and_then(Yaml::text);
    let zone = text("zone").map(str::to_owned);
    let clock = zone.as_ref().or(context.zone.as_ref()).map_or("UTC", String::as_str);
    let days = window.get("days").map(Yaml::elements).unwrap_or_default();
    let days = days.iter().filter_map(|day| Day::parse(day.text()?)).collect();
    let (from, to) = (text("from")?.to_owned(), text("to")?.to_owned());
    let mut sound = true;
    for key in ["zone", "from", "to"] {
        let Some(yaml) = window.get(key).filter(|yaml| has_hole(yaml)) else { continue };
        let message = format!("`{key}` of a window is known before a run");
        findings.error("hole_here", yaml.span, message).help("write it out");
        sound = false;
    }
    if !sound {
        return None;
    }
    for (key, time) in [("from", &from), ("to", &to)] {
        let why = match time_of_day(time, clock) {
            Ok(()) => continue,
            Err(why) => why,
        };
        sound = false;
        let span = if why == BadTime::Zone { "zone" } else { key };
        bad_time(window.span_of(span), (time, clock), why, findings);
    }
    sound.then_some(Window { zone, days, from, to })
}

fn bad_time(at: Span, (text, clock): (&str, &str), why: BadTime, findings: &mut Findings) {
    match why {
        BadTime::Zone => {
            let message = format!("there is no time zone `{clock}`");
            let help = "write an IANA name, such as `Europe/Berlin` or `America/New_York`";
            findings.error("unknown_zone", at, message).help(help);
        }
        BadTime::Unreadable => {
            findings.error("bad_time", at, "this is no time of day").help("write `03:00`");
        }
        BadTime::Changed { day, twice } => {
            let how = if twice { "twice" } else { "never" };
            let message = format!("the clock of this zone shows {text} {how} on {day}");
            findings
                .error("clock_change", at, message)
                .help("take a time an hour earlier or later");
        }
    }
}
