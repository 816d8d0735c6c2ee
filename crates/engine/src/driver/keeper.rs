//! Lets a running call make its handle durable, and passes its printed lines on.

use super::message::Message;
use crate::core::CallId;
use crate::feed::Feed;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use windlass_model::observation::{Observation, Sighting};
use windlass_model::run::LaneId;
use windlass_model::{RunId, StepId, Value};
use windlass_ports::action::{HandleKeeper, OutputSink};
use windlass_ports::{ActionError, BoxFuture};

/// The keeper of one attempt.
pub(super) struct Keeper {
    pub lane: LaneId,
    pub attempt: u32,
    pub call: CallId,
    pub queue: mpsc::UnboundedSender<Message>,
}

impl HandleKeeper for Keeper {
    fn keep(&self, handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        let (step, side) = self.lane;
        let seen = Sighting::Kept(handle);
        let observation = Observation { step, side, attempt: self.attempt, seen };
        Box::pin(async move {
            let gone = || ActionError::InDoubt("the engine let go of this run".to_owned());
            let (answer, durable) = oneshot::channel();
            self.queue.send(Message::Keep(self.call, observation, answer)).map_err(|_| gone())?;
            durable.await.map_err(|_| gone())?
        })
    }
}

/// The printer of one step.
pub(super) struct Printer {
    pub run: RunId,
    pub step: StepId,
    pub feed: Arc<dyn Feed>,
}

impl OutputSink for Printer {
    fn line(&self, text: &str) {
        self.feed.line(self.run, &self.step, text);
    }
}
