//! Opens a store's folder: the journal, which is the store, and the index, which is made to agree
//! with it, or made anew. Nothing is ever begun anew where something was. Where the index agrees,
//! no more of the journal is read than what comes after it.

use crate::batch::{Batch, sync};
use crate::books::Books;
use crate::format_file;
use crate::fresh::Fresh;
use crate::height::Height;
use crate::index::Index;
use crate::index_error::{IndexError, IndexResult};
use crate::layout::{Layout, gone, make_folder, sync_folder, write_durably};
use crate::load::{Loaded, load};
use crate::log::{Log, ReplayError, open_log, refused, replay};
use crate::objects::Objects;
use crate::open_error::OpenError;
use crate::payload::pack;
use crate::reading::Reader;
use crate::safe_open::{make_trees, open_trees, set_aside};
use crate::suspect::Suspect;
use crate::table::Writes;
use crate::trees::Trees;
use crate::upgrade::upgrade;
use std::fs::{self, File};
use std::io;
use std::sync::Arc;

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
    let objects = Objects::open(&layout.objects()).map_err(io("opening its objects"))?;
    let opened = match agree(layout, &objects, is_old) {
        Ok((log, opened)) => with(opened, log, None),
        Err(Disagreement::Refused(error)) => return Err(error),
        Err(Disagreement::Index(why)) => {
            let mended = format!("sled's files were made anew from the journal: {why}");
            // All of it is read before anything is set aside: what is left of sled is better than
            // nothing.
            let log = open_whole(layout, 0)?;
            if is_old {
                gone(fs::remove_dir_all(layout.sled()))
                    .map_err(io("removing what its journal replaces"))?;
            } else {
                tracing::warn!("{mended}");
                set_aside(layout, &mended).map_err(io("setting sled's files aside"))?;
            }
            let opened = rebuild(layout, &log, &objects)?;
            with(opened, log, Some(mended).filter(|_| !is_old))
        }
    };
    note_unsound(layout, &opened.books).map_err(io("noting what is damaged"))?;
    Ok(opened)
}

/// Leaves word of live runs that are damaged, where there are any: whoever looks into the folder
/// may not be the one who opened it.
fn note_unsound(layout: &Layout, books: &Books) -> io::Result<()> {
    let damaged = books.all().filter_map(|(_, book)| book.damage.as_deref());
    let lines: String = damaged.map(|why| format!("{why}\n")).collect();
    match fs::read_to_string(layout.unsound()) {
        Ok(noted) if noted == lines => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && lines.is_empty() => Ok(()),
        _ if lines.is_empty() => gone(fs::remove_file(layout.unsound())),
        _ => write_durably(&layout.unsound(), lines.as_bytes()),
    }
}

type Agreed = (Reader, Books, Height);

fn with((reader, books, height): Agreed, log: Log, mended: Option<String>) -> Opened {
    reader.index.fresh.indexed(log.last_group());
    Opened { log, reader, books, height, mended }
}

/// Opens a journal in which something must be.
fn open_whole(layout: &Layout, from: u64) -> Result<Log, OpenError> {
    let log = open_log(layout, from)?;
    if log.last() == 0 {
        return Err(damaged(layout, "its journal is empty"));
    }
    Ok(log)
}

/// Why an index is not taken as it is.
enum Disagreement {
    /// It can be made anew.
    Index(String),
    /// The store is not opened.
    Refused(OpenError),
}

impl Disagreement {
    fn index(why: &str) -> Self {
        Self::Index(why.to_owned())
    }

    /// What the index says: where the system refuses, making it anew would not help.
    fn of(layout: &Layout) -> impl Fn(IndexError) -> Self {
        move |error| match error {
            IndexError::Damaged(why) => Self::Index(why),
            refused @ IndexError::Refused(_) => Self::Refused(not_open(layout, refused)),
        }
    }
}

/// What the index says as the store's refusal to open.
fn not_open(layout: &Layout, error: IndexError) -> OpenError {
    match error {
        IndexError::Damaged(why) => damaged(layout, &why),
        IndexError::Refused(source) => OpenError::Io {
            store: layout.root().to_path_buf(),
            what: "opening its index, the folder `sled`",
            source,
        },
    }
}

