//! `export` and `import-run`: a run travels between stores whole, or not at all.

use crate::home::Home;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_run_travels_with_its_chain() {
    let (from, to) = (Home::new(), Home::new());
    let run = from.finished_run();
    let file = from.path().join("run.jsonl").display().to_string();
    let said = from.windlass(&["export", &run, "--output", &file, "--json"]).expect(0).json();
    assert!(said["events"].as_u64().unwrap() > 4, "{said}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let printed = from.windlass(&["export", &run]).expect(0).stdout;
    assert_eq!(printed, fs::read_to_string(&file).unwrap());

    let told = to.windlass(&["import-run", &file, "--json"]).expect(0).json();
    assert_eq!((&told["run"], &told["events"]), (&said["run"], &said["events"]));
    to.windlass(&["import-run", &file]).expect(0);
    to.windlass(&["history", &run, "--verify"]).expect(0);
    let history = |home: &Home| home.windlass(&["history", &run, "--json"]).expect(0).stdout;
    assert_eq!(history(&from), history(&to));
    assert_eq!(to.windlass(&["list", "--json"]).expect(0).stdout.lines().count(), 1);
    let text = to.windlass(&["graph", &run]).expect(0).stdout;
    assert!(text.contains("[x] second"), "{text}");
}

#[test]
fn old_runs_are_shown_and_then_removed() {
    let home = Home::new();
    let (old, new) = (home.finished_run(), home.finished_run());
    let none = home.windlass(&["prune", "--older-than", "1d", "--yes"]).expect(0);
    assert!(none.stderr.contains("0 removed"), "{}", none.stderr);
    let shown = home.windlass(&["prune", "--older-than", "0s", "--keep", "1"]).expect(0);
    assert!(shown.stdout.contains(&old) && !shown.stdout.contains(&new), "{}", shown.stdout);
    assert!(shown.stderr.contains("`--yes`"), "{}", shown.stderr);
    home.windlass(&["show", &old]).expect(0);
    let words = ["prune", "--older-than", "0s", "--keep", "1", "--yes", "--json"];
    let gone = home.windlass(&words).expect(0).json();
    assert_eq!((&gone["run"], &gone["removed"]), (&old.clone().into(), &true.into()));
    home.windlass(&["show", &old]).expect(2);
    home.windlass(&["history", &new, "--verify"]).expect(0);
    assert_eq!(home.windlass(&["list", "--json"]).expect(0).stdout.lines().count(), 1);
    assert!(home.windlass(&["prune", "--older-than", "soon"]).expect(2).stderr.contains("90d"));
}

#[test]
fn a_damaged_file_is_refused_with_its_first_bad_line_and_nothing_is_written() {
    let (from, to) = (Home::new(), Home::new());
    let run = from.finished_run();
    let whole = from.windlass(&["export", &run]).expect(0).stdout;
    let lines: Vec<&str> = whole.lines().collect();
    let event = lines.iter().position(|line| line.contains("\"line\":\"event\"")).unwrap() + 2;
    let flipped: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| match at == event {
            // The bytes are base64 text: another letter there is another event.
            true => line.replacen("\"bytes\":\"", "\"bytes\":\"A", 1).replacen("==\"", "=\"", 1),
            false => (*line).to_owned(),
        })
        .collect();
    let cases = [
        ("flipped", flipped.join("\n") + "\n", format!("line {}", event + 1)),
        ("cut", lines[..lines.len() - 1].join("\n") + "\n", "cut short".to_owned()),
        ("swapped", swapped(&lines, event), format!("line {}", event + 1)),
        ("foreign", "{\"not\":\"ours\"}\n".to_owned(), "line 1".to_owned()),
        ("nothing", String::new(), "the file is empty".to_owned()),
    ];
    for (name, text, says) in cases {
        let file = to.file(&format!("files/{name}"), &text).display().to_string();
        let said = to.windlass(&["import-run", &file]).expect(3);
        assert!(said.stderr.contains(&says), "{name}: {}", said.stderr);
    }
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 1, "no store was made");
    to.windlass(&["import-run", "no-such-file"]).expect(2);
}

fn swapped(lines: &[&str], at: usize) -> String {
    let mut lines = lines.to_vec();
    lines.swap(at, at + 1);
    lines.join("\n") + "\n"
}
