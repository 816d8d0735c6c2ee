//! The loop: a message in, the core's effects out, until the run rests.

use super::desk::Desk;
use super::guard::Guard;
use super::message::Message;
use crate::core::{CallId, Closing, Core, Drift, Effect, Input};
use crate::given::compared;
use crate::locks;
use crate::recorder::RecordError;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use windlass_model::drift::DriftDecision;
use windlass_model::lane::AttemptState;
use windlass_model::observation::{Observation, Signal};
use windlass_model::run::Course;
use windlass_model::sight::Comparison;
use windlass_model::{Phase, Seq, SignalId, StepId};
use windlass_ports::shared_lock::Claim;
use windlass_ports::store::{AppendError, StoreError};
use windlass_ports::{ActionError, Clock, Store};

/// How a run is driven.
#[derive(Clone, Debug, Default)]
pub struct Driving {
    /// Who wants it to go on, for the history.
    pub by: String,
    /// Leave it as soon as it only waits for a human or a timer.
    pub leave_when_waiting: bool,
    /// Leave it as soon as it only waits and one of these steps asks: nobody here will answer.
    pub left_open: BTreeSet<StepId>,
    /// What is no longer as its finished steps left it, as somebody has looked, and what `by` made
    /// of each.
    pub drifted: Vec<(Drift, DriftDecision)>,
}

/// How driving ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The run has ended or halted.
    Rest(Phase),
    /// It waits, and was to be left then.
    Waiting,
    /// Nothing was done: somebody is to look first at what drifted.
    Stopped,
    /// Another engine has the lease.
    LeaseLost(String),
    /// Another machine has the lock, or took it away; the sentence says who and what to do.
    LockedOut(String),
    /// The world is not as the workflow takes it to be. Nothing was begun, and no lock is kept; the
    /// sentences say what is otherwise.
    NotAsGiven(Vec<String>),
    /// The store is away; what was acknowledged is durable.
    StoreAway(String),
    /// A rule of our own was broken; the sentence says which.
    Bug(String),
}

/// A lane's handle that waits to be durable.
struct Kept {
    seq: Seq,
    answer: oneshot::Sender<Result<(), ActionError>>,
}

/// All that one loop needs.
pub(crate) struct Drive {
    pub store: Arc<dyn Store>,
    pub core: Core,
    pub desk: Desk,
    pub queue: mpsc::UnboundedReceiver<Message>,
    pub lock: Option<String>,
    pub wall: Arc<dyn Clock>,
    pub driving: Driving,
    opened: bool,
    kept: Vec<Kept>,
    guard: Option<Guard>,
}

impl Drive {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        core: Core,
        desk: Desk,
        queue: mpsc::UnboundedReceiver<Message>,
        wall: Arc<dyn Clock>,
        driving: Driving,
    ) -> Self {
        let lock = core.workflow().def().lock.clone();
        let (opened, kept, guard) = (false, Vec::new(), None);
        Self { store, core, desk, queue, lock, wall, driving, opened, kept, guard }
    }
}

/// Runs the loop to its end.
pub(crate) async fn drive(mut drive: Drive) -> Ending {
    if let Err(ending) = drive.listen().await {
        return ending;
    }
    while let Some(message) = drive.queue.recv().await {
        let turned = drive.turn(message).await;
        if let Err(ending) = turned {
            return ending;
        }
    }
    Ending::Bug("the driver's queue closed".to_owned())
}

