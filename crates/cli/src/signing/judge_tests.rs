//! Every byte, every line, every bit of a signature: whatever is done to a file is found.

use super::{Against, judge};
use crate::signing::pem_key::SigningKey;
use crate::signing::statement::sign;
use crate::signing::verdict::{Signed, Verdict};
use uuid::Uuid;
use windlass_engine::chain::{genesis, link};
use windlass_engine::codec::encode;
use windlass_model::workflow::WorkflowDef;
use windlass_model::{Event, EventKind, Phase, RunId, Seq, StepDef, StepId, Timestamp, Work};
use windlass_ports::digest::sha256_hex;
use windlass_ports::portable::{Exported, Line, VERSION};
use windlass_ports::store::RunHead;

/// Bits that are turned, one in each byte: the lowest, the one between small and large letters, the
/// one that leaves ASCII.
const BITS: [u8; 3] = [0x01, 0x20, 0x80];

fn key() -> SigningKey {
    SigningKey::from_pem(SigningKey::new_pem().unwrap().as_bytes()).unwrap()
}

fn history(by: &str) -> Vec<EventKind> {
    let step = StepId::new("all");
    vec![
        EventKind::RunStarted { by: by.to_owned() },
        EventKind::PauseRequested { by: by.to_owned() },
        EventKind::RunPaused,
        EventKind::RunResumed { by: by.to_owned() },
        EventKind::StepSucceeded { step, output: serde_json::json!({}) },
        EventKind::RunSucceeded,
    ]
}

/// The lines of an export, the signature last.
fn exported(key: &SigningKey, events: Vec<EventKind>, phase: Phase) -> Vec<Vec<u8>> {
    let run = RunId(Uuid::from_u128(0x0193_f000_0000_7000_8000_0000_0000_0001));
    let steps = vec![StepDef::new("all", Work::Join)];
    let def = WorkflowDef { format: 1, name: "w".to_owned(), steps, ..WorkflowDef::default() };
    let workflow = serde_json::to_vec(&def).unwrap();
    let head = RunHead {
        run,
        workflow: "w".to_owned(),
        lock: None,
        environment: "e".to_owned(),
        phase,
        started_at: Timestamp(1_761_451_800_123),
        updated_at: Timestamp(1_761_451_800_123),
        seq: events.len() as Seq,
        due: None,
        workflow_digest: sha256_hex(&workflow),
    };
    let mut hash = genesis(run, &head.workflow_digest);
    let mut lines = vec![Line::Header { windlass_run: VERSION, head: head.clone() }];
    lines.push(Line::Workflow { bytes: workflow });
    let mut last = None;
    for (seq, kind) in (1..).zip(events) {
        let event = Event { seq, at: head.started_at, kind };
        let (next, bytes) = link(&hash, run, seq, &encode(&event).unwrap());
        hash = next;
        last = Some(bytes.clone());
        lines.push(Line::Event { seq, sha256: sha256_hex(&bytes), bytes });
    }
    let mut texts: Vec<Vec<u8>> = lines.iter().map(|line| line.text().unwrap()).collect();
    let end = Line::End { events: head.seq, sha256: sha256_hex(&texts.concat()) };
    texts.push(end.text().unwrap());
    let whole = Exported { head, last, sha256: sha256_hex(&texts.concat()) };
    texts.push(Line::Signature(sign(key, &whole, Timestamp(0))).text().unwrap());
    texts
}

fn judged(text: &[u8], key: Option<&SigningKey>) -> Verdict {
    let against = Against { key: key.map(SigningKey::public), head: None };
    judge(text, &against).unwrap()
}

#[test]
fn what_was_exported_is_sound_with_and_without_its_signature() {
    let key = key();
    let lines = exported(&key, history("ana"), Phase::Succeeded);
    let signed = judged(&lines.concat(), Some(&key));
    assert!(signed.sound() && signed.events == 6, "{:?}", signed.faults);
    assert!(matches!(signed.signed, Signed::By { known: true, .. }));
    let unsigned = judged(&lines[..lines.len() - 1].concat(), None);
    assert!(unsigned.sound() && unsigned.signed == Signed::Nobody, "{:?}", unsigned.faults);
}

#[test]
fn a_bit_that_is_turned_in_any_byte_is_found_and_the_event_named() {
    let key = key();
    let lines = exported(&key, history("ana"), Phase::Succeeded);
    let whole = lines.concat();
    let unsigned = whole.len() - lines[lines.len() - 1].len();
    let mut at = 0;
    for (number, line) in lines.iter().enumerate() {
        for offset in at..at + line.len() {
            let bit = BITS[offset % BITS.len()];
            let mut bad = whole.clone();
            bad[offset] ^= bit;
            let found = judged(&bad, Some(&key));
            assert!(!found.sound(), "byte {offset} of line {number}, bit {bit}");
            // Events stand in the lines from the third on.
            if (2..lines.len() - 2).contains(&number) {
                let event = found.faults[0].event;
                assert_eq!(event, Some(number as Seq - 1), "byte {offset}: {:?}", found.faults);
            }
            if offset < unsigned {
                let found = judged(&bad[..unsigned], None);
                assert!(!found.sound(), "unsigned: byte {offset}, bit {bit}");
            }
        }
        at += line.len();
    }
}

#[test]
fn a_line_that_is_dropped_doubled_or_moved_is_found_and_so_is_every_cut() {
    let key = key();
    let lines = exported(&key, history("ana"), Phase::Succeeded);
    for at in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(at);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at].clone());
        let mut moved = lines.clone();
        moved.swap(at, (at + 1) % lines.len());
        for (name, bad) in [("dropped", dropped), ("doubled", doubled), ("moved", moved)] {
            let found = judged(&bad.concat(), Some(&key));
            assert!(!found.sound(), "line {at} {name}");
        }
    }
    let whole = lines.concat();
    for end in 0..whole.len() {
        assert!(!judged(&whole[..end], Some(&key)).sound(), "cut at {end}");
    }
}

#[test]
fn a_history_that_was_computed_anew_is_found_by_its_signature_alone() {
    let (key, theirs) = (key(), key());
    let told = history("ana");
    let cut = exported(&theirs, told[..3].to_vec(), Phase::Paused);
    let other = exported(&theirs, history("bob"), Phase::Succeeded);
    let signature = exported(&key, told, Phase::Succeeded).pop().unwrap();
    for mut anew in [cut, other] {
        assert!(judged(&anew.concat(), None).sound(), "a key of his own");
        assert!(!judged(&anew.concat(), Some(&key)).sound());
        anew.pop();
        assert!(judged(&anew.concat(), None).sound(), "no chain shows it");
        assert!(!judged(&anew.concat(), Some(&key)).sound(), "the signature is gone");
        anew.push(signature.clone());
        let found = judged(&anew.concat(), Some(&key));
        assert!(found.faults.iter().any(|f| f.says.contains("not those that were signed")));
    }
}

#[test]
fn the_first_line_must_say_what_the_events_say() {
    let key = key();
    let found = judged(&exported(&key, history("ana"), Phase::Failed).concat(), Some(&key));
    assert!(found.faults[0].says.contains("the run is failed"), "{:?}", found.faults);
}
