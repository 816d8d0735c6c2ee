//! Signed evidence: whatever is done to an exported file or to a store is found, and common tools
//! find the same as windlass.

use crate::home::{Home, repository};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// A home with a key and a signed export of a finished run.
struct Signed {
    home: Home,
    run: String,
    text: String,
}

impl Signed {
    fn new() -> Self {
        let home = Home::new();
        let run = home.finished_run();
        home.windlass(&["key", "new", "--output", "release.pem"]).expect(0);
        let words = ["export", &run, "--output", "run.jsonl", "--sign", "release.pem"];
        home.windlass(&words).expect(0);
        let text = fs::read_to_string(home.path().join("run.jsonl")).unwrap();
        Self { home, run, text }
    }

    /// What `verify` says of a text; `key` names the signer's key.
    fn judged(&self, text: &str, key: bool, code: i32) -> Value {
        self.home.file("judged.jsonl", text);
        let words = ["verify", "judged.jsonl", "--json", "--key", "release.pem.pub"];
        let words = if key { &words[..] } else { &words[..3] };
        self.home.windlass(words).expect(code).json()
    }
}

fn faults(said: &Value) -> Vec<(Option<u64>, String)> {
    let all = said["faults"].as_array().unwrap().iter();
    all.map(|one| (one["event"].as_u64(), one["says"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_key_is_made_once_and_its_private_half_is_its_owners_alone() {
    let home = Home::new();
    let made = home.windlass(&["key", "new", "--json"]).expect(0).json();
    let (private, public) = (made["private"].as_str().unwrap(), made["public"].as_str().unwrap());
    assert!(private.ends_with(".config/windlass/evidence.pem"), "{private}");
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(private), mode(public)), (0o600, 0o644));
    let before = fs::read(private).unwrap();
    home.windlass(&["key", "new"]).expect(1);
    assert_eq!(fs::read(private).unwrap(), before, "nothing is overwritten");
    let run = home.finished_run();
    home.windlass(&["export", &run, "--output", "run.jsonl", "--sign"]).expect(0);
    home.windlass(&["verify", "run.jsonl", "--key", public]).expect(0);
    fs::set_permissions(private, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = home.windlass(&["export", &run, "--output", "other.jsonl", "--sign"]).expect(2);
    assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    assert!(!home.path().join("other.jsonl").exists());
}

#[test]
fn a_signed_export_is_told_from_an_unsigned_one_and_says_what_stays_open() {
    let signed = Signed::new();
    let sound = signed.judged(&signed.text, true, 0);
    assert_eq!((&sound["sound"], &sound["signature"]["key_known"]), (&true.into(), &true.into()));
    assert_eq!(sound["leaves_open"], Value::Null);
    let unknown = signed.judged(&signed.text, false, 0);
    assert!(unknown["leaves_open"].as_str().unwrap().contains("anybody can make a key"));
    let unsigned = signed.home.windlass(&["export", &signed.run]).expect(0).stdout;
    let told = signed.judged(&unsigned, false, 0);
    assert!(told["leaves_open"].as_str().unwrap().contains("the end was not cut off"), "{told}");
    assert!(faults(&signed.judged(&unsigned, true, 1))[0].1.contains("nobody signed it"));
    signed.home.windlass(&["key", "new", "--output", "other.pem"]).expect(0);
    let words = ["verify", "run.jsonl", "--key", "other.pem.pub"];
    let other = signed.home.windlass(&words).expect(1).stdout;
    assert!(other.contains("signed with another key"), "{other}");
    signed.home.windlass(&["import-run", "run.jsonl"]).expect(0);
}

#[test]
fn each_event_that_is_dropped_moved_or_doubled_is_named() {
    let signed = Signed::new();
    let unsigned = signed.home.windlass(&["export", &signed.run]).expect(0).stdout;
    let lines: Vec<&str> = unsigned.lines().collect();
    let events = lines.iter().filter(|line| line.contains("\"line\":\"event\"")).count();
    assert!(events >= 6, "{events}");
    for seq in 1..=events {
        let at = seq + 1;
        let mut dropped = lines.clone();
        dropped.remove(at);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        let mut moved = lines.clone();
        moved.swap(at, at - 1);
        for (name, lines) in [("dropped", dropped), ("doubled", doubled), ("moved", moved)] {
            let said = signed.judged(&(lines.join("\n") + "\n"), false, 1);
            let first = &faults(&said)[0];
            let last_dropped = name == "dropped" && seq == events;
            let named = first.0.is_some_and(|event| event.abs_diff(seq as u64) <= 1);
            assert!(named || last_dropped || seq == 1, "{name} {seq}: {said}");
        }
    }
}

#[test]
fn a_cut_tail_or_a_chain_computed_anew_is_found_where_it_was_signed() {
    let signed = Signed::new();
    let other = signed.home.finished_run();
    let other = signed.home.windlass(&["export", &other]).expect(0).stdout;
    let signature = signed.text.lines().last().unwrap();
    let said = signed.judged(&format!("{other}{signature}\n"), true, 1);
    assert!(faults(&said).iter().any(|(_, says)| says.contains("not those that were signed")));
    let head = signed.judged(&signed.text, true, 0)["head"].as_str().unwrap().to_owned();
    signed.home.file("other.jsonl", &other);
    let words = ["verify", "other.jsonl", "--head", &head];
    let said = signed.home.windlass(&words).expect(1).stdout;
    assert!(said.contains("no event bears the hash"), "{said}");
    signed.home.windlass(&["verify", "run.jsonl", "--head", &head]).expect(0);
    signed.home.windlass(&["verify", "run.jsonl", "--head", "abc"]).expect(2);
    signed.home.windlass(&["verify", "no-such-file"]).expect(2);
}

#[test]
fn a_store_is_held_against_what_was_signed_last_and_against_a_hash_that_was_noted() {
    let signed = Signed::new();
    let (home, run) = (&signed.home, signed.run.as_str());
    let verify = |more: &[&str], code| {
        home.windlass(&[&["history", run, "--verify", "--json"], more].concat()).expect(code).json()
    };
    let sound = verify(&["--key", "release.pem.pub"], 0);
    assert_eq!(sound["signed"]["events"], sound["events"], "{sound}");
    let head = sound["head"].as_str().unwrap();
    assert_eq!(verify(&["--head", head], 0)["head_found_at"], sound["events"]);
    let noted = verify(&["--head", &"0".repeat(64)], 1);
    assert!(noted["why"].as_str().unwrap().contains("no event bears"), "{noted}");
    home.windlass(&["key", "new", "--output", "other.pem"]).expect(0);
    let other = verify(&["--key", "other.pem.pub"], 1);
    assert!(other["why"].as_str().unwrap().contains("another key"), "{other}");
    // What was signed said more, or something else, than the store now holds.
    let kept = home.path().join(format!(".local/share/windlass/store/signed/{run}.json"));
    let again = home.finished_run();
    let words = ["export", &again, "--output", "again.jsonl", "--sign", "release.pem"];
    home.windlass(&words).expect(0);
    let theirs = kept.with_file_name(format!("{again}.json"));
    let mine = fs::read(&kept).unwrap();
    fs::copy(&theirs, &kept).unwrap();
    let anew = verify(&[], 1);
    assert!(anew["why"].as_str().unwrap().contains("computed anew"), "{anew}");
    let text = String::from_utf8(mine).unwrap().replacen("events: ", "events: 1", 1);
    fs::write(&kept, text).unwrap();
    assert!(verify(&[], 1)["why"].as_str().unwrap().contains("was changed"));
    home.windlass(&["prune", "--older-than", "0s", "--yes"]).expect(0);
    assert!(!kept.exists(), "a run that is removed leaves no signature");
}

/// The shell lines of the page, in their order.
fn commands_of_the_page() -> String {
    let page = fs::read_to_string(repository("docs/evidence.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let script: String = blocks.collect();
    assert!(script.contains("openssl pkeyutl -verify") && script.contains("sha256sum"));
    script
}

#[test]
fn common_tools_check_an_export_by_the_lines_of_the_page() {
    let signed = Signed::new();
    let script = commands_of_the_page();
    let run = |text: &str| {
        signed.home.file("run.jsonl", text);
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &script]).current_dir(signed.home.path());
        let output =
            shell.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (good, said) = run(&signed.text);
    let head = signed.judged(&signed.text, true, 0)["head"].as_str().unwrap().to_owned();
    assert!(good && said.contains("Signature Verified Successfully"), "{said}");
    assert!(said.contains(&format!("head {head}")) && said.contains("run_succeeded"), "{said}");
    let lines: Vec<&str> = signed.text.lines().collect();
    let mut cut = lines.clone();
    cut.remove(lines.len() - 3);
    let changed = signed.text.replacen("\"phase\":\"succeeded\"", "\"phase\":\"failed\"", 1);
    for bad in [cut.join("\n") + "\n", changed, signed.text.replace("events: ", "events: 1")] {
        let (good, said) = run(&bad);
        assert!(!good, "{said}");
    }
    let (good, _) = run(&format!("{}\n", lines.join("\n")));
    assert!(good, "what was mended is sound again");
}
