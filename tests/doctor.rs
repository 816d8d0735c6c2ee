//! `doctor`: silent about a sound installation, and for each thing that is wrong a way to mend it.

use crate::home::Home;
use serde_json::Value;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

fn found(doctor: &Value, part: &str, level: &str) -> Option<Value> {
    let all = doctor["findings"].as_array().unwrap();
    all.iter().find(|one| one["part"] == part && one["level"] == level).cloned()
}

#[test]
fn a_new_home_is_sound_and_stays_empty() {
    let home = Home::new();
    let said = home.windlass(&["doctor"]).expect(0);
    assert!(said.stderr.contains("nothing is wrong"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_used_home_is_sound_too() {
    let home = Home::new();
    home.finished_run();
    let doctor = home.windlass(&["doctor", "--json"]).expect(0).json();
    assert_eq!(doctor["ok"], true);
    let runs = found(&doctor, "runs", "fine").unwrap();
    assert!(runs["says"].as_str().unwrap().contains("none left behind"), "{runs}");
}

#[test]
fn an_open_key_and_an_open_store_are_wrong_and_the_ways_to_mend_them_do() {
    let home = Home::new();
    home.finished_run();
    let key = home.path().join(".config/windlass/key");
    let store = home.path().join(".local/share/windlass/store");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&store, Permissions::from_mode(0o755)).unwrap();
    let doctor = home.windlass(&["doctor", "--json"]).expect(1).json();
    for part in ["key", "store"] {
        let wrong = found(&doctor, part, "wrong").unwrap();
        let mend = wrong["mend"][0].as_str().unwrap();
        assert!(mend.starts_with("chmod "), "{mend}");
        let mended = std::process::Command::new("sh").args(["-c", mend]).status().unwrap();
        assert!(mended.success());
    }
    home.windlass(&["doctor"]).expect(0);
    fs::remove_file(&key).unwrap();
    let doctor = home.windlass(&["doctor", "--json"]).expect(1).json();
    let gone = found(&doctor, "key", "wrong").unwrap();
    assert!(gone["says"].as_str().unwrap().contains("is gone"), "{gone}");
    assert!(!key.exists(), "looking makes no key");
}

#[test]
fn a_run_whose_engine_was_killed_is_named_with_the_command_that_goes_on() {
    let home = Home::new();
    home.file("long.yaml", "name: long\nsteps:\n  - id: sleep\n    run: sleep 1000\n");
    let mut start = home.command(&["start", "long.yaml", "--yes", "--json"]);
    let mut child = start.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.find(|line| line.contains("\"attempt_started\"")).unwrap();
    let started: Value = serde_json::from_str(&started).unwrap();
    let run = started["run"].as_str().unwrap().to_owned();
    let meanwhile = home.windlass(&["doctor", "--json"]).expect(0).json();
    assert!(found(&meanwhile, "runs", "fine").is_some(), "{meanwhile}");
    let ownerless = ["list", "--ownerless"];
    assert_eq!(home.windlass(&ownerless).expect(0).stdout, "", "somebody drives it");
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = home.windlass(&ownerless).expect(0);
    assert!(listed.stdout.contains(&run), "{}", listed.stdout);
    assert!(listed.stderr.contains(&format!("windlass resume {run}")), "{}", listed.stderr);
    let doctor = home.windlass(&["doctor", "--json"]).expect(1).json();
    let left = found(&doctor, "runs", "wrong").unwrap();
    assert!(left["says"].as_str().unwrap().contains(&run), "{left}");
    assert!(left["mend"][0].as_str().unwrap().ends_with(&format!("resume {run}")), "{left}");
    // Whoever looks at this home next finds nothing of it at work.
    home.windlass(&["cancel", &run, "--keep"]);
}

#[test]
fn who_holds_the_store_is_named() {
    let home = Home::new();
    home.finished_run();
    let lock = home.path().join(".local/share/windlass/store/lock");
    let held = File::open(&lock).unwrap();
    held.lock().unwrap();
    let mut doctor = home.command(&["doctor", "--json"]);
    let child = doctor.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = crate::home::ended(child.wait_with_output().unwrap());
    let said = output.json();
    let holder = said["findings"].as_array().unwrap().iter().find(|one| {
        one["part"] == "store" && one["says"].as_str().unwrap().contains("has it open")
    });
    assert!(holder.is_some(), "{said}");
}

/// The lines about an environment, by level.
fn of_environment(doctor: &Value, level: &str) -> Vec<String> {
    let all = doctor["findings"].as_array().unwrap().iter();
    let of = all.filter(|one| one["part"] == "environment" && one["level"] == level);
    of.map(|one| format!("{} {}", one["says"].as_str().unwrap(), one["mend"])).collect()
}

/// The rehearsal's environment with something else in place of a text.
fn rehearsal(home: &Home, text: &str, other: &str) {
    let path = crate::home::repository("workflows/environments/rehearsal.yaml");
    let whole = fs::read_to_string(path).unwrap();
    assert!(whole.contains(text), "{text}");
    home.file("environments/rehearsal.yaml", &whole.replacen(text, other, 1));
}

const ENVIRONMENT: [&str; 4] = ["doctor", "--env", "rehearsal", "--json"];

#[test]
fn an_environment_that_lets_us_in_is_read_and_nothing_is_changed() {
    let home = Home::new();
    rehearsal(&home, "rehearsal-token", "rehearsal-token");
    let doctor = home.windlass(&ENVIRONMENT).expect(0).json();
    let fine = of_environment(&doctor, "fine");
    for known in ["`azure`: signed in", "`azure_devops`: signed in", "qa4: can be read"] {
        assert!(fine.iter().any(|line| line.starts_with(known)), "{known}: {fine:?}");
    }
    let ledger = home.windlass(&["simulate", "ledger", "--env", "rehearsal", "--json"]).expect(0);
    assert_eq!(ledger.stdout, "");
    home.windlass(&["doctor", "--env", "no_such"]).expect(2);
}

#[test]
fn a_wrong_credential_is_told_with_what_reading_needs_and_the_other_account_is_well() {
    let home = Home::new();
    rehearsal(&home, "printf %s rehearsal-token", "printf %s CANARY-token");
    let said = home.windlass(&ENVIRONMENT).expect(1);
    assert!(!said.stdout.contains("CANARY") && !said.stderr.contains("CANARY"));
    let doctor = said.json();
    let wrong = of_environment(&doctor, "wrong");
    let qa4 = wrong.iter().find(|line| line.starts_with("qa4:")).unwrap();
    assert!(qa4.contains("HTTP 401") && qa4.contains("Microsoft.Web/sites/read"), "{qa4}");
    let fine = of_environment(&doctor, "fine");
    assert!(fine.iter().any(|line| line.starts_with("`azure_devops`: signed in")), "{fine:?}");

    rehearsal(&home, "printf %s rehearsal-pat", "printf %s wrong-pat");
    let doctor = home.windlass(&ENVIRONMENT).expect(1).json();
    let wrong = of_environment(&doctor, "wrong");
    let devops = wrong.iter().find(|line| line.starts_with("`azure_devops`:")).unwrap();
    assert!(devops.contains("credential"), "{devops}");
}

#[test]
fn a_site_that_is_not_there_is_told_and_the_others_are_read() {
    let home = Home::new();
    rehearsal(&home, "site: qa4rnapi", "site: qa4gone");
    let doctor = home.windlass(&ENVIRONMENT).expect(1).json();
    let wrong = of_environment(&doctor, "wrong");
    assert!(wrong.len() == 1 && wrong[0].starts_with("qa4rnapi:"), "{wrong:?}");
    assert!(wrong[0].contains("HTTP 404"), "{wrong:?}");
    let fine = of_environment(&doctor, "fine");
    assert!(fine.iter().any(|line| line.starts_with("qa4: can be read")), "{fine:?}");
}

#[test]
fn a_refusal_leads_to_what_a_person_does_next() {
    let home = Home::new();
    let token = "printf %s rehearsal-token";
    // One that ran out, and one that may only look: its settings are listed for nobody who may not.
    for (other, code, next) in [
        ("printf %s sim.old", "ExpiredAuthenticationToken", "static_token"),
        ("printf %s rehearsal-reader", "AuthorizationFailed", "az role assignment create"),
    ] {
        rehearsal(&home, token, other);
        let doctor = home.windlass(&ENVIRONMENT).expect(1).json();
        let wrong = of_environment(&doctor, "wrong");
        let qa4 = wrong.iter().find(|line| line.starts_with("qa4:")).unwrap();
        assert!(qa4.contains(code) && qa4.contains(next), "{qa4}");
    }
}

#[test]
fn a_store_with_a_damaged_journal_is_saved_and_goes_on() {
    let home = Home::new();
    let finished = home.finished_run();
    home.file("goes.yaml", "name: goes\nsteps:\n  - id: look\n    run: test -e there\n");
    home.windlass(&["start", "goes.yaml", "--yes"]).expect(1);
    let list = home.windlass(&["list", "--json"]).expect(0).stdout;
    let store = home.path().join(".local/share/windlass/store");
    let first = store.join("journal/segment-000000000001");
    let mut bytes = fs::read(&first).unwrap();
    bytes[10] ^= 1;
    fs::write(&first, bytes).unwrap();
    let doctor = home.windlass(&["doctor", "--repair", "saved", "--json"]).expect(1).json();
    let lost = found(&doctor, "repair", "wrong").unwrap();
    let says = lost["says"].as_str().unwrap();
    assert!(says.contains("segment-000000000001 at byte 0: frames"), "{says}");
    let copied = found(&doctor, "repair", "fine").unwrap();
    assert!(copied["says"].as_str().unwrap().starts_with("2 runs are whole"), "{copied}");
    let new = |words: &[&str]| home.windlass(&[&["--store", "saved"], words].concat());
    assert_eq!(new(&["list", "--json"]).expect(0).stdout, list);
    new(&["show", &finished]).expect(0);
    new(&["history", &finished, "--verify"]).expect(0);
    let runs = new(&["list"]).expect(0).stdout;
    let word = |line: &&str| line.contains("goes");
    let line = runs.lines().find(word).unwrap();
    let run = line.split_whitespace().find(|word| word.starts_with("run_")).unwrap();
    home.file("there", "");
    new(&["resume", run, "--yes"]).expect(0);
    new(&["doctor"]).expect(0);
    let again = home.windlass(&["doctor", "--repair", "saved"]).expect(1);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
}
