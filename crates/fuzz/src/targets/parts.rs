//! What several targets try their bytes with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};
use windlass_model::{Catalog, Map};
use windlass_spec::{EnvRef, Report, check_workflow, render_fancy, render_plain, resolve};

static CATALOG: LazyLock<Catalog> = LazyLock::new(windlass_executors::catalog);

/// What `check` says of both texts.
pub fn report(workflow: &str, environment: &str) -> Report {
    let files = BTreeMap::from([
        (PathBuf::from("w.yaml"), workflow.to_owned()),
        (PathBuf::from("e.yaml"), environment.to_owned()),
    ]);
    check_workflow(&files, Path::new("w.yaml"), Some(&EnvRef::parse("e.yaml")), &CATALOG)
}

/// Checks both texts as `check` does; what is said must be sound, can always be shown, and what is
/// accepted can be stored and read again.
pub fn check(workflow: &str, environment: &str) {
    let report = report(workflow, environment);
    for found in &report.diagnostics {
        assert!(found.span.0 <= found.span.1, "{found:?}");
    }
    let plain = render_plain(&report.diagnostics);
    assert_eq!(plain.is_empty(), report.diagnostics.is_empty());
    assert!(!render_fancy(&report.diagnostics).is_empty() || plain.is_empty());
    let Some(checked) = report.workflow else {
        assert!(report.has_errors(), "it is refused without a word");
        return;
    };
    if let Ok(def) = resolve(&checked, &Map::new()) {
        let stored = serde_json::to_string(&def).expect("a definition can be stored");
        let again = serde_json::from_str(&stored).expect("what was stored can be read");
        assert!(def == again, "it comes back as it was");
    }
}

/// A runtime of one thread, for what waits.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}
