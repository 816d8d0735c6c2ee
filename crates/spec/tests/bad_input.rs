//! Broken files and what is said about each: `tests/bad/*.yaml` are workflows,
//! `tests/bad/environments/*.yaml` environments, with the words beside them. `WINDLASS_BLESS=1`
//! writes the words anew; read them before you commit.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use windlass_model::Catalog;
use windlass_spec::{EnvRef, Files, ReadError, Report, check_workflow, render_plain};

/// Fewest broken files: the number that the project promises.
const CORPUS_MIN: usize = 60;

fn bad() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/bad")
}

fn catalog() -> Catalog {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalog.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the catalog")).expect("a catalog")
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files
}

/// The corpus under short names, so that no path of this machine is in the words.
struct Corpus;

impl Files for Corpus {
    fn read(&self, path: &Path, bytes_max: usize) -> Result<String, ReadError> {
        windlass_spec::DiskFiles.read(&bad().join(path), bytes_max)
    }
}

fn check_one(file: &Path, environment: Option<&str>) -> Report {
    check_workflow(&Corpus, file, environment.map(EnvRef::parse).as_ref(), &catalog())
}

#[expect(clippy::disallowed_methods, reason = "only a human at a terminal sets this")]
fn compare(file: &Path, said: &str, wrong: &mut Vec<String>) {
    let snapshot = file.with_extension("stderr");
    if std::env::var_os("WINDLASS_BLESS").is_some() {
        fs::write(&snapshot, said).expect("write the words");
        return;
    }
    let expected = fs::read_to_string(&snapshot).unwrap_or_default();
    if expected != said {
        wrong.push(format!("{}:\n--- expected\n{expected}\n--- said\n{said}", file.display()));
    }
}

/// A line `# env: NAME` in a broken workflow names the environment that it is checked with.
fn environment_of(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("# env: ")).map(str::trim)
}

#[test]
fn every_broken_file_is_refused_with_these_words() {
    let mut wrong = Vec::new();
    let workflows = yaml_files(&bad());
    let environments = yaml_files(&bad().join("environments"));
    let environments: Vec<_> =
        environments.into_iter().filter(|path| !path.ends_with("good.yaml")).collect();
    assert!(workflows.len() + environments.len() >= CORPUS_MIN);
    for path in &workflows {
        let file = Path::new(path.file_name().expect("a name"));
        let text = fs::read_to_string(path).expect("a workflow");
        let report = check_one(file, environment_of(&text));
        assert_sound(&report, file);
        let warns_only = file.to_string_lossy().starts_with("warn_");
        assert_eq!(report.workflow.is_some(), warns_only, "{}", file.display());
        compare(path, &render_plain(&report.diagnostics), &mut wrong);
    }
    for path in &environments {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let report =
            check_one(Path::new("../good.yaml"), Some(&format!("environments/{name}.yaml")));
        assert_sound(&report, path);
        assert!(report.workflow.is_none(), "{}", path.display());
        compare(path, &render_plain(&report.diagnostics), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} files are told otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

fn assert_sound(report: &Report, file: &Path) {
    let file = file.display();
    assert!(!report.diagnostics.is_empty(), "{file} is not refused");
    for found in &report.diagnostics {
        assert!(!found.message.contains("hunter2"), "{file}: a secret in a message");
        assert!(!found.source_line.contains("hunter2"), "{file}: a secret in a line");
        assert!(
            found.help.iter().all(|help| !help.contains("hunter2")),
            "{file}: a secret in a help"
        );
        assert!(!found.message.is_empty() && !found.code.is_empty(), "{file}");
    }
}

#[test]
fn files_that_no_repository_should_hold_are_refused_too() {
    let steps = "steps:\n  - id: a\n    uses: set\n";
    let deep =
        format!("name: a\n{steps}    with: {{ x: {}1{} }}\n", "[".repeat(5000), "]".repeat(5000));
    let flow = format!("name: a\n{steps}    if: \"{}true{}\"\n", "(".repeat(900), ")".repeat(900));
    let large = format!("name: a\n# {}\n{steps}", "x".repeat(2 * 1024 * 1024));
    let mut bomb = "x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for n in 1..12 {
        let uses = vec![format!("*x{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("x{n}: &x{n} [{uses}]\n"));
    }
    let many: String =
        (0..3000).map(|n| format!("  - id: s{n}\n    uses: set\n    with: {{ a: 1 }}\n")).collect();
    let cases = [
        ("deep", deep, "yaml_depth"),
        ("flow", flow, "expression"),
        ("large", large, "file_too_large"),
        ("bomb", bomb, "yaml_aliases"),
        ("many", format!("name: a\nsteps:\n{many}"), "too_many"),
        ("empty", String::new(), "wrong_type"),
        ("bytes", "\u{0}\u{1}\u{2}".to_owned(), "yaml_syntax"),
    ];
    for (name, text, code) in cases {
        let path = PathBuf::from(format!("{name}.yaml"));
        let files = BTreeMap::from([(path.clone(), text)]);
        let report = check_workflow(&files, &path, None, &catalog());
        assert!(report.workflow.is_none(), "{name}");
        let codes: Vec<_> = report.diagnostics.iter().map(|found| found.code).collect();
        assert!(codes.contains(&code), "{name}: {codes:?}");
    }
    let missing = check_one(Path::new("no/such.yaml"), Some("nowhere"));
    let codes: Vec<_> = missing.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["no_environment", "unreadable"]);
}
