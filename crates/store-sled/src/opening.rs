//! Opens a store's folder: the journal, which is the store, and the index, which is made to agree
//! with it, or made anew. Nothing is ever begun anew where something was.

use crate::books::Books;
use crate::format_file;
use crate::fresh::Fresh;
use crate::height::Height;
use crate::index::Index;
use crate::layout::{Layout, gone, make_folder, sync_folder};
use crate::load::load;
use crate::log::{Log, ReplayError, open_log, refused, replay};
use crate::objects::Objects;
use crate::open_error::OpenError;
use crate::payload::pack;
use crate::reading::Reader;
use crate::safe_open::{make_trees, open_trees, panic_text, set_aside};
use crate::table::Writes;
use crate::trees::Trees;
use crate::upgrade::upgrade;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use windlass_model::RunId;

/// An open store.
pub struct Opened {
    /// The journal.
    pub log: Log,
    /// The index and the objects.
    pub reader: Reader,
    /// The books.
    pub books: Books,
    /// How far the store has come.
    pub height: Height,
    /// What was mended, in a sentence.
    pub mended: Option<String>,
}

/// Opens the store of a folder, making it where there is none. The caller holds its lock.
pub fn open_store(layout: &Layout) -> Result<Opened, OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    if !layout.format().exists() {
        create(layout)?;
    }
    let text = fs::read(layout.format()).map_err(io("reading its file `format`"))?;
    let is_old = format_file::check(&text)
        .map_err(|why| OpenError::Foreign { store: layout.root().to_path_buf(), why })?;
    if is_old {
        upgrade(layout)?;
        format_file::write(&layout.format()).map_err(io("writing its file `format`"))?;
    }
    // Of older formats, and of a creation that was cut short at its end: were `format` ever lost,
    // it would let all be made anew.
    for old in [layout.mark(), layout.creating()] {
        gone(fs::remove_file(old)).map_err(io("removing what is not needed any more"))?;
    }
    if fs::read_dir(layout.journal()).map_or(true, |mut files| files.next().is_none()) {
        return Err(damaged(layout, "its journal is missing"));
    }
    let log = open_log(layout)?;
    if log.last() == 0 {
        return Err(damaged(layout, "its journal is empty"));
    }
    let objects = Objects::open(&layout.objects()).map_err(io("opening its objects"))?;
    match agree(layout, &log, &objects, is_old) {
        Ok(opened) => Ok(with(opened, log, None)),
        Err(Disagreement::Refused(error)) => Err(error),
        Err(Disagreement::Index(why)) => {
            let mended = format!("sled's files were made anew from the journal: {why}");
            if is_old {
                gone(fs::remove_dir_all(layout.sled()))
                    .map_err(io("removing what its journal replaces"))?;
            } else {
                tracing::warn!("{mended}");
                set_aside(layout, &mended).map_err(io("setting sled's files aside"))?;
            }
            let opened = rebuild(layout, &log, &objects)?;
            Ok(with(opened, log, Some(mended).filter(|_| !is_old)))
        }
    }
}

type Agreed = (Reader, Books, Height);

fn with((reader, books, height): Agreed, log: Log, mended: Option<String>) -> Opened {
    reader.index.fresh.indexed(log.last());
    Opened { log, reader, books, height, mended }
}

/// Why an index is not taken as it is.
enum Disagreement {
    /// It can be made anew.
    Index(String),
    /// The store is not opened.
    Refused(OpenError),
}

impl From<String> for Disagreement {
    fn from(why: String) -> Self {
        Self::Index(why)
    }
}

/// Opens the index, brings it to where the journal is, and reads the books out of it.
fn agree(
    layout: &Layout,
    log: &Log,
    objects: &Objects,
    is_old: bool,
) -> Result<Agreed, Disagreement> {
    if is_old {
        return Err("they are of an older format".to_owned().into());
    }
    if layout.suspect().exists() {
        return Err("a record in them was found damaged".to_owned().into());
    }
    let trees = open_trees(layout)?;
    let noted = guarded(|| trees.note().map_err(|error| error.to_string()))?;
    let noted = noted.ok_or_else(|| "they do not say how far they are complete".to_owned())?;
    if noted > log.last() {
        let (store, found) = (layout.root().to_path_buf(), log.last());
        return Err(Disagreement::Refused(OpenError::Behind { store, found, marked: noted }));
    }
    if noted + 1 < log.first() {
        return Err(format!("they end at frame {noted}, before the journal begins").into());
    }
    let reached = catch_up(layout, log, &trees, Some(noted))?;
    let (reader, books) = read_books(&trees, objects, reached)?;
    if let Some((run, why)) = first_damaged(&books) {
        return Err(format!("{run}: {why}").into());
    }
    Ok((reader, books, reached))
}

fn first_damaged(books: &Books) -> Option<(RunId, Arc<str>)> {
    books.all().find_map(|(run, book)| Some((run, book.damage.clone()?)))
}

