//! Reports in the browser: of a run that succeeded, of one that was rolled back, of one that is
//! stuck. A page stands alone, says nothing to the console, and can be read by everybody.

use crate::browser::{Look, look};
use crate::home::{Home, repository};
use serde_json::Value;
use std::path::PathBuf;

/// A page has more colours than that, or nothing is drawn on it.
const COLOURS_MIN: f64 = 50.0;

/// How bright a page is, from 0 to 1: a dark one less, a light one or a sheet of paper more.
const DARK_MAX: f64 = 0.4;
const LIGHT_MIN: f64 = 0.8;

const EVIL: &str = "<script>document.title='taken'</script><img src=https://example.com/x>";

const STUCK: &str = "name: stuck
steps:
  - id: told
    uses: approve
    with: { prompt: Go? }
  - id: begun
    run: exit 1
    compensate: { uses: shell, with: { run: exit 1 } }
";

fn report(home: &Home, run: &str, name: &str) -> PathBuf {
    let file = home.path().join(format!("{name}.html"));
    let path = file.display().to_string();
    home.windlass(&["report", run, "--output", &path]).expect(0);
    file
}

fn started(home: &Home, words: &[&str], code: i32) -> String {
    let said = home.windlass(&[words, &["--json"]].concat()).expect(code).json();
    said["run"].as_str().unwrap().to_owned()
}

/// A hotfix on the simulated cloud, forward and back.
fn hotfix(home: &Home) -> [PathBuf; 2] {
    let file = repository("workflows/hotfix_qa4_setup.yaml").display().to_string();
    let run = started(home, &["start", &file, "--env", "rehearsal", "--yes"], 0);
    let forward = report(home, &run, "succeeded");
    home.windlass(&["rollback", &run, "--yes", "--reason", EVIL]).expect(5);
    [forward, report(home, &run, "rolled_back")]
}

/// A run that only a human can tell of: what was begun cannot be looked for.
fn stuck(home: &Home) -> PathBuf {
    home.file("stuck.yaml", STUCK);
    let run = started(home, &["start", "stuck.yaml"], 4);
    home.windlass(&["answer", &run, "told", "--yes", "--note", EVIL, "--as", EVIL]).expect(1);
    home.windlass(&["rollback", &run, "--yes"]).expect(6);
    report(home, &run, "stuck")
}

#[test]
fn a_report_can_be_read_in_light_in_dark_and_on_paper() {
    let home = Home::new();
    let [succeeded, rolled_back] = hotfix(&home);
    let stuck = stuck(&home);
    let looks = look(&[succeeded, rolled_back, stuck]);
    assert_eq!(looks.len(), 9);
    for one in &looks {
        stands_alone(one);
        is_drawn(one);
        is_readable(one);
    }
    let texts: Vec<&str> = looks.iter().map(|one| one.seen["text"].as_str().unwrap()).collect();
    for (at, said) in [(0, "SUCCEEDED"), (3, "ROLLED BACK"), (6, "STUCK")] {
        assert!(texts[at].contains(said), "{}", texts[at]);
    }
    assert!(texts[3].contains(EVIL) && texts[6].contains(EVIL), "it is shown, not obeyed");
    assert!(texts[0].contains("dispatcherqa4prod7") && texts[3].contains("The way back"));
}

/// Nothing is asked for but the file, and the console stays silent.
fn stands_alone(one: &Look) {
    for key in ["strange", "said"] {
        assert!(one.list(key).is_empty(), "{key}: {}", one.seen[key]);
    }
    assert_eq!(one.number("scripts"), 0.0);
    assert_ne!(one.seen["title"], "taken");
    let outside = |link: &&Value| !link.as_str().unwrap_or_default().starts_with('#');
    assert_eq!(one.list("links").iter().find(outside), None);
}

fn is_drawn(one: &Look) {
    let (colours, brightness) = (one.number("colours"), one.number("brightness"));
    assert!(colours > COLOURS_MIN, "{}: {colours}", one.look);
    match one.look.as_str() {
        "dark" => assert!(brightness < DARK_MAX, "{brightness}"),
        _ => assert!(brightness > LIGHT_MIN, "{}: {brightness}", one.look),
    }
}

/// For eyes and for readers of screens.
fn is_readable(one: &Look) {
    let of = |key: &str| one.number(key);
    assert_eq!(one.seen["lang"], "en");
    assert_eq!(of("wide"), 0.0, "{}: nothing goes over the edge", one.look);
    assert_eq!(of("broken"), 0.0, "each link of the contents leads somewhere");
    for key in ["pale", "over"] {
        assert!(one.list(key).is_empty(), "{} {}: {}", one.look, key, one.seen[key]);
    }
    assert!(of("tables") >= 3.0 && of("tables") == of("captions"), "{}", one.seen);
    assert_eq!(of("rows"), of("heads"), "each row has a head");
    assert!(of("pictures") >= 2.0 && of("pictures") == of("named"), "{}", one.seen);
    let levels: Vec<i64> = one.list("headings").iter().filter_map(Value::as_i64).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}
