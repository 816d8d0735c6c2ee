//! What an import says beside the file that it writes: what it guessed, what must be filled in,
//! what has no place in a workflow. Each knows the line of the source and the line of the output.

/// What kind of thing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// A value is missing that only people know; `check` refuses the file until it is there.
    FillIn,
    /// What the source has and a workflow cannot say.
    NotMapped,
    /// What the source does not say and the import took for granted.
    Guessed,
}

impl NoteKind {
    /// The word that begins its comment.
    pub fn word(self) -> &'static str {
        match self {
            Self::FillIn => "fill in",
            Self::NotMapped => "not mapped",
            Self::Guessed => "guessed",
        }
    }
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// The sentence.
    pub text: String,
    /// The line of the source that it is about, from 1; 0 where it is about all of it.
    pub source_line: usize,
    /// The line of the output where its comment stands, from 1.
    pub line: usize,
}

/// A workflow file that an import made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The workflow's name, which is its file's too.
    pub name: String,
    /// The part of the source that it was made of, such as a heading.
    pub title: String,
    /// The file's text.
    pub text: String,
    /// What is said beside it, in the order of its lines.
    pub notes: Vec<Note>,
    /// Resources that it declares, by name, with their types.
    pub resources: Vec<(String, String)>,
    /// How much of the source became what.
    pub share: Share,
}

/// How much of the source became what, counted in its smallest pieces: a sentence of a page, a
/// step of a pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Pieces that became actions.
    pub actions: usize,
    /// Pieces that became questions to people.
    pub people: usize,
    /// Pieces that became comments.
    pub comments: usize,
}
