//! Where files come from, and how an environment is found by its name.

use std::path::{Path, PathBuf};

/// A file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("there is no such file")]
    NotFound,
    /// It is longer than allowed; nothing was read.
    #[error("it has {0} bytes")]
    TooLarge(u64),
    /// It is no text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// Reads files. The checker asks for nothing else of a disk.
pub trait Files {
    /// The text of a file of at most `bytes_max` bytes.
    fn read(&self, path: &Path, bytes_max: usize) -> Result<String, ReadError>;

    /// The path from the root of the file system, so that parent folders can be walked.
    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// The machine's disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path, bytes_max: usize) -> Result<String, ReadError> {
        let other = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => ReadError::NotFound,
            std::io::ErrorKind::IsADirectory => ReadError::Other("it is a folder".to_owned()),
            _ => ReadError::Other(error.to_string()),
        };
        let meta = std::fs::metadata(path).map_err(other)?;
        if meta.is_dir() {
            return Err(ReadError::Other("it is a folder".to_owned()));
        }
        if meta.len() > bytes_max as u64 {
            return Err(ReadError::TooLarge(meta.len()));
        }
        let bytes = std::fs::read(path).map_err(other)?;
        String::from_utf8(bytes).map_err(|_| ReadError::NotText)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }
}

/// Files in memory, by path: for tests and for editors.
impl Files for std::collections::BTreeMap<PathBuf, String> {
    fn read(&self, path: &Path, bytes_max: usize) -> Result<String, ReadError> {
        let text = self.get(path).ok_or(ReadError::NotFound)?;
        match text.len() {
            length if length > bytes_max => Err(ReadError::TooLarge(length as u64)),
            _ => Ok(text.clone()),
        }
    }
}

/// An environment as a user names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvRef {
    /// By name: looked up in `environments/`.
    Name(String),
    /// By path.
    Path(PathBuf),
}

impl EnvRef {
    /// A text with a `/` or an ending is a path, any other a name.
    pub fn parse(text: &str) -> Self {
        let path = Path::new(text);
        let ending = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        match ending || text.contains(['/', '\\']) {
            true => Self::Path(path.to_owned()),
            false => Self::Name(text.to_owned()),
        }
    }

    /// Where it may lie, in the order of search: beside the workflow, in each parent folder, under
    /// `./workflows`.
    pub fn candidates(&self, files: &dyn Files, workflow: &Path) -> Vec<PathBuf> {
        let name = match self {
            Self::Path(path) => return vec![path.clone()],
            Self::Name(name) => name,
        };
        let file = Path::new("environments").join(format!("{name}.yaml"));
        let mut found = Vec::new();
        // as the user wrote it first, so that messages show short paths
        for folder in workflow.ancestors().skip(1) {
            found.push(folder.join(&file));
        }
        for folder in files.absolute(workflow).ancestors().skip(1) {
            found.push(folder.join(&file));
        }
        found.push(Path::new("workflows").join(&file));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_from_the_file_upwards() {
        let files = std::collections::BTreeMap::new();
        let found = EnvRef::parse("rehearsal").candidates(&files, Path::new("a/b/w.yaml"));
        let found: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
        assert_eq!(
            found[..3],
            [
                "a/b/environments/rehearsal.yaml",
                "a/environments/rehearsal.yaml",
                "environments/rehearsal.yaml"
            ]
        );
        assert_eq!(found.last().unwrap(), "workflows/environments/rehearsal.yaml");
        let path = EnvRef::parse("x/y.yaml");
        assert_eq!(path, EnvRef::Path(PathBuf::from("x/y.yaml")));
    }
}
