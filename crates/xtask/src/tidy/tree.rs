//! The repository as the rules see it: texts and manifests in memory, so that a rule's tests can
//! make a tree of three lines. It must not know any rule.

use crate::{metadata, process, repo};
use anyhow::{Context, Result};
use std::path::Path;

/// Endings of the files whose text the rules read.
const TEXT_ENDINGS: [&str; 10] =
    ["rs", "md", "toml", "yaml", "yml", "json", "txt", "sh", "js", "html"];

/// The files and manifests that the rules look at.
#[derive(Debug, Default)]
pub struct Tree {
    /// Text files, by path.
    pub files: Vec<SourceFile>,
    /// The workspace's crates, by name.
    pub crates: Vec<Manifest>,
}

/// One text file.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What a crate's manifest names.
#[derive(Debug, Default)]
pub struct Manifest {
    /// The package's name.
    pub name: String,
    /// Its manifest, relative to the root.
    pub path: String,
    /// Normal and build dependencies.
    pub normal: Vec<String>,
    /// Dependencies of tests only.
    pub dev: Vec<String>,
}

impl Tree {
    /// Reads what git tracks or would track: ignored files are nobody's business.
    pub fn load() -> Result<Self> {
        let listed =
            process::read("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
                .context("failed to list the repository's files; tidy needs git")?;
        let mut files = Vec::new();
        for path in listed.split('\0').filter(|path| is_text(path)) {
            // A file may be listed and gone: deleted and not yet committed.
            let Ok(bytes) = std::fs::read(repo::at(path)) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.push(SourceFile { path: path.to_owned(), text });
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files, crates: manifests()? })
    }

    /// Makes a tree for a rule's test.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() })
            .collect();
        Self { files, crates: Vec::new() }
    }

    /// Returns the Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Returns one file.
    pub fn get(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn is_text(path: &str) -> bool {
    let path = Path::new(path);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) => TEXT_ENDINGS.contains(&ending),
        None => !path.as_os_str().is_empty(),
    }
}

fn manifests() -> Result<Vec<Manifest>> {
    let root = repo::root();
    let mut manifests: Vec<Manifest> = metadata::workspace()?
        .packages
        .into_iter()
        .map(|package| {
            let path = Path::new(&package.manifest_path);
            let path = path.strip_prefix(&root).unwrap_or(path).display().to_string();
            let (dev, normal): (Vec<_>, Vec<_>) = package
                .dependencies
                .into_iter()
                .partition(|dependency| dependency.kind.as_deref() == Some("dev"));
            let names =
                |list: Vec<metadata::Dependency>| list.into_iter().map(|d| d.name).collect();
            Manifest { name: package.name, path, normal: names(normal), dev: names(dev) }
        })
        .collect();
    manifests.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(manifests)
}
