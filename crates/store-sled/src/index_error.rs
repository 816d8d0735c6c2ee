//! Why sled did not do what it was asked: because of what lies there, or because the system
//! refused. Only the former is a reason to make the index anew; a full disk would need yet more
//! room for it. sled tells the two apart neither in its errors nor in its panics. It must not know
//! what was asked.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What came of asking the index.
pub type IndexResult<T> = Result<T, IndexError>;

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// What lies there is not what was written. It can be made anew from the journal.
    #[error("{0}")]
    Damaged(String),
    /// The system refused: no room, no permission, a disk that does not read. Nothing is known to
    /// be wrong with what lies there.
    #[error("{0}")]
    Refused(io::Error),
}

impl From<sled::Error> for IndexError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => error.into(),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<String> for IndexError {
    /// What came is not what was written.
    fn from(why: String) -> Self {
        Self::Damaged(why)
    }
}

impl From<&str> for IndexError {
    fn from(why: &str) -> Self {
        Self::Damaged(why.to_owned())
    }
}

impl From<io::Error> for IndexError {
    /// A file that is not there, or a place in it that cannot be, is damage; what else the system
    /// says of itself is not. What sled says in the form of a system's error is of what it read.
    fn from(error: io::Error) -> Self {
        if error.to_string().contains(LOCKED) {
            return Self::Refused(error);
        }
        let told = error.raw_os_error().or_else(|| code_in(&error.to_string()));
        match told.map(io::Error::from_raw_os_error) {
            Some(error) if is_of_what_lies_there(&error) => Self::Damaged(error.to_string()),
            Some(error) => Self::Refused(error),
            None => Self::Damaged(error.to_string()),
        }
    }
}

/// How sled says that another one has its files.
const LOCKED: &str = "could not acquire lock";

/// How an error of the system looks inside of what sled makes of it: sled keeps the first one as
/// text, and some it panics with.
const CODE: &str = "Os { code: ";

fn code_in(text: &str) -> Option<i32> {
    let rest = text.split_once(CODE)?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn is_of_what_lies_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput)
}

impl IndexError {
    /// The same, where it is damage, with a word before it of what was read.
    pub fn about(self, what: impl std::fmt::Display) -> Self {
        match self {
            Self::Damaged(why) => Self::Damaged(format!("{what}: {why}")),
            refused @ Self::Refused(_) => refused,
        }
    }

    /// Whether another one has sled's files: one that was just closed, and whose threads end.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Refused(error) if error.to_string().contains(LOCKED))
    }
}

/// Asks sled, and turns its panics into errors.
pub fn ask<T, E: Into<IndexError>>(act: impl FnOnce() -> Result<T, E>) -> IndexResult<T> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(done) => done.map_err(Into::into),
        Err(panic) => Err(of_panic(panic_text(&*panic))),
    }
}

fn of_panic(text: String) -> IndexError {
    match code_in(&text).map(io::Error::from_raw_os_error) {
        Some(error) if !is_of_what_lies_there(&error) => IndexError::Refused(error),
        _ => IndexError::Damaged(format!("sled gave up: {text}")),
    }
}

/// What a caught panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a word".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_there_is_damage() {
        // No such file; no permission, input/output error, no space, read-only, too many files.
        let of = |code| IndexError::from(io::Error::from_raw_os_error(code));
        assert!(matches!(of(2), IndexError::Damaged(_)));
        for code in [13, 5, 28, 30, 24] {
            let plain = of(code);
            let IndexError::Refused(told) = &plain else { panic!("{plain}") };
            assert_eq!(told.raw_os_error(), Some(code));
            // As sled keeps an error that its own threads met, and as it panics with one.
            let kept = sled::Error::Io(io::Error::from_raw_os_error(code)).clone();
            assert!(matches!(IndexError::from(kept), IndexError::Refused(_)), "{code}");
            let panicked: IndexResult<()> = ask(|| -> sled::Result<()> {
                panic!("called unwrap on {:?}", io::Error::from_raw_os_error(code))
            });
            assert!(matches!(panicked, Err(IndexError::Refused(_))), "{code}");
        }
        let locked = format!("could not acquire lock: {:?}", io::Error::from_raw_os_error(11));
        let locked = IndexError::from(sled::Error::Io(io::Error::other(locked)));
        assert!(locked.is_locked() && !of(11).is_locked());
        let cut = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert!(matches!(IndexError::from(cut), IndexError::Damaged(_)));
        let corrupt = sled::Error::Corruption { at: None, bt: () };
        assert!(matches!(IndexError::from(corrupt), IndexError::Damaged(_)));
        let panicked = ask(|| -> sled::Result<()> { panic!("tried to serialize Uninitialized") });
        let Err(IndexError::Damaged(said)) = panicked else { panic!("{panicked:?}") };
        assert_eq!(said, "sled gave up: tried to serialize Uninitialized");
    }
}
