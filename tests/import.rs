//! `import`: what people have becomes workflows that check, and rehearse once the few places are
//! filled in that only people know.

use crate::home::{Ended, Home, repository};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn path(name: &str) -> String {
    repository(name).display().to_string()
}

fn rehearsal() -> String {
    path("workflows/environments/rehearsal.yaml")
}

/// Imports the runbook into a folder of the home.
fn runbook(home: &Home) -> Ended {
    let page = path("tests/pages/runbook.md");
    home.windlass(&["import", "wiki", &page, "--env", &rehearsal(), "--out", "got"]).expect(0)
}

/// What people fill in: a place by the words that mark it, and what they write.
const FILLED: [(&str, &str); 6] = [
    ("settings:    # fill in: the settings", "settings: ${{ env.release_settings }}"),
    (
        "apps:    # fill in: the apps behind https://rnapi.dumptruckdispatcher.com/;",
        "apps: [prod2rnapi]",
    ),
    ("apps:    # fill in:", "apps: [prod2rnapi, prod2pwaapi, prod2]"),
    ("password:    # fill in:", "password: ${{ env.secrets.sql_admin }}"),
    ("name:    # fill in: the name of the connection", "name: Default"),
    ("stage:    # fill in: the stage that `prod`", "stage: prod2"),
];

/// Fills in what an import left open, by the lines that it listed.
fn fill_in(home: &Home, file: &str, said: &str) {
    let at = home.path().join(file);
    let text = fs::read_to_string(&at).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let listed = format!("fill in: {file}:");
    for place in said.lines().filter_map(|line| line.trim().strip_prefix(&listed)) {
        let number: usize = place.split(':').next().unwrap().parse().unwrap();
        let line = &mut lines[number - 1];
        let filled = FILLED.iter().find(|(open, _)| line.trim_start().starts_with(open));
        let (_, text) = filled.unwrap_or_else(|| panic!("nobody knows {line}"));
        let indent = line.len() - line.trim_start().len();
        *line = format!("{:indent$}{text}", "");
    }
    fs::write(at, lines.join("\n") + "\n").unwrap();
}

/// Rehearses a file; how the clean run ended.
fn rehearsed(home: &Home, file: &str, inputs: &[&str], code: i32) -> Value {
    let env = rehearsal();
    let mut words = vec!["rehearse", file, "--env", &env, "--json"];
    inputs.iter().for_each(|input| words.extend(["--input", input]));
    home.windlass(&words).expect(code).json()
}

#[test]
fn a_file_is_refused_at_the_places_that_must_be_filled_in_and_nowhere_else() {
    let home = Home::new();
    let said = runbook(&home).stderr;
    for name in ["preparing_to_release", "release", "hotfixes"] {
        let file = format!("got/{name}.yaml");
        let listed = format!("fill in: {file}:");
        let open: Vec<u64> = said
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&listed)?.split(':').next()?.parse().ok())
            .collect();
        let found = home.windlass(&["check", "--json", &file]);
        let found = found.expect(if open.is_empty() { 0 } else { 3 }).stdout;
        let refused: Vec<u64> = found
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|one| one["severity"] == "error")
            .map(|one| one["line"].as_u64().unwrap())
            .collect();
        assert_eq!(refused, open, "{name}: {found}");
        fill_in(&home, &file, &said);
        home.windlass(&["check", &file]).expect(0);
    }
    assert!(said.matches("fill in:").count() <= 10, "{said}");
}

#[test]
fn the_release_of_the_page_is_proved_and_rehearses_once_filled_in() {
    let home = Home::new();
    let said = runbook(&home).stderr;
    fill_in(&home, "got/release.yaml", &said);
    let proved = home.windlass(&["check", "got/release.yaml", "--env", &rehearsal()]).expect(0);
    assert!(proved.stdout.contains("proved"), "{}", proved.stdout);
    for migrations in ["migrations=true", "migrations=false"] {
        let inputs = ["version=7.1.214.3", migrations];
        let told = rehearsed(&home, "got/release.yaml", &inputs, 0);
        assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
    }
}

