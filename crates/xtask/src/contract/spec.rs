//! Reads OpenAPI 2 files and follows their references, also from file to file. It must not know
//! which operations are wanted.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The folder of specifications, with what was read so far.
pub struct Specs {
    folder: PathBuf,
    read: RefCell<BTreeMap<String, Rc<Value>>>,
}

/// A piece of a file: references in it are relative to that file.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The file, relative to the folder.
    pub file: String,
    /// The piece.
    pub value: Value,
}

impl Piece {
    /// Returns a member as a piece of the same file.
    pub fn get(&self, name: &str) -> Option<Self> {
        self.value.get(name).map(|value| self.of(value))
    }

    /// Returns the elements of an array member; none if there is no such member.
    pub fn list(&self, name: &str) -> Vec<Self> {
        let values = self.value.get(name).and_then(Value::as_array);
        values.into_iter().flatten().map(|value| self.of(value)).collect()
    }

    /// Returns the members of an object member; none if there is no such member.
    pub fn members(&self, name: &str) -> Vec<(String, Self)> {
        let members = self.value.get(name).and_then(Value::as_object);
        members.into_iter().flatten().map(|(name, value)| (name.clone(), self.of(value))).collect()
    }

    /// Returns a string member, empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Says whether a member is `true`.
    pub fn is(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn of(&self, value: &Value) -> Self {
        Self { file: self.file.clone(), value: value.clone() }
    }
}

impl Specs {
    /// Opens the folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), read: RefCell::default() }
    }

    /// Reads a whole file, once.
    pub fn file(&self, file: &str) -> Result<Rc<Value>> {
        if let Some(known) = self.read.borrow().get(file) {
            return Ok(Rc::clone(known));
        }
        let path = self.folder.join(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        // Azure DevOps' files begin with a byte order mark.
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .with_context(|| format!("failed to read {file} as JSON"))?;
        let value = Rc::new(value);
        self.read.borrow_mut().insert(file.to_owned(), Rc::clone(&value));
        Ok(value)
    }

    /// Returns the operation of a path and method.
    pub fn operation(&self, file: &str, pointer: [&str; 3]) -> Result<Piece> {
        let mut value = &*self.file(file)?;
        for name in pointer {
            let next = value.get(name);
            value = next.with_context(|| format!("{file} has no `{name}`"))?;
        }
        Ok(Piece { file: file.to_owned(), value: value.clone() })
    }

    /// Follows a piece's `$ref` until it is none.
    pub fn follow(&self, piece: &Piece) -> Result<Piece> {
        let mut piece = piece.clone();
        while let Some(reference) = piece.value.get("$ref").and_then(Value::as_str) {
            let Some((file, pointer)) = reference.split_once('#') else {
                bail!("{}: the reference `{reference}` names no place", piece.file);
            };
            let file = if file.is_empty() { piece.file.clone() } else { beside(&piece.file, file) };
            let whole = self.file(&file)?;
            let found = whole.pointer(pointer);
            let value = found.with_context(|| format!("{file} has no `{pointer}`"))?.clone();
            piece = Piece { file, value };
        }
        Ok(piece)
    }
}

/// Returns the path of a file that another names relatively.
fn beside(file: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_from_file_to_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        let write =
            |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
        write("a/x.json", r##"{"definitions":{"X":{"$ref":"../y.json#/definitions/Y"}}}"##);
        let y = r##"{"definitions":{"Y":{"$ref":"#/definitions/Z"},"Z":{"type":"string"}}}"##;
        write("y.json", &format!("\u{feff}{y}"));
        let specs = Specs::new(folder.path());
        let value = serde_json::json!({"$ref": "#/definitions/X"});
        let found = specs.follow(&Piece { file: "a/x.json".to_owned(), value }).unwrap();
        assert_eq!((found.file.as_str(), found.text("type")), ("y.json", "string"));
        let missing = serde_json::json!({"$ref": "#/definitions/Q"});
        assert!(specs.follow(&Piece { file: "a/x.json".to_owned(), value: missing }).is_err());
    }
}
