//! The verdict on a workflow: kept, broken with stories, or not proved beyond a bound; and what it
//! stands on.

use crate::story::Story;

/// Situations of one invariant that are looked at. A step takes about ten; thirty steps of which
/// six run at once stay far below it.
pub const STATES_MAX: usize = 2_000_000;

/// How a proof is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether what nobody looks at happens at once. Off, every order is explored, which is right
    /// too and takes longer: the two are compared.
    pub reduced: bool,
    /// Situations of one invariant after which it says that it does not know.
    pub states_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { reduced: true, states_max: STATES_MAX }
    }
}

/// What a proof came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Invariants that were looked at, by name.
    pub looked_at: Vec<String>,
    /// What can be broken.
    pub stories: Vec<Story>,
    /// Invariants of which it is not known, with the bound.
    pub not_proved: Vec<(String, usize)>,
    /// Situations that were looked at.
    pub states: usize,
    /// What an operator is not to skip, in words: then an invariant could break.
    pub not_skippable: Vec<String>,
    /// What it stands on, as sentences.
    pub assumes: Vec<String>,
}

impl Verdict {
    /// Whether all is proved, and nothing can be broken.
    pub fn is_kept(&self) -> bool {
        self.stories.is_empty() && self.not_proved.is_empty()
    }
}
