//! Who has to be at hand for a run, and when: its questions and signals with their people, at the
//! time that the waits of the file and earlier runs tell. Where neither tells, that is said.

use super::duration::span;
use super::foreseen::{Foreseen, never};
use super::outlook::{Mark, Outlook, Took};
use super::values::plain;
use super::zones::Zones;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::run::Run;
use windlass_model::time::{next_local, parse_span};
use windlass_model::{
    Confirm, Millis, Side, StepDef, StepId, StepIdx, Timestamp, Value, Work, Workflow,
};

/// Questions that are named, which must be answered before another one is asked.
const NAMED_MAX: usize = 3;

/// Somebody whom a step waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtHand {
    /// The step.
    pub step: StepId,
    /// Whose it is; anybody's where empty.
    pub roles: Vec<String>,
    /// The people of these roles, as the environment lists them.
    pub people: Vec<String>,
    /// Whether only the run will know if it waits for anybody.
    pub perhaps: bool,
    /// Whether whoever starts the run may not be the one.
    pub not_by_starter: bool,
    /// How long after the start at the least, by what is known.
    pub least_ms: Millis,
    /// And at the most.
    pub most_ms: Millis,
    /// Steps before it of which no run tells how long they take.
    pub untold: usize,
    /// How long people took to answer it in earlier runs.
    pub answered_after: Option<Took>,
    /// Questions before it of which no run tells: it is asked so much later as they take.
    pub behind: Vec<StepId>,
    /// How the time is known.
    pub mark: Mark,
}

/// When a step is come to.
#[derive(Clone, Default)]
struct Reach {
    least: Timestamp,
    most: Timestamp,
    untold: BTreeSet<StepIdx>,
    asked: BTreeSet<StepIdx>,
}

/// Everybody, in the order of the steps. `now` is when a start would be.
pub fn at_hand(
    workflow: &Workflow,
    nobody: &Run,
    now: Option<Timestamp>,
    outlook: &Outlook,
) -> Vec<AtHand> {
    let start = now.unwrap_or_default();
    let mut ends: BTreeMap<StepIdx, Reach> = BTreeMap::new();
    let mut found = Vec::new();
    for at in workflow.order().iter().copied() {
        let step = workflow.step(at);
        let scope = Foreseen { workflow, nobody, step: at };
        let mut reach = Reach { least: start, most: start, ..Reach::default() };
        for before in workflow.needs(at).filter_map(|need| ends.get(&need)) {
            reach.least = reach.least.max(before.least);
            reach.most = reach.most.max(before.most);
            reach.untold.extend(&before.untold);
            reach.asked.extend(&before.asked);
        }
        if !step.condition.as_ref().is_some_and(|condition| never(condition, &scope)) {
            if now.is_some() {
                gated(&mut reach, workflow, at, &scope);
            }
            if waits_for_people(&step.work) {
                let sure = step.condition.as_ref().is_none_or(|one| one.holds(&scope) == Ok(true));
                let answered_after = outlook.answered.get(&step.id).copied();
                let one = one(workflow, step, start, &reach);
                found.push(AtHand { perhaps: !sure, answered_after, ..one });
                answered(&mut reach, at, answered_after, sure);
            }
            passed(&mut reach, workflow, at, (&scope, now, outlook));
        }
        ends.insert(at, reach);
    }
    found
}

/// Until when people take to answer, by what they took before. A question that may not be asked
/// puts off nothing for sure.
fn answered(reach: &mut Reach, at: StepIdx, after: Option<Took>, sure: bool) {
    match after {
        Some(took) => {
            reach.least = reach.least.after(if sure { took.least_ms } else { 0 });
            reach.most = reach.most.after(took.most_ms);
        }
        None => drop(reach.asked.insert(at)),
    }
}

fn waits_for_people(work: &Work) -> bool {
    matches!(work, Work::Approve { .. } | Work::Input { .. } | Work::WaitSignal { .. })
}

fn one(workflow: &Workflow, step: &StepDef, start: Timestamp, reach: &Reach) -> AtHand {
    let environment = &workflow.def().environment;
    let listed = step.roles.iter().filter_map(|role| environment.approvers.get(role)).flatten();
    let people: BTreeSet<String> = listed.cloned().collect();
    AtHand {
        step: step.id.clone(),
        roles: step.roles.clone(),
        people: people.into_iter().collect(),
        perhaps: false,
        not_by_starter: step.not_by_starter && environment.confirm == Confirm::Strict,
        least_ms: reach.least.since(start),
        most_ms: reach.most.since(start),
        untold: reach.untold.len(),
        answered_after: None,
        behind: reach.asked.iter().map(|at| workflow.step(*at).id.clone()).collect(),
        mark: if reach.untold.is_empty() { Mark::Computed } else { Mark::Unknown },
    }
}

