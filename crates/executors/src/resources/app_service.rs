//! `azure.app_service` as part of the world: running, branch, version, database, settings, and
//! what slots add: whether it exists, its share of the requests, its content, its last swap.
//!
//! What cannot be read is null; a guard that needs it then does not hold.

use super::declared::{declared, seen, unreadable};
use crate::azure::activity_log;
use crate::azure::app_service::binding::{AppBinding, KIND, binding_schema};
use crate::azure::app_service::connection_string;
use crate::azure::app_service::site::{Site, Swapped};
use crate::azure::app_service::traffic::{Traffic, share, shares, shown};
use crate::azure::app_service::whole_set::{SetKind, WholeSet};
use crate::azure::arm::Arm;
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, release_definition};
use crate::devops::release::{Definition, Release};
use crate::devops::release::{Deployment, current};
use crate::http::{Call, HttpClient};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use windlass_model::{Binding, ResourceSpec, Timestamp};
use windlass_ports::resource::Change;
use windlass_ports::{BoxFuture, Context, Outcome, Resource};

/// Where the activity log tells of a field: the part of a site's id.
const WRITTEN: [(&str, &str); 3] = [
    ("running", ""),
    ("database", "/config/connectionstrings"),
    ("settings", "/config/appsettings"),
];

/// How a swap calls production.
const PRODUCTION: &str = "production";

/// The parameter that chooses a slot by hand; `self` is production.
const ROUTING: &str = "x-ms-routing-name";

/// Real time for the answer of a host: one that is slow tells nothing.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The observer.
pub struct AppService {
    arm: Arc<Arm>,
    devops: Option<Arc<DevOps>>,
    http: HttpClient,
    spec: ResourceSpec,
}

/// What it declares.
pub fn spec() -> ResourceSpec {
    let fields = [
        ("exists", "bool", "whether there is such a site, or such a slot"),
        ("slot", "string", "the slot; null for a production app"),
        (
            "traffic",
            "int",
            "its share of production's requests in percent; null where no slot of the \
                     site is bound",
        ),
        ("content", "string", "which content it has; the id travels in a swap"),
        ("swapped_at", "string", "when it was swapped last"),
        ("running", "bool", "whether it is allowed to run"),
        (
            "branch",
            "string",
            "the branch of the build that it has; after a swap known by its health_url",
        ),
        ("version", "string", "the number of that build"),
        ("database", "string", "the database that its connection string names"),
        ("settings", "map", "its app settings by name; values stay in Azure"),
    ];
    declared(KIND, "A site of Azure App Service, or a slot of one.", &fields, binding_schema())
}

impl AppService {
    /// The observer. Without Azure DevOps branch and version are null.
    pub fn new(arm: Arc<Arm>, devops: Option<Arc<DevOps>>, http: HttpClient) -> Self {
        Self { arm, devops, http, spec: spec() }
    }

    /// The release whose build it has: the newest that any of its stages brought to it, or what a
    /// swap brought since.
    async fn deployed(
        &self,
        ctx: &Context,
        app: &AppBinding,
        site: &Site,
    ) -> Outcome<Option<Release>> {
        let Some(devops) = &self.devops else { return Ok(None) };
        let newest = newest(devops, app, None).await?;
        let swapped = site.swapped.as_ref().and_then(|it| Some((it, time(&it.at)?)));
        let since = newest.as_ref().and_then(|deployment| time(deployment.completed.as_deref()?));
        if let Some((swapped, at)) = swapped.filter(|(_, at)| since.is_none_or(|it| it < *at)) {
            return self.swapped_in(ctx, app, swapped, at).await;
        }
        match newest {
            Some(deployment) => Ok(Some(Release::read(devops, deployment.release).await?)),
            None => Ok(None),
        }
    }

    /// Who brought releases to it since a moment.
    async fn deployments(&self, app: &AppBinding, since: Timestamp) -> Outcome<Vec<Change>> {
        let Some(devops) = &self.devops else { return Ok(Vec::new()) };
        let newest = newest(devops, app, None).await?;
        let change = newest.and_then(|one| {
            let at = Timestamp::parse(one.completed.as_deref()?)?;
            let what = format!("deployment of {}", one.release_name);
            (at >= since).then_some(Change { at, by: one.by?, what, request: None })
        });
        Ok(change.into_iter().collect())
    }