/// Makes the index anew from the whole journal.
fn rebuild(layout: &Layout, log: &Log, objects: &Objects) -> Result<Agreed, OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    let why = |why: String| damaged(layout, &why);
    let trees = make_trees(layout).map_err(why)?;
    let reached = match catch_up(layout, log, &trees, None) {
        Ok(reached) => reached,
        Err(Disagreement::Refused(error)) => return Err(error),
        Err(Disagreement::Index(why)) => return Err(damaged(layout, &why)),
    };
    gone(fs::remove_file(layout.suspect())).map_err(io("removing its file `suspect`"))?;
    let (reader, books) = read_books(&trees, objects, reached).map_err(why)?;
    Ok((reader, books, reached))
}

/// Writes the rows of all frames after the noted one, makes them durable, and notes it.
fn catch_up(
    layout: &Layout,
    log: &Log,
    trees: &Trees,
    noted: Option<u64>,
) -> Result<Height, Disagreement> {
    let sled = |error: sled::Error| error.to_string();
    let write = || {
        let mut complete = noted.is_some();
        let reached = replay(log, noted.map_or(log.first(), |noted| noted + 1), |frame, row| {
            complete = false;
            trees.put(frame, row.table, row.key, row.value).map_err(sled)
        })?;
        if complete {
            return Ok(reached);
        }
        let sync = || {
            trees.flush().map_err(sled)?;
            let db = File::open(layout.db()).and_then(|db| db.sync_data());
            db.map_err(|error| error.to_string())
        };
        let noted = sync().and_then(|()| trees.set_note(log.last()).map_err(sled));
        noted.and_then(|()| sync()).map_err(ReplayError::Index)?;
        Ok(reached)
    };
    let written = catch_unwind(AssertUnwindSafe(write));
    let written = written.unwrap_or_else(|panic| Err(ReplayError::Index(panic_text(&*panic))));
    match written {
        Ok(Some(reached)) => Ok(reached),
        Ok(None) => Err(Disagreement::Refused(damaged(layout, "its journal holds no group"))),
        Err(ReplayError::Index(why)) => Err(Disagreement::Index(why)),
        Err(ReplayError::Journal(error)) => Err(Disagreement::Refused(refused(layout, error))),
    }
}

fn read_books(
    trees: &Trees,
    objects: &Objects,
    reached: Height,
) -> Result<(Reader, Books), String> {
    let index = Index { fresh: Arc::new(Fresh::default()), trees: trees.clone() };
    let reader = Reader { index, objects: objects.clone() };
    let books = guarded(|| load(&reader, reached))?;
    Ok((reader, books))
}

/// Turns a panic of sled into a sentence.
fn guarded<T>(act: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let acted = catch_unwind(AssertUnwindSafe(act));
    acted.unwrap_or_else(|panic| Err(panic_text(&*panic)))
}

/// Makes a new store. The file `format` comes last: a creation that was cut short is begun again.
fn create(layout: &Layout) -> Result<(), OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    if !layout.creating().exists() {
        let there = [layout.journal(), layout.sled(), layout.objects()];
        if let Some(path) = there.iter().find(|path| path.exists()) {
            let why = format!("its file `format` is gone, but {} is there", path.display());
            return Err(damaged(layout, &why));
        }
        File::create(layout.creating()).map_err(io("creating it"))?;
        sync_folder(layout.root()).map_err(io("creating it"))?;
    }
    // No store was ever open here, so nothing was ever acknowledged.
    for folder in [layout.journal(), layout.sled(), layout.objects()] {
        gone(fs::remove_dir_all(folder)).map_err(io("clearing a creation that was cut short"))?;
    }
    begin_log(layout, Height::default())?;
    let trees = make_trees(layout).map_err(|why| damaged(layout, &why))?;
    // The first group, which holds no rows.
    trees.set_note(1).map_err(|error| damaged(layout, &error.to_string()))?;
    drop(trees);
    make_folder(&layout.objects()).map_err(io("creating it"))?;
    format_file::write(&layout.format()).map_err(io("creating its file `format`"))?;
    fs::remove_file(layout.creating()).map_err(io("creating it"))?;
    sync_folder(layout.root()).map_err(io("creating it"))?;
    layout.root().parent().map_or(Ok(()), sync_folder).map_err(io("creating it"))
}

/// Makes the journal with a first group that holds no rows.
fn begin_log(layout: &Layout, height: Height) -> Result<(), OpenError> {
    let mut log = open_log(layout)?;
    let mut payload = Vec::new();
    pack(height, &Writes::default(), &mut payload).map_err(|why| damaged(layout, &why))?;
    log.commit(&[&payload]).map_err(|error| refused(layout, error))?;
    Ok(())
}

fn damaged(layout: &Layout, why: &str) -> OpenError {
    OpenError::Damaged { store: layout.root().to_path_buf(), why: why.to_owned() }
}
