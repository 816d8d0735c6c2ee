//! Where files come from, and how an environment is found by its name.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

/// A file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("there is no such file")]
    NotFound,
    /// It is longer than allowed; nothing was read.
    #[error("it has {0} bytes or more")]
    TooLarge(u64),
    /// A device, a pipe or a socket: it may have no end, or never begin.
    #[error("it is no regular file")]
    NotRegular,
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

    /// Names of the files in a folder; none where it cannot be looked into.
    fn in_folder(&self, _folder: &Path) -> Vec<String> {
        Vec::new()
    }

    /// The path from the root of the file system, so that parent folders can be walked.
    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// A path without `.` and without `..` behind a folder's name, so that two spellings of one file
/// are one. Links are not followed.
pub fn tidied(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(tidy.components().next_back(), Some(Component::Normal(_))) =>
            {
                tidy.pop();
            }
            part => tidy.push(part),
        }
    }
    tidy
}

/// Files of a folder that are looked at for a name that was meant: a folder of environments has
/// few, and a wrong folder may have a million.
const FOLDER_FILES_MAX: usize = 1_000;

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
        if !meta.is_file() {
            return Err(ReadError::NotRegular);
        }
        // The length that is told may be wrong (`/proc` tells 0), so the read itself has a limit.
        let limit = bytes_max as u64;
        let file = std::fs::File::open(path).map_err(other)?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(other)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(meta.len().max(bytes.len() as u64)));
        }
        String::from_utf8(bytes).map_err(|_| ReadError::NotText)
    }

    fn in_folder(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        names.take(FOLDER_FILES_MAX).collect()
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

    fn in_folder(&self, folder: &Path) -> Vec<String> {
        let files = self.keys().filter(|path| path.parent() == Some(folder));
        files.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
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

    /// Names of the environments that there are where a name is looked for.
    pub fn known(&self, files: &dyn Files, workflow: &Path) -> Vec<String> {
        let Self::Name(_) = self else { return Vec::new() };
        let places = self.candidates(files, workflow);
        let folders: BTreeSet<&Path> = places.iter().filter_map(|file| file.parent()).collect();
        let names = folders.iter().flat_map(|folder| files.in_folder(folder));
        let names = names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned));
        names.collect::<BTreeSet<String>>().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_and_what_is_too_long_only_to_its_limit() {
        let zero = DiskFiles.read(Path::new("/dev/zero"), 10);
        assert_eq!(zero, Err(ReadError::NotRegular));
        // Its length is told as 0.
        let told_short = DiskFiles.read(Path::new("/proc/self/status"), 10);
        assert_eq!(told_short, Err(ReadError::TooLarge(11)));
        assert!(DiskFiles.read(Path::new("/proc/self/status"), 100_000).is_ok());
    }

    #[test]
    fn an_environment_that_was_meant_is_found_among_those_that_there_are() {
        let there = ["environments/azure.yaml", "a/environments/b.yaml", "a/environments/c.txt"];
        let files: std::collections::BTreeMap<PathBuf, String> =
            there.map(|path| (PathBuf::from(path), String::new())).into();
        let known = EnvRef::parse("azzure").known(&files, Path::new("a/w.yaml"));
        assert_eq!(known, ["azure", "b"]);
        assert!(EnvRef::parse("x/azzure.yaml").known(&files, Path::new("a/w.yaml")).is_empty());
    }

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
