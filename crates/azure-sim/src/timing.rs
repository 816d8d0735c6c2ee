//! How long things take in the simulated cloud, in simulated seconds. It must not know the clock.

use serde::{Deserialize, Serialize};

/// Durations in simulated seconds. The defaults are those of the recordings, where one exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timing {
    /// A copy of a database whose seed says nothing: 75 to 125 s were recorded for an empty one.
    pub copy_s: f64,
    /// How long before a copy's operation ends the database is online: 10 to 15 s were recorded.
    pub copy_settles_s: f64,
    /// Dropping a database: over at the first look, which came after 15 s.
    pub delete_s: f64,
    /// Changing a database's size: one minute was recorded.
    pub update_s: f64,
    /// An export into a file: 65 to 75 s were recorded for an empty database.
    pub export_s: f64,
    /// An import from a file: two minutes were recorded.
    pub import_s: f64,
    /// A restore from backups: five to six minutes were recorded.
    pub restore_s: f64,
    /// How long after a database is deleted it is offered for a restore: five minutes were
    /// recorded.
    pub dropped_lag_s: f64,
    /// How long after a rule of the firewall is gone those who were connected still get in: rules
    /// are cached.
    pub firewall_cache_s: f64,
    /// By how much the activity log is late.
    pub activity_lag_s: f64,
    /// How long a stage waits for an agent.
    pub stage_queue_s: f64,
    /// How long a stage is deployed.
    pub stage_deploy_s: f64,
    /// How long a build waits for an agent.
    pub build_queue_s: f64,
    /// How long a build takes.
    pub build_s: f64,
    /// How long a merge takes.
    pub merge_s: f64,
    /// How long the completion of a pull request takes.
    pub pull_request_s: f64,
    /// How long a pipeline runs.
    pub pipeline_s: f64,
    /// How long an app that was started, or restarted by a change, answers 503.
    pub app_startup_s: f64,
    /// A swap of two slots: 60 to 110 s were recorded.
    pub swap_s: f64,
    /// A package at the deployment host: some 20 s were recorded for a tiny one.
    pub package_deploy_s: f64,
    /// The life of a bearer token: an hour.
    pub token_s: f64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            copy_s: 110.0,
            copy_settles_s: 12.0,
            delete_s: 14.0,
            update_s: 60.0,
            export_s: 70.0,
            import_s: 120.0,
            restore_s: 330.0,
            dropped_lag_s: 310.0,
            firewall_cache_s: 300.0,
            activity_lag_s: 180.0,
            stage_queue_s: 10.0,
            stage_deploy_s: 180.0,
            build_queue_s: 15.0,
            build_s: 600.0,
            merge_s: 4.0,
            pull_request_s: 20.0,
            pipeline_s: 300.0,
            app_startup_s: 20.0,
            swap_s: 95.0,
            package_deploy_s: 20.0,
            token_s: 3600.0,
        }
    }
}
