//! The tests of the heart: rules, the transition table, the ways back, what humans say, time,
//! golden files, the world's sentences, properties of random runs.

#![expect(clippy::expect_used, reason = "a test's own support may panic")]

mod support;
mod rules;
mod rollbacks;
mod ways_out;
mod undoing;
mod steering;
mod answers;
mod timing;
mod gates;
mod sent;
mod notices;
mod golden;
mod golden_stored;
mod migrating;
mod drifting;
mod places;
mod table;
mod world;
mod plan;
mod properties;
