//! What can be wrong with an installation: each file looks at one part and says how to mend it.
//! None of them changes anything; a repair makes a store of its own.

pub mod finding;
pub mod store;
pub mod histories;
pub mod repair;
pub mod key_file;
pub mod machine;
pub mod variables;
pub mod simulators;
pub mod runs;
pub mod lead;
pub mod environment;
