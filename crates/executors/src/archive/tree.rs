//! What a folder or an archive holds, by name, kind and sum: what tells whether two are the same.
//! It must not know how archives are written.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

/// Files of one archive: a large build has tens of thousands.
pub const ITEMS_MAX: usize = 200_000;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// What may be taken out of one archive, where nobody says otherwise: 4 GiB.
pub const BYTES_MAX: u64 = 4 << 30;

/// A file or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A file.
    File {
        /// Its SHA-256.
        sha256: String,
        /// Whether it can be run.
        runs: bool,
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        to: PathBuf,
    },
}

/// All of it. Folders count by what is in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// By name.
    pub items: BTreeMap<PathBuf, Item>,
    /// Bytes of all files.
    pub bytes: u64,
}

fn refuse<T>(why: String) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// A name inside an archive: below its folder, and nowhere else.
pub fn inside(name: &Path) -> io::Result<PathBuf> {
    let mut clean = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return refuse(format!("`{}` leads out of the folder", name.display()));
            }
        }
    }
    Ok(clean)
}

/// A link inside an archive must lead to something inside.
pub fn link_inside(name: &Path, to: &Path) -> io::Result<()> {
    let mut depth = name.components().count().saturating_sub(1);
    for component in to.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                let (name, to) = (name.display(), to.display());
                return refuse(format!("the link `{name}` leads out of the folder, to `{to}`"));
            }
        }
    }
    Ok(())
}

impl Tree {
    /// Reads a folder.
    pub fn of(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        let mut tree = Self::default();
        tree.walk(folder, Path::new(""), bytes_max)?;
        Ok(tree)
    }

    fn walk(&mut self, root: &Path, below: &Path, bytes_max: u64) -> io::Result<()> {
        for entry in std::fs::read_dir(root.join(below))? {
            let entry = entry?;
            let (name, kind) = (below.join(entry.file_name()), entry.file_type()?);
            if kind.is_dir() {
                self.walk(root, &name, bytes_max)?;
            } else if kind.is_symlink() {
                let to = std::fs::read_link(entry.path())?;
                link_inside(&name, &to)?;
                self.add(name, Item::Link { to })?;
            } else if kind.is_file() {
                let runs = entry.metadata()?.permissions().mode() & 0o111 != 0;
                let mut file = std::fs::File::open(entry.path())?;
                self.file(name, runs, &mut file, &mut io::sink(), bytes_max)?;
            } else {
                return refuse(format!("`{}` is neither a file nor a link", name.display()));
            }
        }
        Ok(())
    }

    /// Adds one that is not there yet.
    pub fn add(&mut self, name: PathBuf, item: Item) -> io::Result<()> {
        if self.items.len() >= ITEMS_MAX {
            return refuse(format!("there are more than {ITEMS_MAX} files"));
        }
        match self.items.insert(name.clone(), item) {
            None => Ok(()),
            Some(_) => refuse(format!("`{}` is in it twice", name.display())),
        }
    }

    /// Reads a file to its end, passes it on and adds it.
    pub fn file(
        &mut self,
        name: PathBuf,
        runs: bool,
        from: &mut impl Read,
        to: &mut impl Write,
        bytes_max: u64,
    ) -> io::Result<()> {
        let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK_BYTES]);
        loop {
            let read = from.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            self.bytes += read as u64;
            if self.bytes > bytes_max {
                return refuse(format!("it holds more than {bytes_max} bytes"));
            }
            hash.update(&chunk[..read]);
            to.write_all(&chunk[..read])?;
        }
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        self.add(name, Item::File { sha256, runs })
    }

    /// One sum for all of it.
    pub fn sum(&self) -> String {
        let mut hash = Sha256::new();
        for (name, item) in &self.items {
            let line = match item {
                Item::File { sha256, runs } => format!("file {sha256} {runs}"),
                Item::Link { to } => format!("link {}", to.display()),
            };
            hash.update(format!("{}\0{line}\0", name.display()));
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_links_that_lead_out_are_refused() {
        assert_eq!(inside(Path::new("./a/b")).unwrap(), Path::new("a/b"));
        for name in ["../a", "/etc/passwd", "a/../../b"] {
            assert!(inside(Path::new(name)).is_err(), "{name}");
        }
        link_inside(Path::new("a/b"), Path::new("../c")).unwrap();
        for to in ["../../c", "/etc", "../x/../../.."] {
            assert!(link_inside(Path::new("a/b"), Path::new(to)).is_err(), "{to}");
        }
    }
}
