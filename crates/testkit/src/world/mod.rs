//! A scripted world: things with values, remote operations that take their time, faults by rates,
//! and a ledger of everything that took place. Actions over it behave as those of a cloud do.

pub mod faults;
pub mod ledger;
pub mod state;
pub mod kinds;
pub mod scripted;
