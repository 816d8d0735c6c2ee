//! An open store: what is there, its bytes, a copy of it, away with it. Nothing is tried twice
//! here: that is the engine's to decide. It must not know why something is done.

use super::binding::StoreBinding;
use super::door::Door;
use super::facts::Facts;
use super::wire::{Heard, Wire};
use crate::change::failing::{in_doubt, permanent, transient};
use crate::change::sum::{Sum, hex};
use crate::http::error_body::bounded;
use crate::http::{Aim, refused, unanswered};
use crate::redact::Redactor;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use md5::{Digest, Md5};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectStore, ObjectStoreExt};
use sha2::Sha256;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use windlass_ports::{Outcome, Verdict};

/// Why a file is not deleted.
const ANOTHER: &str = "it was written anew: another file has that name";

/// A store that one call has opened.
pub struct Opened {
    /// What the environment says of it.
    pub binding: StoreBinding,
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// How it is reached; none for a folder.
    pub wire: Option<Wire>,
    /// Azure's own door, for what `object_store` does not ask for.
    pub door: Option<Door>,
    /// The same as a folder, where it is one.
    pub folder: Option<LocalFileSystem>,
    /// Knows the secrets that opened it.
    pub redactor: Redactor,
}

/// What a file's bytes hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Its MD5, in hexadecimal.
    pub md5: String,
}

impl Opened {
    /// A file as sentences name it.
    pub fn label(&self, name: &str) -> String {
        format!("{}/{}", self.binding.label(), self.binding.whole(name))
    }

    /// A file's place in the store.
    pub fn path(&self, name: &str) -> Outcome<Path> {
        match Path::parse(self.binding.whole(name)) {
            Ok(path) => Ok(path),
            Err(error) => permanent("name", format!("failed to address `{name}`: {error}")),
        }
    }

    /// Whether the store keeps marks.
    pub fn keeps_marks(&self) -> bool {
        self.wire.is_some()
    }

    /// Reads what there is.
    pub async fn look(&self, name: &str) -> Outcome<Option<Facts>> {
        let what = format!("look at {}", self.label(name));
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.store.get_opts(&self.path(name)?, options).await {
            Ok(found) => match Facts::read(&found.meta, &found.attributes) {
                Some(facts) => Ok(Some(facts)),
                None => transient("no_stamps", format!("failed to {what}: it was given no stamp")),
            },
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => self.failed(Aim::Read, &what, &error),
        }
    }