impl Drive {
    async fn turn(&mut self, message: Message) -> Result<(), Ending> {
        match message {
            Message::Looked(call, observation) => {
                self.desk.ended((observation.step, observation.side), call);
                self.feed_core(Input::Looked(call, observation)).await?;
            }
            Message::Keep(call, observation, answer) => {
                self.keep(call, observation, answer).await?;
            }
            Message::Appended(recorder, result) => {
                self.desk.recorder = Some(recorder);
                let seq = result.map_err(ending_of)?;
                for kept in self.kept.extract_if(.., |kept| kept.seq <= seq) {
                    drop(kept.answer.send(Ok(())));
                }
                self.feed_core(Input::Appended(seq)).await?;
                self.checkpoint(seq, false).await;
            }
            Message::Told(id, result) => self.feed_core(Input::Told(id, result)).await?,
            Message::Bell => self.listen().await?,
            Message::Alarm => {
                self.desk.alarm = None;
                self.feed_core(Input::Woken).await?;
            }
            Message::LeaseLost(why) => return Err(Ending::LeaseLost(why)),
            Message::LockLost(why) => return Err(Ending::LockedOut(why)),
        }
        let waits = self.core.run().phase() == Phase::Waiting && self.core.idle();
        if self.opened && waits && (self.driving.leave_when_waiting || self.asks_in_vain()) {
            return Err(Ending::Waiting);
        }
        Ok(())
    }

    /// Whether a step asks that nobody here will answer.
    fn asks_in_vain(&self) -> bool {
        let asking = self.core.run().awaiting.iter();
        let mut steps = asking.map(|(at, _)| &self.core.workflow().step(*at).id);
        steps.any(|step| self.driving.left_open.contains(step))
    }

    async fn feed_core(&mut self, input: Input) -> Result<(), Ending> {
        let now = self.desk.outfit.clock.now();
        for effect in self.core.handle(input, now) {
            match effect {
                Effect::Append(batch) => self.desk.append(batch),
                Effect::Call(call, dispatch) => self.desk.call(call, *dispatch),
                Effect::Tell(telling) => self.desk.tell(*telling),
                Effect::Abandon(lane) => self.desk.abandon(lane),
                Effect::WakeAt(at) => self.desk.wake_at(at),
                Effect::Publish(events) => {
                    for event in events.iter() {
                        self.desk.feed.event(self.desk.run, event);
                    }
                }
                Effect::Close(Closing::Stopped) => return Err(Ending::Stopped),
                Effect::Close(Closing::Bug(bug)) => return Err(Ending::Bug(bug)),
                Effect::Close(Closing::Rest(phase)) => {
                    let seq = self.core.run().seq;
                    self.checkpoint(seq, true).await;
                    return Err(Ending::Rest(phase));
                }
            }
        }
        Ok(())
    }

    async fn keep(
        &mut self,
        call: CallId,
        observation: Observation,
        answer: oneshot::Sender<Result<(), ActionError>>,
    ) -> Result<(), Ending> {
        let (lane, number) = ((observation.step, observation.side), observation.attempt);
        let before = self.core.run().seq;
        self.feed_core(Input::Looked(call, observation)).await?;
        let seq = self.core.run().seq;
        let lane = self.core.run().lane(lane).filter(|lane| lane.attempts == number);
        let accepted = lane.and_then(|lane| lane.in_flight()) == Some(&AttemptState::Accepted);
        if seq > before && accepted {
            self.kept.push(Kept { seq, answer });
        } else {
            let why = "the attempt is no longer the run's".to_owned();
            drop(answer.send(Err(ActionError::InDoubt(why))));
        }
        Ok(())
    }

    /// Looks for signals, and for the lock while the run does not have it.
    async fn listen(&mut self) -> Result<(), Ending> {
        let signals = self.signals().await?;
        if self.opened {
            return if signals.is_empty() {
                Ok(())
            } else {
                self.feed_core(Input::Signals(signals)).await
            };
        }
        let undo = signals.iter().any(|(_, signal)| matches!(signal, Signal::Rollback { .. }));
        let over = matches!(self.core.run().course, Course::Ended(_)) && !undo;
        if let (Some(lock), false) = (self.lock.as_deref(), over) {
            let asked = locks::ask(&*self.store, lock, self.desk.run).await;
            let holder = asked.map_err(store_away)?;
            if holder != Some(self.desk.run) {
                // Signals first: a rollback of a run that has ended must be heard before the core
                // sees that it has nothing to do.
                self.feed_core(Input::Signals(signals)).await?;
                return self.feed_core(Input::Queued { behind: holder }).await;
            }
            self.share(lock.to_owned()).await?;
        }
        self.fits(&signals).await?;
        self.opened = true;
        let drifted = std::mem::take(&mut self.driving.drifted);
        let by = self.driving.by.clone();
        self.feed_core(Input::Opened { by, signals, drifted }).await
    }

