//! An account at a service that an environment speaks to: whether it lets us in.

use crate::action::{Context, Outcome};
use crate::future::BoxFuture;

/// An account, as a section of the environment file names it. Changes nothing.
pub trait Account: Send + Sync {
    /// The section's key.
    fn section(&self) -> &str;

    /// Signs in and asks who that is, or for something small that only those who are let in may
    /// read. What it says completes "signed in".
    fn sign_in<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Outcome<String>>;
}
