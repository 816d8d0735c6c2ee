//! Whose database is it? Told from what Azure keeps: its id, our tag, what operated on it and
//! since when.
//!
//! A copy onto a taken name is an update of a stranger's database, and puts our tag on it. So the
//! tag alone proves
//! nothing: no update may stand beside it, and the database must be younger than our look that
//! found none.

use super::database::{Database, Working};
use jiff::{SignedDuration, Timestamp};
use windlass_model::RequestId;

/// The tag that says which request made a database.
pub const TAG: &str = "windlass-request";

/// The operation that makes a copy.
pub const COPY: &str = "CreateDatabaseAsCopy";

/// The operation that restores from backups.
pub const RESTORE: &str = "CreateRestoreRequest";

/// The operation that makes one of a file; it stands in no list.
pub const IMPORT: &str = "Import";

/// The operation that drops.
pub const DROP: &str = "DropLogicalDatabase";

/// What an update does to a name that was taken.
const UPDATE: &str = "UpdateLogicalDatabase";

/// Whether it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// We made it.
    Ours,
    /// Somebody else did.
    Foreign(String),
    /// It cannot be told.
    Unclear(String),
}

/// Tells whether a database that was not there before the request is there because of it.
pub fn origin(
    database: &Database,
    working: &[Working],
    operation: &str,
    request: RequestId,
    not_before: Option<&str>,
) -> Origin {
    let tag = database.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(TAG));
    let tag = tag.and_then(|(_, value)| value.as_str());
    let Some(since) = not_before.and_then(|date| super::database::time(&date.into())) else {
        return Origin::Unclear(
            "no time of the service was kept from before the request".to_owned(),
        );
    };
    if tag.is_some_and(|tag| tag != request.to_string()) {
        return Origin::Foreign("its tag names another request".to_owned());
    }
    if database.created.is_some_and(|created| created < since) {
        return Origin::Foreign(format!("it was there before, since {:?}", database.created));
    }
    let after = |working: &&Working| working.started.is_none_or(|at| at >= coarse(since));
    let mut young = working.iter().filter(after);
    if young.any(|working| working.operation == UPDATE) {
        return Origin::Unclear(
            "it was updated at the same time, as a copy onto a taken name does".to_owned(),
        );
    }
    let copied = working.iter().filter(after).any(|working| working.operation == operation);
    match (tag.is_some(), copied) {
        (true, _) | (false, true) => Origin::Ours,
        (false, false) => Origin::Unclear(format!("nothing says that it came by {operation}")),
    }
}

/// `Date` headers have whole seconds, and two of the service's clocks may differ a little.
fn coarse(at: Timestamp) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs(5)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BEFORE: &str = "Wed, 12 Apr 2023 02:23:35 GMT";

    fn request() -> RequestId {
        RequestId(uuid::Uuid::from_u128(7))
    }

    fn database(tag: Option<String>, created: Option<&str>) -> Database {
        Database {
            database_id: "id".into(),
            status: "Copying".into(),
            location: "westeurope".into(),
            created: created.map(|at| at.parse().unwrap()),
            tags: tag.map(|tag| (TAG.to_owned(), json!(tag))).into_iter().collect(),
            sku: json!({}),
            objective: String::new(),
            requested: String::new(),
            earliest_restore: None,
        }
    }

    fn working(operation: &str, started: &str) -> Working {
        Working {
            id: "o".into(),
            operation: operation.into(),
            state: "InProgress".into(),
            percent: None,
            started: Some(started.parse().unwrap()),
            error: None,
        }
    }

    #[test]
    fn a_table_of_origins() {
        let ours = || Some(request().to_string());
        let copy = || vec![working(COPY, "2023-04-12T02:23:36Z")];
        let old_copy = || vec![working(COPY, "2023-04-11T00:00:00Z")];
        let update = || vec![working(UPDATE, "2023-04-12T02:23:36Z")];
        let cases: [(&str, Database, Vec<Working>, &str); 8] = [
            ("our tag, a copy", database(ours(), None), copy(), "ours"),
            ("our tag, nothing listed yet", database(ours(), None), vec![], "ours"),
            ("tags did not stick, a copy", database(None, None), copy(), "ours"),
            ("our tag on a stranger's", database(ours(), None), update(), "unclear"),
            (
                "older than our look",
                database(ours(), Some("2023-04-01T00:00:00Z")),
                copy(),
                "foreign",
            ),
            ("another's tag", database(Some("x".into()), None), copy(), "foreign"),
            ("no tag, an old copy", database(None, None), old_copy(), "unclear"),
            ("no tag, nothing", database(None, None), vec![], "unclear"),
        ];
        for (name, database, working, expected) in cases {
            let told = match origin(&database, &working, COPY, request(), Some(BEFORE)) {
                Origin::Ours => "ours",
                Origin::Foreign(_) => "foreign",
                Origin::Unclear(_) => "unclear",
            };
            assert_eq!(told, expected, "{name}");
        }
        let unknown = origin(&database(ours(), None), &copy(), COPY, request(), None);
        assert!(matches!(unknown, Origin::Unclear(_)));
    }
}