/// When a step may begin that is come to.
fn gated(reach: &mut Reach, workflow: &Workflow, at: StepIdx, scope: &Foreseen<'_>) {
    let step = workflow.step(at);
    let zones = Zones::of_step(workflow, at);
    if let Some(not_before) = &step.gate.not_before {
        let text = plain(&not_before.preview(scope));
        later(reach, |from| moment(&text, zones.decides(), from));
    }
    if let Some(window) = &step.gate.window {
        later(reach, |from| Some(window.opening(Some(zones.decides()), from).ok()?.from));
    }
}

/// Until when a step takes that has begun.
fn passed(
    reach: &mut Reach,
    workflow: &Workflow,
    at: StepIdx,
    (scope, now, outlook): (&Foreseen<'_>, Option<Timestamp>, &Outlook),
) {
    let step = workflow.step(at);
    let zones = Zones::of_step(workflow, at);
    match &step.work {
        Work::Action { .. } => match outlook.took.get(&(step.id.clone(), Side::Forward)) {
            Some(took) => {
                reach.least = reach.least.after(took.least_ms);
                reach.most = reach.most.after(took.most_ms);
            }
            None => drop(reach.untold.insert(at)),
        },
        Work::WaitFor { span } => match length(&span.preview(scope)) {
            Some(ms) => {
                reach.least = reach.least.after(ms);
                reach.most = reach.most.after(ms);
            }
            None => drop(reach.untold.insert(at)),
        },
        Work::WaitUntil { until, .. } if now.is_some() => {
            let text = plain(&until.preview(scope));
            later(reach, |from| moment(&text, zones.decides(), from));
        }
        Work::WaitWindow { window } if now.is_some() => {
            later(reach, |from| Some(window.opening(Some(zones.decides()), from).ok()?.from));
        }
        Work::WaitUntil { .. } | Work::WaitWindow { .. } => drop(reach.untold.insert(at)),
        _ => {}
    }
}

/// Puts both ends off to what opens then; an opening that has begun puts off nothing.
fn later(reach: &mut Reach, opens: impl Fn(Timestamp) -> Option<Timestamp>) {
    for end in [&mut reach.least, &mut reach.most] {
        *end = opens(*end).map_or(*end, |opens| opens.max(*end));
    }
}

fn moment(text: &str, zone: &str, from: Timestamp) -> Option<Timestamp> {
    Timestamp::parse(text).or_else(|| next_local(text, zone, from).ok())
}

fn length(value: &Value) -> Option<Millis> {
    value.as_u64().or_else(|| parse_span(value.as_str()?))
}

/// As lines.
pub fn lines(all: &[AtHand], zones: &Zones, now: Option<Timestamp>) -> Vec<String> {
    let line = |one: &AtHand| {
        let mut who = match (one.roles.is_empty(), one.people.is_empty()) {
            (true, _) => "anybody".to_owned(),
            (false, true) => format!("role {}", one.roles.join(" or ")),
            (false, false) => {
                format!("role {} ({})", one.roles.join(" or "), one.people.join(", "))
            }
        };
        if one.not_by_starter {
            who.push_str(", not whoever starts it");
        }
        let when = when(one, zones, now);
        let perhaps = if one.perhaps { "perhaps " } else { "" };
        let answered = one.answered_after.map(|took| format!("; answered after {}", took.words()));
        let answered = answered.unwrap_or_default();
        format!("{perhaps}{}: {who}; {when}{answered}  [{}]", one.step, one.mark.word())
    };
    all.iter().map(line).collect()
}

fn when(one: &AtHand, zones: &Zones, now: Option<Timestamp>) -> String {
    let AtHand { least_ms: least, most_ms: most, untold, behind, .. } = one;
    let at = |ms: Millis, all: bool| match (now, all) {
        (Some(now), true) => zones.moment(now.after(ms)),
        (Some(now), false) => zones.short(now.after(ms)),
        (None, _) => format!("{} after the start", span(ms)),
    };
    let mut said = match (untold, least == most) {
        (0, _) if *most == 0 => "at once".to_owned(),
        (0, true) => format!("about {}", at(*least, true)),
        (0, false) => format!("from {} to {}", at(*least, true), at(*most, false)),
        (untold, _) if *least == 0 => format!("when is not known ({})", of(*untold)),
        (untold, _) => format!("not before {} ({})", at(*least, true), of(*untold)),
    };
    if !behind.is_empty() {
        let named = behind.iter().take(NAMED_MAX).map(|step| format!("`{step}`"));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = if behind.len() > NAMED_MAX { ", …" } else { "" };
        said.push_str(&format!("; plus the waiting at {named}{more}"));
    }
    said
}

/// Steps of which nothing is known.
fn of(untold: usize) -> String {
    match untold {
        1 => "of 1 step before it no run tells".to_owned(),
        more => format!("of {more} steps before it no run tells"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::foreseen::nobody;
    use serde_json::json;
    use windlass_model::expr::Template;
    use windlass_model::{Environment, WorkflowDef};

    fn workflow() -> Workflow {
        let approve = |id: &str, needs: &[&str]| {
            let prompt = Template::Literal(json!("Go?"));
            let needs = needs.iter().map(StepId::new).collect();
            let roles = vec!["release".to_owned()];
            let work = Work::Approve { prompt, typed: None };
            StepDef { needs, roles, not_by_starter: true, ..StepDef::new(id, work) }
        };
        let wait = |id: &str, until: &str, needs: &[&str]| {
            let needs = needs.iter().map(StepId::new).collect();
            let until = Template::Literal(json!(until));
            StepDef { needs, ..StepDef::new(id, Work::WaitUntil { until, zone: None }) }
        };
        let steps = vec![approve("before", &[]), wait("night", "03:00", &["before"]), {
            let mut go = approve("go", &["night"]);
            go.roles.clear();
            go
        }];
        let mut environment = Environment::default();
        environment.approvers.insert("release".to_owned(), vec!["ann".to_owned()]);
        let def = WorkflowDef { name: "w".into(), steps, environment, ..WorkflowDef::default() };
        Workflow::new(def).unwrap()
    }

    #[test]
    fn people_are_told_with_the_hour_that_they_are_needed_at() {
        let workflow = workflow();
        let now = Timestamp::parse("2026-03-02T21:00:00Z");
        let outlook = Outlook::default();
        let all = at_hand(&workflow, &nobody(&workflow), now, &outlook);
        let zones = Zones::of(&workflow.def().environment, None);
        assert_eq!(
            lines(&all, &zones, now),
            [
                "before: role release (ann), not whoever starts it; at once  [computed]",
                "go: anybody, not whoever starts it; about 2026-03-03 03:00 UTC; plus the waiting \
                 at `before`  [computed]",
            ]
        );
        let all = at_hand(&workflow, &nobody(&workflow), None, &outlook);
        assert_eq!((all[1].untold, all[1].mark), (1, Mark::Unknown), "no clock is known");
    }

    /// Who is slow to answer puts off whoever is asked behind him, at the worst to the next night.
    #[test]
    fn what_people_took_to_answer_puts_off_who_is_asked_next() {
        let workflow = workflow();
        let now = Timestamp::parse("2026-03-02T21:00:00Z");
        let took = Took { least_ms: 60_000, most_ms: 7 * 3_600_000, runs: 5 };
        let outlook =
            Outlook { answered: BTreeMap::from([("before".into(), took)]), ..Outlook::default() };
        let all = at_hand(&workflow, &nobody(&workflow), now, &outlook);
        let zones = Zones::of(&workflow.def().environment, None);
        assert_eq!(
            lines(&all, &zones, now),
            [
                "before: role release (ann), not whoever starts it; at once; answered after \
                 1m00s to 7h00m, last 5 runs  [computed]",
                "go: anybody, not whoever starts it; from 2026-03-03 03:00 UTC to 2026-03-04 \
                 03:00 UTC  [computed]",
            ]
        );
    }

    #[test]
    fn what_took_its_time_before_puts_a_question_off() {
        let mut def = workflow().def().clone();
        def.steps[1] = {
            let traits = windlass_model::catalog::ActionTraits {
                class: windlass_model::EffectClass::Reversible,
                captures: false,
                compensates: true,
                compensates_in_progress: false,
                idempotent: true,
                settle_ms: 0,
            };
            let with = Template::Literal(json!({}));
            let work = Work::Action { uses: "copy".into(), with, traits };
            StepDef { needs: vec!["before".into()], ..StepDef::new("night", work) }
        };
        let workflow = Workflow::new(def).unwrap();
        let took = Took { least_ms: 360_000, most_ms: 680_000, runs: 5 };
        let key = (StepId::new("night"), Side::Forward);
        let outlook = Outlook { took: BTreeMap::from([(key, took)]), ..Outlook::default() };
        let all = at_hand(&workflow, &nobody(&workflow), None, &outlook);
        assert_eq!(
            (all[1].least_ms, all[1].most_ms, all[1].mark),
            (360_000, 680_000, Mark::Computed)
        );
        let all = at_hand(&workflow, &nobody(&workflow), None, &Outlook::default());
        let zones = Zones::of(&workflow.def().environment, None);
        let said = &lines(&all, &zones, None)[1];
        assert!(said.contains("when is not known (of 1 step before it no run tells)"), "{said}");
    }
}
