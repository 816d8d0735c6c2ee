//! What imports need beside the reading itself: the environment's words, the check of what comes
//! out, files that are never overwritten. Bottom first.

pub mod known;
pub mod checked;
pub mod deliver;
