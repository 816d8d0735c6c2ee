//! Holds one exchange against its row of the table. It must not know who made the exchange.

use crate::address::Address;
use crate::body::{Way, Wrong, walk};
use crate::errors::Service;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::table::{Body, ROWS, Row};
use serde_json::Value;

/// The name under which both services take their version.
const API_VERSION: &str = "api-version";

/// The header in which blob storage takes its version.
const BLOB_VERSION: &str = "x-ms-version";

/// The parameters of a shared access signature.
const SIGNATURE: [&str; 8] = ["sv", "sr", "sp", "st", "se", "spr", "sip", "sig"];

/// Returns everything that is wrong with an exchange; nothing for a right one.
///
/// # Panics
/// Where the committed table cannot be read: every check would pass without it.
pub fn check(exchange: &Exchange) -> Vec<Fault> {
    let rows = match &*ROWS {
        Ok(rows) => rows,
        Err(error) => panic!("failed to read azure.json ({error}); run `cargo xtask contract`"),
    };
    let address = Address::parse(&exchange.url);
    let Some(row) = address.row(rows, exchange) else {
        let path = format!("/{}", address.segments.join("/"));
        return vec![Fault::UnknownOperation { method: exchange.method.clone(), path }];
    };
    let mut faults = Vec::new();
    if !address.is_local() && !address.is_of(row) {
        let (row, expected) = (row.name.clone(), row.host.clone());
        faults.push(Fault::Host { row, expected, found: address.host.clone() });
    }
    query(row, &address, exchange, &mut faults);
    request(row, exchange, &mut faults);
    response(row, exchange, &mut faults);
    faults
}

fn query(row: &Row, address: &Address, exchange: &Exchange, faults: &mut Vec<Fault>) {
    let name_of_row = || row.name.clone();
    let found = match row.is_blob() {
        true => exchange.request_header(BLOB_VERSION).map(str::to_owned),
        false => version(address, exchange),
    };
    if found.as_deref() != Some(row.api_version.as_str()) {
        faults.push(Fault::ApiVersion {
            row: name_of_row(),
            expected: row.api_version.clone(),
            found: found.unwrap_or_default(),
        });
    }
    for (name, fact) in row.query.iter().filter(|(name, _)| *name != API_VERSION) {
        if fact.required && !address.query.iter().any(|(sent, _)| sent == name) {
            faults.push(Fault::QueryMissing { row: name_of_row(), name: name.clone() });
        }
    }
    for (name, value) in address.query.iter().filter(|(name, _)| name != API_VERSION) {
        match row.query.get(name) {
            // What tells operations apart was looked at; a signature is no part of any operation.
            None if row.fixed.iter().any(|(fixed, _)| fixed == name) => {}
            None if row.is_blob() && SIGNATURE.contains(&name.as_str()) => {}
            None => {
                faults.push(Fault::QueryUndeclared { row: name_of_row(), name: name.clone() });
            }
            Some(fact) if !fact.fits_query(value) => faults.push(Fault::QueryValue {
                row: name_of_row(),
                name: name.clone(),
                expected: fact.to_string(),
                found: value.clone(),
            }),
            Some(_) => {}
        }
    }
}

/// Returns the version that was asked for: in the query, or, as Azure DevOps also takes it, in
/// the header `Accept`.
fn version(address: &Address, exchange: &Exchange) -> Option<String> {
    let sent = address.query.iter().find(|(name, _)| name.eq_ignore_ascii_case(API_VERSION));
    if let Some((_, version)) = sent {
        return Some(version.clone());
    }
    let accept = exchange.request_header("accept")?;
    let found = accept.split(';').find_map(|part| part.trim().strip_prefix("api-version="))?;
    Some(found.to_owned())
}

fn request(row: &Row, exchange: &Exchange, faults: &mut Vec<Fault>) {
    let name = || row.name.clone();
    for header in row.sent.keys().filter(|header| exchange.request_header(header).is_none()) {
        faults.push(Fault::RequestHeaderMissing { row: name(), name: header.clone() });
    }
    let (node, body) = match (&row.request, &exchange.request_body) {
        (None, None) => return,
        (None, Some(_)) => return faults.push(Fault::RequestBodyUnexpected { row: name() }),
        (Some(node), Some(body)) if body.is_object() || body.is_array() => (node, body),
        (Some(_), _) => return faults.push(Fault::RequestBodyMissing { row: name() }),
    };
    let way = if row.echo { Way::Received } else { Way::Sent };
    for wrong in walk(node, body, way) {
        faults.push(match wrong {
            Wrong::Missing { field } => Fault::RequestFieldMissing { row: name(), field },
            Wrong::Undeclared { field } => Fault::RequestFieldUndeclared { row: name(), field },
            Wrong::Value { field, expected, found } => {
                Fault::RequestFieldValue { row: name(), field, expected, found }
            }
        });
    }
    for rule in &row.required_when {
        let is = at(body, &rule.field).and_then(Value::as_str) == Some(rule.is.as_str());
        if is && at(body, &rule.required).is_none() {
            let field = rule.required.clone();
            faults.push(Fault::RequestFieldMissing { row: name(), field });
        }
    }
}

fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(body, |value, name| value.get(name))
}

fn response(row: &Row, exchange: &Exchange, faults: &mut Vec<Fault>) {
    let (name, status) = (|| row.name.clone(), exchange.status);
    let body = exchange.response_body.as_ref();
    let service = Service::of(&row.host);
    if service.is_error(status) {
        if !service.is_error_body(status, body) {
            faults.push(Fault::ErrorBody { row: name(), status });
        }
        return;
    }
    let declared = match row.responses.get(&status) {
        Some(Body::As(other)) => row.responses.get(other),
        found => found,
    };
    let Some(declared) = declared else {
        let known: Vec<String> = row.responses.keys().map(u16::to_string).collect();
        faults.push(Fault::Status { row: name(), status, declared: known.join(", ") });
        return;
    };
    for header in row.headers.get(&status).into_iter().flatten() {
        if exchange.response_header(header).is_none() {
            let (row, name) = (name(), header.clone());
            faults.push(Fault::ResponseHeaderMissing { row, status, name });
        }
    }
    match (declared, body) {
        (Body::Empty, None) | (Body::Any | Body::As(_), _) => {}
        (Body::Empty, Some(_)) => {
            faults.push(Fault::ResponseBodyUnexpected { row: name(), status });
        }
        (Body::Object(node), Some(body)) if body.is_object() => {
            faults.extend(walk(node, body, Way::Received).into_iter().map(|wrong| match wrong {
                Wrong::Missing { field } | Wrong::Undeclared { field } => {
                    Fault::ResponseFieldMissing { row: name(), field }
                }
                Wrong::Value { field, expected, found } => {
                    Fault::ResponseFieldValue { row: name(), field, expected, found }
                }
            }));
        }
        (Body::Object(_), _) => faults.push(Fault::ResponseBodyMissing { row: name(), status }),
    }
}