/// Opens the index, brings it to where the journal is, and reads the books out of it.
fn agree(layout: &Layout, objects: &Objects, is_old: bool) -> Result<(Log, Agreed), Disagreement> {
    if is_old {
        return Err(Disagreement::index("they are of an older format"));
    }
    let io = |source| {
        let (store, what) = (layout.root().to_path_buf(), "reading its file `suspect`");
        Disagreement::Refused(OpenError::Io { store, what, source })
    };
    if let Some(why) = Suspect::of(layout).found().map_err(io)? {
        return Err(Disagreement::Index(format!("they were found damaged: {why}")));
    }
    let of = Disagreement::of(layout);
    let trees = open_trees(layout).map_err(&of)?;
    let noted = trees.note().map_err(&of)?;
    let noted =
        noted.ok_or_else(|| Disagreement::index("they do not say how far they are complete"))?;
    let log = open_whole(layout, noted).map_err(Disagreement::Refused)?;
    if noted > log.last() {
        let (store, found) = (layout.root().to_path_buf(), log.last());
        return Err(Disagreement::Refused(OpenError::Behind { store, found, marked: noted }));
    }
    if noted + 1 < log.first() {
        let why = format!("they end at frame {noted}, before the journal begins");
        return Err(Disagreement::Index(why));
    }
    let reached = catch_up(layout, &log, &trees, Some(noted))?;
    let (reader, loaded) = read_books(&trees, objects, reached).map_err(&of)?;
    match loaded.doubt {
        Some(why) if !Suspect::of(layout).is_in_vain(&why) => Err(Disagreement::Index(why)),
        _ => Ok((log, (reader, loaded.books, reached))),
    }
}

/// Makes the index anew from the whole journal.
fn rebuild(layout: &Layout, log: &Log, objects: &Objects) -> Result<Agreed, OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    let why = |error| not_open(layout, error);
    let trees = make_trees(layout).map_err(why)?;
    let reached = match catch_up(layout, log, &trees, None) {
        Ok(reached) => reached,
        Err(Disagreement::Refused(error)) => return Err(error),
        Err(Disagreement::Index(why)) => return Err(damaged(layout, &why)),
    };
    let (reader, loaded) = read_books(&trees, objects, reached).map_err(why)?;
    Suspect::of(layout).clear().map_err(io("removing its file `suspect`"))?;
    Ok((reader, loaded.books, reached))
}

/// Writes the rows of all frames after the noted one, makes them durable, and notes it; so many at
/// once that neither their memory nor sled's grows with the journal.
fn catch_up(
    layout: &Layout,
    log: &Log,
    trees: &Trees,
    noted: Option<u64>,
) -> Result<Height, Disagreement> {
    let write = || {
        let db = File::open(layout.db()).map_err(IndexError::from)?;
        let mut batch = Batch::default();
        let mut complete = noted.is_some();
        let reached = replay(log, noted.map_or(log.first(), |noted| noted + 1), |frame, row| {
            complete = false;
            if batch.is_full() && frame > batch.frame {
                // All of the frames before are in it.
                let full = std::mem::take(&mut batch);
                full.write(trees, &db)?;
                trees.set_note(full.frame)?;
            }
            batch.add(frame, row.table, row.key.into(), row.value.map(Into::into));
            Ok(())
        })?;
        if complete {
            return Ok(reached);
        }
        batch.write(trees, &db)?;
        trees.set_note(log.last_group())?;
        sync(trees, &db)?;
        Ok(reached)
    };
    match write() {
        Ok(Some(reached)) => Ok(reached),
        Ok(None) => Err(Disagreement::Refused(damaged(layout, "its journal holds no group"))),
        Err(ReplayError::Index(error)) => Err(Disagreement::of(layout)(error)),
        Err(ReplayError::Journal(error)) => Err(Disagreement::Refused(refused(layout, error))),
        Err(ReplayError::Foreign(frame)) => {
            let why = format!("frame {frame} of its journal holds no rows of a store");
            Err(Disagreement::Refused(damaged(layout, &why)))
        }
    }
}

fn read_books(trees: &Trees, objects: &Objects, reached: Height) -> IndexResult<(Reader, Loaded)> {
    let index = Index { fresh: Arc::new(Fresh::default()), trees: trees.clone() };
    let reader = Reader { index, objects: objects.clone() };
    let loaded = load(&reader, reached)?;
    Ok((reader, loaded))
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
    let trees = make_trees(layout).map_err(|error| not_open(layout, error))?;
    // The first group, which holds no rows.
    trees.set_note(1).map_err(|error| not_open(layout, error))?;
    drop(trees);
    make_folder(&layout.objects()).map_err(io("creating it"))?;
    format_file::write(&layout.format()).map_err(io("creating its file `format`"))?;
    fs::remove_file(layout.creating()).map_err(io("creating it"))?;
    sync_folder(layout.root()).map_err(io("creating it"))?;
    layout.root().parent().map_or(Ok(()), sync_folder).map_err(io("creating it"))
}

/// Makes the journal with a first group that holds no rows.
fn begin_log(layout: &Layout, height: Height) -> Result<(), OpenError> {
    let mut log = open_log(layout, 0)?;
    let mut payload = Vec::new();
    pack(height, &Writes::default(), &mut payload).map_err(|why| damaged(layout, &why))?;
    log.commit(&[&payload]).map_err(|error| refused(layout, error))?;
    Ok(())
}

fn damaged(layout: &Layout, why: &str) -> OpenError {
    OpenError::Damaged { store: layout.root().to_path_buf(), why: why.to_owned() }
}
