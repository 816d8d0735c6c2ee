//! Changes that somebody else makes to the world, behind the back of whoever is tested. They stand
//! in the ledger without a request id. They must not know requests.

use crate::devops::trigger;
use crate::foreign_change::ForeignChange;
use crate::foreign_devops;
use crate::foreign_packages;
use crate::http::Request;
use crate::launch::launch;
use crate::ledger::{Change, Effect, app_detail, detail};
use crate::long_work;
use crate::missing::Missing;
use crate::monitor::note_foreign;
use crate::sql::server_id;
use crate::turn::{Turn, Twist};
use crate::world::{
    AppAddress, Build, Database, DatabaseStatus, FirewallRule, Fit, Sku, Trigger, World, by_itself,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Makes a change and returns its lines.
pub fn change(
    world: &mut World,
    wanted: &ForeignChange,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    match wanted {
        ForeignChange::ConnectionString { app, name, value } => {
            let part = ("/config/connectionstrings", "write");
            edit_app(world, app, now, (Effect::ConnectionStringsSet, part), |app| match value {
                Some(value) => app.connection_strings.insert(name.clone(), value.clone()).is_some(),
                None => app.connection_strings.shift_remove(name).is_some(),
            })
        }
        ForeignChange::AppSetting { app, name, value } => {
            let part = ("/config/appsettings", "write");
            edit_app(world, app, now, (Effect::AppSettingsSet, part), |app| match value {
                Some(value) => app.app_settings.insert(name.clone(), value.clone()).is_some(),
                None => app.app_settings.shift_remove(name).is_some(),
            })
        }
        ForeignChange::Running { app, running } => {
            let how = match running {
                true => (Effect::AppStarted, ("", "start/action")),
                false => (Effect::AppStopped, ("", "stop/action")),
            };
            edit_app(world, app, now, how, |app| std::mem::replace(&mut app.running, *running))
        }
        ForeignChange::Package { .. } | ForeignChange::DeploymentHostRestart { .. } => {
            foreign_packages::change(world, wanted, now)
        }
        ForeignChange::CreateDatabase { server, name } => create(world, server, name, now),
        ForeignChange::DeleteDatabase { server, name } => delete(world, server, name, now),
        ForeignChange::RenameDatabase { server, name, to } => {
            rename(world, server, [name, to], now)
        }
        ForeignChange::FirewallRule { server, name, range } => {
            rule(world, server, name, range.as_ref(), now)
        }
        ForeignChange::DataAccess { site, only_through_azure } => {
            let held = world.site_mut(site).ok_or_else(|| Missing::of(format!("site {site}")))?;
            held.only_through_azure = *only_through_azure;
            Ok(Vec::new())
        }
        ForeignChange::Blob { account, container, name, text } => {
            write_blob(world, [account, container, name], text, now)
        }
        ForeignChange::Build { id, definition, number, branch, result } => {
            Ok(build(world, (*id, *definition), [number, branch, result], now))
        }
        ForeignChange::Trigger { definition, branch, automatic_stages } => {
            let mut all = world.devops.release_definitions.iter_mut();
            let found = all.find(|known| known.id == *definition);
            let found =
                found.ok_or_else(|| Missing::of(format!("release definition {definition}")))?;
            for stage in &mut found.stages {
                stage.automatic |= automatic_stages.contains(&stage.name);
            }
            found.triggers.push(Trigger { branch: branch.clone() });
            found.revision += 1;
            Ok(Vec::new())
        }
        ForeignChange::BuildVariable { .. }
        | ForeignChange::Push { .. }
        | ForeignChange::PullRequest { .. }
        | ForeignChange::ReleaseTask { .. } => foreign_devops::change(world, wanted, now),
    }
}

fn edit_app<T>(
    world: &mut World,
    address: &AppAddress,
    now: Timestamp,
    (effect, (part, verb)): (Effect, (&str, &str)),
    edit: impl FnOnce(&mut crate::world::App) -> T,
) -> Result<Vec<Change>, Missing> {
    let app = world.app_mut(address).ok_or_else(|| Missing::of(format!("app {address}")))?;
    let before = app.clone();
    edit(app);
    if before == *app {
        return Ok(Vec::new());
    }
    app.touch(now);
    let group = world.site(&address.site).map(|site| site.group.clone()).unwrap_or_default();
    let slot = address.slot.as_ref().map(|slot| format!("/slots/{slot}")).unwrap_or_default();
    let id = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/Microsoft.Web/sites/{}{slot}{part}",
        world.subscription, address.site
    );
    note_foreign(world, &id, verb, now);
    let migrated = launch(world, address, now);
    let detail = app_detail(world, address);
    let mut changes = line(now, effect, address.to_string(), detail);
    changes.extend(migrated);
    Ok(changes)
}

