//! A disk whose power can be cut: a fresh file system on a loop device, which is shut down without
//! flushing. What was not made durable is lost, as the file system's own journal has it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the disk holds: the smallest that both file systems take, with room for a store.
const SIZE: &str = "400M";

/// Longest wait for a file system that is still in use by what was killed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file system.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The usual one.
    Ext4,
    /// The other usual one.
    Xfs,
}

/// The disk.
pub struct Device {
    folder: TempDir,
}

impl Device {
    /// A fresh one, mounted.
    pub fn new(kind: Kind) -> Result<Self, String> {
        let device = Self { folder: TempDir::new().map_err(|e| e.to_string())? };
        let image = device.image();
        std::fs::create_dir(device.place()).map_err(|e| e.to_string())?;
        does("truncate", &["--size", SIZE, &image])?;
        match kind {
            Kind::Ext4 => does("mkfs.ext4", &["-q", "-F", &image])?,
            Kind::Xfs => does("mkfs.xfs", &["-q", "-f", &image])?,
        }
        device.mount()?;
        Ok(device)
    }

    /// Where it is mounted.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    /// Cuts the power: from now on nothing reaches the disk.
    pub fn cut(&self) -> Result<(), String> {
        does("xfs_io", &["-x", "-c", "shutdown", &text(&self.place())])
    }

    /// The power is back. Nobody may have anything open on it.
    pub fn back(&self) -> Result<(), String> {
        let since = Instant::now();
        while let Err(why) = self.unmount() {
            if since.elapsed() > PATIENCE {
                return Err(why);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.mount()
    }

    fn image(&self) -> String {
        text(&self.folder.path().join("image"))
    }

    fn mount(&self) -> Result<(), String> {
        does("mount", &["-o", "loop", &self.image(), &text(&self.place())])
    }

    fn unmount(&self) -> Result<(), String> {
        does("umount", &[&text(&self.place())])
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        drop(self.unmount());
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn does(program: &str, words: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(words).output();
    let output = output.map_err(|e| format!("failed to run {program}: {e}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{program} {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}
