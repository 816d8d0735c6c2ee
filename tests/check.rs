//! `check` and `start` over broken files: everything is said with its place, nothing panics,
//! nothing is started.

use crate::home::{Ended, Home, ended, repository};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fewest broken files that the corpus must have.
const CORPUS_MIN: usize = 60;

/// Of how many broken files `start` is tried, spread over the corpus.
const STARTED: usize = 10;

fn broken(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository(folder)).unwrap().map(|entry| entry.unwrap().path());
    let is_broken = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".yaml") && name != "good.yaml" && !name.starts_with("warn_")
    };
    let mut files: Vec<PathBuf> = entries.filter(is_broken).collect();
    files.sort();
    files
}

/// A line `# env: NAME` in a broken workflow names the environment that it is checked with.
fn environment_of(file: &Path) -> Option<String> {
    let text = fs::read(file).unwrap();
    let text = String::from_utf8_lossy(&text);
    text.lines().find_map(|line| line.strip_prefix("# env: ")).map(|name| name.trim().to_owned())
}

/// `windlass VERB FILE`, in the corpus's folder, where its files name each other.
fn of_corpus(home: &Home, verb: &str, file: &Path, more: &[&str]) -> Ended {
    let corpus = repository("tests/bad");
    let file = file.strip_prefix(&corpus).unwrap();
    let environment = environment_of(&corpus.join(file));
    let environment: Vec<&str> = environment.iter().flat_map(|name| ["--env", name]).collect();
    let words = [&[verb, file.to_str().unwrap()], &environment[..], more].concat();
    ended(home.command(&words).current_dir(&corpus).output().unwrap())
}

/// `FILE:LINE:COLUMN`, with numbers from 1.
fn names_a_place(text: &str) -> bool {
    text.lines().filter_map(|line| line.trim().strip_prefix("--> ")).any(|place| {
        let mut parts = place.rsplitn(3, ':');
        let numbers: Vec<u32> = parts.by_ref().take(2).filter_map(|n| n.parse().ok()).collect();
        numbers.len() == 2 && numbers.iter().all(|n| *n > 0) && parts.next().is_some()
    })
}

fn is_untouched(home: &Home) -> bool {
    fs::read_dir(home.path()).unwrap().next().is_none()
}

#[test]
fn every_broken_file_is_refused_with_its_place_and_touches_nothing() {
    let home = Home::new();
    let workflows = broken("tests/bad");
    let environments = broken("tests/bad/environments");
    assert!(workflows.len() + environments.len() >= CORPUS_MIN);
    for file in workflows.iter().chain(&environments) {
        let said = of_corpus(&home, "check", file, &[]).expect(3);
        let snapshot = fs::read_to_string(file.with_extension("stderr")).unwrap();
        assert!(
            said.stdout.starts_with("error[") || said.stdout.starts_with("warning["),
            "{}",
            said.stdout
        );
        // A file that cannot be read at all, or a missing one, has no place.
        assert!(
            !names_a_place(&snapshot) || names_a_place(&said.stdout),
            "{}: {}",
            file.display(),
            said.stdout
        );
    }
    assert!(is_untouched(&home));
}

#[test]
fn start_refuses_what_check_refuses_and_starts_nothing() {
    let home = Home::new();
    let files = broken("tests/bad");
    for file in files.iter().step_by(files.len() / STARTED).take(STARTED) {
        let checked = of_corpus(&home, "check", file, &[]).expect(3);
        let said = of_corpus(&home, "start", file, &["--yes", "--json"]).expect(3);
        assert_eq!(said.stdout, "", "{}", file.display());
        assert!(
            said.stderr.starts_with(checked.stdout.trim_end()),
            "{}:\n{}",
            file.display(),
            said.stderr
        );
        assert!(said.stderr.contains("nothing was started"), "{}", said.stderr);
    }
    assert!(is_untouched(&home));
}

