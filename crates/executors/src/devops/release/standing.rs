//! What stands on a stage: the newest deployment that led where one looks. A release that was
//! changed for a slot is deployed to a stage and changes none of the stage's own apps.

use super::deployments::Deployment;
use super::releases::{Definition, Release};
use super::tasks::Tasks;
use crate::devops::client::DevOps;
use windlass_ports::Outcome;

/// Deployments that are looked at before one says that there is none: changed releases are rare.
const LOOKED_AT_MAX: usize = 10;

/// Where a deployment must have led to count.
pub enum Goes<'a> {
    /// Where the definition says. One that led to a slot counts too, since the slot is swapped into
    /// production then: unless its release was abandoned, which is how its maker takes it back.
    Usual(&'a Definition),
    /// Where these tasks lead.
    Where(&'a Tasks),
}

impl Goes<'_> {
    /// Whether a deployment of this release to the stage is one of those that are meant.
    pub fn counts(&self, release: &Release, definition_stage: u64) -> bool {
        let stages = &mut release.stages.iter();
        let Some(stage) = stages.find(|stage| stage.definition_stage == definition_stage) else {
            return matches!(self, Self::Usual(_));
        };
        match self {
            // Its maker puts its tasks back first, and then abandons it.
            Self::Usual(usual) => release.active || !usual.is_left(release, stage.definition_stage),
            Self::Where(tasks) => !stage.tasks.lead_elsewhere_than(tasks),
        }
    }
}

/// The newest good deployment of a stage that counts, with its release.
pub async fn current_of<'d>(
    devops: &DevOps,
    deployed: &'d [Deployment],
    definition_stage: u64,
    goes: Goes<'_>,
) -> Outcome<Option<(&'d Deployment, Release)>> {
    for one in deployed.iter().filter(|one| one.is_deployed()).take(LOOKED_AT_MAX) {
        let release = Release::read(devops, one.release).await?;
        if goes.counts(&release, definition_stage) {
            return Ok(Some((one, release)));
        }
    }
    Ok(None)
}
