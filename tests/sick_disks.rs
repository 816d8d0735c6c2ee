//! Disks that fail while windlass writes: strace gives its system calls an error. It acknowledges
//! nothing that is not durable, ends with a sentence and exit code 7, and goes on with nothing lost
//! once the disk is well.

use crate::loaded::{Load, Seen, judge};

/// What a process ends with whose store cannot be used.
const STORE_FAILED: i32 = 7;

/// Calls that fail, how, and which of them: once in a thread, or from then on.
const SICK: [(&str, &str, &str); 8] = [
    ("fdatasync", "error=EIO", "4"),
    ("fdatasync", "error=EIO", "40+"),
    ("fdatasync", "error=ENOSPC", "12"),
    ("pwrite64", "error=EIO", "3"),
    ("pwrite64", "error=EIO", "25"),
    ("pwrite64", "error=ENOSPC", "9"),
    ("pwrite64", "error=ENOSPC", "30+"),
    ("fdatasync", "error=EIO", "30"),
];

/// Runs the load under strace with such a call; returns how it ended and what it said.
fn under(load: &mut Load, call: &str, how: &str, when: &str) -> (Option<i32>, String) {
    let words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e"].map(str::to_owned);
    let traced = [format!("trace={call}"), "-e".to_owned()];
    let injected = [format!("inject={call}:{how}:when={when}"), "--".to_owned()];
    load.begin(1, &[&words[..], &traced, &injected].concat()).unwrap();
    load.ended().unwrap()
}

#[test]
fn nothing_is_acknowledged_that_a_sick_disk_did_not_keep() {
    let mut seen = Seen::default();
    for (call, how, when) in SICK {
        let case = format!("{call}:{how}:when={when}");
        let folder = tempfile::tempdir().unwrap();
        let mut load = Load::new(folder.path(), &folder.path().join("store")).unwrap();
        let (code, said) = under(&mut load, call, how, when);
        let bytes = load.acknowledged();
        println!("{case}: {code:?} {said}");
        assert_eq!(code, Some(STORE_FAILED), "{case}: {said}");
        assert!(said.contains("hint:") && !said.contains("panicked"), "{case}: {said}");
        seen.add(&judge(&load, &bytes).unwrap_or_else(|why| panic!("{case}: {why}\n{said}")));
    }
    println!("{seen}");
}

#[test]
fn a_disk_that_is_slow_once_holds_a_run_up_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut load = Load::new(folder.path(), &folder.path().join("store")).unwrap();
    let (code, said) = under(&mut load, "fdatasync", "delay_enter=2000000", "6");
    assert_eq!(code, Some(0), "{said}");
    let bytes = load.acknowledged();
    judge(&load, &bytes).unwrap();
}
