//! What the driver's queue carries.

use crate::core::CallId;
use crate::recorder::{RecordError, Recorder};
use tokio::sync::oneshot;
use windlass_model::Seq;
use windlass_model::notice::NoticeId;
use windlass_model::observation::Observation;
use windlass_ports::ActionError;

/// A message to the driver of a run.
pub(crate) enum Message {
    /// A call ended.
    Looked(CallId, Observation),
    /// A running call wants its handle durable.
    Keep(CallId, Observation, oneshot::Sender<Result<(), ActionError>>),
    /// A message was sent, or why not.
    Told(NoticeId, Result<(), String>),
    /// An append ended; the recorder comes back with it.
    Appended(Box<Recorder>, Result<Seq, RecordError>),
    /// A signal or a lock may wait.
    Bell,
    /// Time has passed.
    Alarm,
    /// The lease could not be renewed.
    LeaseLost(String),
    /// The lock that several machines see was taken away.
    LockLost(String),
}
