//! The tests of the heart: rules, the transition table, rollback, properties.

mod support;
mod rules;
mod rollbacks;
mod properties;
