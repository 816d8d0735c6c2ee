//! What `azure.app_service.deploy_zip` takes, keeps and gives. It must not know how it is done.

use super::binding::KIND as APP;
use super::power::SETTLE_MS;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.app_service.deploy_zip";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The app or slot.
    pub app: String,
    /// The package, on the machine that runs the step.
    pub package: PathBuf,
    /// What its SHA-256 must be.
    pub sha256: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The package's SHA-256: no other is sent.
    pub sha256: String,
    /// The deployment that the app ran.
    pub active: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The deployment, by the id that its host gave it.
    pub deployment: String,
    /// The deployment that the app ran before.
    pub replaced: Option<String>,
    /// The package's SHA-256.
    pub sha256: String,
}

/// Which deployment to ask for, once it has an id of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Handle {
    /// The id.
    pub deployment: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deploys a zip of this machine to an app or a slot. Nothing of Azure undoes it: \
                  say what shall."
            .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "the app or slot")),
                ("package", schema::path("the zip, ready to run")),
                ("sha256", schema::text("what its SHA-256 must be")),
            ],
            &["app", "package"],
        ),
        output: schema::object(
            [
                ("deployment", schema::text("the deployment, by its host's id")),
                ("replaced", schema::text("the deployment that the app ran before; may be null")),
                ("sha256", schema::text("the package's SHA-256")),
            ],
            &["deployment", "sha256"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the package's SHA-256 and the deployment that the app runs",
            "looks through the deployments of the app's deployment host for the one that has this \
             attempt's id as its message: a package is never sent again for one that arrived",
            "nothing by itself: Azure keeps no package that could be deployed again. Give \
             `compensate: { uses: azure.app_service.deploy_zip, with: { app: …, package: the \
             previous zip } }`, swap back, or say `uses: none` with the reason. A deployment that \
             fails can leave some files of the new package, but not where the app's setting \
             WEBSITE_RUN_FROM_PACKAGE is 1",
            &["Website Contributor on the app (Microsoft.Web/sites/read, sites/publish/action; a \
               slot: sites/slots/…)"],
        ),
        example: format!(
            "- id: deploy\n  uses: {KIND}\n  with: {{ app: pwaapi_slot, package: \
             \"/packages/pwaapi-${{{{ inputs.version }}}}.zip\" }}\n  compensate: {{ uses: none, \
             reason: the slot gets no requests before the swap }}\n"
        ),
    }
}
