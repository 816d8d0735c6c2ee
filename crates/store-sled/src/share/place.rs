//! Where the socket of a store is: in its folder, or, where that path is too long for a socket's
//! name, in a private folder for temporary files, named by a pointer in the store's folder.

use crate::layout::{Layout, make_folder};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use windlass_ports::digest::sha256_hex;

/// The longest name that the kernel takes: `sun_path` has 108 bytes on Linux and 104 elsewhere, one
/// is the end.
const SOCKET_PATH_BYTES_MAX: usize = 103;

/// Digits of the store's digest in a fallback's name.
const NAME_DIGITS: usize = 16;

/// Decides where to serve, and leaves a pointer where guests could not know. `temporary` is a
/// folder for temporary files with a short path.
pub fn to_serve(layout: &Layout, temporary: &Path) -> io::Result<PathBuf> {
    let socket = layout.socket();
    if fits(&socket) {
        return Ok(socket);
    }
    let folder = temporary.join(format!("windlass-{}", own_user()));
    make_folder(&folder)?;
    let meta = fs::symlink_metadata(&folder)?;
    if !meta.is_dir() || meta.uid() != own_user() || meta.mode() & 0o077 != 0 {
        let why = format!("{} is not a private folder of this user", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    let name = &sha256_hex(layout.root().as_os_str().as_bytes())[..NAME_DIGITS];
    let socket = folder.join(name);
    if !fits(&socket) {
        let why = format!("the path {} is too long for a socket", socket.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    fs::write(layout.socket_pointer(), socket.as_os_str().as_bytes())?;
    Ok(socket)
}

/// Where the holder serves, if it does.
pub fn to_visit(layout: &Layout) -> io::Result<PathBuf> {
    let socket = layout.socket();
    if fits(&socket) {
        return Ok(socket);
    }
    let pointer = fs::read(layout.socket_pointer())?;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&pointer)))
}

/// Lets nobody but the owner speak to a socket.
pub fn make_private(socket: &Path) -> io::Result<()> {
    fs::set_permissions(socket, Permissions::from_mode(0o600))
}

/// The user of this process.
pub fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn fits(socket: &Path) -> bool {
    socket.as_os_str().len() <= SOCKET_PATH_BYTES_MAX
}
