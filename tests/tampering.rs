//! Somebody changes a byte of an event inside a sound database: the chain names it, and the run is
//! driven by nobody.

use crate::home::Home;

/// Changes the last byte of a stored event, as a hand in the database would.
fn tamper(home: &Home, seq: u64) {
    let folder = home.path().join(".local/share/windlass/store/sled");
    let db = sled::Config::new().path(folder).open().unwrap();
    let events = db.open_tree("events").unwrap();
    let mut rows = events.iter().map(Result::unwrap);
    let (key, value) = rows.find(|(key, _)| key.ends_with(&seq.to_be_bytes())).unwrap();
    let mut changed = value.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    events.insert(key, changed).unwrap();
    db.flush().unwrap();
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
