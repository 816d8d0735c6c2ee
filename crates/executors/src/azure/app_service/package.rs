//! A package on this machine: open, whole, with its sum. It must not know where it goes.

use crate::azure::storage::whole_zip::{END_BYTES_MAX, ends_whole};
use crate::change::disk::apart;
use crate::change::failing::permanent;
use crate::change::sum::Sum;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use windlass_ports::Outcome;

/// The largest package that a deployment host takes.
const BYTES_MAX: u64 = 2048 << 20;

/// A package.
#[derive(Debug)]
pub struct Package {
    /// Open, so that whoever replaces it by its name does not change what is sent.
    pub file: Arc<File>,
    /// Its length and sum.
    pub sum: Sum,
}

impl Package {
    /// Opens it and reads it to its end.
    pub async fn open(path: &Path) -> Outcome<Self> {
        let (owned, place) = (path.to_owned(), path.display());
        let (file, sum, whole) = apart("read the package", path, move || look(&owned)).await?;
        if !whole {
            let why = format!("failed to read the package {place}: it does not end as a zip ends");
            return permanent("not_whole", why);
        }
        if sum.bytes > BYTES_MAX {
            let why = format!(
                "failed to read the package {place}: it has {} bytes, and a deployment host takes \
                 {BYTES_MAX}",
                sum.bytes
            );
            return permanent("large", why);
        }
        Ok(Self { file: Arc::new(file), sum })
    }
}

fn look(path: &Path) -> io::Result<(File, Sum, bool)> {
    let mut file = File::open(path)?;
    let sum = Sum::of_open(&mut file)?;
    file.seek(SeekFrom::Start(sum.bytes.saturating_sub(END_BYTES_MAX)))?;
    let mut end = Vec::new();
    (&file).take(END_BYTES_MAX).read_to_end(&mut end)?;
    Ok((file, sum, ends_whole(&end)))
}
