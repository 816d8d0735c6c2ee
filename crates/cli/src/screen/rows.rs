//! The graph of a run as rows: a layer's number, a mark, a name, where it stands. What does not fit
//! is counted, farthest from what is at work first.

use super::bar::at_work;
use crate::graph::mark::Mark;
use crate::graph::picture::Picture;
use crate::render::ahead::Times;
use crate::render::steps::{marked, telling};
use std::collections::BTreeMap;
use windlass_model::lane::{Lane, LaneState};
use windlass_model::run::Run;
use windlass_model::{Side, StepId, StepIdx, Timestamp, Workflow};

/// Cells of a bar of something at work: two of them and their words fit eighty columns.
const BAR: usize = 12;

/// Columns of a name; a longer one pushes its own words to the right.
const NAME_MAX: usize = 24;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As text, without a line's end.
    pub text: String,
    /// Where its step stands, for colours.
    pub mark: Mark,
}

/// A step, or several of one `for_each` that stand alike.
struct Entry {
    layer: usize,
    group: String,
    id: String,
    count: usize,
    mark: Mark,
    words: String,
    /// Whether it is what one looks for: at work, failed, waiting for somebody.
    busy: bool,
    finished: bool,
}

/// The rows of a run, so many at the most.
pub fn rows(
    workflow: &Workflow,
    run: &Run,
    now: Timestamp,
    times: &Times,
    most: usize,
) -> Vec<Row> {
    let entries = entries(workflow, run, now, times);
    let width = entries.iter().map(|one| one.name().chars().count()).max().unwrap_or(0);
    let width = width.min(NAME_MAX);
    let (from, to) = window(&entries, most);
    let mut rows = Vec::new();
    if from > 0 {
        rows.push(counted(&entries[..from]));
    }
    let mut last = None;
    for one in &entries[from..to] {
        let number = if last == Some(one.layer) { String::new() } else { one.layer.to_string() };
        last = Some(one.layer);
        let (glyph, name) = (one.mark.glyph(), one.name());
        let text = format!("{number:>3} {glyph} {name:width$}  {}", one.words);
        rows.push(Row { text: text.trim_end().to_owned(), mark: one.mark });
    }
    if to < entries.len() {
        rows.push(counted(&entries[to..]));
    }
    rows
}

impl Entry {
    fn name(&self) -> String {
        match self.count {
            1 => self.id.clone(),
            count => format!("{} ×{count}", self.group),
        }
    }
}

fn entries(workflow: &Workflow, run: &Run, now: Timestamp, times: &Times) -> Vec<Entry> {
    let picture = Picture::new(workflow, Some(run));
    let mut layer = 0;
    let mut entries: Vec<Entry> = Vec::new();
    for nodes in &picture.layers {
        let mut any = false;
        for node in nodes.iter().map(|at| &picture.nodes[*at]) {
            let Some(at) = workflow.find(&StepId::new(&node.id)) else { continue };
            if workflow.is_join(at) {
                continue;
            }
            layer += usize::from(!any);
            any = true;
            let one = entry(workflow, run, at, node.mark, (layer, now, times));
            let one = Entry { words: one.words.unwrap_or_else(|| after(&node.needs)), ..one.entry };
            let alike = entries.last_mut().filter(|last| {
                let same = last.mark == one.mark && last.words == one.words && !one.busy;
                same && last.layer == layer && last.group == one.group && one.group != one.id
            });
            match alike {
                Some(last) => last.count += 1,
                None => entries.push(one),
            }
        }
    }
    entries
}

struct Made {
    entry: Entry,
    /// Nothing where it waits for others.
    words: Option<String>,
}

fn entry(
    workflow: &Workflow,
    run: &Run,
    at: StepIdx,
    mark: Mark,
    (layer, now, times): (usize, Timestamp, &Times),
) -> Made {
    let id = workflow.step(at).id.to_string();
    let (side, lane) = telling(run, at).unwrap_or((Side::Forward, &run.steps[at as usize].forward));
    let in_flight = lane.in_flight().and(lane.attempt.as_deref());
    let mut words = marked(workflow, at, lane, now).words;
    if let Some(attempt) = in_flight {
        let passed = now.since(attempt.started_at);
        let took = times.get(&(workflow.step(at).id.clone(), side));
        let how_far = at_work(attempt.percent, passed, took, BAR);
        words = match attempt.percent {
            Some(_) => how_far,
            None => format!("{words}  {how_far}"),
        };
    }
    if side == Side::Undo {
        words = format!("undo: {words}");
    }
    let blocked = matches!(lane.state, LaneState::Blocked(_)) && side == Side::Forward;
    let group = id.split_once('[').map_or(id.as_str(), |(of, _)| of).to_owned();
    let entry = Entry {
        layer,
        group,
        id,
        count: 1,
        mark,
        words: String::new(),
        busy: busy(lane),
        finished: lane.finished(),
    };
    Made { entry, words: (!blocked).then_some(words) }
}

fn busy(lane: &Lane) -> bool {
    !matches!(lane.state, LaneState::Blocked(_) | LaneState::Ready | LaneState::Finished(_))
}

fn after(needs: &[String]) -> String {
    match needs {
        [] => "is next".to_owned(),
        [one] => format!("after {one}"),
        [first, rest @ ..] => format!("after {first} and {} more", rest.len()),
    }
}

/// The entries that are shown: those at work, what was done just before, what comes next.
fn window(entries: &[Entry], most: usize) -> (usize, usize) {
    if entries.len() <= most {
        return (0, entries.len());
    }
    // Two rows say what is above and below.
    let room = most.saturating_sub(2).max(1);
    let busy = |one: &Entry| one.busy;
    let open = entries.iter().position(|one| !one.finished).unwrap_or(entries.len() - 1);
    let first = entries.iter().position(busy).unwrap_or(open);
    let last = entries.iter().rposition(busy).unwrap_or(open);
    // A third of what is left shows what was done before.
    let spare = room.saturating_sub(last - first + 1);
    let from = first.saturating_sub(spare / 3).min(entries.len() - room);
    (from, from + room)
}

fn counted(entries: &[Entry]) -> Row {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for one in entries {
        *words.entry(one.mark.words()).or_default() += one.count;
    }
    let said: Vec<String> = words.iter().map(|(word, count)| format!("{count} {word}")).collect();
    Row { text: format!("    … {}", said.join(", ")), mark: Mark::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(busy: bool, finished: bool) -> Entry {
        Entry {
            layer: 1,
            group: "a".to_owned(),
            id: "a".to_owned(),
            count: 1,
            mark: if finished { Mark::Done } else { Mark::Plain },
            words: String::new(),
            busy,
            finished,
        }
    }

    #[test]
    fn what_is_at_work_is_always_among_what_is_shown() {
        for at in 0..40 {
            let entries: Vec<Entry> = (0..40).map(|n| entry(n == at, n < at)).collect();
            for most in 3..12 {
                let (from, to) = window(&entries, most);
                assert!(from <= at && at < to, "{at} {most}: {from} {to}");
                assert!(to - from + usize::from(from > 0) + usize::from(to < 40) <= most);
            }
        }
        let entries: Vec<Entry> = (0..3).map(|_| entry(false, true)).collect();
        assert_eq!(window(&entries, 3), (0, 3));
        assert_eq!(counted(&entries).text, "    … 3 done");
    }
}
