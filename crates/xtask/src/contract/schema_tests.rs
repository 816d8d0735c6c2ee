//! Facts of small schemas.

use super::*;
use serde_json::json;
use std::path::Path;

fn piece(value: Value) -> Piece {
    Piece { file: "x.json".to_owned(), value }
}

fn example() -> Piece {
    piece(json!({
        "allOf": [{"properties": {"id": {"type": "string", "readOnly": true}}}],
        "required": ["location", "sku"],
        "properties": {
            "location": {"type": "string"},
            "sku": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
            "mode": {"type": "string", "enum": ["Copy", "Default"]},
            "at": {"type": "string", "format": "date-time"},
            "names": {"type": "array", "items": {"type": "string"}},
            "tags": {"type": "object", "additionalProperties": {"type": "integer"}},
            "free": {"type": "object"}
        }
    }))
}

#[test]
fn a_request_is_taken_apart_without_what_is_read_only() {
    let specs = Specs::new(Path::new("."));
    let facts = request(&specs, &example()).unwrap();
    let facts: Vec<String> = facts.iter().map(|(path, fact)| format!("{path}: {fact}")).collect();
    let expected = [
        "location: string!",
        "sku: object!",
        "sku.name: string!",
        "mode: string = Copy|Default",
        "at: string(date-time)",
        "names[]: string",
        "tags.*: integer",
        "free: object",
    ];
    assert_eq!(facts, expected);
}

#[test]
fn a_field_is_found_by_its_path_or_not_at_all() {
    let specs = Specs::new(Path::new("."));
    for (path, expected) in [
        ("id", "string"),
        ("sku.name", "string!"),
        ("names[]", "string"),
        ("tags.*", "integer"),
        ("mode", "string = Copy|Default"),
    ] {
        assert_eq!(field(&specs, &example(), path).unwrap(), expected, "{path}");
    }
    assert!(field(&specs, &example(), "sku.nmae").is_err());
}
