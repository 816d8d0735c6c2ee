//! Where an archive's files go: into a folder that nothing leaves, or nowhere. It must not know how
//! archives are read.

use super::format::mode;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

/// Where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a>(pub Option<&'a Path>);

/// A file that is written, or only read.
pub enum Out {
    /// Written.
    File(BufWriter<File>),
    /// Only read.
    Nowhere,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Nowhere => Ok(()),
        }
    }
}

impl Out {
    /// Makes it durable.
    pub fn done(mut self) -> io::Result<()> {
        self.flush()?;
        match self {
            Self::File(file) => file.get_ref().sync_all(),
            Self::Nowhere => Ok(()),
        }
    }
}

impl Place<'_> {
    /// A folder, and those that it is in. Where one of them is a link nothing goes through it.
    pub fn folder(&self, name: &Path) -> io::Result<()> {
        let Some(root) = self.0 else { return Ok(()) };
        let mut folder = root.to_owned();
        for part in name.components() {
            folder.push(part);
            match std::fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    let why = format!("`{}` is no folder", folder.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                Err(_) => std::fs::create_dir(&folder)?,
            }
        }
        Ok(())
    }

    /// A new file.
    pub fn file(&self, name: &Path, runs: bool) -> io::Result<Out> {
        let Some(root) = self.0 else { return Ok(Out::Nowhere) };
        self.folder(name.parent().unwrap_or(Path::new("")))?;
        let place = root.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(mode(runs)).open(&place)?;
        file.set_permissions(Permissions::from_mode(mode(runs)))?;
        Ok(Out::File(BufWriter::new(file)))
    }

    /// A new link.
    pub fn link(&self, name: &Path, to: &Path) -> io::Result<()> {
        let Some(root) = self.0 else { return Ok(()) };
        self.folder(name.parent().unwrap_or(Path::new("")))?;
        symlink(to, root.join(name))
    }
}
