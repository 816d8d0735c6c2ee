//! Somebody changes a byte of an event inside a sound store: the chain names it, and the run is
//! driven by nobody.

use crate::home::Home;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};
use windlass_journal::{Inline, Journal, JournalError, RealDisk, Sizes};

/// Bytes before the rows of a frame, and before a row's key; and the number of the events' table.
const HEIGHT_BYTES: usize = 32;
const ROW_BYTES: usize = 5;
const EVENTS: u8 = 3;

/// Writes a stored event again with another last byte, as a hand in the journal would.
pub fn tamper(home: &Home, seq: u64) {
    let disk = RealDisk::open(&home.path().join(".local/share/windlass/store/journal")).unwrap();
    let mut journal = Journal::open(&disk, Inline(disk.clone()), Sizes::default(), 0).unwrap();
    let (mut height, mut event) = (Vec::new(), None);
    let read = journal.replay::<JournalError>(0, |_, payload| {
        let (first, mut rows) = payload.split_at(HEIGHT_BYTES);
        height = first.to_vec();
        while !rows.is_empty() {
            let length = |at| usize::from(u16::from_be_bytes([rows[at], rows[at + 1]]));
            let (key, value) = (length(1), length(3));
            let value = if value == usize::from(u16::MAX) { 0 } else { value };
            let (row, rest) = rows.split_at(ROW_BYTES + key + value);
            if row[0] == EVENTS && row[ROW_BYTES..ROW_BYTES + key].ends_with(&seq.to_be_bytes()) {
                event = Some(row.to_vec());
            }
            rows = rest;
        }
        Ok(())
    });
    read.unwrap();
    let mut event = event.unwrap();
    *event.last_mut().unwrap() ^= 1;
    journal.commit(&[&height, &event]).unwrap();
    journal.close().unwrap();
}

#[test]
fn a_changed_byte_is_found_with_its_number_and_the_run_is_not_driven() {
    let home = Home::new();
    let run = home.finished_run();
    home.windlass(&["history", &run, "--verify"]).expect(0);
    tamper(&home, 3);
    let told = home.windlass(&["history", &run, "--verify", "--json"]).expect(1);
    let said = told.json();
    assert_eq!((&said["sound"], &said["first_bad"]), (&false.into(), &3.into()), "{said}");
    let plain = home.windlass(&["history", &run, "--verify"]).expect(1);
    assert!(plain.stdout.contains("the first bad event is 3"), "{}", plain.stdout);
    let refused = home.windlass(&["rollback", &run, "--yes"]);
    assert_ne!(refused.code, Some(5), "{}", refused.stdout);
    assert!(refused.stderr.contains("event 3"), "{}", refused.stderr);
    assert!(home.windlass(&["list", "--json"]).expect(0).stdout.contains(&run));
}

/// What doctor says of histories, at a level.
fn histories(doctor: &serde_json::Value, level: &str) -> Vec<String> {
    let all = doctor["findings"].as_array().unwrap().iter();
    let of = all.filter(|one| one["part"] == "histories" && one["level"] == level);
    of.map(|one| one["says"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn doctor_checks_ended_runs_when_asked_and_remembers_what_it_found() {
    let home = Home::new();
    let run = home.finished_run();
    let sound = home.windlass(&["doctor", "--histories", "--json"]).expect(0).json();
    assert!(histories(&sound, "fine")[0].starts_with("1 ended runs were checked"), "{sound}");
    tamper(&home, 3);
    let noted = home.windlass(&["doctor", "--json"]).expect(0).json();
    assert!(histories(&noted, "wrong").is_empty(), "nothing was read anew: {noted}");
    let told = home.windlass(&["doctor", "--histories", "--json"]).expect(1).json();
    let wrong = histories(&told, "wrong");
    assert!(wrong.len() == 1 && wrong[0].contains(&run) && wrong[0].contains("event 3"), "{told}");
    let later = home.windlass(&["doctor", "--json"]).expect(1).json();
    assert_eq!(histories(&later, "wrong"), wrong, "it stays noted");
    home.windlass(&["prune", "--older-than", "0s", "--yes"]).expect(0);
    let gone = home.windlass(&["doctor", "--json"]).expect(0).json();
    assert!(histories(&gone, "wrong").is_empty(), "a run that is removed is no matter: {gone}");
}

/// Longer than the holder waits before it checks anything, on a machine that is busy.
const CHECKED_WITHIN: Duration = Duration::from_secs(90);

#[test]
fn whoever_holds_the_store_checks_ended_runs_by_himself() {
    let home = Home::new();
    let run = home.finished_run();
    tamper(&home, 3);
    home.file("long.yaml", "name: long\nsteps:\n  - id: sleep\n    run: sleep 1000\n");
    let mut start = home.command(&["start", "long.yaml", "--yes", "--json"]);
    let mut child = start.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.find(|line| line.contains("\"attempt_started\"")).unwrap();
    let started: serde_json::Value = serde_json::from_str(&started).unwrap();
    let begun = Instant::now();
    let wrong = loop {
        let doctor = home.windlass(&["doctor", "--json"]).json();
        let wrong = histories(&doctor, "wrong");
        if !wrong.is_empty() || begun.elapsed() > CHECKED_WITHIN {
            break wrong;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    home.windlass(&["cancel", started["run"].as_str().unwrap(), "--keep"]);
    assert!(wrong.len() == 1 && wrong[0].contains(&run), "{wrong:?}");
    assert!(wrong[0].contains("event 3"), "{wrong:?}");
}
