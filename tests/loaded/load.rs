//! The load: several processes on one store, each with a run of many steps. What each acknowledges
//! and what its steps do stays outside of the disk whose power goes.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Steps of each run that act, in four lanes; and as many in a row that only compute.
pub const ACTS: usize = 24;

const ACTING: &str = r#"name: load
inputs:
  name: { type: string }
steps:
  - id: act
    for_each: [ITEMS]
    max_parallel: 4
    run: echo "$NAME $ITEM" >> ledger
    env: { NAME: "${{ inputs.name }}", ITEM: "${{ item }}" }
"#;

/// The processes, and the place for what they leave.
pub struct Load {
    folder: PathBuf,
    store: PathBuf,
    children: Vec<Child>,
}

impl Load {
    /// Ready to begin, with this folder for what stays.
    pub fn new(folder: &Path, store: &Path) -> Result<Self, String> {
        let load =
            Self { folder: folder.to_owned(), store: store.to_owned(), children: Vec::new() };
        std::fs::write(folder.join("load.yaml"), workflow()).map_err(|e| e.to_string())?;
        Ok(load)
    }

    /// Begins with so many processes at once: one has the store open, the others join it. What is
    /// given runs each of them, where it is not empty.
    pub fn begin(&mut self, processes: usize, under: &[String]) -> Result<(), String> {
        for number in 0..processes {
            let said = File::create(self.acknowledged_in(number)).map_err(|e| e.to_string())?;
            let mut command = self.command(under);
            command.args(["start", "load.yaml", "--yes", "--json", "--input"]);
            command.arg(format!("name=run{number}")).stdout(said);
            let errors = File::create(self.errors_of(number));
            command.stderr(errors.map_err(|e| e.to_string())?);
            self.children.push(command.spawn().map_err(|e| e.to_string())?);
        }
        Ok(())
    }

    /// How many bytes each has acknowledged so far.
    pub fn acknowledged(&self) -> Vec<u64> {
        let length =
            |number| std::fs::metadata(self.acknowledged_in(number)).map_or(0, |m| m.len());
        (0..self.children.len()).map(length).collect()
    }

    /// Waits until the only one has ended: its exit code, and what it said.
    pub fn ended(&mut self) -> Result<(Option<i32>, String), String> {
        let child = self.children.first_mut().ok_or("nothing was begun")?;
        let status = child.wait().map_err(|e| e.to_string())?;
        let said = std::fs::read_to_string(self.errors_of(0)).map_err(|e| e.to_string())?;
        Ok((status.code(), said))
    }

    /// Kills them, as the machine's end does.
    pub fn end(&mut self) {
        for child in &mut self.children {
            drop(child.kill());
        }
        for mut child in self.children.drain(..) {
            drop(child.wait());
        }
    }

    /// The events that were acknowledged within those bytes, by run, in order.
    pub fn events(&self, bytes: &[u64]) -> Result<BTreeMap<String, Vec<Value>>, String> {
        let mut events: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (number, bytes) in bytes.iter().enumerate() {
            let text = std::fs::read(self.acknowledged_in(number)).map_err(|e| e.to_string())?;
            let text = &text[..usize::try_from(*bytes).map_err(|e| e.to_string())?];
            let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
            for line in String::from_utf8_lossy(&text[..whole]).lines() {
                let event: Value =
                    serde_json::from_str(line).map_err(|e| format!("no event: {line}: {e}"))?;
                if let (Some(run), true) = (event["run"].as_str(), event["seq"].is_u64()) {
                    events.entry(run.to_owned()).or_default().push(event);
                }
            }
        }
        Ok(events)
    }

    /// What the steps have done, a line each.
    pub fn done(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join("ledger")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Runs `windlass` to its end.
    pub fn windlass(&self, words: &[&str]) -> Result<Output, String> {
        let mut command = self.command(&[]);
        command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().map_err(|e| e.to_string())
    }

    fn acknowledged_in(&self, number: usize) -> PathBuf {
        self.folder.join(format!("acknowledged{number}"))
    }

    fn errors_of(&self, number: usize) -> PathBuf {
        self.folder.join(format!("errors{number}"))
    }

    fn command(&self, under: &[String]) -> Command {
        let binary = std::env::var_os("WINDLASS_BIN");
        let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_windlass").into());
        let mut command = match under.split_first() {
            None => Command::new(binary),
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(binary);
                command
            }
        };
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("USER", "tester");
        command.env("HOME", &self.folder).env("WINDLASS_STORE", &self.store);
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.end();
    }
}

/// Steps that act in four lanes, beside a row that only computes, so that each moment has some.
fn workflow() -> String {
    let items: Vec<String> = (0..ACTS).map(|nth| format!("s{nth}")).collect();
    let mut text = ACTING.replace("ITEMS", &items.join(", "));
    for nth in 0..ACTS {
        let needs = if nth == 0 { String::new() } else { format!("row{}", nth - 1) };
        text.push_str(&format!(
            "  - id: row{nth}\n    needs: [{needs}]\n    uses: set\n    with: {{ value: {nth} }}\n"
        ));
    }
    text
}
