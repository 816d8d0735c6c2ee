//! Azure DevOps: builds and releases, one family of operations a file. It knows nothing of ARM.

mod route;

pub use route::answer;
