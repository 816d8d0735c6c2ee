//! How a run stands beside others: who drives it, what its lock holds up. The words for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::run::Run;
use windlass_model::{Event, EventKind, Phase, RunId, StepIdx, Workflow};

/// A run's lock as it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// Its name.
    pub name: String,
    /// Who holds it, and where that run stands.
    pub holder: Option<(RunId, Phase)>,
    /// Whether somebody drives that run now.
    pub holder_driven: bool,
    /// How many wait for it.
    pub waiting: usize,
    /// Where the one is that several machines see; this store does not know who has that one now.
    pub shared: Option<String>,
}

/// The run whose place another one took, as it was left.
#[derive(Clone, Debug)]
pub struct Before {
    /// Its workflow.
    pub workflow: Arc<Workflow>,
    /// Its end.
    pub run: Run,
}

/// How a run stands beside others.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Who drives it now, as leases name him; nobody where absent.
    pub driver: Option<String>,
    /// Its lock, where it takes one.
    pub lock: Option<Lock>,
    /// The run whose place it took.
    pub before: Option<Before>,
    /// The run that took its place.
    pub after: Option<RunId>,
    /// Steps that nobody skips lightly: an invariant could break after it.
    pub not_skippable: BTreeSet<StepIdx>,
}

/// The run that took another one's place, by the other one's history.
pub fn successor(events: &[Event]) -> Option<RunId> {
    events.iter().rev().find_map(|event| match event.kind {
        EventKind::RunSuperseded { by } => Some(by),
        _ => None,
    })
}

impl Standing {
    /// What a run that stands still locks, as a sentence; one that nobody drives does.
    pub fn locked(&self, run: RunId, phase: Phase) -> Option<String> {
        let lock = self.lock.as_ref()?;
        let halted = matches!(phase, Phase::Failed | Phase::Stuck | Phase::Paused | Phase::Waiting)
            || (self.driver.is_none() && !phase.ended());
        let holds = lock.holder.is_some_and(|(holder, _)| holder == run);
        if !halted || !holds {
            return None;
        }
        let mut said = format!("the lock {} is held by this run", lock.name);
        match lock.waiting {
            0 => {}
            1 => said.push_str("; another run waits for it"),
            more => said.push_str(&format!("; {more} runs wait for it")),
        }
        if let Some(shared) = &lock.shared {
            said.push_str(&format!(
                "; whether it still has the shared one ({shared}), `windlass lock show` tells"
            ));
        }
        Some(said)
    }

    /// Why a run ended without being at its end: another one took its place.
    pub fn superseded(&self) -> Option<String> {
        self.after.map(|successor| format!("{successor} took its place"))
    }

    /// Why a run that is to work does not: another one has its lock.
    pub fn queued(&self, run: RunId) -> Option<String> {
        let lock = self.lock.as_ref()?;
        let (holder, phase) = lock.holder.filter(|(holder, _)| *holder != run)?;
        let moves = match phase {
            Phase::Failed | Phase::Stuck | Phase::Paused => {
                ", which gives it back only after `resume`, `rollback` or `cancel`"
            }
            Phase::Waiting => ", which waits for an answer or a timer",
            _ if !lock.holder_driven => ", which nobody drives: `resume` or `cancel` that one",
            _ => "",
        };
        let stands = phase.as_str().replace('_', " ");
        Some(format!("it waits for the lock {} behind {holder} ({stands}){moves}", lock.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_lock_that_is_held_up_is_told_to_both_sides() {
        let (one, other) = (RunId(Uuid::from_u128(1)), RunId(Uuid::from_u128(2)));
        let lock = Lock {
            name: "azure/qa4".to_owned(),
            holder: Some((one, Phase::Failed)),
            holder_driven: true,
            waiting: 1,
            shared: None,
        };
        let standing = Standing { lock: Some(lock), ..Standing::default() };
        let locked = standing.locked(one, Phase::Failed).unwrap();
        assert_eq!(locked, "the lock azure/qa4 is held by this run; another run waits for it");
        let mut shared = standing.clone();
        shared.lock.as_mut().unwrap().shared = Some("backups/locks/production".to_owned());
        let locked = shared.locked(one, Phase::Failed).unwrap();
        assert!(locked.ends_with("(backups/locks/production), `windlass lock show` tells"));
        let driven = Standing { driver: Some("somebody".to_owned()), ..standing.clone() };
        assert_eq!(driven.locked(one, Phase::Running), None);
        assert!(standing.locked(one, Phase::Running).is_some(), "nobody drives it");
        assert_eq!(standing.locked(other, Phase::Paused), None);
        let queued = standing.queued(other).unwrap();
        assert!(queued.contains(&format!("behind {one} (failed)")), "{queued}");
        assert!(queued.contains("`rollback`"), "{queued}");
        assert_eq!(standing.queued(one), None);
    }
}
