//! Azure DevOps: builds and releases, one family of operations a file. It knows nothing of ARM.

mod shapes;
mod build_definitions;
mod builds;
mod release_definitions;
mod release_body;
mod releases;
mod attempt;
mod create;
mod deploy;
mod deployments;
mod route;

pub use create::trigger;
pub use route::answer;
