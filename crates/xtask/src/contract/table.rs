//! Puts the table together: one row for operations that share their facts, in a form that is
//! small, and stable so that a difference is one. It must not know how facts are found.

use super::schema::{self, Facts};
use super::scope::all::{OPEN_ENUMS, polls, rows as scope_rows};
use super::scope::row::{Poll, Row, Wire};
use super::spec::{Piece, Specs};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Whose specification gives no host: it differs from account to account.
const ANY_HOST: &str = "{url}";

/// Headers that every call has, whatever its operation.
const COMMON_HEADERS: [&str; 2] = ["x-ms-version", "content-length"];

/// The list of operations that lies beside the specifications.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    generated_from: Vec<Source>,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Source {
    repo: String,
    commit: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    key: String,
    method: String,
    collection: String,
    path: String,
    host: String,
    api_version: String,
    spec: String,
    declared_responses: Vec<String>,
}

/// Derives the table from the specifications in a folder, as the text that is committed.
pub fn derive(folder: &Path) -> Result<String> {
    let text = std::fs::read_to_string(folder.join("operations.json"))
        .with_context(|| format!("failed to read operations.json in {}", folder.display()))?;
    let index: Index = serde_json::from_str(&text).context("failed to read operations.json")?;
    let specs = Specs::new(folder);
    let mut rows = Vec::new();
    for row in scope_rows() {
        rows.push(derive_row(&specs, &index, row).with_context(|| format!("row {}", row.name))?);
    }
    for poll in polls() {
        rows.push(poll_row(poll, &index.get(&specs, poll.of)?));
    }
    let sources: Map<String, Value> =
        index.generated_from.iter().map(|from| (from.repo.clone(), json!(from.commit))).collect();
    let table = json!({
        "about": "Facts of the operations used here; `cargo xtask contract` derives them.",
        "sources": sources,
        "rows": rows,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&table)?))
}

impl Index {
    /// The operation of a key; one that is not listed is looked for in the files of those that are.
    fn get(&self, specs: &Specs, key: &str) -> Result<Operation> {
        if let Some(found) = self.operations.iter().find(|operation| operation.key == key) {
            return Ok(found.clone());
        }
        let (service, id) = key.split_once('.').unwrap_or_default();
        let kin = |one: &&Operation| one.key.split_once('.').is_some_and(|(of, _)| of == service);
        for sibling in self.operations.iter().filter(kin) {
            let file = specs.file(&sibling.spec)?;
            let paths = file.get(&sibling.collection).and_then(Value::as_object);
            for (path, methods) in paths.into_iter().flatten() {
                let mut methods = methods.as_object().into_iter().flatten();
                if let Some((method, found)) = methods.find(|(_, one)| one["operationId"] == id) {
                    let responses = found["responses"].as_object().into_iter().flatten();
                    return Ok(Operation {
                        key: key.to_owned(),
                        method: method.to_uppercase(),
                        path: path.clone(),
                        declared_responses: responses.map(|(status, _)| status.clone()).collect(),
                        ..sibling.clone()
                    });
                }
            }
        }
        bail!("neither operations.json nor the files that it names have `{key}`")
    }
}

fn derive_row(specs: &Specs, index: &Index, row: &Row) -> Result<Value> {
    let mut derived: Option<Value> = None;
    let mut paths = Map::new();
    for key in row.operations {
        let operation = index.get(specs, key)?;
        let facts = derive_operation(specs, &operation, row)?;
        if derived.as_ref().is_some_and(|first| *first != facts) {
            bail!("`{key}` differs from the first operation of its row; give it its own row");
        }
        derived = Some(facts);
        paths.insert((*key).to_owned(), json!(operation.path.trim_end_matches('?')));
    }
    let mut value = json!({ "row": row.name, "paths": paths });
    if let (Some(value), Some(Value::Object(facts))) = (value.as_object_mut(), derived) {
        value.extend(facts);
        value.extend(row.wire.as_ref().map(|wire| ("wire".to_owned(), wire_value(wire))));
    }
    Ok(value)
}

