//! Secrets that would sing: none is heard where it has no business to be.

mod words;
mod search;
mod execs;
mod receiver;
mod mail;
mod place;
mod cloud;
mod local;
