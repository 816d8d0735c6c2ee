//! The keys of both files as types: they are read by serde, checked and documented by their own
//! JSON Schema.

pub mod bounds;
pub mod scalars;
pub mod step;
pub mod workflow;
pub mod environment;

pub use environment::{EnvironmentFile, ResourceFile};
pub use scalars::{DURATION_PATTERN, NAME_PATTERN, Words, parse_duration};
pub use step::{
    CompensateFile, CompensateMap, EffectFile, ForEach, RepeatFile, RetryFile, StepFile,
};
pub use workflow::{InputFile, InputType, InvariantFile, WorkflowFile};
