//! What can be wrong with an exchange. It must not know how it is found.

/// One thing that is not as the contract wants it. Fields are dotted paths: `[]` is an element of
/// a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No row of the table has this method and path.
    #[error("no operation {method} {path}; add it to xtask's contract/scope.rs if it is meant")]
    UnknownOperation {
        /// The method.
        method: String,
        /// The path.
        path: String,
    },
    /// The request went to another service's host.
    #[error("{row}: host `{found}` where the service is `{expected}`")]
    Host {
        /// The row.
        row: String,
        /// The service's host.
        expected: String,
        /// The request's.
        found: String,
    },
    /// The request names another API version, or none.
    #[error("{row}: api-version `{found}` where the table has `{expected}`")]
    ApiVersion {
        /// The row.
        row: String,
        /// The table's version.
        expected: String,
        /// The request's; empty if it named none.
        found: String,
    },
    /// A header that the operation requires is missing.
    #[error("{row}: the request lacks the header `{name}`")]
    RequestHeaderMissing {
        /// The row.
        row: String,
        /// The header.
        name: String,
    },
    /// A required query parameter is missing.
    #[error("{row}: the query lacks `{name}`")]
    QueryMissing {
        /// The row.
        row: String,
        /// The parameter.
        name: String,
    },
    /// A query parameter that the operation does not have: the service ignores it silently.
    #[error("{row}: the operation has no query parameter `{name}`")]
    QueryUndeclared {
        /// The row.
        row: String,
        /// The parameter.
        name: String,
    },
    /// A query parameter's value is not of its type.
    #[error("{row}: the query's `{name}` is `{found}`, not {expected}")]
    QueryValue {
        /// The row.
        row: String,
        /// The parameter.
        name: String,
        /// What it should be.
        expected: String,
        /// What was sent.
        found: String,
    },
    /// A body was sent to an operation that takes none.
    #[error("{row}: the operation takes no body")]
    RequestBodyUnexpected {
        /// The row.
        row: String,
    },
    /// No body, or no JSON, was sent to an operation that needs one.
    #[error("{row}: the operation needs a JSON body")]
    RequestBodyMissing {
        /// The row.
        row: String,
    },
    /// A required field of the request is missing.
    #[error("{row}: the request lacks `{field}`")]
    RequestFieldMissing {
        /// The row.
        row: String,
        /// The field.
        field: String,
    },
    /// A field that the operation does not take, or that is read-only.
    #[error("{row}: the request may not hold `{field}`")]
    RequestFieldUndeclared {
        /// The row.
        row: String,
        /// The field.
        field: String,
    },
    /// A field of the request is not of its type, or none of its values.
    #[error("{row}: the request's `{field}` is {found}, not {expected}")]
    RequestFieldValue {
        /// The row.
        row: String,
        /// The field.
        field: String,
        /// What it should be.
        expected: String,
        /// What was sent.
        found: String,
    },
    /// A status that the operation does not declare and the wire has not shown.
    #[error("{row}: status {status} where the table has {declared}")]
    Status {
        /// The row.
        row: String,
        /// The answer's status.
        status: u16,
        /// The table's.
        declared: String,
    },
    /// A header that the wire always has is missing.
    #[error("{row}: the {status} lacks the header `{name}`")]
    ResponseHeaderMissing {
        /// The row.
        row: String,
        /// The answer's status.
        status: u16,
        /// The header.
        name: String,
    },
    /// A body came where none is declared.
    #[error("{row}: the {status} has a body and should have none")]
    ResponseBodyUnexpected {
        /// The row.
        row: String,
        /// The answer's status.
        status: u16,
    },
    /// No body, or no JSON, came where an object is declared.
    #[error("{row}: the {status} has no JSON body")]
    ResponseBodyMissing {
        /// The row.
        row: String,
        /// The answer's status.
        status: u16,
    },
    /// A required field of the answer is missing.
    #[error("{row}: the answer lacks `{field}`")]
    ResponseFieldMissing {
        /// The row.
        row: String,
        /// The field.
        field: String,
    },
    /// A field of the answer is not of its type, or none of its values.
    #[error("{row}: the answer's `{field}` is {found}, not {expected}")]
    ResponseFieldValue {
        /// The row.
        row: String,
        /// The field.
        field: String,
        /// What it should be.
        expected: String,
        /// What came.
        found: String,
    },
    /// The body of an error has none of the shapes that the service uses.
    #[error("{row}: the body of the {status} is no error of this service")]
    ErrorBody {
        /// The row.
        row: String,
        /// The answer's status.
        status: u16,
    },
}
