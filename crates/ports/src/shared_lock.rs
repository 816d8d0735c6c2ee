//! A lock that several machines see. The store's own lock orders the runs of one machine; this one
//! keeps the others out.

use crate::action::Outcome;
use crate::future::BoxFuture;
use windlass_model::{RunId, Timestamp};

/// Who takes it, as whoever finds it taken is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which run.
    pub run: RunId,
    /// Of which workflow.
    pub workflow: String,
    /// Who drives it.
    pub by: String,
    /// Since when.
    pub since: Timestamp,
}

/// Who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which run, where it left its name.
    pub run: Option<RunId>,
    /// All that is known, as the end of the sentence "it is held by …".
    pub words: String,
}

/// What became of a wish for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockAnswer {
    /// The run holds it.
    Ours,
    /// Somebody else does.
    Held(Holder),
}

/// The lock. A run holds it until it is given back: it does not run out, since a release that
/// failed keeps everybody else out, too.
pub trait SharedLock: Send + Sync {
    /// Where it is, for sentences.
    fn label(&self) -> String;

    /// Takes it, or finds that the run has it already. `instead_of` is a run that is known to have
    /// ended: what it holds is passed on at once, so that nobody comes in between.
    fn take<'a>(
        &'a self,
        claim: &'a Claim,
        instead_of: Option<RunId>,
    ) -> BoxFuture<'a, Outcome<LockAnswer>>;

    /// Whether the run still holds it.
    fn keep(&self, run: RunId) -> BoxFuture<'_, Outcome<bool>>;

    /// Gives it back, where the run holds it.
    fn give_back(&self, run: RunId) -> BoxFuture<'_, Outcome<()>>;

    /// Who holds it.
    fn holder(&self) -> BoxFuture<'_, Outcome<Option<Holder>>>;

    /// Takes it away from whoever holds it: a human's decision.
    fn break_open(&self) -> BoxFuture<'_, Outcome<()>>;
}
