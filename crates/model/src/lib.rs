//! The pure heart of windlass: what a workflow, a run and its history are, and how one follows from
//! another.
//!
//! It must not know any clock, disk, network, runtime, random source or log. Time is an argument,
//! jitter is a hash, maps are ordered; everything here can be replayed to the same result on any
//! machine. Modules are listed bottom first; a module uses only what stands above it.

pub mod id;
pub mod time;
pub mod window;
pub mod guarded;
pub mod expr;
pub mod catalog;
pub mod environment;
pub mod notice;
pub mod step;
pub mod given;
pub mod workflow;
pub mod sight;
pub mod drift;
pub mod event;
pub mod breach;
pub mod observation;
pub mod phase;
pub mod lane;
pub mod run;
pub mod scope;
pub mod rollback;
pub mod way_out;
pub mod migrate;
pub mod guards;
pub mod apply;
pub mod retry;
pub mod decide;
pub mod settle;
pub mod world;
pub mod told;
pub mod checkpoint;

pub use catalog::{ActionSpec, Catalog, EffectClass, FieldSpec, ResourceSpec};
pub use environment::{Binding, Confirm, Environment};
pub use event::{Decision, Event, EventKind, Failure, Side};
pub use guarded::Guarded;
pub use id::{ActionKind, RequestId, RunId, Seq, SignalId, StepId};
pub use phase::Phase;
pub use step::{StepDef, Work};
pub use time::{Millis, Timestamp};
pub use workflow::{StepIdx, Workflow, WorkflowDef};

/// JSON is the value language of inputs, outputs and captured state: every store and every tool can
/// read it.
pub use serde_json::{Map, Value};
