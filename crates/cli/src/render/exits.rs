//! The ways out of a run that stands still, in words: how many steps, which, what is in the way.

use super::ahead::{Ahead, Times};
use serde_json::{Value, json};
use windlass_model::{RunId, Side, Workflow};
use windlass_prover::{Exit, ExitLane, Exits};

/// Steps that are named; a line has room for no more.
const NAMED_MAX: usize = 4;

/// The ways out of a run, each with how long it will take.
#[derive(Clone, Debug, PartialEq)]
pub struct WaysOut {
    exits: Exits,
    forward: Ahead,
    back: Ahead,
    back_to: Ahead,
}

impl WaysOut {
    /// Of a run whose ways out are known, by the times of earlier runs.
    pub fn of(workflow: &Workflow, exits: Exits, times: &Times) -> Self {
        let ahead = |exit: &Exit| {
            let lanes = exit.lanes.iter();
            let lanes = lanes.filter_map(|lane| {
                Some(((workflow.find(&lane.step)?, lane.side), lane.perhaps.is_none()))
            });
            Ahead::of(workflow, &lanes.collect::<Vec<_>>(), times, &|_| 0)
        };
        Self {
            forward: ahead(&exits.forward),
            back: ahead(&exits.back),
            back_to: exits.back_to.as_ref().map(|(_, part)| ahead(part)).unwrap_or_default(),
            exits,
        }
    }

    /// A sentence each.
    pub fn lines(&self, run: RunId) -> Vec<String> {
        let exits = &self.exits;
        let mut lines = Vec::new();
        // Whoever goes back has chosen: that nothing leads on is no news to him.
        let turned = exits.forward.closed.is_some() && exits.back.closed.is_none();
        if !turned {
            lines.push(line("forward", "nothing is left to do", &exits.forward, &self.forward));
        }
        lines.push(line("back", "nothing is to be undone", &exits.back, &self.back));
        let part = exits.back_to.as_ref().filter(|(_, part)| !part.lanes.is_empty());
        if let Some((step, part)) = part {
            let way = format!("back as far as `{step}` (`rollback {run} --to {step}`)");
            let mut said = line(&way, "nothing is to be undone", part, &self.back_to);
            if exits.forward.closed.is_none() {
                said.push_str("; nothing in this run leads on after it");
            }
            lines.push(said);
        }
        lines
    }

    /// As data.
    pub fn json(&self) -> Value {
        let Self { exits, forward, back, back_to } = self;
        let part = exits.back_to.as_ref();
        json!({
            "forward": one(&exits.forward, forward),
            "back": one(&exits.back, back),
            "back_to": part.map(|(step, exit)| json!({ "step": step, "exit": one(exit, back_to) })),
        })
    }
}

fn line(way: &str, nothing: &str, exit: &Exit, ahead: &Ahead) -> String {
    let mut said = match (&exit.closed, exit.lanes.as_slice()) {
        (Some(why), _) => return format!("{way}: closed, {why}"),
        (None, []) => return format!("{way}: {nothing}"),
        (None, lanes) => format!("{way}: {} ({})", count(exit.steps()), names(lanes)),
    };
    if let Some(takes) = ahead.words() {
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

fn one(exit: &Exit, ahead: &Ahead) -> Value {
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
        "takes": (ahead.known > 0).then_some(ahead),
        "steps": exit.lanes.iter().map(lane).collect::<Vec<_>>(),
        "closed": exit.closed,
        "breaks": exit.breaks.as_ref().map(|story| &story.broken),
        "risks": exit.risks.as_ref().map(|story| &story.broken),
        "not_proved": exit.not_proved,
    })
}
