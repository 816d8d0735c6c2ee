//! A build or release definition by its number or by its name. It must not know what is done with
//! it.

use super::client::{DevOps, Host};
use super::refusal::permanent;
pub use super::settings::DefinitionRef;
use crate::schema;
use serde_json::{Value, json};
use windlass_ports::Outcome;

/// The schema of one.
pub fn definition_schema(description: &str) -> Value {
    let mut schema = schema::text(&format!("{description}: its number or its name"));
    schema["type"] = json!(["integer", "string"]);
    schema
}

/// The build definition to use: the named one, else the section's.
pub async fn build_definition(devops: &DevOps, named: Option<&DefinitionRef>) -> Outcome<u64> {
    let chosen = named.or(devops.settings().build_definition.as_ref());
    match chosen {
        None => none("build_definition"),
        Some(DefinitionRef::Id(id)) => Ok(*id),
        Some(DefinitionRef::Name(name)) => {
            let query = [("name", name.clone())];
            by_name(devops, name, (Host::Builds, "/build/definitions"), &query).await
        }
    }
}

/// The release definition to use: the named one, else the section's.
pub async fn release_definition(devops: &DevOps, named: Option<&DefinitionRef>) -> Outcome<u64> {
    let chosen = named.or(devops.settings().release_definition.as_ref());
    match chosen {
        None => none("release_definition"),
        Some(DefinitionRef::Id(id)) => Ok(*id),
        Some(DefinitionRef::Name(name)) => {
            let query = [("searchText", name.clone()), ("isExactNameMatch", "true".to_owned())];
            by_name(devops, name, (Host::Releases, "/release/definitions"), &query).await
        }
    }
}

/// Two folders may each have a definition of that name: then only a number says which.
async fn by_name(
    devops: &DevOps,
    name: &str,
    (host, path): (Host, &str),
    query: &[(&str, String)],
) -> Outcome<u64> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let what = format!("find the definition {name}");
    let (body, _) = devops.get(&what, host, path, query).await?;
    let rows = body["value"].as_array().into_iter().flatten();
    let found: Vec<u64> = rows
        .filter(|row| row["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))
        .filter_map(|row| row["id"].as_u64())
        .collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => permanent("no_definition", format!("failed to {what}: there is none of that name")),
        all => permanent(
            "definition",
            format!("failed to {what}: the numbers {all:?} have that name; give a number"),
        ),
    }
}

fn none<T>(key: &str) -> Outcome<T> {
    permanent(
        "definition",
        format!(
            "failed to choose a definition: give `definition`, or `{key}` in the section \
             `azure_devops` of the environment file"
        ),
    )
}
