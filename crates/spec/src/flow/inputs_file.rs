//! A file of inputs, YAML or JSON: every mistake with its place.

use super::checked::CheckedWorkflow;
use super::files::Files;
use super::find::unreadable;
use crate::diagnostic::{Diagnostic, Findings, has_errors, in_order};
use crate::nearest::did_you_mean;
use crate::source::SourceText;
use crate::yaml::{FILE_BYTES_MAX, Yaml, YamlKind, parse};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

impl CheckedWorkflow {
    /// Reads a file that holds a map of inputs.
    pub fn read_inputs_file(
        &self,
        files: &dyn Files,
        path: &Path,
    ) -> Result<Map<String, Value>, Vec<Diagnostic>> {
        let text = files.read(path, FILE_BYTES_MAX).map_err(|why| vec![unreadable(path, &why)])?;
        let source = SourceText::new(path.display().to_string(), text);
        let mut findings = Findings::new(Arc::new(source));
        let values = parse(&mut findings).map(|tree| self.values(&tree, &mut findings));
        match values.filter(|_| !has_errors(&findings.list)) {
            Some(values) => Ok(values),
            None => Err(in_order(findings.finish())),
        }
    }

    fn values(&self, tree: &Yaml, findings: &mut Findings) -> Map<String, Value> {
        if !matches!(tree.kind, YamlKind::Map(_)) {
            let message = format!("a file of inputs is a map, but this is {}", tree.type_name());
            findings
                .error("wrong_type", tree.span, message)
                .help("write a line for each input: `build: \"26.10.0.25\"`");
        }
        let mut values = Map::new();
        for entry in tree.entries() {
            let Some(input) = self.inputs.iter().find(|input| input.name == entry.key) else {
                let message = format!("the workflow `{}` has no input `{}`", self.name, entry.key);
                let known: Vec<&str> = self.inputs.iter().map(|i| i.name.as_str()).collect();
                findings
                    .error("unknown_input", entry.key_span, message)
                    .help(did_you_mean(&entry.key, known));
                continue;
            };
            let value = entry.value.to_value();
            if let Err(why) = input.fits(&value) {
                let raw = findings.source.slice(entry.value.span).to_owned();
                let text =
                    input.type_word() == "a text" && (value.is_number() || value.is_boolean());
                findings.error("bad_input", entry.value.span, why).help(match text {
                    true => format!("without quotes it is none; write `\"{raw}\"`"),
                    false => String::new(),
                });
            }
            values.insert(entry.key.clone(), value);
        }
        values
    }
}