#[test]
fn files_that_no_repository_should_hold_are_refused_too() {
    let home = Home::new();
    let deep = format!("name: a\nsteps: {}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let long = format!("name: a\n# {}\n", "x".repeat(2 * 1024 * 1024));
    let nested = format!(
        "name: a\nsteps:\n  - id: a\n    if: '{}true{}'\n    run: echo\n",
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    let files = home.path().join("files");
    for (name, text) in
        [("deep", deep), ("long", long), ("nested", nested), ("empty", String::new())]
    {
        let file = home.file(&format!("files/{name}.yaml"), &text);
        for verb in ["check", "start"] {
            home.windlass(&[verb, file.to_str().unwrap()]).expect(3);
        }
    }
    let file = files.join("bytes.yaml");
    fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    home.windlass(&["check", &file.display().to_string()]).expect(3);
    home.windlass(&["check", "no/such/file.yaml"]).expect(3);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "only the files themselves");
}

#[test]
fn the_files_for_one_machine_have_no_warning() {
    let home = Home::new();
    let folder = fs::read_dir(repository("workflows/local")).unwrap();
    let files: Vec<String> =
        folder.map(|entry| entry.unwrap().path().display().to_string()).collect();
    let environment = repository("workflows/environments/local.yaml").display().to_string();
    for file in files.iter().filter(|file| !file.ends_with("hello.yaml")) {
        let said = home.windlass(&["check", file, "--env", &environment]).expect(0);
        assert!(said.stderr.ends_with(": ok\n"), "{}{}", said.stdout, said.stderr);
        let alone = home.windlass(&["check", file]).expect(0);
        assert!(alone.stderr.contains("no invariant was proved"), "{}", alone.stderr);
    }
}

#[test]
fn good_files_are_ok_and_warnings_leave_zero() {
    let home = Home::new();
    let files = [
        "workflows/hotfix_qa4_setup.yaml",
        "workflows/hotfix_qa4_restore.yaml",
        "workflows/local/hello.yaml",
    ];
    let files: Vec<String> =
        files.iter().map(|file| repository(file).display().to_string()).collect();
    for environment in ["rehearsal", "azure"] {
        let mut words = vec!["check".to_owned(), "--env".to_owned(), environment.to_owned()];
        words.extend(files.clone());
        let said = home.windlass(&words).expect(0);
        assert_eq!(said.stderr.matches(": ok").count(), files.len(), "{}", said.stderr);
    }
    let environments = ["rehearsal", "azure"]
        .map(|name| repository(&format!("workflows/environments/{name}.yaml")));
    let environments = environments.map(|path| path.display().to_string());
    let said = home.windlass(&["check", &environments[0], &environments[1]]).expect(0);
    assert!(said.stdout.contains("warning[to_fill]"), "{}", said.stdout);
    let to_fill = ["subscription", "tenant", "client_id", "build_definition", "health_url"];
    for key in to_fill {
        let warned = format!("`{key}` is still to be filled in");
        assert!(said.stdout.contains(&warned), "{key}: {}", said.stdout);
    }
    assert!(!said.stdout.contains("rehearsal.yaml"), "{}", said.stdout);
    assert!(is_untouched(&home));
}

#[test]
fn what_may_never_end_is_not_read() {
    let home = Home::new();
    let pipe = home.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.display().to_string();
    let good = home.file("good.yaml", crate::home::TWO_STEPS).display().to_string();
    for words in [
        &["check", "/dev/zero"][..],
        &["check", &pipe],
        &["check", &good, "--env", &pipe],
        &["start", &pipe],
        &["start", &good, "--env", &pipe],
    ] {
        let said = home.windlass(words).expect(3);
        let all = said.stdout + &said.stderr;
        assert!(all.contains("it is no regular file"), "{words:?}: {all}");
    }
}

#[test]
fn a_misspelt_environment_is_told_by_those_that_there_are() {
    let home = Home::new();
    let file = repository("workflows/hotfix_qa4_setup.yaml").display().to_string();
    let said = home.windlass(&["check", &file, "--env", "rehersal"]).expect(3).stdout;
    assert!(said.contains("did you mean `rehearsal`?"), "{said}");
    let said = home.windlass(&["check", &file, "--env", "moon"]).expect(3).stdout;
    assert!(said.contains("there is: `azure`, `local`, `rehearsal`"), "{said}");
}

#[test]
fn json_is_a_line_a_finding() {
    let home = Home::new();
    let file = repository("tests/bad/many_errors.yaml");
    let said = home.windlass(&["check", "--json", &file.display().to_string()]).expect(3);
    let lines: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 1);
    for line in &lines {
        assert_eq!(line["file"], file.display().to_string());
        assert!(
            line["line"].as_u64().unwrap() > 0 && line["column"].as_u64().unwrap() > 0,
            "{line}"
        );
        assert!(line["severity"] == "error" || line["severity"] == "warning");
        assert!(!line["message"].as_str().unwrap().is_empty());
    }
}
