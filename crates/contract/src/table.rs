//! The committed table, read once. It must not know what is checked with it.

use crate::fact::Fact;
use crate::node::Node;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The table as it is committed: derived by `cargo xtask contract`, never edited.
const TEXT: &str = include_str!("../azure.json");

/// The rows of the table.
///
/// The table is part of this crate: one that cannot be read would be a crate that does not work,
/// and every test that uses it fails with the reason.
pub(crate) static ROWS: LazyLock<Result<Vec<Row>, String>> = LazyLock::new(|| read(TEXT));

/// Operations that share their facts.
#[derive(Debug)]
pub(crate) struct Row {
    pub name: String,
    pub method: String,
    pub host: String,
    pub api_version: String,
    /// Path templates, split at `/`.
    pub paths: Vec<Vec<String>>,
    /// What a path template says of the query: names and values that tell operations apart.
    pub fixed: Vec<(String, String)>,
    pub query: BTreeMap<String, Fact>,
    /// Headers that a request must have.
    pub sent: BTreeMap<String, Fact>,
    /// `None`: the operation takes no body.
    pub request: Option<Node>,
    /// Whether the body is an answer sent back, which may hold more than is declared.
    pub echo: bool,
    pub required_when: Vec<RequiredWhen>,
    pub responses: BTreeMap<u16, Body>,
    /// Headers that an answer has, by its status.
    pub headers: BTreeMap<u16, Vec<String>>,
}

/// What a specification calls a host that differs from account to account.
const ANY_HOST: &str = "{url}";

impl Row {
    /// Says whether it is one of blob storage, which has its version in a header.
    pub fn is_blob(&self) -> bool {
        self.host == ANY_HOST
    }
}

/// What an answer's body is.
#[derive(Debug)]
pub(crate) enum Body {
    /// None at all.
    Empty,
    /// Any, or none: nothing is known of it.
    Any,
    /// An object of which some fields are known.
    Object(Node),
    /// The same as with another status.
    As(u16),
}

/// A field that is required where another has a value.
#[derive(Debug, Deserialize)]
pub(crate) struct RequiredWhen {
    pub field: String,
    pub is: String,
    pub required: String,
}

type Facts = BTreeMap<String, String>;

#[derive(Deserialize)]
struct RawTable {
    rows: Vec<RawRow>,
}

#[derive(Deserialize)]
struct RawRow {
    row: String,
    paths: BTreeMap<String, String>,
    method: String,
    host: String,
    api_version: String,
    query: Facts,
    #[serde(default)]
    headers: Facts,
    request: Option<Facts>,
    responses: BTreeMap<String, RawBody>,
    #[serde(default)]
    wire: RawWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawWire {
    echo: bool,
    required: Vec<String>,
    required_when: Vec<RequiredWhen>,
    responses: BTreeMap<String, Facts>,
    headers: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawBody {
    Facts(Facts),
    Word(String),
    Nothing,
}

fn read(text: &str) -> Result<Vec<Row>, String> {
    let table: RawTable = serde_json::from_str(text).map_err(|error| error.to_string())?;
    table.rows.into_iter().map(row).collect()
}

fn row(raw: RawRow) -> Result<Row, String> {
    let mut request = raw.request.as_ref().map(tree);
    for path in &raw.wire.required {
        let Some(request) = &mut request else { return Err(format!("{}: no body", raw.row)) };
        let node = request.at(path);
        match &mut node.fact {
            Some(fact) => fact.required = true,
            // What has elements below it is a list.
            fact if node.below.contains_key("[]") => *fact = Some(Fact::parse("array!")),
            fact => *fact = Some(Fact::parse("object!")),
        }
    }
    let mut responses = BTreeMap::new();
    for (code, body) in raw.responses {
        let body = match body {
            RawBody::Nothing => Body::Empty,
            RawBody::Facts(facts) => Body::Object(tree(&facts)),
            RawBody::Word(word) => match word.strip_prefix("as ") {
                Some(other) => Body::As(status(other)?),
                None => Body::Any,
            },
        };
        responses.insert(status(&code)?, body);
    }
    for (code, facts) in &raw.wire.responses {
        responses.insert(status(code)?, Body::Object(tree(facts)));
    }
    let headers = raw.wire.headers.into_iter();
    let headers = headers.map(|(code, names)| Ok((status(&code)?, names)));
    Ok(Row {
        name: raw.row,
        method: raw.method,
        host: raw.host,
        api_version: raw.api_version,
        fixed: raw.paths.values().flat_map(|path| fixed(path)).collect(),
        paths: raw.paths.into_values().map(|path| segments(&path)).collect(),
        query: raw.query.into_iter().map(|(name, fact)| (name, Fact::parse(&fact))).collect(),
        sent: raw.headers.into_iter().map(|(name, fact)| (name, Fact::parse(&fact))).collect(),
        request,
        echo: raw.wire.echo,
        required_when: raw.wire.required_when,
        responses,
        headers: headers.collect::<Result<_, String>>()?,
    })
}

fn status(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is no status"))
}

/// The pairs of a path's query; a word without a value only tells templates apart.
fn fixed(path: &str) -> Vec<(String, String)> {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn segments(path: &str) -> Vec<String> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    path.trim_start_matches('/').split('/').map(str::to_owned).collect()
}

fn tree(facts: &Facts) -> Node {
    Node::of(facts.iter().map(|(path, fact)| (path.as_str(), fact.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_table_is_read() {
        let rows = ROWS.as_ref().unwrap();
        assert!(rows.len() >= 28, "{} rows", rows.len());
        let copy = rows.iter().find(|row| row.name == "S3").unwrap();
        assert_eq!(copy.api_version, "2021-11-01");
        assert!(copy.request.as_ref().unwrap().required().eq(["location"]));
        assert!(matches!(copy.responses[&201], Body::As(200)));
        assert!(matches!(copy.responses[&202], Body::Object(_)));
        let stop = rows.iter().find(|row| row.name == "A2").unwrap();
        assert_eq!(stop.paths.len(), 2);
        assert!(matches!(stop.responses[&200], Body::Empty) && stop.request.is_none());
    }

    #[test]
    fn a_table_that_cannot_be_read_says_why() {
        assert!(read("{").is_err());
        let row = r#"{"rows":[{"row":"X","paths":{},"method":"GET","host":"h","api_version":"1",
            "query":{},"request":null,"responses":{"fine":null}}]}"#;
        assert_eq!(read(row).unwrap_err(), "`fine` is no status");
    }
}
