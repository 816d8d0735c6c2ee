//! SARIF 2.1.0, which code scanning and editors read
//! (docs.oasis-open.org/sarif/sarif/v2.1.0, sections 3.13 to 3.27).

use super::finding::Finding;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where the form is described for machines.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// All findings as one document.
pub fn document(findings: &[Finding]) -> Value {
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    let rules: Vec<Value> = codes.iter().map(|code| json!({ "id": code })).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "windlass",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.code,
        "level": if finding.error { "error" } else { "warning" },
        "message": { "text": finding.message },
    });
    if !finding.file.is_empty() {
        let mut place = json!({ "artifactLocation": { "uri": uri(&finding.file) } });
        let (line, column) = finding.at;
        if line > 0 {
            place["region"] = json!({ "startLine": line, "startColumn": column.max(1) });
        }
        result["locations"] = json!([{ "physicalLocation": place }]);
    }
    result
}

/// A path as a relative reference: what has a meaning of its own in one is escaped.
fn uri(file: &str) -> String {
    let escaped = |c: char| match c {
        '%' | ' ' | '#' | '?' | '[' | ']' | '\\' => format!("%{:02X}", u32::from(c)),
        c => c.to_string(),
    };
    file.chars().map(escaped).collect()
}
