//! What `azure.app_service.prepare_swap` takes, keeps and gives. It must not know how it is done.

use super::binding::KIND as APP;
use super::power::SETTLE_MS;
/// It is given what its swap is given.
pub use super::swap_shapes::Input;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure.app_service.prepare_swap";

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Whether this very swap was prepared already.
    pub prepared: bool,
    /// When the target was swapped last.
    pub swapped_at: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The slot.
    pub source: String,
    /// What it will be swapped with.
    pub target: String,
    /// When that was swapped last.
    pub last_swap: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Swap with preview, first phase: the slot runs with the sticky settings of what \
                  it will be swapped with, for a look at it. swap_slots completes it; undone by \
                  giving the slot its own settings back."
            .to_owned(),
        input: schema::object(
            [
                ("app", schema::resource(APP, "the slot, by a resource whose binding names it")),
                (
                    "into",
                    schema::resource(APP, "what it will be swapped with; production where absent"),
                ),
            ],
            &["app"],
        ),
        output: schema::object(
            [
                ("source", schema::text("the slot")),
                ("target", schema::text("what it will be swapped with")),
                ("last_swap", schema::text("when that was swapped last; may be null")),
            ],
            &["source", "target"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "whether the swap was prepared already, and the last swap of the target; it refuses \
             what a swap refuses, and a target for which another slot is prepared",
            "reads which slot is prepared for the target",
            "cancels the preparation if this step made it and no swap has completed it; settings \
             of both can be changed again then. Azure offers none of this for Linux apps and \
             containers",
            &["Website Contributor on the app (Microsoft.Web/sites/slots/applySlotConfig/action, \
               sites/slots/resetSlotConfig/action, sites/resetSlotConfig/action, \
               sites/config/list/action, read)"],
        ),
        example: format!(
            "- id: prepare\n  uses: {KIND}\n  with: {{ app: pwaapi_slot }}\n- id: look\n  uses: \
             http.check\n  needs: [prepare]\n  with: {{ app: pwaapi_slot }}\n- id: swap\n  uses: \
             azure.app_service.swap_slots\n  needs: [look]\n  with: {{ app: pwaapi_slot }}\n"
        ),
    }
}
