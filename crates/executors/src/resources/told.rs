//! How fields of the world are told to humans where a name and a value would not say it. It must
//! not know runs.

use serde_json::Value;

/// Which value of a field is told so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    True,
    False,
    /// A text or a number.
    Any,
    /// What is not known any more.
    Unknown,
}

/// The resource type, the field, the value, and the words.
type Row = (&'static str, &'static str, Is, &'static str);

const APP: &str = "azure.app_service";
const DATABASE: &str = "azure.sql_database";
const SERVER: &str = "azure.sql_server";
const POSTGRES: &str = "postgres.database";
const BLOB: &str = "azure.storage_blob";
const CONTAINER: &str = "azure.storage_container";
const SERVICE: &str = "service";

/// In front stand the types that a resource of an unknown type is told as.
const TOLD: &[Row] = &[
    (DATABASE, "exists", Is::True, "{it} exists"),
    (DATABASE, "exists", Is::False, "no database has the name of {it} now"),
    (DATABASE, "online", Is::True, "{it} is online"),
    (DATABASE, "online", Is::False, "{it} is not online"),
    (DATABASE, "service_objective", Is::Any, "{it} has the size {value}"),
    (APP, "exists", Is::True, "{it} exists"),
    (APP, "exists", Is::False, "{it} is deleted"),
    (APP, "running", Is::True, "{it} is running"),
    (APP, "running", Is::False, "{it} is STOPPED"),
    (
        APP,
        "running",
        Is::Unknown,
        "{it} was STOPPED by this run, and its stage may have started it",
    ),
    (APP, "database", Is::Any, "{it} points at the database {value}"),
    (APP, "traffic", Is::Any, "{it} gets {value} percent of the requests"),
    (SERVER, "azure_access", Is::True, "the database is open to Azure ({it})"),
    (SERVER, "azure_access", Is::False, "the database is closed to Azure ({it})"),
    (SERVER, "public_access", Is::True, "the public address of {it} is open"),
    (SERVER, "public_access", Is::False, "the public address of {it} is closed"),
    (POSTGRES, "exists", Is::True, "{it} exists"),
    (POSTGRES, "exists", Is::False, "no database has the name of {it} now"),
    (POSTGRES, "allows_connections", Is::True, "{it} lets new connections in"),
    (POSTGRES, "allows_connections", Is::False, "{it} lets NO new connections in"),
    (BLOB, "exists", Is::True, "{it} exists"),
    (BLOB, "exists", Is::False, "{it} is deleted"),
    (CONTAINER, "exists", Is::True, "{it} exists"),
    (CONTAINER, "exists", Is::False, "{it} is deleted"),
    (SERVICE, "running", Is::True, "{it} is running"),
    (SERVICE, "running", Is::False, "{it} is STOPPED"),
];

/// The words for a value of a field, in which `{it}` stands for the resource and `{value}` for the
/// value. A resource that no environment binds has no known type: it is told as the first type
/// with such a field.
pub fn words(kind: Option<&str>, field: &str, value: &Value) -> Option<&'static str> {
    let is = match value {
        Value::Bool(true) => Is::True,
        Value::Bool(false) => Is::False,
        Value::String(_) | Value::Number(_) => Is::Any,
        Value::Null => Is::Unknown,
        _ => return None,
    };
    let mut rows = TOLD.iter().filter(|row| kind.is_none_or(|kind| kind == row.0));
    rows.find(|row| row.1 == field && row.2 == is).map(|row| row.3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_row_is_about_a_field_that_is_declared() {
        let catalog = crate::catalog();
        for (kind, field, is, text) in TOLD {
            let spec = catalog.resources.get(*kind).unwrap_or_else(|| panic!("no {kind}"));
            let spec = spec.fields.get(*field).unwrap_or_else(|| panic!("{kind} has no {field}"));
            assert_eq!(spec.ty == "bool", *is != Is::Any, "{kind}.{field} is a {}", spec.ty);
            assert!(text.contains("{it}"), "{text}");
            assert_eq!(text.contains("{value}"), *is == Is::Any, "{text}");
            if *is != Is::Any {
                let same = TOLD.iter().filter(|row| (row.0, row.1) == (*kind, *field));
                let both = same.filter(|row| row.2 != Is::Unknown).count();
                assert_eq!(both, 2, "{kind}.{field} is told both ways");
            }
        }
    }

    #[test]
    fn what_is_bound_is_told_as_its_type_is() {
        let open = words(Some(SERVER), "azure_access", &json!(true));
        assert_eq!(open, Some("the database is open to Azure ({it})"));
        assert_eq!(words(None, "exists", &json!(true)), Some("{it} exists"));
        assert_eq!(words(Some(SERVER), "exists", &json!(true)), None, "it has no such field");
        assert_eq!(words(Some(SERVER), "azure_access", &Value::Null), None);
    }
}
