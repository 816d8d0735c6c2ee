//! Zip files, written and read. It must not know why.

use super::format::mode;
use super::place::Place;
use super::tree::{Item, Tree, inside, link_inside};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// From this length on a zip needs larger numbers.
const LARGE: u64 = u32::MAX as u64;

/// The longest target of a link.
const LINK_BYTES_MAX: u64 = 4_096;

/// Writes a folder.
pub fn pack(folder: &Path, tree: &Tree, out: File) -> io::Result<File> {
    let mut writer = ZipWriter::new(out);
    for (name, item) in &tree.items {
        let name_in = name.display().to_string();
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        match item {
            Item::File { runs, .. } => {
                let mut source = File::open(folder.join(name))?;
                let large = source.metadata()?.len() >= LARGE;
                let options = options.unix_permissions(mode(*runs)).large_file(large);
                writer.start_file(name_in, options)?;
                io::copy(&mut source, &mut writer)?;
            }
            Item::Link { to } => writer.add_symlink(name_in, to.display().to_string(), options)?,
        }
    }
    let mut out = writer.finish()?;
    out.flush()?;
    Ok(out)
}

/// Reads one to its end.
pub fn unpack(file: File, bytes_max: u64, place: &Place<'_>) -> io::Result<Tree> {
    let mut archive = ZipArchive::new(file)?;
    let mut tree = Tree::default();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = inside(Path::new(entry.name()?.as_ref()))?;
        if entry.is_dir() {
            place.folder(&name)?;
        } else if entry.is_symlink() {
            let mut to = String::new();
            (&mut entry).take(LINK_BYTES_MAX).read_to_string(&mut to)?;
            link_inside(&name, Path::new(&to))?;
            place.link(&name, Path::new(&to))?;
            tree.add(name, Item::Link { to: to.into() })?;
        } else {
            let runs = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
            let mut out = place.file(&name, runs)?;
            tree.file(name, runs, &mut entry, &mut out, bytes_max)?;
            out.done()?;
        }
    }
    Ok(tree)
}
