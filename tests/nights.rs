//! What people decide late or leave for another time: the release waits for its night, and what was
//! declined is asked again.

use crate::shipped::makes;
use crate::stage::{Stage, expect_code, workflow};
use serde_json::{Value, json};

/// Half past midnight in Berlin: the release's night begins in two and a half hours.
const MIDNIGHT: &str = "zone: Europe/Berlin\nclock_start: 2026-11-27T23:30:00Z\n";

/// Hours in a second: three.
const PACE: u32 = 1_200;

/// Goes on with one command after another before one gives up: an hour of a night each.
const TIMES_MAX: usize = 200;

/// A release that people answer one by one.
struct Release<'a> {
    stage: &'a Stage,
    run: String,
}

impl<'a> Release<'a> {
    fn start(stage: &'a Stage, inputs: &[&str]) -> Self {
        let file = workflow("release").display().to_string();
        let words = ["start", &file, "--env", stage.environment(), "--exit-when-waiting", "--json"];
        let started = stage.windlass(&[&words[..], inputs].concat()).run().unwrap();
        expect_code(&started, 4, "release").unwrap();
        Self { stage, run: stage.newest_run().unwrap().unwrap() }
    }

    fn events(&self) -> Vec<Value> {
        let told = self.stage.windlass(&["history", &self.run, "--json"]).run().unwrap();
        told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The step that asks a human now, with its question.
    fn asks(&self) -> Option<Value> {
        let events = self.events();
        let asked = events.iter().rfind(|event| event["type"] == "signal_awaited")?;
        let answered = |event: &&Value| event["step"] == asked["step"];
        let last = events.iter().rfind(answered)?;
        (last == asked).then(|| asked.clone())
    }

    /// Goes on until only a human or a clock can; whether the run has ended.
    fn goes_on(&self) -> bool {
        let words = ["resume", &self.run, "--exit-when-waiting", "--json"];
        let ended = self.stage.windlass(&words).run().unwrap();
        let last = ended.stdout.lines().last().unwrap_or_default();
        assert!(matches!(ended.code, Some(0 | 4)), "{:?} {last} {}", ended.code, ended.stderr);
        ended.code == Some(0)
    }

    fn answer(&self, step: &str, words: &[&str]) {
        let answer = ["answer", &self.run, step, "--detach", "--as", "rehearsal"];
        let ended = self.stage.windlass(&[&answer[..], words].concat()).run().unwrap();
        expect_code(&ended, 0, step).unwrap();
    }

    /// Answers whatever is asked until this step asks.
    fn until(&self, step: &str) -> Value {
        for _ in 0..TIMES_MAX {
            match self.asks() {
                Some(asked) if asked["step"] == step => return asked,
                Some(asked) => self.answers_as_a_person_would(&asked),
                None => {}
            }
            assert!(!self.goes_on(), "it ended before {step} asked");
        }
        panic!("{step} never asked: {:?}", self.events().last());
    }

    fn answers_as_a_person_would(&self, asked: &Value) {
        let step = asked["step"].as_str().unwrap();
        match step {
            "settings_needed" => self.answer(step, &["--value", "false"]),
            "confirm_delete" => self.answer(step, &["--value", "DispatcherProd2old"]),
            _ => self.answer(step, &["--yes"]),
        }
    }
}

fn prepared(zone: &str) -> Stage {
    let stage = Stage::at_pace(PACE).unwrap();
    let text = std::fs::read_to_string(stage.environment()).unwrap();
    let changed = text.replace("zone: Europe/Berlin\n", zone);
    assert_ne!(changed, text);
    std::fs::write(stage.environment(), changed).unwrap();
    expect_code(&stage.start("prepare_release").run().unwrap(), 0, "prepare_release").unwrap();
    stage
}

fn local(time: &Value) -> jiff::Zoned {
    let at: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    at.in_tz("Europe/Berlin").unwrap()
}

fn hour(event: &Value) -> i8 {
    local(&event["at"]).hour()
}

/// The input by which a release begins three hours after this event.
fn soon(event: &Value) -> String {
    let at = local(&event["at"]).checked_add(jiff::Span::new().hours(3)).unwrap();
    format!("at={}", at.strftime("%H:%M"))
}

/// The window of the night holds for the doing, not for the waiting: a go at six in the morning
/// stops nothing at six.
#[test]
fn d09_a_go_that_comes_late_waits_for_the_next_night() {
    let stage = prepared(MIDNIGHT);
    let before = stage.cloud.ledger().unwrap().len();
    let release = Release::start(&stage, &[]);
    let asked = release.until("go");
    assert_eq!(hour(&asked), 3, "{asked}");
    let is_late = || hour(release.events().last().unwrap()) >= 6;
    assert!((0..TIMES_MAX).any(|_| !release.goes_on() && is_late()), "the morning comes");
    release.answer("go", &["--yes"]);
    release.goes_on();
    let events = release.events();
    let timer = events.iter().rfind(|event| event["step"] == "still_night").unwrap();
    let answered = events.iter().rfind(|event| event["step"] == "go").unwrap();
    let next_day = local(&answered["at"]).tomorrow().unwrap().date();
    assert_eq!(local(&timer["until"]).datetime(), next_day.at(3, 0, 0, 0), "{timer}");
    let touched = stage.cloud.ledger().unwrap().split_off(before);
    let harmless = |line: &Value| line["effect"] == "release_created";
    assert!(touched.iter().all(harmless), "{touched:?}");
}

/// A run that failed in its night before anything stopped, and is resumed by day, stops nothing by
/// day.
#[test]
fn d09_what_failed_at_night_and_is_resumed_by_day_waits_for_the_next_night() {
    let stage = prepared(MIDNIGHT);
    let release = Release::start(&stage, &[]);
    release.until("go");
    makes(&stage, "sql-prod", "DispatcherProd2old");
    release.answer("go", &["--yes"]);
    let words = ["resume", &release.run, "--exit-when-waiting", "--json"];
    let failed = stage.windlass(&words).run().unwrap();
    expect_code(&failed, 1, "the name is taken").unwrap();
    assert!(failed.stdout.contains("name_is_free_at_night"), "{}", failed.stdout);
    let gone = json!({
        "change": "delete_database", "server": "sql-prod", "name": "DispatcherProd2old",
    });
    stage.cloud.change(&gone).unwrap();
    let looks = stage.path().join("looks.yaml");
    let text = "name: looks\nsteps:\n  - { id: one, uses: set, with: { looked: true } }\n";
    std::fs::write(&looks, text).unwrap();
    let looks = looks.display().to_string();
    let by_day = || {
        let words = ["start", &looks, "--env", stage.environment(), "--yes", "--json"];
        let said = stage.windlass(&words).run().unwrap().stdout;
        let event: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
        (6..24).contains(&hour(&event))
    };
    assert!((0..TIMES_MAX).any(|_| by_day()), "the morning comes");
    let before = stage.cloud.ledger().unwrap().len();
    assert!(!release.goes_on(), "it waits");
    let events = release.events();
    let resumed = events.iter().rfind(|event| event["type"] == "run_resumed").unwrap();
    assert!((6..24).contains(&hour(resumed)), "{resumed}");
    let timer = events.last().unwrap();
    let next_day = local(&resumed["at"]).tomorrow().unwrap().date();
    assert_eq!(local(&timer["until"]).datetime(), next_day.at(3, 0, 0, 0), "{timer}");
    let touched = stage.cloud.ledger().unwrap().split_off(before);
    assert_eq!(touched, Vec::<Value>::new(), "nothing is stopped by day");
}

/// What differs is told against the client's app in use: what was declined in one night is asked
/// in the next.
#[test]
fn d11_a_client_that_was_declined_is_asked_again() {
    let stage = prepared(MIDNIGHT);
    let mut at = "at=03:00".to_owned();
    for _ in 0..2 {
        let release = Release::start(&stage, &["--input", &at]);
        let asked = release.until("pwa_needed");
        let question = asked.to_string();
        assert!(question.contains("in use: true (/client/pwa/"), "{question}");
        release.answer("pwa_needed", &["--value", "false"]);
        while !release.goes_on() {}
        at = soon(release.events().last().unwrap());
        let deployed = stage.cloud.ledger().unwrap();
        let client = |line: &Value| line["effect"] == "deployed" && line["target"] == json!("pwa");
        assert!(!deployed.iter().any(client), "nobody asked for it");
        let words = ["simulate", "clock", "--env", stage.environment(), "--advance", "24h"];
        expect_code(&stage.windlass(&words).run().unwrap(), 0, "a day later").unwrap();
    }
}
