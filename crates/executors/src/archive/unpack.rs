//! Reads an archive to its end, into a folder or nowhere. Nothing leaves that folder, and no more
//! comes out than is allowed. It must not know why.

use super::format::Format;
use super::place::Place;
use super::tree::{Item, Tree, inside, link_inside};
use super::zips;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// What may follow the last file of an archive: the rest of its last block.
const TAIL_BYTES_MAX: u64 = 1 << 20;

/// Reads it.
pub fn unpack(file: &Path, format: Format, bytes_max: u64, place: Place<'_>) -> io::Result<Tree> {
    let source = File::open(file)?;
    match format {
        Format::TarGz => tar(source, bytes_max, &place),
        Format::Zip => zips::unpack(source, bytes_max, &place),
    }
}

fn tar(file: File, bytes_max: u64, place: &Place<'_>) -> io::Result<Tree> {
    let decoder = MultiGzDecoder::new(BufReader::new(file));
    let mut archive = tar::Archive::new(decoder);
    let mut tree = Tree::default();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = inside(&entry.path()?)?;
        match entry.header().entry_type() {
            tar::EntryType::Directory => place.folder(&name)?,
            tar::EntryType::Symlink => {
                let to = entry.link_name()?.map(|to| to.into_owned()).unwrap_or_default();
                link_inside(&name, &to)?;
                place.link(&name, &to)?;
                tree.add(name, Item::Link { to })?;
            }
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let runs = entry.header().mode()? & 0o111 != 0;
                let mut out = place.file(&name, runs)?;
                tree.file(name, runs, &mut entry, &mut out, bytes_max)?;
                out.done()?;
            }
            tar::EntryType::XGlobalHeader => {}
            other => {
                let why = format!("`{}` is of a kind that is not taken: {other:?}", name.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
    }
    // The sum at the end of the compressed stream is looked at only where it is read to its end.
    let mut rest = archive.into_inner().take(TAIL_BYTES_MAX);
    io::copy(&mut rest, &mut io::sink())?;
    Ok(tree)
}
