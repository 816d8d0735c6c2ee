//! Looks at the store's folder without opening the store. The names in it are those of
//! docs/operations.md.

use super::finding::Finding;
use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use windlass_store_sled::check::{Checked, JournalError, check_journal};

/// The part's name.
const PART: &str = "store";

/// Whether there is a store to be opened: looking must not make one.
pub fn is_there(folder: &Path) -> bool {
    ["format", "creating", "journal", "sled"].iter().any(|name| folder.join(name).exists())
}

/// Looks at the folder.
pub fn look(folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    if !is_there(folder) {
        if let Some((parent, why)) = cannot_be_made(folder) {
            let says = format!("there is none, and none can be made in {shown}: {why}");
            let mend = format!("give yourself write access to {}", parent.display());
            return vec![Finding::wrong(PART, says, mend).mend("or name another with --store")];
        }
        return vec![Finding::fine(
            PART,
            format!("none yet; the first `windlass start` makes it in {shown}"),
        )];
    }
    let mut found = vec![Finding::fine(PART, format!("lies in {shown}")), lock(folder)];
    if let Ok(meta) = fs::metadata(folder)
        && meta.permissions().mode() & 0o077 != 0
    {
        let says = "others of this machine can look into its folder";
        found.push(Finding::wrong(PART, says, format!("chmod 700 {shown}")));
    }
    let blobs = folder.join("sled").join("blobs");
    match fs::read_dir(&blobs).map(|mut list| list.next().is_some()) {
        Ok(true) => {
            let says = format!("{} holds files: a value was too large for sled", blobs.display());
            found.push(
                Finding::wrong(PART, says, "export the runs (`windlass export RUN`)")
                    .mend("and report it: windlass never writes such values"),
            );
        }
        Ok(false) => found.push(Finding::fine(PART, "`blobs` is empty, as it must be")),
        Err(_) => {}
    }
    found.extend(journal(folder));
    found.extend(made_anew(folder));
    found
}

/// A mebibyte.
const MIB: u64 = 1024 * 1024;

/// What has rotted in the journal: an open reads no more of it than the index has not.
fn journal(folder: &Path) -> Option<Finding> {
    match check_journal(folder) {
        Ok(None) => None,
        Ok(Some(Checked { segments, frames, bytes })) => {
            let size = bytes / MIB;
            let says = format!("{segments} full segments of the journal are sound: ");
            Some(Finding::fine(PART, format!("{says}{frames} frames, {size} MiB")))
        }
        Err(damage @ JournalError::Damaged { .. }) => {
            let says = format!("{damage}; what it held is in `sled` alone now");
            let keep = "keep `sled` as it is: what is damaged is written anew out of it when room \
                        is given back";
            Some(
                Finding::wrong(PART, says, keep)
                    .mend("export the runs (`windlass export RUN`), and look at the disk's health"),
            )
        }
        Err(error) => Some(Finding::wrong(
            PART,
            format!("the journal cannot be read: {error}"),
            "check the rights of its folder and its disk",
        )),
    }
}

/// What became of an index that did not agree with the journal.
fn made_anew(folder: &Path) -> Option<Finding> {
    let kept = folder.join("damaged");
    if !kept.exists() {
        return None;
    }
    let why = fs::read_to_string(kept.join("why"));
    let why = why.unwrap_or_else(|_| "sled could not read its files once".to_owned());
    let says = format!("{why}; {} keeps what they were", kept.display());
    Some(Finding::note(PART, says).mend("look at the disk's health, then remove that folder"))
}

/// The nearest folder that is there, and why nothing can be made in it; none where all is well.
fn cannot_be_made(folder: &Path) -> Option<(&Path, String)> {
    let parent = folder.ancestors().find(|path| path.exists())?;
    if !parent.is_dir() {
        return Some((parent, "it is no folder".to_owned()));
    }
    let denied = rustix::fs::access(parent, rustix::fs::Access::WRITE_OK).err()?;
    Some((parent, denied.to_string()))
}

/// Who has it open: the kernel knows, the file's text only tells the process.
fn lock(folder: &Path) -> Finding {
    let path = folder.join("lock");
    let Ok(file) = File::open(&path) else {
        return Finding::fine(PART, "nobody has it open");
    };
    // A shared lock, given back at once: whoever opens the store at this moment tries again.
    match file.try_lock_shared() {
        Ok(()) => Finding::fine(PART, "nobody has it open"),
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let socket = folder.join("socket").exists() || folder.join("socket.path").exists();
            let says = format!("process {} has it open", holder.trim());
            match socket {
                true => Finding::fine(PART, format!("{says} and serves it to the others")),
                false => Finding::note(PART, format!("{says}, and its socket is not there (yet)")),
            }
        }
        Err(TryLockError::Error(error)) => {
            let says = format!("the lock {} cannot be tried: {error}", path.display());
            Finding::wrong(
                PART,
                says,
                "check the folder's rights and file system: NFS is not supported",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use windlass_journal::{Inline, Journal, RealDisk, Sizes};

    #[test]
    fn what_has_rotted_in_the_journal_is_named_with_its_place() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("journal");
        let disk = RealDisk::open(&folder).unwrap();
        let sizes = Sizes { least: 4096, most: 4096 };
        let mut journal = Journal::open(&disk, Inline(disk.clone()), sizes, 7).unwrap();
        for _ in 0..8 {
            journal.commit(&[&[9; 1500]]).unwrap();
        }
        journal.close().unwrap();
        let sound = super::journal(home.path()).unwrap();
        assert!(sound.level == Level::Fine && sound.says.contains("sound"), "{}", sound.says);
        let first = folder.join("segment-000000000001");
        let mut bytes = fs::read(&first).unwrap();
        bytes[100] ^= 1;
        fs::write(&first, bytes).unwrap();
        let rotten = super::journal(home.path()).unwrap();
        assert_eq!(rotten.level, Level::Wrong);
        let says = rotten.lines();
        for part in ["segment-000000000001 is damaged at byte 0", "keep `sled`", "export"] {
            assert!(says.contains(part), "{says}");
        }
    }

    #[test]
    fn looking_makes_nothing_and_sees_who_holds_the_lock() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("store");
        assert_eq!(look(&folder)[0].level, Level::Fine);
        assert!(!folder.exists());
        fs::create_dir_all(folder.join("sled/blobs")).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(folder.join("lock"), "4711").unwrap();
        assert!(look(&folder).iter().all(|one| one.level == Level::Fine));
        let held = File::open(folder.join("lock")).unwrap();
        held.try_lock().unwrap();
        assert!(look(&folder)[1].says.contains("process 4711 has it open"));
        drop(held);
        fs::create_dir(folder.join("damaged")).unwrap();
        fs::write(folder.join("damaged/why"), "made anew from the journal").unwrap();
        let note = look(&folder).into_iter().find(|one| one.level == Level::Note).unwrap();
        assert!(note.says.contains("made anew from the journal"));
        fs::write(folder.join("sled/blobs/1"), "x").unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let wrong = look(&folder).into_iter().filter(|one| one.level == Level::Wrong);
        assert_eq!(wrong.count(), 2);
    }
}