fn derive_operation(specs: &Specs, operation: &Operation, row: &Row) -> Result<Value> {
    let method = operation.method.to_lowercase();
    let pointer = [operation.collection.as_str(), operation.path.as_str(), method.as_str()];
    let piece = specs.operation(&operation.spec, pointer)?;
    let mut query = Facts::new();
    let mut request = Value::Null;
    for parameter in piece.list("parameters") {
        let parameter = specs.follow(&parameter)?;
        match parameter.text("in") {
            "query" => {
                let fact = schema::fact(&parameter, parameter.is("required"))?;
                query.push((parameter.text("name").to_owned(), fact));
            }
            // The bytes of a file: none are sent here.
            "body" if parameter.value["schema"]["format"] == "file" => {}
            "body" => {
                let body = parameter.get("schema").context("the body has no schema")?;
                request = match row.wire.as_ref() {
                    Some(wire) if wire.echo => some(specs, &body, row.fields)?,
                    Some(wire) if !wire.sent.is_empty() => some(specs, &body, wire.sent)?,
                    _ => object(schema::request(specs, &body)?),
                };
            }
            _ => {}
        }
    }
    query.sort();
    let mut responses = Map::new();
    let successes = operation.declared_responses.iter().filter(|status| status.starts_with('2'));
    for status in successes {
        let response = piece.get("responses").and_then(|responses| responses.get(status));
        let response =
            specs.follow(&response.context("operations.json is newer than the spec")?)?;
        let facts = response_facts(specs, &response, row)?;
        let same = responses.iter().find(|(_, known)| facts.is_object() && **known == facts);
        let facts = same.map_or(facts.clone(), |(status, _)| json!(format!("as {status}")));
        responses.insert(status.clone(), facts);
    }
    let mut facts = json!({
        "method": operation.method,
        "host": operation.host,
        "api_version": operation.api_version,
        "query": object(query),
        "request": request,
        "responses": responses,
    });
    let headers = header_facts(specs, operation, &piece)?;
    if !headers.is_empty() {
        facts["headers"] = object(headers);
    }
    Ok(facts)
}

/// The headers that a request to a store must have: several operations share one path, and a header
/// says which is meant.
fn header_facts(specs: &Specs, operation: &Operation, piece: &Piece) -> Result<Facts> {
    let mut headers = Facts::new();
    if operation.host != ANY_HOST {
        return Ok(headers);
    }
    let file = specs.file(&operation.spec)?;
    let path = file[&operation.collection][&operation.path].clone();
    let shared = Piece { file: operation.spec.clone(), value: path }.list("parameters");
    for parameter in piece.list("parameters").into_iter().chain(shared) {
        let parameter = specs.follow(&parameter)?;
        let name = parameter.text("name").to_lowercase();
        let is_meant = parameter.text("in") == "header" && parameter.is("required");
        if is_meant && !COMMON_HEADERS.contains(&name.as_str()) {
            headers.push((name, schema::fact(&parameter, true)?));
        }
    }
    headers.sort();
    Ok(headers)
}

/// Returns the facts of some fields of a wide body.
fn some(specs: &Specs, body: &Piece, fields: &[&str]) -> Result<Value> {
    let facts =
        fields.iter().map(|path| Ok(((*path).to_owned(), schema::field(specs, body, path)?)));
    Ok(object(facts.collect::<Result<Facts>>()?))
}

