//! Whatever a file holds, it is read or refused: random bytes, and valid files with random changes.

#![expect(clippy::expect_used, reason = "a test may panic")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use windlass_model::{Catalog, Map};
use windlass_spec::{EnvRef, check_workflow, render_fancy, render_plain, resolve};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("a file of the repository")
}

static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| serde_json::from_str(&read("tests/catalog.json")).expect("a catalog"));
static WORKFLOW: LazyLock<String> = LazyLock::new(|| read("../../workflows/hotfix_qa4_setup.yaml"));
static ENVIRONMENT: LazyLock<String> =
    LazyLock::new(|| read("../../workflows/environments/rehearsal.yaml"));

/// Reads both texts as far as they go; what is said must be sound, and can always be shown.
fn run(workflow: &str, environment: &str) -> Result<(), TestCaseError> {
    let files = BTreeMap::from([
        (PathBuf::from("w.yaml"), workflow.to_owned()),
        (PathBuf::from("e.yaml"), environment.to_owned()),
    ]);
    let env = EnvRef::parse("e.yaml");
    let report = check_workflow(&files, Path::new("w.yaml"), Some(&env), &CATALOG);
    for found in &report.diagnostics {
        let text = if found.file == "w.yaml" { workflow } else { environment };
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        prop_assert!(found.line <= lines + 1, "{found:?}");
        prop_assert!(found.span.0 <= found.span.1);
    }
    prop_assert_eq!(render_plain(&report.diagnostics).is_empty(), report.diagnostics.is_empty());
    let _ = render_fancy(&report.diagnostics);
    match report.workflow {
        Some(checked) => {
            if let Ok(def) = resolve(&checked, &Map::new()) {
                let stored = serde_json::to_string(&def).expect("a definition can be stored");
                let again = serde_json::from_str(&stored);
                prop_assert_eq!(Some(def), again.ok());
            }
        }
        None => prop_assert!(report.has_errors()),
    }
    Ok(())
}

/// Pieces that mean something to one of the readers.
const PIECES: &[&str] = &[
    "${{",
    "}}",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "*a",
    "&a ",
    "!",
    "|",
    ">",
    "#",
    "<<",
    "steps",
    "item",
    "inputs.n",
    "&&",
    "||",
    "==",
    "(",
    ")",
    "\\",
    "null",
    "7.10",
    "yes",
    "é",
    "\u{0}",
    "---\n",
    "needs: [tested]\n",
    "for_each: [a]\n",
    "if: ",
    "x.all(y, y)",
    "0x7fffffffffffffff",
    "1e999",
    ".inf",
];

fn changed(text: &str, changes: &[(usize, usize, usize)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (at, drop, piece) in changes {
        let at = at % (text.len() + 1);
        let end = (at + drop).min(text.len());
        text.splice(at..end, PIECES[piece % PIECES.len()].chars());
    }
    text.into_iter().collect()
}

fn changes() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((any::<usize>(), 0usize..12, any::<usize>()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_texts(text in "\\PC{0,300}") {
        run(&text, &text)?;
    }

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        run(&text, &ENVIRONMENT)?;
    }

    #[test]
    fn changed_workflows(changes in changes()) {
        run(&changed(&WORKFLOW, &changes), &ENVIRONMENT)?;
    }

    #[test]
    fn changed_environments(changes in changes()) {
        run(&WORKFLOW, &changed(&ENVIRONMENT, &changes))?;
    }
}

#[test]
fn the_files_themselves_are_sound() {
    run(&WORKFLOW, &ENVIRONMENT).expect("sound");
}
