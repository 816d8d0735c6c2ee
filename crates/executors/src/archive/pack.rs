//! Writes a folder into an archive, the same bytes for the same content. It must not know why.

use super::format::{Format, RUNS, mode};
use super::tree::{Item, Tree};
use super::zips;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes it and makes it durable.
pub fn pack(folder: &Path, tree: &Tree, file: &Path, format: Format) -> io::Result<()> {
    let out = File::options().write(true).create_new(true).open(file)?;
    let out = match format {
        Format::TarGz => tar(folder, tree, out)?,
        Format::Zip => zips::pack(folder, tree, out)?,
    };
    out.sync_all()
}

fn tar(folder: &Path, tree: &Tree, out: File) -> io::Result<File> {
    let encoder = GzEncoder::new(BufWriter::new(out), Compression::default());
    let mut builder = tar::Builder::new(encoder);
    for (name, item) in &tree.items {
        let mut header = tar::Header::new_gnu();
        header.set_mtime(0);
        match item {
            Item::File { runs, .. } => {
                let source = File::open(folder.join(name))?;
                header.set_entry_type(tar::EntryType::Regular);
                header.set_size(source.metadata()?.len());
                header.set_mode(mode(*runs));
                builder.append_data(&mut header, name, source)?;
            }
            Item::Link { to } => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                header.set_mode(RUNS);
                builder.append_link(&mut header, name, to)?;
            }
        }
    }
    let mut buffer = builder.into_inner()?.finish()?;
    buffer.flush()?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)
}
