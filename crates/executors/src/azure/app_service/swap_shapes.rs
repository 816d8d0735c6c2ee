//! What `azure.app_service.swap_slots` takes, keeps and gives. It must not know how it is done.

use super::binding::KIND as APP;
use super::power::SETTLE_MS;
use super::swap_state::Sides;
use crate::azure::long_running::Operation;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass, Failure};
use windlass_ports::{ActionError, Outcome};

/// The action's kind.
pub const KIND: &str = "azure.app_service.swap_slots";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The slot.
    pub app: String,
    /// What it is swapped with; production where absent.
    pub into: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Which content was where.
    pub sides: Sides,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The slot.
    pub source: String,
    /// What it was swapped with.
    pub target: String,
    /// When the swap was over.
    pub swapped_at: Option<String>,
}

/// Where to ask; without an operation the two sides themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// The operation.
    pub operation: Option<Operation>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Swaps a slot with production or another slot: contents and settings travel, \
                  sticky ones stay. Undone by swapping again."
            .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "the slot, by a resource whose binding names it")),
                ("into", schema::resource(APP, "what it is swapped with; production where absent")),
            ],
            &["app"],
        ),
        output: schema::object(
            [
                ("source", schema::text("the slot")),
                ("target", schema::text("what it was swapped with")),
                ("swapped_at", schema::text("when the swap was over, by Azure's clock")),
            ],
            &["source", "target"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "which content each side has, and its last swap; it refuses a stopped side, and a \
             connection string that names another database on each side without sticking",
            "asks the swap's own address, else reads which content each side has: a second swap is \
             never sent for the first one",
            "swaps again, once, and only where the contents are still the exchanged ones; traffic \
             rules are another step's",
            &["Website Contributor on the app (Microsoft.Web/sites/slotsswap/action, \
               sites/slots/slotsswap/action, sites/config/list/action, read)"],
        ),
        example: format!("- id: swap\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n"),
    }
}

/// Says no.
pub fn refuse<T>(code: &str, app: &str, why: &str) -> Outcome<T> {
    let message = format!("failed to swap {app}: {why}");
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}
