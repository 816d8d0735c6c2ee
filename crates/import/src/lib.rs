//! What people have into workflows: pages of a wiki, pipelines of other systems. Text in; the text
//! of workflow files out, with what was guessed, what is missing and what could not be said.
//!
//! It must not know the engine, a store, the network, nor the reader of workflow files: whether the
//! output is a valid workflow, the caller looks up. Modules are listed bottom first; a module uses
//! only what stands above it.

pub mod note;
pub mod names;
pub mod secrecy;
pub mod draft;
pub mod undo;
pub mod yaml_text;
pub mod write;
pub mod page;
pub mod known;
pub mod phrase;
pub mod wiki;
pub mod tree;
pub mod pipeline;

pub use note::{Note, NoteKind, Share, Written};
