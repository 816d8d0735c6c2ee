//! One row of the table: operations, the fields that are looked at, and what the wire adds. It must
//! not know any service.

/// Fields of a body and their facts.
pub type Body = &'static [(&'static str, &'static str)];

/// One row: operations that share their facts (a site's and its slot's).
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Keys in operations.json.
    pub operations: &'static [&'static str],
    /// Fields of a successful answer whose types are kept: `.` goes into an object, `[]` into a
    /// list, `*` into a map.
    pub fields: &'static [&'static str],
    /// What the wire adds.
    pub wire: Option<Wire>,
}

/// What no specification says, and who does.
pub struct Wire {
    /// Where it was seen.
    pub source: &'static str,
    /// Whether the request's body is an answer sent back with changes: it may hold more than is
    /// declared, and its fields are those of the answer.
    pub echo: bool,
    /// Where the declared body is wide: the request fields that are ever sent, and no others.
    pub sent: &'static [&'static str],
    /// Request fields without which the call does not mean what we mean.
    pub required: &'static [&'static str],
    /// Request fields required where another has a value: `(field, value, required)`.
    pub required_when: &'static [(&'static str, &'static str, &'static str)],
    /// Bodies of answers, by status: fields and their facts.
    pub responses: &'static [(&'static str, Body)],
    /// Headers of answers, by status.
    pub headers: &'static [(&'static str, &'static [&'static str])],
}

/// A URL that comes out of a response header; no specification declares it.
pub struct Poll {
    /// Its name.
    pub name: &'static str,
    /// Its path.
    pub path: &'static str,
    /// The key of the call that it belongs to: host and version are those of that call.
    pub of: &'static str,
    /// What its query may hold beside the version.
    pub query: Body,
    /// Its successful answers: fields and facts, or `None` for any body or none.
    pub responses: &'static [(&'static str, Option<Body>)],
    /// Where it was seen.
    pub source: &'static str,
}

/// A wire that adds nothing.
pub const NOTHING: Wire = Wire {
    source: "",
    echo: false,
    sent: &[],
    required: &[],
    required_when: &[],
    responses: &[],
    headers: &[],
};

/// A row to which the wire adds nothing.
pub const fn plain(
    name: &'static str,
    operations: &'static [&'static str],
    fields: &'static [&'static str],
) -> Row {
    Row { name, operations, fields, wire: None }
}
