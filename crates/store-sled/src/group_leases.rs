//! The part of a group that decides leases: who may write to a run.

use crate::books::RunBook;
use crate::denied::Denied;
use crate::group::Gathering;
use std::sync::Arc;
use windlass_model::RunId;
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{LeaseAnswer, LeaseRequest, StoreError};

impl Gathering<'_> {
    /// See `Store::acquire_lease`.
    pub fn acquire_lease(
        &mut self,
        request: LeaseRequest,
    ) -> Result<LeaseAnswer, Denied<StoreError>> {
        self.lease(request.run, |slot| {
            let answer = slot.acquire(request);
            (matches!(answer, LeaseAnswer::Granted(_)), Ok(answer))
        })
    }

    /// Lets a run's lease be acted upon, which says whether it changed.
    pub fn lease<T, E: From<StoreError>>(
        &mut self,
        run: RunId,
        act: impl FnOnce(&mut LeaseSlot) -> (bool, Result<T, E>),
    ) -> Result<T, Denied<E>> {
        let sound = |book: &RunBook| book.sound().map(|()| book.clone());
        let book = self.books.run(run).and_then(sound);
        let mut book = book.map_err(|error| Denied::Refused(error.into()))?;
        let (changed, outcome) = act(Arc::make_mut(&mut book.lease));
        if changed {
            self.put_run(run, book)?;
        }
        outcome.map_err(Denied::Refused)
    }
}
