//! A verdict in words. It must not know how it came about.

use serde_json::{Value, json};
use std::path::Path;
use windlass_prover::{Place, Story, Verdict};

/// The verdict as lines: what is broken first.
pub fn lines(verdict: &Verdict, file: &Path) -> Vec<String> {
    let mut lines: Vec<String> =
        verdict.stories.iter().flat_map(|story| story_lines(story, file)).collect();
    let name = file.display();
    for (broken, bound) in &verdict.not_proved {
        lines.push(format!("{name}: NOT PROVED beyond {bound} states: {broken}"));
    }
    if verdict.is_kept() {
        let states = verdict.states;
        lines.push(format!("{name}: proved, {states} states: nothing that can happen breaks it"));
    }
    if !verdict.not_skippable.is_empty() {
        lines.push(format!("  not to be skipped: {}", verdict.not_skippable.join(", ")));
    }
    lines.push(format!("  assuming that {}", verdict.assumes.join("; ")));
    lines
}

/// What happens in a story, and what is so then.
pub fn story(story: &Story) -> Vec<String> {
    let numbered = story.events.iter().enumerate();
    let mut lines: Vec<String> =
        numbered.map(|(at, event)| format!("{}. {event}", at + 1)).collect();
    lines.push(format!("then {}", story.then.join(", ")));
    if !story.given.is_empty() {
        lines.push(format!("where {}", story.given.join(", ")));
    }
    lines
}

fn story_lines(one: &Story, file: &Path) -> Vec<String> {
    let place = one.places.last().map_or_else(|| file.display().to_string(), |one| at(one, file));
    let mut lines = vec![format!("{place}: BROKEN: {}", one.broken)];
    lines.extend(story(one).iter().map(|line| format!("  {line}")));
    let story = one;
    for place in &story.places {
        lines.push(format!("  --> {}: {}", at(place, file), place.step));
    }
    lines.extend(story.cure.iter().map(|cure| format!("  = help: {cure}")));
    lines
}

fn at(place: &Place, file: &Path) -> String {
    let named = place.file.clone().unwrap_or_else(|| file.display().to_string());
    format!("{named}:{}", place.line)
}

/// The verdict as data.
pub fn as_json(verdict: &Verdict, file: &Path) -> Value {
    let stories = verdict.stories.iter().map(|story| {
        let place = |place: &Place| json!({ "at": at(place, file), "step": place.step });
        json!({
            "broken": story.broken,
            "events": story.events,
            "then": story.then,
            "where": story.given,
            "places": story.places.iter().map(place).collect::<Vec<_>>(),
            "cure": story.cure,
        })
    });
    json!({
        "file": file.display().to_string(),
        "proved": verdict.is_kept(),
        "invariants": verdict.looked_at,
        "states": verdict.states,
        "not_skippable": verdict.not_skippable,
        "assumes": verdict.assumes,
        "broken": stories.collect::<Vec<_>>(),
        "not_proved": verdict.not_proved.iter().map(|(name, _)| name).collect::<Vec<_>>(),
    })
}
