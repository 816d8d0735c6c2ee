//! What the transition table allows: the event, and for each place where it may come, where that
//! leads.

/// Event, then place and where it leads.
pub const LEGAL: &[(&str, &[(&str, &str)])] = &[];
