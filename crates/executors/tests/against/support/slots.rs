//! A world where qa4 has a slot, and the slot a build of its own.

use super::context::bindings;
use super::sim::{Sim, SimSubject};
use serde_json::{Value, json};
use windlass_azure_sim::WorldSeed;
use windlass_azure_sim::world::AppAddress;

/// The seed of that world.
pub fn seed() -> WorldSeed {
    let mut seed = WorldSeed::hotfix();
    let string = |database: &str| {
        json!({
            "value": format!("Server=tcp:sql-qa.database.windows.net;Database={database}"),
            "type": "SQLAzure",
        })
    };
    let slot = json!([{
        "name": "canary",
        "connection_strings": {"Default": string("dispatcherqa4")},
        "app_settings": {"ASPNETCORE_ENVIRONMENT": "Canary", "Color": "green"},
    }]);
    seed.sites[0].slots = serde_json::from_value(slot).unwrap();
    let stage = &mut seed.devops.release_definitions[0].stages[0];
    let slot = AppAddress { site: "qa4".into(), slot: Some("canary".into()) };
    stage.deploys_to = vec![slot, stage.deploys_to[0].clone()];
    seed
}

/// The world, with `canary` bound to the slot and `new` to one that is not there.
pub async fn sim() -> Sim {
    bound(Sim::of(seed()).await)
}

fn bound(mut sim: Sim) -> Sim {
    let app = |slot: &str| {
        let health_url = format!("{}/apps/qa4-{slot}", sim.url);
        json!({
            "site": "qa4", "slot": slot, "connection_string": "Default",
            "health_url": health_url,
        })
    };
    let slots =
        [("canary", "azure.app_service", app("canary")), ("new", "azure.app_service", app("new"))];
    sim.parts.bindings.extend(bindings(&slots));
    sim
}

/// An action there.
pub async fn subject(kind: &'static str, input: Value) -> SimSubject {
    SimSubject { sim: sim().await, kind, input, asks_service: true }
}
