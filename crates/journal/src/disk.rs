//! What a journal needs of a disk: one folder and the files in it. A simulated disk stands behind
//! the same two traits, so nothing here may promise more than POSIX does.

use std::io;

/// A folder that belongs to one journal. Clones mean the same folder.
pub trait Disk: Clone + Send + 'static {
    /// An open file.
    type File: DiskFile;

    /// Names of all files in the folder, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Makes an empty file, or empties one. Its name is durable after [`Disk::sync_folder`].
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name; what had that name is gone. Durable after [`Disk::sync_folder`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Durable after [`Disk::sync_folder`].
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes the names in the folder durable.
    fn sync_folder(&self) -> io::Result<()>;
}

/// An open file.
#[expect(clippy::len_without_is_empty, reason = "nobody asks whether a segment is empty")]
pub trait DiskFile: Send + Sync + 'static {
    /// Its length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Fills a buffer from a place in the file; less than that is an error.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()>;

    /// Writes all bytes at a place; beyond the end the file grows. Not durable before
    /// [`DiskFile::sync_data`].
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Makes everything written to the file durable, and its length (`fdatasync`). After an error
    /// nothing is known, and asking again tells nothing.
    fn sync_data(&self) -> io::Result<()>;
}
