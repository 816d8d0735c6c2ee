//! One file a chore, arguments and run together. A chore must not know another.

pub mod tidy;
