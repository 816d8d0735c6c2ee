//! Sessions over a scripted test: where they end, what they remember, what they refuse.

use super::*;

/// A matrix (or an endless row) whose odd cases in `bad` are findings; a chunk takes a second.
struct Script {
    total: Option<u64>,
    bad: Vec<u64>,
    ranges: Vec<String>,
    saved: usize,
}

impl Ground for Script {
    fn run(&mut self, range: Range) -> Result<(Said, bool)> {
        self.ranges.push(range.to_string());
        let to = self.total.map_or(range.to, |total| range.to.min(total));
        let cases = range.from..to;
        let bad = self.bad.iter().filter(|case| cases.contains(case));
        let findings: Vec<String> = bad.map(|case| format!("case={case}")).collect();
        let passed = findings.is_empty();
        let ran = to - range.from;
        Ok((Said { total: self.total, ran, findings, ..Said::default() }, passed))
    }

    fn seconds(&self) -> u64 {
        self.ranges.len() as u64
    }

    fn save(&mut self, _: &State) -> Result<()> {
        self.saved += 1;
        Ok(())
    }
}

fn script(total: Option<u64>, bad: &[u64]) -> Script {
    Script { total, bad: bad.to_vec(), ranges: Vec::new(), saved: 0 }
}

fn state(next: u64) -> State {
    let open = Open {
        date: String::new(),
        commit: String::new(),
        from: next,
        to: next,
        total: None,
        seconds: 0,
        findings: Vec::new(),
    };
    State { next, open: Some(open) }
}

#[test]
fn a_session_ends_when_its_time_is_over_and_the_next_goes_on() {
    let (mut ground, mut state) = (script(None, &[]), state(500));
    run(&mut ground, &mut state, Terms { chunk: 100, seconds_max: 3 }).unwrap();
    assert_eq!(ground.ranges, ["500..600", "600..700", "700..800"]);
    assert_eq!((state.next, ground.saved), (800, 3));
    assert_eq!(state.open.unwrap().to, 800);
}

#[test]
fn a_matrix_ends_at_its_total_and_begins_anew() {
    let (mut ground, mut state) = (script(Some(25), &[21]), state(0));
    run(&mut ground, &mut state, Terms { chunk: 10, seconds_max: 99 }).unwrap();
    assert_eq!(ground.ranges, ["0..10", "10..20", "20..25"]);
    let open = state.open.unwrap();
    assert_eq!((open.to, open.total, state.next), (25, Some(25), 0));
    assert_eq!(open.findings, ["case=21"]);
}

#[test]
fn a_test_that_does_not_do_its_work_is_refused() {
    let range = Range::new(0, 10);
    let said = |ran| Said { ran, ..Said::default() };
    assert_eq!(judge(&said(10), true, range).unwrap(), 10);
    assert!(judge(&said(0), true, range).is_err(), "it ran nothing");
    assert!(judge(&said(10), false, range).is_err(), "it failed and named no case");
    let found = Said { findings: vec!["case=1".to_owned()], ..said(10) };
    assert!(judge(&found, true, range).is_err(), "it passed with a finding");
    assert_eq!(judge(&found, false, range).unwrap(), 10);
    let strange = Said { unreadable: vec!["x".to_owned()], ..said(10) };
    assert!(judge(&strange, true, range).is_err());
}
