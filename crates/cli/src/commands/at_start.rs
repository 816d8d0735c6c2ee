//! What a plan says beside what its workflow says: when it would start, what its file says of the
//! inputs, what it would find and do.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::clocks::SystemClock;
use crate::compose::control::Control;
use crate::compose::outfit::{catalog, cloud_time};
use crate::compose::places::Places;
use crate::outlook::{Past, outlook, past};
use crate::render::outlook::Outlook;
use crate::render::plan::AtStart;
use std::sync::Arc;
use windlass_engine::Cipher;
use windlass_model::{Environment, Timestamp, Workflow};
use windlass_ports::Clock;
use windlass_spec::CheckedWorkflow;

/// For a start that would be now.
pub async fn at_start(checked: &CheckedWorkflow, globals: &Globals) -> Outcome<AtStart> {
    let places = Places::find(globals.store.as_deref())?;
    let now = begins(checked.environment(), &places).await;
    let inputs = checked.inputs().iter();
    let described =
        inputs.filter_map(|input| Some((input.name.clone(), input.description.clone()?)));
    Ok(AtStart { now, described: described.collect(), catalog: catalog() })
}

/// What a run of the workflow would find and do, and how long it took before.
pub async fn looked(workflow: &Workflow, globals: &Globals) -> Outcome<Outlook> {
    let places = Places::find(globals.store.as_deref())?;
    let (past, cipher) = remembered(workflow, globals, &places).await?;
    Ok(outlook(workflow, &places, &past, cipher).await)
}

/// What earlier runs tell, and what hashes under the store's key. A store that is not there yet is
/// not made for that.
async fn remembered(
    workflow: &Workflow,
    globals: &Globals,
    places: &Places,
) -> Outcome<(Past, Option<Arc<dyn Cipher>>)> {
    if !places.store.exists() {
        return Ok((Past::default(), None));
    }
    let def = workflow.def();
    let program = globals.open().await?;
    let past = past(&program.store, &def.name, &def.environment.name).await?;
    Ok((past, Some(program.cipher.clone())))
}

/// When a run would begin, by its own clock. A simulated world that is there already goes on from
/// where it stood, which only itself can tell.
async fn begins(environment: &Environment, places: &Places) -> Option<Timestamp> {
    let folder = places.simulator(&environment.name);
    if environment.simulator && folder.exists() {
        return cloud_time(&Control::find(&folder).await?).await.ok();
    }
    Some(environment.clock_start.unwrap_or_else(|| SystemClock.now()))
}