/// The page takes for granted what its reader knows, and the proof names it: that qa4 is not left
/// on a prod-based database.
#[test]
fn the_preparation_of_the_page_lacks_what_it_takes_as_given() {
    let home = Home::new();
    runbook(&home);
    let file = "got/preparing_to_release.yaml";
    let words = ["check", file, "--env", &rehearsal()];
    let told = home.windlass(&words).expect(3).stdout;
    assert!(told.contains("BROKEN: main_build_never_on_prod_database"), "{told}");
    let at = home.path().join(file);
    let text = fs::read_to_string(&at).unwrap();
    let given = "given:\n  - for_each: [qa4, qa4rnapi]\n    that: item.running\nsteps:\n";
    fs::write(&at, text.replacen("steps:\n", given, 1)).unwrap();
    home.windlass(&words).expect(0);
    let told = rehearsed(&home, file, &["version=7.2.0.41", "n=42"], 0);
    assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
}

/// The page says "deploy to qa4" where two apps are meant. Read word for word that is the very
/// accident that its step 6 warns of, and the proof says so.
#[test]
fn the_hotfix_of_the_page_is_mended_where_the_proof_points() {
    let home = Home::new();
    let said = runbook(&home).stderr;
    let file = "got/hotfixes.yaml";
    fill_in(&home, file, &said);
    let words = ["check", file, "--env", &rehearsal()];
    let told = home.windlass(&words).expect(3).stdout;
    assert!(told.contains("BROKEN: main_build_never_on_prod_database for qa4rnapi"), "{told}");
    let at = home.path().join(file);
    let mut text = fs::read_to_string(&at).unwrap();
    for branch in ["prod", "main"] {
        let alone = format!("with: {{ branch: {branch}, stage: qa4 }}");
        let item = "${{ item }}";
        let both = format!(
            "for_each: [qa4, qa4rnapi]\n    with: {{ branch: {branch}, stage: \"{item}\" }}"
        );
        assert!(text.contains(&alone), "{text}");
        text = text.replace(&alone, &both);
    }
    // The stage of production is one of another definition.
    let stage = "      stage: prod2\n";
    assert!(text.contains(stage), "{text}");
    text = text.replace(stage, "      stage: prod2\n      definition: 17\n");
    fs::write(&at, text).unwrap();
    home.windlass(&words).expect(0);
    let inputs = ["version=7.1.214.3", "branch=fix/hosts", "n=7"];
    let told = rehearsed(&home, file, &inputs, 0);
    assert_eq!(told["clean"]["phase"], "succeeded", "{told}");
}

#[test]
fn every_sentence_of_the_runbook_is_kept() {
    let home = Home::new();
    runbook(&home);
    let mut all = String::new();
    for entry in fs::read_dir(home.path().join("got")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        text.lines().for_each(|line| {
            all.push_str(line.trim_start().trim_start_matches("# "));
            all.push(' ');
        });
    }
    let bare = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric() || ".,:/{}".contains(*c));
        kept.collect()
    };
    let all = bare(&all);
    let page = fs::read_to_string(repository("tests/pages/runbook.md")).unwrap();
    let lines: Vec<&str> = page.lines().filter(|line| line.contains(' ')).collect();
    assert!(lines.len() > 40, "{}", lines.len());
    for line in lines {
        let words = line.trim_start_matches(|c: char| c.is_ascii_digit() || " .#-".contains(c));
        for sentence in words.split(". ") {
            let sentence = bare(sentence.trim().trim_end_matches("  "));
            assert!(all.contains(sentence.trim_end_matches('.')), "`{sentence}` is not in\n{all}");
        }
    }
}