    /// Of the releases that were on either side before the swap the one whose version answers now.
    /// Only the host can tell: more swaps than the last one may lie between.
    async fn swapped_in(
        &self,
        ctx: &Context,
        app: &AppBinding,
        swapped: &Swapped,
        at: jiff::Timestamp,
    ) -> Outcome<Option<Release>> {
        let (Some(devops), Some(version)) = (&self.devops, self.answers(app).await) else {
            return Ok(None);
        };
        let is_production = |side: &String| side.eq_ignore_ascii_case(PRODUCTION);
        let slots = [&swapped.source, &swapped.destination]
            .map(|side| (!is_production(side)).then_some(side.as_str()));
        let names = slots.iter().flat_map(|slot| app.names(&ctx.bindings, *slot));
        let mut sides = vec![app.clone()];
        sides.extend(names.filter_map(|name| AppBinding::find(&ctx.bindings, name).ok()));
        for side in sides {
            let Some(deployment) = newest(devops, &side, Some(at)).await? else { continue };
            let release = Release::read(devops, deployment.release).await?;
            if release.build_number.as_ref() == Some(&version) {
                return Ok(Some(release));
            }
        }
        Ok(None)
    }

    /// The version that its host answers with; none where it does not answer well.
    async fn answers(&self, app: &AppBinding) -> Option<String> {
        let mut url = Url::parse(app.health_url.as_deref()?).ok()?;
        if app.slot.is_none() {
            // A share of production's requests may go to a slot.
            url.query_pairs_mut().append_pair(ROUTING, "self");
        }
        let mut call = Call::new(Method::GET, url);
        call.timeout = Some(ANSWER_TIMEOUT);
        let reply = self.http.send(call).await.ok()?;
        let said = reply.json().filter(|_| reply.is_success())?;
        said["version"].as_str().map(str::to_owned)
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
        let app = AppBinding::read(binding).map_err(unreadable("an app"))?;
        let name = ctx.bindings.iter().find(|(_, known)| *known == binding);
        let name = name.map_or(app.site.as_str(), |(name, _)| name.as_str());
        let mut fields = match Site::find(&self.arm, name, &app).await? {
            Some(site) => self.there(ctx, name, &app, &site).await?,
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
        ctx: &Context,
        name: &str,
        app: &AppBinding,
        site: &Site,
    ) -> Outcome<Map<String, Value>> {
        let database = self.strings(name, app).await?;
        let settings = self.settings(name, app).await?;
        let release = self.deployed(ctx, app, site).await?;
        let (branch, version) = match release {
            Some(release) => (release.branch, release.build_number),
            None => (None, None),
        };
        Ok(seen([
            ("exists", json!(true)),
            ("running", json!(site.runs())),
            ("branch", json!(branch)),
            ("version", json!(version)),
            ("database", json!(database)),
            ("settings", Value::Object(settings)),
            ("content", json!(site.content)),
            ("swapped_at", json!(site.swapped.as_ref().map(|swapped| &swapped.at))),
            ("host", json!(site.host)),
        ]))
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

/// The newest deployment that any of an app's stages brought to it, before a moment where one is
/// given.
async fn newest(
    devops: &DevOps,
    app: &AppBinding,
    before: Option<jiff::Timestamp>,
) -> Outcome<Option<Deployment>> {
    if app.all_stages().next().is_none() {
        return Ok(None);
    }
    let named = app.release_definition.map(DefinitionRef::Id);
    let id = release_definition(devops, named.as_ref()).await?;
    let definition = Definition::read(devops, id).await?;
    let mut newest: Option<Deployment> = None;
    for stage in app.all_stages() {
        let stage = definition.stage(stage)?;
        let mut deployments = Deployment::of_stage(devops, id, stage).await?;
        deployments.retain(|one| {
            let completed = one.completed.as_deref().and_then(time);
            before.is_none_or(|before| completed.is_some_and(|at| at < before))
        });
        let found = current(&deployments).cloned();
        newest = match (newest, found) {
            (Some(old), Some(new)) if old.id > new.id => Some(old),
            (old, new) => new.or(old),
        };
    }
    Ok(newest)
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

    fn changes<'a>(
        &'a self,
        _ctx: &'a Context,
        binding: &'a Binding,
        fields: &'a [&'a str],
        since: Timestamp,
    ) -> BoxFuture<'a, Outcome<Vec<Change>>> {
        Box::pin(async move {
            let app = AppBinding::read(binding).map_err(unreadable("an app"))?;
            let mut found = Vec::new();
            for (_, part) in WRITTEN.iter().filter(|(field, _)| fields.contains(field)) {
                let id = app.target(&self.arm, part)?.path;
                let subscription = app.subscription.as_deref();
                found.extend(activity_log::changes(&self.arm, subscription, &id, since).await?);
            }
            if fields.contains(&"version") {
                found.extend(self.deployments(&app, since).await?);
            }
            Ok(found)
        })
    }
}
