//! The tests of the heart: rules, the transition table, rollback, properties.

#![expect(clippy::expect_used, reason = "a test's own support may panic")]

mod support;
mod rules;
mod rollbacks;
mod steering;
mod timing;
mod golden;
mod table;
mod world;
mod properties;
