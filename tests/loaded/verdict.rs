//! What is looked at afterwards: every acknowledged event is there, the runs come to their ends,
//! and no step has acted twice.

use super::load::{ACTS, Load};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

/// How often a run is helped on: each time settles at least one step that was in flight.
const HELPS_MAX: usize = 2 * ACTS;

/// Succeeded, or stuck at what a human has to look at.
const STOOD: [i32; 2] = [0, 6];

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Cases.
    pub cases: usize,
    /// Events that were told as durable.
    pub acknowledged: usize,
    kept_beyond: usize,
    asked: usize,
    slowest_open: Duration,
}

impl Seen {
    /// Takes another one in.
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.acknowledged += other.acknowledged;
        self.kept_beyond += other.kept_beyond;
        self.asked += other.asked;
        self.slowest_open = self.slowest_open.max(other.slowest_open);
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, acknowledged, kept_beyond, asked, slowest_open } = self;
        write!(
            f,
            "{cases} cases: {acknowledged} acknowledged events, none lost; {kept_beyond} more were \
             durable and not yet told; {asked} steps in flight were asked about; slowest open \
             {} ms",
            slowest_open.as_millis()
        )
    }
}

/// Looks at a store whose processes have ended, whatever ended them; `bytes` is what each had told
/// by then.
pub fn judge(load: &Load, bytes: &[u64]) -> Result<Seen, String> {
    let acknowledged = load.events(bytes)?;
    let since = Instant::now();
    let runs = listed(load)?;
    let mut seen = Seen { cases: 1, slowest_open: since.elapsed(), ..Seen::default() };
    for (run, events) in &acknowledged {
        seen.acknowledged += events.len();
        seen.kept_beyond += all_there(load, run, events)?;
    }
    for run in &runs {
        seen.asked += goes_on(load, run)?;
    }
    once_each(load, &runs)?;
    Ok(seen)
}

/// The runs of the store.
fn listed(load: &Load) -> Result<Vec<String>, String> {
    let lines = said(load, &["list", "--json"], &[0])?;
    Ok(lines.iter().filter_map(|line| line["run"].as_str().map(str::to_owned)).collect())
}

/// Every event that was told is there, unchanged and in its place; returns how many more there are.
fn all_there(load: &Load, run: &str, told: &[Value]) -> Result<usize, String> {
    let history = said(load, &["history", run, "--json"], &[0])?;
    let by_seq: BTreeMap<u64, &Value> =
        history.iter().filter_map(|event| Some((event["seq"].as_u64()?, event))).collect();
    for event in told {
        let seq = event["seq"].as_u64().unwrap_or_default();
        if by_seq.get(&seq) != Some(&event) {
            return Err(format!(
                "{run} acknowledged event {seq}, and it is {:?} afterwards: {event}",
                by_seq.get(&seq)
            ));
        }
    }
    said(load, &["history", run, "--verify", "--json"], &[0])?;
    Ok(by_seq.len() - told.len())
}

/// Brings a run to its end; a step that was in flight is looked at by a human, who is told what the
/// ledger has. Returns how many there were.
fn goes_on(load: &Load, run: &str) -> Result<usize, String> {
    let mut asked = 0;
    for _ in 0..HELPS_MAX {
        let summary = said(load, &["resume", run, "--yes", "--json"], &STOOD)?;
        let summary = summary.last().cloned().unwrap_or_default();
        if summary["phase"] == "succeeded" {
            return Ok(asked);
        }
        let shown = said(load, &["show", run, "--json"], &[0])?;
        let name = shown[0]["inputs"]["name"].as_str().unwrap_or_default().to_owned();
        let next = shown[0]["next"].as_array().cloned().unwrap_or_default();
        let steps: Vec<String> = next
            .iter()
            .filter_map(|line| line.as_str()?.split_once(" step done ")?.1.split(' ').nth(1))
            .map(|step| step.trim_matches('\'').to_owned())
            .collect();
        if steps.is_empty() {
            return Err(format!("{run} is {} and asks nothing: {shown:?}", summary["phase"]));
        }
        for step in steps {
            let item = step.trim_start_matches("act[").trim_end_matches(']');
            let happened = load.done().contains(&format!("{name} {item}"));
            let word = if happened { "done" } else { "retry" };
            said(load, &["step", word, run, &step, "--reason", "looked", "--json"], &STOOD)?;
            asked += 1;
        }
    }
    Err(format!("{run} does not come to its end"))
}

/// Each run has done each of its steps once; of what was done twice all events are told.
fn once_each(load: &Load, runs: &[String]) -> Result<(), String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in load.done() {
        *times.entry(line).or_default() += 1;
    }
    if let Some((line, times)) = times.iter().find(|(_, times)| **times > 1) {
        let mut why = format!("`{line}` was done {times} times");
        let (name, item) = line.split_once(' ').unwrap_or_default();
        for run in runs {
            let history = said(load, &["history", run, "--json"], &[0])?;
            let shown = said(load, &["show", run, "--json"], &[0])?;
            let its = shown[0]["inputs"]["name"] == name;
            let step = format!("act[{item}]");
            for event in history.iter().filter(|event| its && event["step"] == step) {
                why.push_str(&format!("\n    {event}"));
            }
        }
        return Err(why);
    }
    match times.len() == runs.len() * ACTS {
        true => Ok(()),
        false => Err(format!("{} of {} steps were done", times.len(), runs.len() * ACTS)),
    }
}

/// The lines of JSON that a command gives, which ends with one of these codes.
fn said(load: &Load, words: &[&str], codes: &[i32]) -> Result<Vec<Value>, String> {
    let output = load.windlass(words)?;
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.code().is_some_and(|code| codes.contains(&code)) {
        return Err(format!("windlass {}: {}\n{out}{err}", words.join(" "), output.status));
    }
    out.lines().map(|line| serde_json::from_str(line).map_err(|e| e.to_string())).collect()
}
