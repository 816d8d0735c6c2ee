//! The browser: it opens files and tells what it saw of each, in light, dark and print.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `cargo xtask test --only pages` installs what steers the browser.
const HOME: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../xtask/pages");

/// The browser's program.
const CHROMIUM: &str = "chromium";

/// What was seen of one file in one look.
#[derive(Clone, Debug)]
pub struct Look {
    /// `light`, `dark` or `print`.
    pub look: String,
    /// Everything that was found out.
    pub seen: Value,
}

impl Look {
    /// A number that was found out.
    pub fn number(&self, key: &str) -> f64 {
        self.seen[key].as_f64().unwrap_or_else(|| panic!("no {key}: {}", self.seen))
    }

    /// A list that was found out.
    pub fn list(&self, key: &str) -> &[Value] {
        self.seen[key].as_array().unwrap_or_else(|| panic!("no {key}: {}", self.seen))
    }
}

/// Looks at files; screenshots lie in `target/xtask/pages/seen` afterwards, for human eyes.
pub fn look(files: &[PathBuf]) -> Vec<Look> {
    let home = Path::new(HOME);
    let playwright = home.join("node_modules/playwright-core");
    let installs = "`cargo xtask test --only pages` installs it";
    assert!(playwright.exists(), "no {}: {installs}", playwright.display());
    let out = home.join("seen");
    std::fs::create_dir_all(&out).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/seen/look.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(playwright.canonicalize().unwrap()).arg(program(CHROMIUM));
    let output = node.arg(out).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let looks = lines.lines().map(|line| {
        let seen: Value = serde_json::from_str(line).unwrap();
        Look { look: seen["look"].as_str().unwrap().to_owned(), seen }
    });
    looks.collect()
}

/// A program's path: what steers the browser looks for none.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    places.find(|path| path.is_file()).unwrap_or_else(|| panic!("there is no {name}"))
}
