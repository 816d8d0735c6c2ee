//! Every recorded exchange of an operation in the table passes it. The recordings are the team's
//! and lie beside the repository; without them only `wrong_exchanges.rs` speaks for the table,
//! and `cargo xtask test` says so in its summary.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use windlass_contract::{Exchange, Fault, check};

/// Exchanges of operations in the table among the recordings: one less means that one was lost.
const IN_SCOPE_MIN: usize = 73;

/// The versions of the table: the recordings were made with older ones and still fit.
const VERSIONS: [(&str, &str); 5] = [
    ("Microsoft.Sql", "2021-11-01"),
    ("Microsoft.Web", "2023-12-01"),
    ("Microsoft.Storage", "2023-05-01"),
    ("Microsoft.Insights", "2015-04-01"),
    ("_apis", "7.1"),
];

/// That of blob storage stands in a header.
const BLOB_VERSION: &str = "2021-12-02";

#[test]
fn every_recording_in_scope_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/azure/specs/recorded");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("no recordings beside the repository: nothing was compared");
        return;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut in_scope, mut faults) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let recording: Value = serde_json::from_str(&text).unwrap();
        for recorded in recording["exchanges"].as_array().unwrap() {
            let exchange = exchange(recorded);
            let found = check(&exchange);
            if matches!(found[..], [Fault::UnknownOperation { .. }]) {
                continue;
            }
            in_scope += 1;
            let name = file.file_name().unwrap().display().to_string();
            let what = format!("{name} #{}", recorded["interaction"]);
            faults.extend(found.into_iter().map(|fault| format!("{what}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(in_scope >= IN_SCOPE_MIN, "only {in_scope} recorded exchanges are in scope");
    println!("{in_scope} recorded exchanges pass");
}

/// Takes a recording as an exchange with the versions of the table.
fn exchange(recorded: &Value) -> Exchange {
    let (request, response) = (&recorded["request"], &recorded["response"]);
    let url = request["url"].as_str().unwrap();
    let version = VERSIONS.iter().find(|(part, _)| url.contains(part)).map(|(_, version)| *version);
    let body = |value: &Value| (!value.is_null()).then(|| value.clone());
    Exchange {
        method: request["method"].as_str().unwrap().to_owned(),
        url: match version {
            Some(version) => with_version(url, version),
            None => url.to_owned(),
        },
        request_headers: match url.contains(".blob.core.windows.net") {
            true => vec![("x-ms-version".to_owned(), BLOB_VERSION.to_owned())],
            false => headers(&request["headers"]),
        },
        request_body: body(&request["body"]),
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        response_headers: headers(&response["headers"]),
        response_body: body(&response["body"]),
    }
}

fn with_version(url: &str, version: &str) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("api-version"));
    let version = format!("api-version={version}");
    let query: Vec<&str> = kept.chain([version.as_str()]).collect();
    format!("{path}?{}", query.join("&"))
}

fn headers(value: &Value) -> Vec<(String, String)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_owned())).collect()
}
