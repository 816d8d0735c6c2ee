//! What the verb `simulate` needs beside the simulator's control: faults from words, the
//! environment by its name alone, and the ledger of a simulator that does not run.

pub mod changes;
pub mod faults;
pub mod kept;
pub mod environment;
