//! The smaller local workflows, each run as a person would, on one place after the other.

use super::place::Place;
use super::verdict;
use crate::stage::expect_code;

fn start(place: &Place, name: &str, more: &[&str], code: i32) -> String {
    expect_code(&place.start(name, more).run().unwrap(), code, name).unwrap();
    place.run_of(name).unwrap().unwrap().0
}

fn undo(place: &Place, run: &str) {
    expect_code(&place.rollback(run).run().unwrap(), 5, "rollback").unwrap();
}

/// The versions of the api, of the web, and of what the proxy asks.
fn versions(place: &Place) -> Vec<String> {
    let said = place.versions().unwrap();
    said.iter().map(|line| line.split('"').nth(3).unwrap_or(line).to_owned()).collect()
}

#[test]
fn blue_green_canary_and_the_nightly_refresh_do_what_their_headers_say() {
    let place = Place::set_up().unwrap();
    let before = verdict::world(&place).unwrap();
    assert_eq!(versions(&place), ["1.0", "1.0", "1.0"]);

    let run = start(&place, "blue_green", &["--yes"], 0);
    assert_eq!(versions(&place), ["1.0", "1.1", "1.1"]);
    undo(&place, &run);
    verdict::put_back(&place, &before).unwrap();

    let run = start(&place, "canary", &["--exit-when-waiting"], 4);
    assert_eq!(versions(&place), ["1.1", "1.0", "1.1"]);
    for item in ["errors", "orders", "speed"] {
        let words = ["answer", &run, &format!("seen[{item}]"), "--yes", "--detach", "--json"];
        expect_code(&place.windlass(&words).run().unwrap(), 0, item).unwrap();
    }
    let resumed = place.windlass(&["resume", &run, "--json"]).run().unwrap();
    expect_code(&resumed, 0, "canary").unwrap();
    assert_eq!(versions(&place), ["1.1", "1.1", "1.1"]);
    undo(&place, &run);
    verdict::put_back(&place, &before).unwrap();

    let confirmed = ["--confirm", "drop_before=before", "--input", "keep_dump=false"];
    start(&place, "nightly_refresh", &confirmed, 0);
    let names = ["--no-psqlrc", "-Atc", "select name from users order by id", "shoptest"];
    assert_eq!(place.ask("psql", &names).unwrap(), "user 1\nuser 2");
    verdict::put_back(&place, &before).unwrap();
    verdict::nothing_runs(&place).unwrap();
}
