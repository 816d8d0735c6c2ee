//! The transition table: every event against every place where a run and its lane can stand. What
//! `LEGAL` lists moves as it says; everything else is refused, names both sides and changes
//! nothing.

use crate::places::{EVENTS, LATER, PLACES};
use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use windlass_model::apply::IllegalEvent;
use windlass_model::{EventKind, Side, StepId, WorkflowDef};

/// Puts a run to a place.
fn there(step: &str, side: Side, events: &[&str]) -> Driver {
    let mut d = Driver::queued(workflow(vec![act("a", &[]), act("b", &["a"])]));
    for event in events {
        // `forward` and a trailing `a` are about the step itself, whatever the place is about.
        let kind = match event.strip_suffix(" a").or((*event == "forward").then_some("")) {
            Some("") => make("attempt_started", "a", Side::Forward),
            Some(name) => make(name, "a", Side::Forward),
            None => make(event, step, side),
        };
        d.record(kind);
    }
    d
}

fn make(name: &str, step: &str, side: Side) -> EventKind {
    let found = EVENTS.iter().find(|(known, _)| *known == name);
    found.expect("an event of the list").1(StepId::from(step), side)
}

/// Where the run and the lane stand, in words.
fn stands(d: &Driver, step: &str, side: Side) -> String {
    let lane = d.run.lane((d.at(step), side));
    let lane = lane.map_or_else(
        || "not called for".to_owned(),
        |lane| match lane.in_flight() {
            Some(at) => at.describe().to_owned(),
            None => lane.state.describe(),
        },
    );
    let wish = d.run.wish.map(|wish| format!(", wish {wish:?}")).unwrap_or_default();
    format!("{}, {lane}{wish}", d.run.phase())
}

/// Applies the event after the history; says where that leads, or the refusal.
fn check(place: &(&str, &str, Side, &[&str]), event: &str) -> Result<String, IllegalEvent> {
    let (_, step, side, events) = *place;
    let mut d = there(step, side, events);
    d.try_record(make(event, step, side))?;
    Ok(stands(&d, step, side))
}

#[test]
fn what_is_listed_moves_and_nothing_else_does() {
    let mut listed: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let rows = include_str!("transitions.txt").lines();
    for row in rows.filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let (event, rest) = row.split_once(" @ ").expect(row);
        let (place, stands) = rest.split_once(" -> ").expect(row);
        let stands = stands.replace("LATER", &LATER.to_string());
        assert!(listed.insert((event, place), stands).is_none(), "{event} at {place} twice");
    }
    let mut wrong = Vec::new();
    for place in PLACES {
        for (event, _) in EVENTS {
            let expected = listed.remove(&(*event, place.0));
            match (check(place, event), expected) {
                (Ok(stands), Some(expected)) if stands == expected => {}
                (Ok(stands), _) => wrong.push(format!("{event} at {}: {stands}", place.0)),
                (Err(refused), None) => names_both_sides(&refused, event, place.0),
                (Err(refused), Some(_)) => wrong.push(format!("{event} at {}: {refused}", place.0)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listed.is_empty(), "no such event or place: {listed:?}");
}

fn names_both_sides(refused: &IllegalEvent, event: &str, place: &str) {
    let said = refused.to_string();
    let name = event.split(' ').next().unwrap_or_default();
    assert!(said.contains(&format!("`{name}`")), "{place}: {said}");
    assert!(said.contains("the run is "), "{place}: {said}");
}

#[test]
fn every_event_is_in_the_table() {
    for kind in crate::golden::every_kind() {
        let name = kind.name();
        let known = EVENTS.iter().any(|(event, _)| event.split(' ').next() == Some(&name));
        assert!(known, "`{name}` is not in the table");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever comes in whatever order: it moves the run and its sets agree, or it changes
    /// nothing.
    #[test]
    fn random_histories_never_break_a_run(
        moves in proptest::collection::vec((0..EVENTS.len(), 0..4_usize, any::<bool>()), 1..80),
    ) {
        let mut d = Driver::queued(diamond());
        drop(d.try_record(make("run_started", "a", Side::Forward)));
        for (event, step, undo) in moves {
            let side = if undo { Side::Undo } else { Side::Forward };
            let mut kind = EVENTS[event].1(["a", "b", "c", "d"][step].into(), side);
            if let EventKind::AttemptStarted { attempt, .. } = &mut kind {
                *attempt = d.run.lane((step as u32, side)).map_or(0, |lane| lane.attempts) + 1;
            }
            if let EventKind::RunMigrated { workflow, .. } = &mut kind {
                // The same steps, with one need more or less.
                let mut steps = diamond().def().steps.clone();
                steps[2].needs.extend(undo.then(|| "b".into()));
                **workflow = WorkflowDef { steps, ..d.workflow.def().clone() };
            }
            drop(d.try_record(kind));
        }
    }
}

#[test]
fn a_refusal_reads_like_one() {
    let place = PLACES.iter().find(|p| p.0 == "accepted").expect("the place");
    let said = check(place, "attempt_started 2").unwrap_err().to_string();
    assert_eq!(
        said,
        "event 4 `attempt_started` cannot follow: the run is running; step `a` has attempt 1 \
         accepted"
    );
    let mut d = there("a", Side::Forward, &["run_started"]);
    let said = d.try_record(make("attempt_started", "nobody", Side::Forward)).unwrap_err();
    assert_eq!(
        said.to_string(),
        "event 2 names the step `nobody`, which the workflow does not have"
    );
}
