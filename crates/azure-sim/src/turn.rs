//! One request's turn at the world: what it may see and change, and the changes it made. It must
//! not know how the request came or where the changes are kept.

use crate::http::Request;
use crate::launch::launch;
use crate::ledger::{Change, Effect};
use crate::world::{AppAddress, OperationFailure, World};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// How faults bend what an operation does.
#[derive(Debug, Clone, PartialEq)]
pub struct Twist {
    /// A long operation that begins in this turn will fail so.
    pub failure: Option<OperationFailure>,
    /// A copy that begins in this turn takes that many times as long.
    pub copy_factor: f64,
    /// A site is shown with its version stamp of before its last change.
    pub lagging_stamp: bool,
    /// Somebody else touches the site just before.
    pub touched_before: bool,
}

impl Default for Twist {
    fn default() -> Self {
        Self { failure: None, copy_factor: 1.0, lagging_stamp: false, touched_before: false }
    }
}

/// A turn.
#[derive(Debug)]
pub struct Turn<'a> {
    /// The world, as of `now`.
    pub world: &'a mut World,
    /// The simulated moment.
    pub now: Timestamp,
    /// What is asked.
    pub request: &'a Request,
    /// How faults bend it.
    pub twist: &'a Twist,
    /// What changed so far.
    pub changes: Vec<Change>,
}

impl Turn<'_> {
    /// Notes a change that is true now.
    pub fn record(
        &mut self,
        effect: Effect,
        target: impl Into<String>,
        detail: Map<String, Value>,
    ) {
        self.changes.push(Change {
            at: self.now,
            effect,
            target: target.into(),
            request_id: self.request.request_id(),
            detail,
        });
    }

    /// Brings an app's process up anew.
    pub fn launch(&mut self, address: &AppAddress) {
        let request_id = self.request.request_id();
        let migrated = launch(self.world, address, self.now);
        self.changes.extend(migrated.map(|change| Change { request_id, ..change }));
    }
}
