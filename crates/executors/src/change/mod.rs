//! The two shapes of actions whose doing can be seen at any time: a change, and a mere reading.

pub mod failing;
pub mod kinds;
pub mod key;
pub mod disk;
pub mod place;
pub mod sum;
pub mod seen;
pub mod by_look;
pub mod reading;
