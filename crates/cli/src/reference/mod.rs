//! What each action takes, gives and undoes, for people at a terminal. It knows the catalog, and
//! nothing of runs or stores.

pub mod entry;
pub mod words;
pub mod card;
