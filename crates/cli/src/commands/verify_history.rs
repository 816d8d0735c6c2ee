//! `windlass history RUN --verify`: the chain in the store, held against a hash that somebody noted
//! and against what was signed last.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::render::duration::date_time;
use crate::signing::judge::Against;
use crate::signing::kept;
use crate::signing::statement::{Statement, opened};
use crate::talk;
use serde_json::{Value, json};
use windlass_engine::LoadError;
use windlass_engine::chain::HASH_BYTES;
use windlass_model::{RunId, Seq};
use windlass_ports::digest::hex;

/// Events read at once.
const PAGE: usize = 1_000;

/// What a chain alone leaves open.
const NOTHING_SIGNED: &str = "Nothing of this run was signed here: whoever can write to this \
    store could cut off the end of the history, or compute all hashes anew, and nothing here \
    would show it. `windlass export RUN --sign` signs; `--head HASH` compares with one that you \
    noted.";

/// What was found.
#[derive(Default)]
struct Found {
    events: Seq,
    head: String,
    /// Which event bears the hash that was asked for.
    bears: Option<Seq>,
    /// What was signed last.
    signed: Option<Statement>,
    /// What is wrong: the first event that is, and the sentence.
    fault: Option<(Seq, String)>,
}

/// Verifies a history.
pub async fn verify(
    program: &Program,
    globals: &Globals,
    run: RunId,
    against: &Against,
) -> Outcome {
    let key = &against.key;
    if let Err(error) = program.reader.verify(run).await {
        return Err(broken(globals, run, error));
    }
    let mut found = Found::default();
    let kept = kept::newest(&program.places.store, run);
    match kept.map(|kept| kept.map(|signature| opened(&signature))) {
        Ok(Some(Some((_, by)))) if key.as_ref().is_some_and(|key| *key != by) => {
            let by = by.fingerprint();
            found.fault =
                Some((1, format!("what was signed last was signed with another key, {by}")));
        }
        Ok(Some(Some((statement, _)))) => found.signed = Some(statement),
        Ok(None) if key.is_none() => {}
        Ok(None) => {
            found.fault = Some((1, "nothing was signed, and you named a key".to_owned()));
        }
        Ok(Some(None)) | Err(_) => {
            let said = "what the store remembers of the last signature was changed";
            found.fault = Some((1, said.to_owned()));
        }
    }
    compare(program, run, against, &mut found).await?;
    tell(globals, run, &found)
}

/// Goes through the hashes, which are sound by now.
async fn compare(
    program: &Program,
    run: RunId,
    against: &Against,
    found: &mut Found,
) -> Outcome<()> {
    let mut as_signed = found.signed.as_ref().is_none_or(|signed| signed.events == 0);
    loop {
        let page = program.store.events(run, found.events, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for event in page {
            found.events = event.seq;
            found.head = hex(event.bytes.get(..HASH_BYTES).unwrap_or_default());
            if against.head.as_ref() == Some(&found.head) {
                found.bears = Some(event.seq);
            }
            let signed = found.signed.as_ref();
            as_signed |= signed.is_some_and(|s| s.events == event.seq && s.head == found.head);
        }
    }
    let events = found.events;
    match &found.signed {
        Some(signed) if signed.events > events => {
            let said = format!(
                "{} events were signed, and {events} are there: the end was cut off",
                signed.events
            );
            found.fault = Some((events + 1, said));
        }
        Some(signed) if !as_signed => {
            let said = format!(
                "event {} is not the one that was signed: the chain was computed anew",
                signed.events
            );
            found.fault = Some((signed.events, said));
        }
        _ => {}
    }
    if let Some(head) = against.head.as_ref().filter(|_| found.bears.is_none()) {
        let said = format!(
            "no event bears the hash {head}: the end was cut off, or the chain was computed anew"
        );
        found.fault = Some((1, said));
    }
    Ok(())
}

fn tell(globals: &Globals, run: RunId, found: &Found) -> Outcome {
    let Found { events, head, bears, signed, fault } = found;
    if globals.json {
        let signed = signed.as_ref().map(|signed| {
            json!({
                "events": signed.events, "head": signed.head, "at": signed.signed_at,
                "key_sha256": signed.key_sha256,
            })
        });
        talk::json(&json!({
            "run": run, "sound": fault.is_none(), "events": events, "head": head,
            "head_found_at": bears, "signed": signed,
            "first_bad": fault.as_ref().map(|(seq, _)| seq),
            "why": fault.as_ref().map(|(_, why)| why),
        }));
    }
    if let Some((_, why)) = fault {
        return Err(CommandError::failed(format!("{run} is not what it was: {why}"))
            .hint("compare it with an export that you trust (`windlass verify FILE`)"));
    }
    if !globals.json {
        sound_lines(run, found).iter().for_each(|line| talk::prose(line));
    }
    Ok(ExitCode::Succeeded)
}

fn sound_lines(run: RunId, found: &Found) -> Vec<String> {
    let Found { events, head, bears, signed, .. } = found;
    let mut lines = vec![format!("{run}: {events} events, the chain is sound; head {head}")];
    if let Some(seq) = bears {
        let after = events - seq;
        lines.push(format!("event {seq} bears the hash that you named; {after} came after"));
    }
    lines.push(match signed {
        Some(Statement { events, signed_at, key_sha256, .. }) => format!(
            "its first {events} events are those that were signed at {} with the key of SHA-256 \
             {key_sha256}",
            date_time(*signed_at)
        ),
        None => NOTHING_SIGNED.to_owned(),
    });
    lines
}

fn broken(globals: &Globals, run: RunId, error: LoadError) -> CommandError {
    let first_bad = match &error {
        LoadError::Chain { fault, .. } => Some(fault.first_bad()),
        _ => None,
    };
    if globals.json {
        let why = error.to_string();
        let line: Value = json!({ "run": run, "sound": false, "first_bad": first_bad, "why": why });
        talk::json(&line);
    } else if let Some(seq) = first_bad {
        talk::data(&format!("{run}: the first bad event is {seq}"));
    }
    match error {
        LoadError::Store(error) => error.into(),
        error => CommandError::new(ErrorKind::Failed, error),
    }
}
