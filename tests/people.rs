//! Who may start and who may answer, what is asked of whom, and what proves an answer.

use crate::home::Home;
use serde_json::Value;

const STRICT: &str = "confirm: strict\napprovers:\n  release: [ann, bob]\n";

const RELEASE: &str = "name: release\nroles: [release]\nsteps:\n\
    \x20 - id: before\n    uses: checklist\n    with:\n      roles: [release]\n      items:\n\
    \x20       backup: The backup is there\n        team: The team knows\n\
    \x20 - id: really\n    uses: confirm_by_name\n    with:\n      prompt: Delete the database?\n\
    \x20     name: DispatcherProd2old\n      roles: [release]\n      not_by: starter\n";

fn home() -> Home {
    let home = Home::new();
    home.file("environments/prod.yaml", STRICT);
    home.file("release.yaml", RELEASE);
    home
}

fn start(home: &Home, by: &str) -> crate::home::Ended {
    let words = ["start", "release.yaml", "--env", "prod", "--yes", "--as", by];
    home.windlass(&[&words[..], &["--exit-when-waiting", "--json"]].concat())
}

fn answer(home: &Home, run: &str, step: &str, by: &str, more: &[&str]) -> crate::home::Ended {
    let words = ["answer", run, step, "--as", by, "--detach", "--json"];
    home.windlass(&[&words[..], more].concat())
}