/// Returns the facts of a successful answer; null where none has a body.
fn response_facts(specs: &Specs, response: &Piece, row: &Row) -> Result<Value> {
    let Some(body) = response.get("schema") else { return Ok(Value::Null) };
    let body = specs.follow(&body)?;
    if body.text("format") == "file" {
        return Ok(json!("any"));
    }
    let mut facts = Facts::new();
    // Azure DevOps declares a bare array and sends `{count, value}`.
    let (body, prefix) = match body.get("items") {
        Some(items) => {
            facts.push(("count".to_owned(), "integer!".to_owned()));
            (items, "value[].")
        }
        None => (body, ""),
    };
    for path in row.fields {
        let mut fact = schema::field(specs, &body, path)?;
        let name = path.rsplit('.').next().unwrap_or(path);
        if OPEN_ENUMS.contains(&name) {
            fact = fact.split(" = ").next().unwrap_or_default().to_owned();
        }
        facts.push((format!("{prefix}{path}"), fact));
    }
    Ok(object(facts))
}

fn wire_value(wire: &Wire) -> Value {
    let mut value = Map::new();
    value.insert("source".to_owned(), json!(wire.source));
    if wire.echo {
        value.insert("echo".to_owned(), json!(true));
    }
    if !wire.required.is_empty() {
        value.insert("required".to_owned(), json!(wire.required));
    }
    if !wire.required_when.is_empty() {
        let rules = wire
            .required_when
            .iter()
            .map(|(field, is, required)| json!({ "field": field, "is": is, "required": required }));
        value.insert("required_when".to_owned(), rules.collect());
    }
    if !wire.responses.is_empty() {
        let responses = wire.responses.iter();
        let responses = responses.map(|(status, facts)| ((*status).to_owned(), constants(facts)));
        value.insert("responses".to_owned(), Value::Object(responses.collect()));
    }
    if !wire.headers.is_empty() {
        let headers = wire.headers.iter();
        let headers = headers.map(|(status, names)| ((*status).to_owned(), json!(names)));
        value.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    Value::Object(value)
}

fn poll_row(poll: &Poll, of: &Operation) -> Value {
    let mut query = constants(poll.query);
    query["api-version"] = json!("string!");
    let responses = poll.responses.iter().map(|(status, facts)| {
        ((*status).to_owned(), facts.map_or_else(|| json!("any"), constants))
    });
    json!({
        "row": poll.name,
        "paths": { "poll": poll.path },
        "method": "GET",
        "host": of.host,
        "api_version": of.api_version,
        "query": query,
        "request": null,
        "responses": responses.collect::<Map<_, _>>(),
        "wire": { "source": poll.source },
    })
}

fn constants(facts: &[(&str, &str)]) -> Value {
    object(facts.iter().map(|(path, fact)| ((*path).to_owned(), (*fact).to_owned())).collect())
}

fn object(facts: Facts) -> Value {
    Value::Object(facts.into_iter().map(|(path, fact)| (path, json!(fact))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds without the specifications too: what is committed is what the scope asks for.
    #[test]
    fn the_committed_table_has_the_rows_of_the_scope() {
        let text = std::fs::read_to_string(crate::repo::at("crates/contract/azure.json")).unwrap();
        let table: Value = serde_json::from_str(&text).unwrap();
        let rows = table["rows"].as_array().unwrap();
        assert_eq!(rows.len(), scope_rows().count() + polls().count());
        for (row, committed) in scope_rows().zip(rows) {
            assert_eq!(committed["row"], row.name);
            let paths = committed["paths"].as_object().unwrap();
            assert!(paths.keys().eq(row.operations.iter()), "{}", row.name);
            for field in row.fields {
                assert!(text.contains(field), "{}: {field}", row.name);
            }
        }
    }

    #[test]
    fn what_the_wire_adds_names_its_source() {
        for row in scope_rows().filter_map(|row| row.wire.as_ref()) {
            let value = wire_value(row);
            assert!(value["source"].as_str().is_some_and(|source| !source.is_empty()));
            assert!(value.as_object().is_some_and(|members| members.len() > 1));
        }
        assert!(polls().all(|poll| !poll.source.is_empty()));
    }

    #[test]
    fn a_folder_without_operations_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(derive(folder.path()).unwrap_err().to_string().contains("operations.json"));
    }
}
