//! Azure DevOps: builds, releases, git, pipelines, one family of operations a folder. It knows
//! nothing of ARM.

mod shapes;
mod build;
mod release;
mod git;
mod pipelines;
mod progress;
mod pushes;
mod route;

pub use progress::{Due, first_due, happen};
pub use pushes::commit;
pub use release::create::trigger;
pub use route::answer;
