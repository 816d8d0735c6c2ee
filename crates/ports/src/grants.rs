//! Who gets a lease or a lock, and which runs a list shows: the pure rules that every store shares,
//! so that two stores cannot drift apart. It must not know how anything is kept.

use crate::store::{
    Epoch, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
};
use serde::{Deserialize, Serialize};
use windlass_model::{RunId, Timestamp};

/// A run's lease as a store keeps it: the epoch outlives the lease, so that a fence never opens
/// again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeaseSlot {
    /// The highest epoch ever granted; zero before the first.
    pub epoch: Epoch,
    /// The present lease, expired or not; absent after a release.
    pub held: Option<Lease>,
}

impl LeaseSlot {
    /// Takes, keeps or displaces the lease.
    pub fn acquire(&mut self, request: LeaseRequest) -> LeaseAnswer {
        let expires = request.now.after(request.ttl_ms);
        let mut epoch = self.epoch + 1;
        if let Some(held) = &self.held
            && request.displaces != Some(held.epoch)
            && held.expires > request.now
        {
            if held.owner != request.owner {
                return LeaseAnswer::Held(held.clone());
            }
            epoch = held.epoch;
        }
        self.epoch = epoch;
        let lease = Lease { run: request.run, owner: request.owner, epoch, expires };
        self.held = Some(lease.clone());
        LeaseAnswer::Granted(lease)
    }

    /// Prolongs the lease, never shortens it; the error is the present epoch.
    pub fn renew(&mut self, lease: &Lease) -> Result<(), Epoch> {
        match &mut self.held {
            Some(held) if held.epoch == lease.epoch => {
                held.expires = held.expires.max(lease.expires);
                Ok(())
            }
            _ => Err(self.epoch),
        }
    }

    /// Gives the lease back; says whether anything changed.
    pub fn release(&mut self, lease: &Lease) -> bool {
        let present = self.held.as_ref().is_some_and(|held| held.epoch == lease.epoch);
        if present {
            self.held = None;
        }
        present
    }

    /// Says whether an append that carries this epoch may go on; the error is the present epoch.
    pub fn admits(&self, epoch: Epoch) -> Result<(), Epoch> {
        match &self.held {
            Some(held) if held.epoch == epoch => Ok(()),
            _ => Err(self.epoch),
        }
    }
}

/// A lock cannot be handed on by a run that does not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to hand the lock on: {0} does not hold it")]
pub struct NotHolder(pub RunId);

impl LockState {
    /// Takes the lock or a place in the queue; says whether anything changed.
    pub fn acquire(&mut self, run: RunId) -> bool {
        if self.holder == Some(run) || self.queue.contains(&run) {
            return false;
        }
        match self.holder {
            None => self.holder = Some(run),
            Some(_) => self.queue.push(run),
        }
        true
    }

    /// Gives the lock or a place in the queue back; returns who was granted the lock by that.
    pub fn release(&mut self, run: RunId) -> Option<RunId> {
        if self.holder != Some(run) {
            self.queue.retain(|waiting| *waiting != run);
            return None;
        }
        self.holder = (!self.queue.is_empty()).then(|| self.queue.remove(0));
        self.holder
    }

    /// Hands the lock on, past the queue.
    pub fn hand(&mut self, from: RunId, to: RunId) -> Result<(), NotHolder> {
        if self.holder != Some(from) {
            return Err(NotHolder(from));
        }
        self.queue.retain(|waiting| *waiting != to);
        self.holder = Some(to);
        Ok(())
    }
}

impl RunFilter {
    /// Says whether a run belongs into the list; `limit` is for the caller.
    pub fn wants(&self, head: &RunHead) -> bool {
        let prefix = self.id_prefix.as_deref().map(|p| p.strip_prefix("run_").unwrap_or(p));
        let named = prefix.is_none_or(|prefix| {
            let hex = head.run.0.simple().to_string();
            hex.starts_with(&prefix.to_ascii_lowercase())
        });
        let in_phase = self.phases.is_empty() || self.phases.contains(&head.phase);
        let older = self.before.is_none_or(|before| head.run < before);
        named && in_phase && older
    }
}

/// Says why a run may not be removed; nothing where it may.
pub fn stays(head: &RunHead, lease: &LeaseSlot, signals: usize, now: Timestamp) -> Option<String> {
    let RunHead { run, phase, .. } = head;
    let held = lease.held.as_ref().filter(|held| held.expires > now);
    if !phase.ended() {
        return Some(format!("{run} is {phase}: only a run that has ended can be removed"));
    }
    if let Some(held) = held {
        return Some(format!("{run} is driven by {}: it can be removed afterwards", held.owner));
    }
    (signals > 0).then(|| format!("a message waits for {run}: `windlass resume {run}` hears it"))
}

impl NewRun {
    /// Says whether a run that exists already is this one: everything that never changes is equal.
    pub fn is_the_same_as(&self, there: &RunHead) -> bool {
        let fixed = |head: &RunHead| {
            let names = (head.workflow.clone(), head.lock.clone(), head.environment.clone());
            (head.run, names, head.started_at, head.workflow_digest.clone())
        };
        fixed(&self.head) == fixed(there)
    }
}