fn events(home: &Home, run: &str) -> Vec<Value> {
    let history = home.windlass(&["history", run, "--json"]).expect(0).stdout;
    history.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// D12: who may run what.
#[test]
fn d12_only_people_of_its_roles_start_a_workflow() {
    let home = home();
    let said = start(&home, "eve").expect(2);
    assert!(said.stderr.contains("`eve` may not start `release`"), "{}", said.stderr);
    assert!(said.stderr.contains("gives to ann, bob"), "{}", said.stderr);
    let said = home.windlass(&["start", "release.yaml", "--env", "prod", "--yes"]).expect(2);
    assert!(said.stderr.contains("`tester` may not start"), "the system's user: {}", said.stderr);
    assert!(!home.path().join(".local").exists(), "nothing was started");
    home.file("environments/prod.yaml", "confirm: relaxed\n");
    start(&home, "eve").expect(0);
}

/// D12: nor does anybody else bend what a run does.
#[test]
fn d12_only_people_of_its_roles_have_a_say_in_a_run() {
    let home = home();
    let run = start(&home, "ann").expect(4).json()["run"].as_str().unwrap().to_owned();
    let before = events(&home, &run);
    let wishes: [(&str, &[&str]); 5] = [
        ("resume", &["resume", &run]),
        ("roll back", &["rollback", &run, "--yes"]),
        ("cancel", &["cancel", &run]),
        ("cancel", &["cancel", &run, "--keep"]),
        ("decide", &["step", "skip", &run, "before[team]", "--reason", "no time"]),
    ];
    for (wish, words) in wishes {
        let said = home.windlass(&[words, &["--as", "eve"]].concat()).expect(2).stderr;
        // What there is nothing to decide about is refused for that.
        let role = said.contains(&format!("`eve` may not {wish}")) && said.contains("ann, bob");
        assert!(role || wish == "decide", "{wish}: {said}");
    }
    home.file("other.yaml", "name: other\nsteps:\n  - id: one\n    run: 'true'\n");
    let words = ["start", "other.yaml", "--env", "prod", "--takes-over", &run, "--as", "eve"];
    let said = home.windlass(&[&words[..], &["--yes"]].concat()).expect(2).stderr;
    assert!(said.contains("`eve` may not take over `release`"), "{said}");
    assert_eq!(events(&home, &run), before, "nothing was told to the run");
    home.windlass(&["rollback", &run, "--as", "bob", "--preview"]).expect(0);
    home.windlass(&["rollback", &run, "--as", "bob", "--yes"]).expect(5);
}

#[test]
fn each_item_of_a_checklist_is_answered_by_whoever_has_seen_to_it_and_the_name_by_other_eyes() {
    let home = home();
    let run = start(&home, "ann").expect(4).json()["run"].as_str().unwrap().to_owned();
    let early = answer(&home, &run, "really", "bob", &["--value", "DispatcherProd2old"]).expect(2);
    assert!(early.stderr.contains("before[backup]"), "{}", early.stderr);
    let small = home.file("backup.txt", "seen");
    let large = home.file("screen.png", &"x".repeat(20_000));
    let files = ["--evidence", small.to_str().unwrap(), "--evidence", large.to_str().unwrap()];
    answer(&home, &run, "before[backup]", "bob", &[&["--yes"][..], &files].concat()).expect(0);
    answer(&home, &run, "before[team]", "eve", &["--yes"]).expect(2);
    answer(&home, &run, "before[team]", "ann", &["--yes", "--note", "told at nine"]).expect(0);
    home.windlass(&["resume", &run, "--as", "bob", "--exit-when-waiting", "--json"]).expect(4);
    let own = answer(&home, &run, "really", "ann", &["--value", "DispatcherProd2old"]).expect(2);
    assert!(own.stderr.contains("other eyes"), "{}", own.stderr);
    answer(&home, &run, "really", "bob", &["--yes"]).expect(2);
    answer(&home, &run, "really", "bob", &["--value", "DispatcherProd2old"]).expect(0);
    home.windlass(&["resume", &run, "--as", "bob", "--json"]).expect(0);
    let events = events(&home, &run);
    let answers: Vec<&Value> =
        events.iter().filter(|event| event["type"] == "signal_received").collect();
    let by: Vec<_> = answers.iter().map(|one| one["by"].as_str().unwrap()).collect();
    assert_eq!(by, ["bob", "ann", "bob"]);
    let evidence = answers[0]["evidence"].as_array().unwrap();
    assert_eq!(evidence[0]["name"], "backup.txt");
    assert_eq!(evidence[0]["content"], "c2Vlbg==");
    assert_eq!((&evidence[1]["bytes"], &evidence[1]["content"]), (&20_000.into(), &Value::Null));
    assert_eq!(evidence[1]["sha256"].as_str().unwrap().len(), 64);
    let told = home.windlass(&["history", &run]).expect(0).stdout;
    assert!(told.contains("evidence backup.txt (4 bytes, sha256 "), "{told}");
    home.windlass(&["history", &run, "--verify"]).expect(0);
}

/// A name that `--confirm` brings along is an answer of whoever gives it.
#[test]
fn confirming_by_an_option_needs_the_other_eyes_too() {
    let home = home();
    let file = RELEASE.replace("- id: before", "- id: first");
    home.file("release.yaml", &file);
    let run = start(&home, "ann").expect(4).json()["run"].as_str().unwrap().to_owned();
    for step in ["first[backup]", "first[team]"] {
        answer(&home, &run, step, "ann", &["--yes"]).expect(0);
    }
    let words = ["resume", &run, "--as", "ann", "--exit-when-waiting", "--json"];
    let confirm = ["--confirm", "really=DispatcherProd2old"];
    home.windlass(&[&words[..], &confirm].concat()).expect(4);
    let words = ["resume", &run, "--as", "bob", "--json"];
    home.windlass(&[&words[..], &confirm].concat()).expect(0);
}

/// To go on past a question that was answered no is an answer, too.
#[test]
fn whoever_may_not_answer_goes_on_past_no_answer_either() {
    let home = home();
    let run = start(&home, "ann").expect(4).json()["run"].as_str().unwrap().to_owned();
    for step in ["before[backup]", "before[team]"] {
        answer(&home, &run, step, "ann", &["--yes"]).expect(0);
    }
    home.windlass(&["resume", &run, "--as", "ann", "--exit-when-waiting"]).expect(4);
    answer(&home, &run, "really", "bob", &["--no"]).expect(0);
    home.windlass(&["resume", &run, "--as", "bob", "--exit-when-waiting"]).expect(1);
    let past = |word: &str, by: &str, code: i32| {
        let words = ["step", word, &run, "really", "--reason", "he is wrong", "--past-guard"];
        home.windlass(&[&words[..], &["--detach", "--as", by]].concat()).expect(code).stderr
    };
    for word in ["skip", "done"] {
        let said = past(word, "ann", 2);
        assert!(said.contains("it asks for other eyes"), "{said}");
    }
    let said = past("retry", "eve", 2);
    assert!(said.contains("`eve` may not"), "{said}");
    past("retry", "ann", 0);
    past("skip", "bob", 0);
}