#[test]
fn nothing_is_overwritten_and_one_workflow_goes_to_stdout() {
    let home = Home::new();
    runbook(&home);
    let page = path("tests/pages/runbook.md");
    let before = fs::read_to_string(home.path().join("got/release.yaml")).unwrap();
    let again = home.windlass(&["import", "wiki", &page, "--out", "got"]).expect(2);
    assert!(again.stderr.contains("is there already, and nothing was written"), "{}", again.stderr);
    assert_eq!(before, fs::read_to_string(home.path().join("got/release.yaml")).unwrap());
    let many = home.windlass(&["import", "wiki", &page]).expect(2);
    assert_eq!(many.stdout, "");
    assert!(many.stderr.contains("--section TITLE"), "{}", many.stderr);
    let one = home.windlass(&["import", "wiki", &page, "--section", "release"]).expect(0);
    assert!(one.stdout.starts_with("name: release\n"), "{}", one.stdout);
    let wrong = home.windlass(&["import", "wiki", &page, "--section", "Moon"]).expect(2);
    assert!(wrong.stderr.contains("there is: `Preparing to release`"), "{}", wrong.stderr);
    let json = home.windlass(&["--json", "import", "wiki", &page]).expect(0).stdout;
    let files: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(files.len(), 3);
    assert_eq!(files[1]["share"]["actions"], 12, "{}", files[1]["share"]);
    assert_eq!(files[1]["problems"], serde_json::json!([]));
}

/// Each phrase gives a step that the reader of workflows takes, apart from what must be filled in.
#[test]
fn every_phrase_gives_a_valid_step() {
    let home = Home::new();
    let page = path("tests/pages/every_phrase.md");
    let table = fs::read_to_string(repository("crates/import/src/phrase/phrases.txt")).unwrap();
    let phrases = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    for env in [None, Some(rehearsal())] {
        let env: Vec<String> = env.into_iter().flat_map(|env| ["--env".to_owned(), env]).collect();
        let mut words = vec!["import".to_owned(), "wiki".to_owned(), page.clone()];
        words.extend(env);
        words.push("--json".to_owned());
        let told: Value = home.windlass(&words).expect(0).json();
        assert_eq!(told["problems"], serde_json::json!([]), "{told:#}");
        let actions = told["share"]["actions"].as_u64().unwrap();
        // Two forms of one phrase may share a sentence.
        assert!(actions + 4 >= phrases as u64, "{actions} of {phrases}");
        assert_eq!(told["share"]["people"], 0, "{told:#}");
    }
}

#[test]
fn an_exported_page_without_any_environment_is_valid_at_once() {
    let home = Home::new();
    let page = "<html><body><h1>Nightly restart</h1><ol><li>Stop <code>shop-web</code>.</li>\
        <li>Look at the queue.</li><li>Start <code>shop-web</code>.</li></ol></body></html>";
    home.file("page.html", page);
    let made = home.windlass(&["import", "wiki", "page.html"]).expect(0);
    home.file("nightly.yaml", &made.stdout);
    home.windlass(&["check", "nightly.yaml"]).expect(0);
    let none = home.file("none.md", "Nothing at all.\n");
    let said = home.windlass(&["import", "wiki", none.to_str().unwrap()]).expect(3);
    assert!(said.stderr.contains("hint: number what is to be done"), "{}", said.stderr);
    let away = home.windlass(&["import", "wiki", "away.md"]).expect(2);
    assert!(away.stderr.contains("away.md"), "{}", away.stderr);
    assert!(!Path::new("got").exists());
}

/// The example of docs/import.md is what the verb really prints.
#[test]
fn the_example_of_the_documentation_is_what_is_printed() {
    let text = fs::read_to_string(repository("docs/import.md")).unwrap();
    let example = |name: &str| {
        let rest = text.split(&format!("<!-- example: {name} -->")).nth(1).unwrap();
        let block = rest.split_once("```").unwrap().1.split_once('\n').unwrap().1;
        block.split("\n```").next().unwrap().to_owned() + "\n"
    };
    let home = Home::new();
    home.file("shop.md", &example("page"));
    let said = home.windlass(&["import", "wiki", "shop.md", "--out", "workflows"]).expect(0);
    let shown = example("said");
    let (command, told) = shown.split_once('\n').unwrap();
    assert_eq!(command, "$ windlass import wiki shop.md --out workflows");
    assert_eq!(said.stderr, told);
    let file = fs::read_to_string(home.path().join("workflows/every_tuesday.yaml")).unwrap();
    assert_eq!(file, example("file"));
}
