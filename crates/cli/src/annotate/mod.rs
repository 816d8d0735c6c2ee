//! Findings as other tools read them: annotations of a pull request, code scanning.

mod finding;
mod github;
mod sarif;

pub use finding::{Finding, of_diagnostic, of_not_proved, of_story};
pub use github::lines;
pub use sarif::document;
