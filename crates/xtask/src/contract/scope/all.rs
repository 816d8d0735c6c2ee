//! All services together, in the order of the table.

use super::row::{Poll, Row};
use super::{devops, monitor, sql, storage, web};

/// Enums that the service does not keep to: more values, other letter case.
pub const OPEN_ENUMS: [&str; 3] = ["operationStatus", "hostType", "triggerType"];

/// Every row that is derived from a specification.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [web::ROWS, sql::ROWS, monitor::ROWS, devops::ROWS, storage::ROWS].into_iter().flatten()
}

/// Every polled URL.
pub fn polls() -> impl Iterator<Item = &'static Poll> {
    sql::POLLS.iter().chain(web::POLLS)
}
