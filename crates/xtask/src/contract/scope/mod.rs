//! Which operations are used here, which fields of their answers are looked at, and what the wire
//! adds to the specification, each with its source. Rows are named as in the team's page of
//! operations (A: App Service, S: SQL, B: storage, M: monitor, D: Azure DevOps, P: polls). It must
//! not know the files.

pub mod row;
mod devops;
mod monitor;
mod sql;
mod storage;
mod web;
pub mod all;
