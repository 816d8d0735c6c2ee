//! Writes a file into a store: whole or not at all, and only where what is there is what was looked
//! at. A long one goes in parts, which count for nothing until the last word.

use super::facts::Facts;
use super::opened::Opened;
use crate::change::failing::permanent;
use crate::change::sum::{Sum, hex};
use crate::http::Aim;
use bytes::Bytes;
use object_store::{Attributes, Error, PutMode, PutMultipartOptions, PutOptions, UpdateVersion};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tokio::io::AsyncReadExt;
use windlass_ports::Outcome;

/// The longest file that goes as one request, under a condition that the store itself checks; also
/// the shortest part of a longer one. What is held in memory at once.
const SINGLE_BYTES_MAX: u64 = 8 << 20;

/// The longest part: what is held in memory at once of the longest files.
const PART_BYTES_MAX: u64 = 64 << 20;

/// S3 takes 10,000 parts, Azure 50,000.
const PARTS_MAX: u64 = 9_000;

/// Where the bytes come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// These.
    Bytes(Vec<u8>),
    /// A file of this machine.
    File(PathBuf),
}

/// What is written.
pub struct Upload<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub source: &'a Source,
    /// Their sum: others are not written.
    pub sum: &'a Sum,
    /// What the store keeps beside them, where it does.
    pub attributes: Attributes,
    /// What was looked at; none where nothing was there.
    pub before: Option<&'a Facts>,
}

impl Opened {
    /// Writes it, or nothing where something else is there than what was looked at: whoever asks
    /// looks what it is.
    pub async fn upload(&self, mut upload: Upload<'_>) -> Outcome<()> {
        if !self.keeps_marks() {
            upload.attributes = Attributes::new();
        }
        match upload.source {
            Source::File(path) if upload.sum.bytes > SINGLE_BYTES_MAX => {
                self.in_parts(&upload, path).await
            }
            Source::File(path) => match tokio::fs::read(path).await {
                Ok(bytes) => self.at_once(&upload, bytes).await,
                Err(error) => unreadable(path, &error),
            },
            Source::Bytes(bytes) => self.at_once(&upload, bytes.clone()).await,
        }
    }

    async fn at_once(&self, upload: &Upload<'_>, bytes: Vec<u8>) -> Outcome<()> {
        if Sum::of_bytes(&bytes) != *upload.sum {
            return source_changed(upload);
        }
        // A folder knows no condition on what is there.
        if !self.keeps_marks() && self.is_changed(upload).await? {
            return Ok(());
        }
        let mode = match upload.before {
            None => PutMode::Create,
            Some(_) if !self.keeps_marks() => PutMode::Overwrite,
            Some(before) => {
                let e_tag = Some(before.etag.clone());
                PutMode::Update(UpdateVersion { e_tag, version: None })
            }
        };
        let attributes = upload.attributes.clone();
        let options = PutOptions { mode, attributes, ..PutOptions::default() };
        let path = self.path(upload.name)?;
        match self.store.put_opts(&path, bytes.into(), options).await {
            Ok(_) | Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(()),
            Err(error) => self.failed(Aim::Write, &what(self, upload), &error),
        }
    }

    async fn in_parts(&self, upload: &Upload<'_>, source: &PathBuf) -> Outcome<()> {
        let part = (upload.sum.bytes / PARTS_MAX + 1).clamp(SINGLE_BYTES_MAX, PART_BYTES_MAX);
        if upload.sum.bytes / part >= PARTS_MAX {
            let largest = PARTS_MAX * PART_BYTES_MAX;
            let why = format!("failed to {}: no more than {largest} bytes go", what(self, upload));
            return permanent("large", why);
        }
        let attributes = upload.attributes.clone();
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let begun = self.store.put_multipart_opts(&self.path(upload.name)?, options).await;
        let mut parts = match begun {
            Ok(parts) => parts,
            Err(error) => return self.failed(Aim::Read, &what(self, upload), &error),
        };
        let sent = self.send_parts(upload, source, part, parts.as_mut()).await;
        // Right before the last word: from then on it is there.
        let goes_on = match sent {
            Ok(()) => self.is_changed(upload).await.map(|changed| !changed),
            Err(error) => Err(error),
        };
        match goes_on {
            Ok(true) => match parts.complete().await {
                Ok(_) => Ok(()),
                Err(error) => self.failed(Aim::Write, &what(self, upload), &error),
            },
            stopped => {
                // Parts that stay are the store's to clear away.
                if let Err(error) = parts.abort().await {
                    tracing::warn!(kind = ?error_kind(&error), "parts of a file were left behind");
                }
                stopped.map(drop)
            }
        }
    }

    async fn send_parts(
        &self,
        upload: &Upload<'_>,
        source: &PathBuf,
        part: u64,
        parts: &mut dyn object_store::MultipartUpload,
    ) -> Outcome<()> {
        let mut file = match tokio::fs::File::open(source).await {
            Ok(file) => file,
            Err(error) => return unreadable(source, &error),
        };
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        loop {
            let mut chunk = Vec::new();
            match (&mut file).take(part).read_to_end(&mut chunk).await {
                Ok(0) => break,
                Ok(read) => bytes += read as u64,
                Err(error) => return unreadable(source, &error),
            }
            if bytes > upload.sum.bytes {
                return source_changed(upload);
            }
            hash.update(&chunk);
            // Nothing is there yet: a part that is in doubt is sent again with all others.
            if let Err(error) = parts.put_part(Bytes::from(chunk).into()).await {
                return self.failed(Aim::Read, &what(self, upload), &error);
            }
        }
        if hex(&hash.finalize()) != upload.sum.sha256 {
            return source_changed(upload);
        }
        Ok(())
    }

    async fn is_changed(&self, upload: &Upload<'_>) -> Outcome<bool> {
        let now = self.look(upload.name).await?;
        Ok(now.map(|facts| facts.etag) != upload.before.map(|facts| facts.etag.clone()))
    }
}

fn what(store: &Opened, upload: &Upload<'_>) -> String {
    format!("write {}", store.label(upload.name))
}

/// The kind alone: an error's text may hold an address.
fn error_kind(error: &Error) -> std::mem::Discriminant<Error> {
    std::mem::discriminant(error)
}

fn unreadable<T>(path: &std::path::Path, error: &std::io::Error) -> Outcome<T> {
    permanent("file", format!("failed to read {}: {error}", path.display()))
}

fn source_changed<T>(upload: &Upload<'_>) -> Outcome<T> {
    let name = upload.name;
    permanent("changed", format!("failed to write {name}: what it is made from changed meanwhile"))
}
