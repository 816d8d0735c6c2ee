//! The ways out of a run that stands still, in words: how many steps, which, what is in the way.

use serde_json::{Value, json};
use windlass_model::{RunId, Side};
use windlass_prover::{Exit, ExitLane, Exits};

/// Steps that are named; a line has room for no more.
const NAMED_MAX: usize = 4;

/// How long lanes will take, in words; nothing where no run before it tells.
pub type Takes = dyn Fn(&[ExitLane]) -> Option<String>;

/// The ways out, a sentence each.
pub fn lines(exits: &Exits, run: RunId, takes: &Takes) -> Vec<String> {
    let mut lines = Vec::new();
    // Whoever goes back has chosen: that nothing leads on is no news to him.
    let turned = exits.forward.closed.is_some() && exits.back.closed.is_none();
    if !turned {
        lines.push(line("forward", "nothing is left to do", &exits.forward, takes));
    }
    lines.push(line("back", "nothing is to be undone", &exits.back, takes));
    if let Some((step, part)) = exits.back_to.as_ref().filter(|(_, part)| !part.lanes.is_empty()) {
        let way = format!("back as far as `{step}` (`rollback {run} --to {step}`)");
        lines.push(line(&way, "nothing is to be undone", part, takes));
    }
    lines
}

fn line(way: &str, nothing: &str, exit: &Exit, takes: &Takes) -> String {
    let mut said = match (&exit.closed, exit.lanes.as_slice()) {
        (Some(why), _) => return format!("{way}: closed, {why}"),
        (None, []) => return format!("{way}: {nothing}"),
        (None, lanes) => format!("{way}: {} ({})", count(exit.steps()), names(lanes)),
    };
    if let Some(takes) = takes(&exit.lanes) {
        said.push_str(&format!(", {takes}"));
    }
    if let Some(breaks) = &exit.breaks {
        said.push_str(&format!("; BREAKS {}: {}", breaks.broken, breaks.then.join(", ")));
    }
    let asks = ids(exit, |lane| lane.asks);
    if !asks.is_empty() {
        said.push_str(&format!("; somebody must answer {asks}"));
    }
    let ends = ids(exit, |lane| lane.no_return);
    if !ends.is_empty() {
        said.push_str(&format!("; no way back past {ends}"));
    }
    if let Some(risk) = &exit.risks {
        said.push_str(&format!("; where something goes wrong, {} could break", risk.broken));
    }
    if let Some(first) = exit.not_proved.first() {
        said.push_str(&format!("; not proved: {first}"));
    }
    said
}

fn count((sure, most): (usize, usize)) -> String {
    match (sure, most) {
        (1, 1) => "1 step".to_owned(),
        (sure, most) if sure == most => format!("{sure} steps"),
        (sure, most) => format!("{sure} to {most} steps"),
    }
}

/// The steps by name, all of a `for_each` together.
fn names(lanes: &[ExitLane]) -> String {
    let mut groups: Vec<(&str, &str, usize)> = Vec::new();
    for id in lanes.iter().map(|lane| lane.step.as_str()) {
        let group = id.strip_suffix(']').and_then(|id| id.split_once('[')).map_or(id, |(of, _)| of);
        match groups.last_mut() {
            Some((last, _, count)) if *last == group && group != id => *count += 1,
            _ => groups.push((group, id, 1)),
        }
    }
    let named = groups.iter().take(NAMED_MAX).map(|(group, id, count)| match count {
        1 => (*id).to_owned(),
        count => format!("{group} ×{count}"),
    });
    let more = if groups.len() > NAMED_MAX { ", …" } else { "" };
    format!("{}{more}", named.collect::<Vec<_>>().join(", "))
}

fn ids(exit: &Exit, which: impl Fn(&ExitLane) -> bool) -> String {
    let ids = exit.lanes.iter().filter(|lane| which(lane));
    ids.map(|lane| format!("`{}`", lane.step)).collect::<Vec<_>>().join(", ")
}

/// The ways out as data.
pub fn json(exits: &Exits) -> Value {
    let back_to = exits.back_to.as_ref();
    json!({
        "forward": one(&exits.forward),
        "back": one(&exits.back),
        "back_to": back_to.map(|(step, exit)| json!({ "step": step, "exit": one(exit) })),
    })
}

fn one(exit: &Exit) -> Value {
    let lane = |lane: &ExitLane| {
        json!({
            "step": lane.step,
            "undo": lane.side == Side::Undo,
            "perhaps": lane.perhaps,
            "asks": lane.asks,
            "no_return": lane.no_return,
        })
    };
    let (fewest, most) = exit.steps();
    json!({
        "fewest": fewest,
        "most": most,
        "steps": exit.lanes.iter().map(lane).collect::<Vec<_>>(),
        "closed": exit.closed,
        "breaks": exit.breaks.as_ref().map(|story| &story.broken),
        "risks": exit.risks.as_ref().map(|story| &story.broken),
        "not_proved": exit.not_proved,
    })
}
