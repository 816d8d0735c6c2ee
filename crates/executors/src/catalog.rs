//! Everything that a file can name, as data: no client, no credential, no environment.
//!
//! To add an action: its file, and its two lines in the `family.rs` beside it. To add a family: its
//! line here and its line in `registry.rs`.

use crate::archive;
use crate::azure::settings as azure;
use crate::azure::storage::lock_settings;
use crate::azure::{app_service as app_services, sql, storage};
use crate::blob;
use crate::devops::{self, settings as devops_settings};
use crate::file;
use crate::git;
use crate::health::{check, watch};
use crate::http_request::action as request;
use crate::notify::{self, smtp};
use crate::postgres::{self, settings as postgres_settings};
use crate::resources::blob as blob_resources;
use crate::resources::service as service_resource;
use crate::resources::{
    app_service, git_repository, postgres_database, sql_database, sql_server, storage_blob,
};
use crate::service;
use crate::shell::action as shell;
use windlass_model::{ActionSpec, Catalog, ResourceSpec};

/// The descriptions of all actions, resource types and sections.
pub fn catalog() -> Catalog {
    let actions: Vec<ActionSpec> = [
        app_services::family::specs(),
        sql::family::specs(),
        storage::family::specs(),
        devops::family::specs(),
        git::family::specs(),
        postgres::family::specs(),
        service::family::specs(),
        file::family::specs(),
        archive::family::specs(),
        blob::family::specs(),
        notify::family::specs(),
        vec![check::spec(), watch::spec(), request::spec(), shell::spec()],
    ]
    .concat();
    let resources: [ResourceSpec; 10] = [
        app_service::spec(),
        sql_database::spec(),
        sql_server::spec(),
        storage_blob::blob_spec(),
        storage_blob::container_spec(),
        git_repository::spec(),
        postgres_database::spec(),
        service_resource::spec(),
        blob_resources::store_spec(),
        blob_resources::object_spec(),
    ];
    let providers = [
        azure::provider_spec(),
        devops_settings::provider_spec(),
        postgres_settings::provider_spec(),
        smtp::provider_spec(),
        lock_settings::provider_spec(),
    ];
    Catalog {
        actions: actions.into_iter().map(|spec| (spec.kind.clone(), spec)).collect(),
        resources: resources.into_iter().map(|spec| (spec.kind.clone(), spec)).collect(),
        providers: providers.into_iter().map(|spec| (spec.key.clone(), spec)).collect(),
        ..Catalog::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use windlass_model::EffectClass;

    #[test]
    fn every_description_is_whole() {
        let catalog = catalog();
        assert!(catalog.actions.len() > 10);
        for (kind, spec) in &catalog.actions {
            assert!(spec.summary.ends_with('.'), "{kind}");
            assert!(spec.example.contains("- id: "), "{kind}");
            for schema in [&spec.input, &spec.output] {
                assert_eq!(schema["type"], "object", "{kind}");
            }
            let guide = &spec.guide;
            for text in [&guide.captures, &guide.doubt, &guide.undo] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{kind}: {text}");
            }
            let traits = &spec.traits;
            assert!(!traits.compensates || traits.class == EffectClass::Reversible, "{kind}");
            assert!(!traits.compensates || traits.captures, "{kind}: undo needs what was before");
            let required = spec.input["required"].as_array().unwrap();
            for name in required {
                assert!(spec.input["properties"][name.as_str().unwrap()].is_object(), "{kind}");
            }
        }
    }

    #[test]
    fn resources_that_inputs_name_are_in_the_catalog() {
        fn kinds(schema: &Value, found: &mut Vec<String>) {
            match schema {
                Value::Object(map) => {
                    found.extend(map.get("x-resource").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|value| kinds(value, found));
                }
                Value::Array(list) => list.iter().for_each(|value| kinds(value, found)),
                _ => {}
            }
        }
        let catalog = catalog();
        let mut found = Vec::new();
        catalog.actions.values().for_each(|spec| kinds(&spec.input, &mut found));
        assert!(found.len() > 5);
        assert!(found.iter().all(|kind| catalog.resources.contains_key(kind)));
    }
}
