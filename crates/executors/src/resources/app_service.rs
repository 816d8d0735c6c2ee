//! `azure.app_service` as part of the world: running, branch, version, database, settings.
//!
//! What cannot be read is null; a guard that needs it then does not hold.

use crate::azure::app_service::binding::{AppBinding, KIND, binding_schema};
use crate::azure::app_service::connection_string;
use crate::azure::app_service::site::Site;
use crate::azure::app_service::whole_set::{SetKind, WholeSet};
use crate::azure::arm::Arm;
use crate::devops::client::DevOps;
use crate::devops::release::{Definition, Release};
use crate::devops::release::{Deployment, current};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use windlass_model::{Binding, Failure, FieldSpec, ResourceSpec};
use windlass_ports::{ActionError, BoxFuture, Context, Outcome, Resource};

/// The observer.
pub struct AppService {
    arm: Arc<Arm>,
    devops: Option<Arc<DevOps>>,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let field =
        |ty: &str, summary: &str| FieldSpec { ty: ty.to_owned(), summary: summary.to_owned() };
    ResourceSpec {
        kind: KIND.to_owned(),
        summary: "A site of Azure App Service, or a slot of one.".to_owned(),
        fields: [
            ("running", field("bool", "whether it is allowed to run")),
            ("branch", field("string", "the branch of the build that was deployed to it last")),
            ("version", field("string", "the number of that build")),
            ("database", field("string", "the database that its connection string names")),
            ("settings", field("map", "its app settings by name; values stay in Azure")),
        ]
        .into_iter()
        .map(|(name, spec)| (name.to_owned(), spec))
        .collect(),
        binding: binding_schema(),
    }
}

impl AppService {
    /// The observer. Without Azure DevOps branch and version are null.
    pub fn new(arm: Arc<Arm>, devops: Option<Arc<DevOps>>) -> Self {
        Self { arm, devops, spec: spec() }
    }

    /// The newest release that any of the app's stages brought to it.
    async fn deployed(&self, binding: &AppBinding) -> Outcome<Option<Release>> {
        let Some(devops) = &self.devops else { return Ok(None) };
        if binding.all_stages().next().is_none() {
            return Ok(None);
        }
        let id = devops.release_definition(binding.release_definition)?;
        let definition = Definition::read(devops, id).await?;
        let mut newest: Option<Deployment> = None;
        for stage in binding.all_stages() {
            let stage = definition.stage(stage)?;
            let deployments = Deployment::of_stage(devops, id, stage).await?;
            let found = current(&deployments).cloned();
            newest = match (newest, found) {
                (Some(old), Some(new)) if old.id > new.id => Some(old),
                (old, new) => new.or(old),
            };
        }
        match newest {
            Some(deployment) => Ok(Some(Release::read(devops, deployment.release).await?)),
            None => Ok(None),
        }
    }

    /// The database of the string that the binding names, or of the only string that names one.
    async fn strings(&self, name: &str, binding: &AppBinding) -> Outcome<Option<String>> {
        let kind = SetKind::ConnectionStrings;
        let set = WholeSet { arm: &self.arm, app: name, binding, kind };
        let (strings, _) = set.read().await?;
        let named = |entry: &Value| {
            connection_string::database(entry["value"].as_str()?).map(str::to_owned)
        };
        if let Some(key) = &binding.connection_string {
            return Ok(strings.get(key).and_then(named));
        }
        let mut all: Vec<String> = strings.values().filter_map(named).collect();
        Ok(if all.len() == 1 { all.pop() } else { None })
    }

    /// The names alone: a value can be a password.
    async fn settings(&self, name: &str, binding: &AppBinding) -> Outcome<Map<String, Value>> {
        let set = WholeSet { arm: &self.arm, app: name, binding, kind: SetKind::AppSettings };
        let (settings, _) = set.read().await?;
        Ok(settings.into_iter().map(|(name, _)| (name, json!("(set)"))).collect())
    }

    async fn fields(&self, ctx: &Context, binding: &Binding) -> Outcome<Map<String, Value>> {
        let app = AppBinding::read(binding).map_err(|why| {
            let message = format!("failed to read the binding of an app: {why}");
            ActionError::Permanent(Failure::permanent("binding", message))
        })?;
        let name = ctx.bindings.iter().find(|(_, known)| *known == binding);
        let name = name.map_or(app.site.as_str(), |(name, _)| name.as_str());
        let site = Site::read(&self.arm, name, &app).await?;
        let database = self.strings(name, &app).await?;
        let settings = self.settings(name, &app).await?;
        let release = self.deployed(&app).await?;
        let (branch, version) = match release {
            Some(release) => (release.branch, release.build_number),
            None => (None, None),
        };
        let fields = [
            ("running", json!(site.runs())),
            ("branch", json!(branch)),
            ("version", json!(version)),
            ("database", json!(database)),
            ("settings", Value::Object(settings)),
        ];
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl Resource for AppService {
    fn spec(&self) -> &ResourceSpec {
        &self.spec
    }

    fn observe<'a>(
        &'a self,
        ctx: &'a Context,
        binding: &'a Binding,
    ) -> BoxFuture<'a, Outcome<Map<String, Value>>> {
        Box::pin(self.fields(ctx, binding))
    }
}
