//! What a plan says beside what its workflow says: when it would start, and what its file says of
//! the inputs.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::clocks::SystemClock;
use crate::compose::control::Control;
use crate::compose::outfit::cloud_time;
use crate::compose::places::Places;
use crate::render::plan::AtStart;
use windlass_model::{Environment, Timestamp};
use windlass_ports::Clock;
use windlass_spec::CheckedWorkflow;

/// For a start that would be now.
pub async fn at_start(checked: &CheckedWorkflow, globals: &Globals) -> Outcome<AtStart> {
    let places = Places::find(globals.store.as_deref())?;
    let now = begins(checked.environment(), &places).await;
    let inputs = checked.inputs().iter();
    let described =
        inputs.filter_map(|input| Some((input.name.clone(), input.description.clone()?)));
    Ok(AtStart { now, described: described.collect() })
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
