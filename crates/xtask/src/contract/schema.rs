//! Turns schemas into facts: a dotted path and a short word for what may stand there, such as
//! `string!` (required where its parent is present) or `string = Copy|Default`. It must not know
//! which operations are wanted.

use super::spec::{Piece, Specs};
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How deep a request body is taken apart; deeper ones are objects of which nothing is known.
const DEPTH_MAX: usize = 6;

/// A path and its fact, in the order of the specification.
pub type Facts = Vec<(String, String)>;

/// One declared member of an object.
struct Member {
    name: String,
    schema: Piece,
    required: bool,
}

/// An object as all of its `allOf` parts declare it.
#[derive(Default)]
struct Shape {
    members: Vec<Member>,
    additional: Option<Piece>,
}

/// Returns the facts of everything that a request may hold; what is read-only may not be sent.
pub fn request(specs: &Specs, schema: &Piece) -> Result<Facts> {
    let mut facts = Facts::new();
    take_apart(specs, schema, "", false, DEPTH_MAX, &mut facts)?;
    Ok(facts)
}

/// Returns the fact of one field, found by its path.
pub fn field(specs: &Specs, schema: &Piece, path: &str) -> Result<String> {
    let mut at = specs.follow(schema)?;
    let mut required = false;
    for part in path.replace("[]", ".[]").trim_start_matches('.').split('.') {
        let shape = shape(specs, &at)?;
        let next = match part {
            "[]" => at.get("items"),
            "*" => shape.additional,
            name => shape.members.into_iter().find(|member| member.name == name).map(|member| {
                required = member.required;
                member.schema
            }),
        };
        let next = next.with_context(|| format!("{}: no `{part}` of `{path}`", at.file))?;
        at = specs.follow(&next)?;
    }
    fact(&at, required)
}

/// Returns the fact of a simple value or of an object or list of which nothing more is said.
pub fn fact(schema: &Piece, required: bool) -> Result<String> {
    let kind = match schema.text("type") {
        "" if schema.value.get("properties").is_some() => "object",
        // Azure DevOps gives its enums no type.
        "" if schema.value.get("enum").is_some() => "string",
        "" => "any",
        kind @ ("string" | "integer" | "number" | "boolean" | "object" | "array") => kind,
        other => bail!("{}: `{other}` is no type", schema.file),
    };
    let format = match schema.text("format") {
        format @ ("date-time" | "uuid") if kind == "string" => format!("({format})"),
        _ => String::new(),
    };
    let values: Vec<&str> = schema
        .value
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let values = if values.is_empty() { String::new() } else { format!(" = {}", values.join("|")) };
    Ok(format!("{kind}{format}{}{values}", if required { "!" } else { "" }))
}

fn take_apart(
    specs: &Specs,
    schema: &Piece,
    path: &str,
    required: bool,
    depth: usize,
    facts: &mut Facts,
) -> Result<()> {
    let schema = specs.follow(schema)?;
    let shape = shape(specs, &schema)?;
    let items = schema.get("items");
    let leaf =
        depth == 0 || (shape.members.is_empty() && shape.additional.is_none() && items.is_none());
    if leaf {
        if !path.is_empty() {
            facts.push((path.to_owned(), fact(&schema, required)?));
        }
        return Ok(());
    }
    if required {
        facts.push((path.to_owned(), fact(&schema, true)?));
    }
    if let Some(items) = items {
        return take_apart(specs, &items, &format!("{path}[]"), false, depth - 1, facts);
    }
    let join = |name: &str| if path.is_empty() { name.into() } else { format!("{path}.{name}") };
    for member in &shape.members {
        if !member.schema.is("readOnly") {
            let below = join(&member.name);
            take_apart(specs, &member.schema, &below, member.required, depth - 1, facts)?;
        }
    }
    if let Some(additional) = &shape.additional {
        take_apart(specs, additional, &join("*"), false, depth - 1, facts)?;
    }
    Ok(())
}

fn shape(specs: &Specs, schema: &Piece) -> Result<Shape> {
    let mut shape = Shape::default();
    for part in schema.list("allOf") {
        let part = self::shape(specs, &specs.follow(&part)?)?;
        shape.members.extend(part.members);
        shape.additional = part.additional.or(shape.additional);
    }
    let required = schema.value.get("required").and_then(Value::as_array);
    let required: Vec<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema.members("properties") {
        shape.members.retain(|known| known.name != name);
        let required = required.contains(&name.as_str());
        shape.members.push(Member { name, schema: member, required });
    }
    if let Some(additional) = schema.get("additionalProperties").filter(|a| a.value.is_object()) {
        shape.additional = Some(additional);
    }
    Ok(shape)
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