    /// Compares the world with what the workflow takes as given, before a run begins that is to do
    /// anything. Where it is otherwise, the run stands in nobody's way.
    async fn fits(&self, signals: &[(SignalId, Signal)]) -> Result<(), Ending> {
        let begins = matches!(self.core.run().course, Course::Queued { .. });
        let ends = signals.iter().any(|(_, signal)| {
            matches!(
                signal,
                Signal::Cancel { .. } | Signal::Rollback { .. } | Signal::Supersede { .. }
            )
        });
        let def = self.core.workflow().def();
        if !begins || ends || def.given.is_empty() {
            return Ok(());
        }
        let Comparison { otherwise, not_known } =
            compared(&self.desk.outfit, self.desk.run, def).await;
        for said in &not_known {
            self.desk.feed.note(self.desk.run, said);
        }
        if otherwise.is_empty() {
            return Ok(());
        }
        if let Some(lock) = &self.lock {
            self.store.release_lock(lock.clone(), self.desk.run).await.map_err(store_away)?;
        }
        Err(Ending::NotAsGiven(otherwise))
    }

    /// Takes the lock that several machines see, where there is one. A run that could not begin
    /// stands in nobody's way here.
    async fn share(&mut self, lock: String) -> Result<(), Ending> {
        let Some(shared) = self.desk.outfit.registry.shared_lock().cloned() else {
            return Ok(());
        };
        let run = self.desk.run;
        let claim = Claim {
            run,
            workflow: self.core.workflow().def().name.clone(),
            by: self.driving.by.clone(),
            since: self.wall.now(),
        };
        if let Err(why) = locks::ask_shared(&*self.store, &*shared, &claim).await {
            if self.core.run().phase() == Phase::Queued {
                self.store.release_lock(lock, run).await.map_err(store_away)?;
            }
            return Err(Ending::LockedOut(why));
        }
        self.guard = Some(Guard::over(shared, run, self.wall.clone(), self.desk.queue.clone()));
        Ok(())
    }

    async fn signals(&self) -> Result<Vec<(SignalId, Signal)>, Ending> {
        let stored = self.store.pending_signals(self.desk.run).await.map_err(store_away)?;
        let read = stored.into_iter().filter_map(|s| {
            let signal = serde_json::from_slice(&s.bytes);
            signal
                .map_err(
                    |error| tracing::warn!(%error, "a signal of a newer windlass is left alone"),
                )
                .ok()
                .map(|signal| (s.id, signal))
        });
        Ok(read.collect())
    }

    /// Keeps a checkpoint where it is due. A checkpoint is a cache: its failure is told and
    /// forgotten.
    async fn checkpoint(&mut self, durable: Seq, rests: bool) {
        let current = self.core.run().seq == durable;
        let Some(recorder) =
            self.desk.recorder.as_mut().filter(|r| current && r.checkpoint_due(durable, rests))
        else {
            return;
        };
        if let Err(error) = recorder.checkpoint(self.core.run()).await {
            tracing::warn!(%error, "no checkpoint was kept");
        }
    }
}

fn store_away(error: StoreError) -> Ending {
    Ending::StoreAway(error.to_string())
}

fn ending_of(error: RecordError) -> Ending {
    match error {
        RecordError::Append(AppendError::LeaseLost { .. } | AppendError::Conflict { .. }) => {
            Ending::LeaseLost(error.to_string())
        }
        RecordError::Append(AppendError::Store(error)) => store_away(error),
        RecordError::Codec(error) => Ending::Bug(error.to_string()),
    }
}