fn create(
    world: &mut World,
    server: &str,
    name: &str,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let database_id = world.ids.fresh().to_string();
    let copy_s = world.timing.copy_s;
    let held = world.server_mut(server).ok_or_else(|| Missing::of(format!("server {server}")))?;
    if held.database(name).is_some() {
        return Ok(Vec::new());
    }
    held.databases.push(Database {
        name: name.to_owned(),
        database_id: database_id.clone(),
        status: DatabaseStatus::Online,
        created: Some(now),
        sku: Sku::default(),
        requested: None,
        tags: None,
        copy_s,
        content_of: name.to_owned(),
        fit: Fit::default(),
    });
    note_database(world, server, name, "write", now);
    let detail = detail([("database", json!(name)), ("database_id", json!(database_id))]);
    Ok(line(now, Effect::DatabaseCreated, format!("{server}/{name}"), detail))
}

fn delete(
    world: &mut World,
    server: &str,
    name: &str,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let held = world.server_mut(server).ok_or_else(|| Missing::of(server))?;
    let gone = held.drop_database(name, now).ok_or_else(|| Missing::of(name))?.database_id;
    note_database(world, server, name, "delete", now);
    let detail = detail([("database", json!(name)), ("database_id", json!(gone))]);
    Ok(line(now, Effect::DatabaseDeleted, format!("{server}/{name}"), detail))
}

fn rename(
    world: &mut World,
    server: &str,
    [name, to]: [&String; 2],
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let held = world.server_mut(server).ok_or_else(|| Missing::of(format!("server {server}")))?;
    if held.database(to).is_some() {
        return Ok(Vec::new());
    }
    let found = held.database_mut(name).ok_or_else(|| Missing::of(name))?;
    found.name.clone_from(to);
    let id = found.database_id.clone();
    held.dropped.push(name.clone());
    note_database(world, server, name, "move/action", now);
    let detail =
        detail([("database", json!(to)), ("before", json!(name)), ("database_id", json!(id))]);
    Ok(line(now, Effect::DatabaseRenamed, format!("{server}/{to}"), detail))
}

/// Notes what somebody else did to a database.
fn note_database(world: &mut World, server: &str, name: &str, verb: &str, now: Timestamp) {
    let Some(held) = world.server(server) else { return };
    let id = format!("{}/databases/{name}", server_id(&world.subscription, held));
    note_foreign(world, &id, verb, now);
}

fn write_blob(
    world: &mut World,
    [account, container, name]: [&String; 3],
    text: &str,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let stamp = world.ids.fresh().simple().to_string();
    let blob = long_work::blob(name, text.as_bytes(), &stamp, now);
    let held = world.account_mut(account).and_then(|held| held.container_mut(container));
    let held = held.ok_or_else(|| Missing::of(format!("container {account}/{container}")))?;
    held.blobs.retain(|known| known.name != *name);
    held.blobs.push(blob);
    let detail = detail([("bytes", json!(text.len()))]);
    Ok(line(now, Effect::BlobWritten, format!("{account}/{container}/{name}"), detail))
}

fn rule(
    world: &mut World,
    server: &str,
    name: &str,
    range: Option<&(String, String)>,
    now: Timestamp,
) -> Result<Vec<Change>, Missing> {
    let held = world.server_mut(server).ok_or_else(|| Missing::of(format!("server {server}")))?;
    let wanted = range.map(|(start, end)| FirewallRule {
        name: name.to_owned(),
        start: start.clone(),
        end: end.clone(),
    });
    if held.firewall_rule(name) == wanted.as_ref() {
        return Ok(Vec::new());
    }
    let effect =
        if wanted.is_some() { Effect::FirewallRuleSet } else { Effect::FirewallRuleDeleted };
    held.change_access(now, |server| {
        server.firewall_rules.retain(|known| !known.name.eq_ignore_ascii_case(name));
        server.firewall_rules.extend(wanted);
    });
    let detail = detail([("rule", json!(name))]);
    Ok(line(now, effect, format!("{server}/{name}"), detail))
}

fn build(
    world: &mut World,
    (id, definition): (u64, u64),
    [number, branch, result]: [&String; 3],
    now: Timestamp,
) -> Vec<Change> {
    world.devops.builds.push(Build {
        id,
        definition,
        number: number.clone(),
        branch: branch.clone(),
        commit: format!("{id:040x}"),
        status: "completed".into(),
        result: Some(result.clone()),
        queued: now,
        finished: Some(now),
        reason: by_itself(),
        ..Build::default()
    });
    let detail = detail([("branch", json!(branch)), ("result", json!(result))]);
    let mut changes = line(now, Effect::BuildFinished, number.clone(), detail);
    changes.extend(triggered(world, id, now));
    changes
}

/// What a build causes by itself.
fn triggered(world: &mut World, build: u64, now: Timestamp) -> Vec<Change> {
    let (request, twist) = (Request::default(), Twist::default());
    let mut turn = Turn { world, now, request: &request, twist: &twist, changes: Vec::new() };
    trigger(&mut turn, build);
    turn.changes
}

fn line(
    at: Timestamp,
    effect: Effect,
    target: String,
    mut detail: Map<String, Value>,
) -> Vec<Change> {
    detail.insert("by".into(), json!("somebody else"));
    vec![Change { at, effect, target, request_id: None, detail }]
}