    /// Whether there is still the file of this stamp.
    pub async fn holds(&self, name: &str, etag: &str) -> Outcome<Verdict> {
        let now = self.look(name).await?;
        Ok(match now.is_some_and(|now| now.etag == etag) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} is gone or changed", self.label(name))),
        })
    }

    /// Whether the store can be read at all.
    pub async fn is_there(&self) -> Outcome<bool> {
        let what = format!("list {}", self.binding.label());
        match self.store.list(None).next().await {
            None | Some(Ok(_)) => Ok(true),
            Some(Err(Error::NotFound { .. })) => Ok(false),
            Some(Err(error)) => self.failed(Aim::Read, &what, &error),
        }
    }

    /// Copies a file within the store, over what is there. In a folder it is the same file under
    /// two names.
    pub async fn copy(&self, from: &str, to: &str) -> Outcome<()> {
        let what = format!("copy {} to {}", self.label(from), self.label(to));
        match self.store.copy(&self.path(from)?, &self.path(to)?).await {
            Ok(()) => Ok(()),
            Err(error) => self.failed(Aim::Write, &what, &error),
        }
    }

    /// Deletes the file with this stamp, and no other; that it is gone already is what was wanted.
    /// Azure checks the stamp itself; the others know no such condition and are asked right before.
    pub async fn delete(&self, name: &str, etag: &str) -> Outcome<()> {
        let what = format!("delete {}", self.label(name));
        let another = || permanent("another_blob", format!("failed to {what}: {ANOTHER}"));
        if let Some(door) = &self.door {
            return match door
                .delete(&what, &self.path(name)?, etag)
                .await
                .map_err(|e| self.clean(e))?
            {
                true => Ok(()),
                false => another(),
            };
        }
        match self.look(name).await? {
            None => return Ok(()),
            Some(now) if now.etag != etag => return another(),
            Some(_) => {}
        }
        match self.store.delete(&self.path(name)?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => self.failed(Aim::Write, &what, &error),
        }
    }

    /// Reads the file with this stamp to its end.
    pub async fn sums(&self, name: &str, facts: &Facts) -> Outcome<Sums> {
        let what = format!("read {}", self.label(name));
        let (mut sha256, mut md5, mut bytes) = (Sha256::new(), Md5::new(), 0);
        let mut stream = self.stream(&what, name, facts).await?;
        while let Some(chunk) = self.next(&what, &mut stream).await? {
            bytes += chunk.len() as u64;
            sha256.update(&chunk);
            md5.update(&chunk);
        }
        is_whole(&what, bytes, facts)?;
        Ok(Sums { sha256: hex(&sha256.finalize()), md5: hex(&md5.finalize()) })
    }

    /// Writes the file with this stamp into a new file of this machine, and makes it durable.
    pub async fn save(&self, name: &str, facts: &Facts, to: &std::path::Path) -> Outcome<Sum> {
        let what = format!("read {}", self.label(name));
        let mut stream = self.stream(&what, name, facts).await?;
        let mut file = match tokio::fs::File::create_new(to).await {
            Ok(file) => file,
            Err(error) => return unwritten(to, &error),
        };
        let (mut sha256, mut bytes) = (Sha256::new(), 0);
        while let Some(chunk) = self.next(&what, &mut stream).await? {
            bytes += chunk.len() as u64;
            sha256.update(&chunk);
            if bytes > facts.bytes {
                break;
            }
            file.write_all(&chunk).await.or_else(|error| unwritten(to, &error))?;
        }
        is_whole(&what, bytes, facts)?;
        file.flush().await.or_else(|error| unwritten(to, &error))?;
        file.sync_all().await.or_else(|error| unwritten(to, &error))?;
        Ok(Sum { bytes, sha256: hex(&sha256.finalize()) })
    }

    async fn stream(
        &self,
        what: &str,
        name: &str,
        facts: &Facts,
    ) -> Outcome<BoxStream<'static, object_store::Result<Bytes>>> {
        let options = GetOptions { if_match: Some(facts.etag.clone()), ..GetOptions::default() };
        match self.store.get_opts(&self.path(name)?, options).await {
            Ok(found) => Ok(found.into_stream()),
            Err(Error::Precondition { .. } | Error::NotFound { .. }) => {
                permanent("changed", format!("failed to {what}: it is another file by now"))
            }
            Err(error) => self.failed(Aim::Read, what, &error),
        }
    }

    async fn next(
        &self,
        what: &str,
        stream: &mut BoxStream<'static, object_store::Result<Bytes>>,
    ) -> Outcome<Option<Bytes>> {
        match stream.next().await {
            None => Ok(None),
            Some(Ok(chunk)) => Ok(Some(chunk)),
            Some(Err(error)) => self.failed(Aim::Read, what, &error),
        }
    }

    /// What an error means: by what the service said, where it said something.
    pub fn failed<T>(&self, aim: Aim, what: &str, error: &Error) -> Outcome<T> {
        let Some(wire) = &self.wire else {
            return permanent("blob", format!("failed to {what}: {error}"));
        };
        match wire.heard() {
            Some(Heard::Refused(reply)) => Err(self.clean(refused(aim, what, &reply))),
            Some(Heard::Silence(silence)) => Err(unanswered(aim, what, &silence)),
            None => {
                let why = match self.binding.sas {
                    // A signature is part of every address.
                    Some(_) => "storage's answer is no answer to that".to_owned(),
                    None => bounded(&self.redactor.clean(&error.to_string())),
                };
                let message = format!("failed to {what}: {why}");
                match aim {
                    _ if error.to_string().contains("(code: 403)") => permanent("denied", message),
                    Aim::Read => transient("unreadable", message),
                    Aim::Write => in_doubt(message),
                }
            }
        }
    }

    /// A service may repeat what it was sent.
    fn clean(&self, error: windlass_ports::ActionError) -> windlass_ports::ActionError {
        use windlass_ports::ActionError::{InDoubt, Permanent, Transient};
        let clean = |mut failure: windlass_model::Failure| {
            failure.message = self.redactor.clean(&failure.message);
            failure
        };
        match error {
            Permanent(failure) => Permanent(clean(failure)),
            Transient(failure) => Transient(clean(failure)),
            InDoubt(why) => InDoubt(self.redactor.clean(&why)),
        }
    }
}

fn unwritten<T>(to: &std::path::Path, error: &std::io::Error) -> Outcome<T> {
    permanent("file", format!("failed to write {}: {error}", to.display()))
}

fn is_whole(what: &str, bytes: u64, facts: &Facts) -> Outcome<()> {
    if bytes == facts.bytes {
        return Ok(());
    }
    let expected = facts.bytes;
    transient("cut_off", format!("failed to {what}: {bytes} bytes came, and it has {expected}"))
}
