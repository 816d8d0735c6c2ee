//! Large records as files of their own, named by whose they are and by their content, in the
//! store's folder. It must not know what a record is. A file is durable before the row that names
//! it.

use crate::layout::{TEMPORARY_PREFIX, gone, make_folder, write_durably};
use crate::record::Object;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of large records.
#[derive(Clone, Debug)]
pub struct Objects {
    folder: PathBuf,
}

impl Objects {
    /// The objects in a folder, which is made where it is not there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        make_folder(folder)?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// The objects in a folder that is only read.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// Writes an object, durably. Content of the same name is the same, so writing again is
    /// harmless.
    pub fn keep(&self, object: &Object) -> io::Result<()> {
        write_durably(&self.folder.join(&object.name), &object.bytes)
    }

    /// Reads an object; its content is checked by who knows its row.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(name))
    }

    /// Deletes an object that no row names any more; one that is gone already is fine.
    pub fn forget(&self, name: &str) {
        if let Err(error) = gone(fs::remove_file(self.folder.join(name))) {
            tracing::warn!(name, %error, "an unused object stays on the disk");
        }
    }

    /// Deletes what a crash left half written and what `is_named` denies; returns how many.
    pub fn sweep(&self, is_named: impl Fn(&str) -> bool) -> io::Result<usize> {
        let mut swept = 0;
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.starts_with(TEMPORARY_PREFIX) || !is_named(name) {
                self.forget(name);
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// Reads whose object a name is: the tree's tag and the record's key.
pub fn owner_of(name: &str) -> Option<(u8, Vec<u8>)> {
    let mut parts = name.split('-');
    let tag = parts.next()?.parse().ok()?;
    let key = parts.next()?;
    let pairs =
        (0..key.len() / 2).map(|at| u8::from_str_radix(key.get(2 * at..2 * at + 2)?, 16).ok());
    Some((tag, pairs.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::pack;

    #[test]
    fn an_object_is_kept_read_and_swept() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::open(folder.path()).unwrap();
        let object = pack(3, &[1, 0xab], vec![9; 300_000]).object.unwrap();
        objects.keep(&object).unwrap();
        objects.keep(&object).unwrap();
        assert_eq!(objects.read(&object.name).unwrap(), object.bytes);
        assert_eq!(owner_of(&object.name), Some((3, vec![1, 0xab])));
        fs::write(folder.path().join("new-half"), b"half").unwrap();
        assert_eq!(objects.sweep(|name| name == object.name).unwrap(), 1);
        assert_eq!(objects.sweep(|_| false).unwrap(), 1);
        assert!(objects.read(&object.name).is_err());
    }
}
