//! `azure.app_service` as part of the world: running, branch, version, database, settings, and
//! what slots add: whether it exists, its share of the requests, its content, its last swap.
//!
//! What cannot be read is null; a guard that needs it then does not hold.

use crate::azure::app_service::binding::{AppBinding, KIND, binding_schema};
use crate::azure::app_service::connection_string;
use crate::azure::app_service::site::Site;
use crate::azure::app_service::traffic::{Traffic, share, shares, shown};
use crate::azure::app_service::whole_set::{SetKind, WholeSet};
use crate::azure::arm::Arm;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, release_definition};
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
            ("exists", field("bool", "whether there is such a site, or such a slot")),
            ("slot", field("string", "the slot; null for a production app")),
            (
                "traffic",
                field(
                    "int",
                    "its share of production's requests in percent; null where no slot of the \
                     site is bound",
                ),
            ),
            ("content", field("string", "which content it has; the id travels in a swap")),
            ("swapped_at", field("string", "when it was swapped last")),
            ("running", field("bool", "whether it is allowed to run")),
            (
                "branch",
                field(
                    "string",
                    "the branch of the build that was deployed to it last; null after a swap",
                ),
            ),
            ("version", field("string", "the number of that build; null after a swap")),
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
    async fn deployed(&self, binding: &AppBinding, site: &Site) -> Outcome<Option<Release>> {
        let Some(devops) = &self.devops else { return Ok(None) };
        if binding.all_stages().next().is_none() {
            return Ok(None);
        }
        let named = binding.release_definition.map(DefinitionRef::Id);
        let id = release_definition(devops, named.as_ref()).await?;
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
        // What a swap brought came from another slot's stage.
        let swapped = site.swapped.as_ref().and_then(|swapped| time(&swapped.at));
        let since = newest.as_ref().and_then(|deployment| time(deployment.completed.as_deref()?));
        if swapped.is_some_and(|swapped| since.is_none_or(|since| since < swapped)) {
            return Ok(None);
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
        let mut fields = match Site::find(&self.arm, name, &app).await? {
            Some(site) => self.there(name, &app, &site).await?,
            None => absent(),
        };
        fields.insert("slot".to_owned(), json!(app.slot));
        if !fields.contains_key("traffic") {
            let host = fields.get("host").and_then(Value::as_str).map(str::to_owned);
            let share = self.traffic(ctx, name, &app, host.as_deref()).await?;
            fields.insert("traffic".to_owned(), share);
        }
        fields.shift_remove("host");
        Ok(fields)
    }

    /// The fields of a site or slot that is there, and its host.
    async fn there(
        &self,
        name: &str,
        app: &AppBinding,
        site: &Site,
    ) -> Outcome<Map<String, Value>> {
        let database = self.strings(name, app).await?;
        let settings = self.settings(name, app).await?;
        let release = self.deployed(app, site).await?;
        let (branch, version) = match release {
            Some(release) => (release.branch, release.build_number),
            None => (None, None),
        };
        let fields = [
            ("exists", json!(true)),
            ("running", json!(site.runs())),
            ("branch", json!(branch)),
            ("version", json!(version)),
            ("database", json!(database)),
            ("settings", Value::Object(settings)),
            ("content", json!(site.content)),
            ("swapped_at", json!(site.swapped.as_ref().map(|swapped| &swapped.at))),
            ("host", json!(site.host)),
        ];
        Ok(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Its share of the requests. Asked only where the environment has a slot of the site: no
    /// other environment can speak of it.
    async fn traffic(
        &self,
        ctx: &Context,
        name: &str,
        app: &AppBinding,
        host: Option<&str>,
    ) -> Outcome<Value> {
        let beside = |binding: &Binding| {
            let bound = AppBinding::read(binding).ok().filter(|_| binding.kind == KIND);
            bound.is_some_and(|bound| bound.slot.is_some() && bound.is_beside(app))
        };
        if !ctx.bindings.values().any(beside) {
            return Ok(Value::Null);
        }
        let traffic = Traffic { arm: &self.arm, app: name, production: app.production() };
        let (rules, _) = traffic.read().await?;
        let percent = match (&app.slot, host) {
            (None, _) => 100.0 - shares(&rules),
            (Some(_), Some(host)) => share(&rules, host),
            (Some(_), None) => 0.0,
        };
        Ok(shown(percent))
    }
}

/// The fields of a slot that is not there.
fn absent() -> Map<String, Value> {
    let known = [("exists", json!(false)), ("running", json!(false)), ("traffic", json!(0))];
    let unknown = ["branch", "version", "database", "settings", "content", "swapped_at"];
    let unknown = unknown.map(|name| (name, Value::Null));
    known.into_iter().chain(unknown).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Times of two services, as they write them.
fn time(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
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
