//! The driver's desk: performs the core's effects by tasks that report back to the queue.

use super::keeper::{Keeper, Printer};
use super::message::Message;
use crate::calls::{NoKeeper, Surroundings, perform, tell};
use crate::core::{Batch, CallId, Dispatch, EffectsOf, Telling};
use crate::feed::Feed;
use crate::guard::bars;
use crate::outfit::Outfit;
use crate::recorder::Recorder;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use windlass_model::decide::Verb;
use windlass_model::observation::{ActionError, Observation, Polled, Sighting};
use windlass_model::run::LaneId;
use windlass_model::{RunId, Timestamp, Workflow};
use windlass_ports::action::Bindings;

/// What is under way for one run.
pub(crate) struct Desk {
    pub(crate) run: RunId,
    pub(crate) outfit: Outfit,
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) bindings: Arc<Bindings>,
    pub(crate) folder: Option<Arc<str>>,
    pub(crate) effects: EffectsOf,
    pub(crate) feed: Arc<dyn Feed>,
    pub(crate) queue: mpsc::UnboundedSender<Message>,
    pub(crate) recorder: Option<Box<Recorder>>,
    pub(crate) calls: BTreeMap<LaneId, (CallId, AbortHandle)>,
    pub(crate) tellings: Vec<AbortHandle>,
    pub(crate) alarm: Option<(Timestamp, AbortHandle)>,
}

impl Desk {
    /// Starts an append; one at a time, since the recorder travels with it.
    pub fn append(&mut self, batch: Batch) {
        let Some(mut recorder) = self.recorder.take() else { return };
        let queue = self.queue.clone();
        tokio::spawn(async move {
            let result = recorder.append(batch).await;
            drop(queue.send(Message::Appended(recorder, result)));
        });
    }

    /// Starts a call. One that panics is reported as what it is: not known to have acted or not.
    pub fn call(&mut self, id: CallId, dispatch: Dispatch) {
        let lane = dispatch.lane;
        let attempt = dispatch.attempt_number;
        let verb = dispatch.verb.clone();
        let step = dispatch.step.clone();
        let keeper = Keeper { lane, attempt, call: id, queue: self.queue.clone() };
        let printer = Printer { run: self.run, step: step.clone(), feed: self.feed.clone() };
        let around = Surroundings {
            bindings: self.bindings.clone(),
            folder: self.folder.clone(),
            output: Arc::new(printer),
            handles: Arc::new(keeper),
            run: self.run,
        };
        let (outfit, effects, queue) =
            (self.outfit.clone(), self.effects.clone(), self.queue.clone());
        let (feed, run) = (self.feed.clone(), self.run);
        let workflow = self.workflow.clone();
        let call = tokio::spawn(async move {
            match bars(&outfit, run, workflow.def(), &dispatch, &effects).await {
                Some(seen) => Observation { step: lane.0, side: lane.1, attempt, seen },
                None => perform(&outfit, around, dispatch, &effects).await,
            }
        });
        self.calls.insert(lane, (id, call.abort_handle()));
        tokio::spawn(async move {
            let observation = match call.await {
                Ok(observation) => observation,
                Err(error) if error.is_cancelled() => return,
                Err(_) => {
                    let seen = broken(&verb);
                    Observation { step: lane.0, side: lane.1, attempt, seen }
                }
            };
            if let Sighting::Polled(Ok(Polled::InProgress { percent, message, .. })) =
                &observation.seen
            {
                feed.progress(run, &step, *percent, message.as_deref());
            }
            drop(queue.send(Message::Looked(id, observation)));
        });
    }

    /// Sends a message. One whose action breaks down is given up.
    pub fn tell(&mut self, telling: Telling) {
        let id = telling.id;
        let (step, feed) = (telling.step.clone(), self.feed.clone());
        let around = Surroundings {
            bindings: self.bindings.clone(),
            folder: self.folder.clone(),
            output: Arc::new(Printer { run: self.run, step, feed }),
            handles: Arc::new(NoKeeper),
            run: self.run,
        };
        let (outfit, queue) = (self.outfit.clone(), self.queue.clone());
        let sent = tokio::spawn(async move { tell(&outfit, around, telling).await });
        self.tellings.retain(|telling| !telling.is_finished());
        self.tellings.push(sent.abort_handle());
        tokio::spawn(async move {
            let result = match sent.await {
                Ok(result) => result,
                Err(error) if error.is_cancelled() => return,
                Err(_) => Err("the action broke down; this is a bug of windlass".to_owned()),
            };
            drop(queue.send(Message::Told(id, result)));
        });
    }

    /// Lets go of a lane's call.
    pub fn abandon(&mut self, lane: LaneId) {
        if let Some((_, call)) = self.calls.remove(&lane) {
            call.abort();
        }
    }

    /// Forgets a call that ended.
    pub fn ended(&mut self, lane: LaneId, id: CallId) {
        if self.calls.get(&lane).is_some_and(|(there, _)| *there == id) {
            self.calls.remove(&lane);
        }
    }

    /// Sets the alarm; a different one replaces it.
    pub fn wake_at(&mut self, at: Timestamp) {
        if self.alarm.as_ref().is_some_and(|(set, _)| *set == at) {
            return;
        }
        let (clock, queue) = (self.outfit.clock.clone(), self.queue.clone());
        let alarm = tokio::spawn(async move {
            clock.sleep_until(at).await;
            drop(queue.send(Message::Alarm));
        });
        if let Some((_, old)) = self.alarm.replace((at, alarm.abort_handle())) {
            old.abort();
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.calls.values().for_each(|(_, call)| call.abort());
        self.tellings.iter().for_each(AbortHandle::abort);
        if let Some((_, alarm)) = &self.alarm {
            alarm.abort();
        }
    }
}

fn broken(verb: &Verb) -> Sighting {
    let error = ActionError::InDoubt("the action broke down; this is a bug of windlass".to_owned());
    match verb {
        Verb::Capture { input } => {
            Sighting::Prepared { input: input.clone(), effects: Vec::new(), result: Err(error) }
        }
        Verb::Act => Sighting::Acted(Err(error)),
        Verb::Poll => Sighting::Polled(Err(error)),
        Verb::Probe => Sighting::Probed(Err(error)),
    }
}
