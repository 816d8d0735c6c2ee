//! What an environment file says of an app: which site it is, and what Azure does not know of it.

use crate::azure::arm::{Arm, Target, segment};
use crate::azure::bound;
use crate::schema;
use serde::Deserialize;
use windlass_model::{Binding, Failure, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{ActionError, Outcome};

/// The resource type.
pub const KIND: &str = "azure.app_service";

/// An app's binding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppBinding {
    /// The subscription; the section's where absent.
    pub subscription: Option<String>,
    /// The resource group; the section's where absent.
    pub resource_group: Option<String>,
    /// The site.
    pub site: String,
    /// The slot; production where absent.
    pub slot: Option<String>,
    /// Which connection string names its database.
    pub connection_string: Option<String>,
    /// The release stage that deploys to it.
    pub stage: Option<String>,
    /// The release stages that deploy to it, where there are several.
    #[serde(default)]
    pub stages: Vec<String>,
    /// The release definition of those stages; the section's where absent.
    pub release_definition: Option<u64>,
    /// Where it says that it is well.
    pub health_url: Option<String>,
}

/// The schema of the binding.
pub fn binding_schema() -> Value {
    schema::object(
        [
            (
                "subscription",
                schema::text("the subscription; that of the section `azure` where absent"),
            ),
            (
                "resource_group",
                schema::text("the resource group; that of the section where absent"),
            ),
            ("site", schema::text("the site's name: portal, App Services")),
            ("slot", schema::text("the deployment slot; production where absent")),
            ("connection_string", schema::text("which connection string names its database")),
            ("stage", schema::text("the release stage that deploys to it")),
            ("stages", schema::list(schema::text("a stage"), "the stages, where several do")),
            ("release_definition", schema::int("the definition of those stages")),
            ("health_url", schema::address("an address that answers 200 while the app is well")),
        ],
        &["site"],
    )
}

impl AppBinding {
    /// Reads a binding.
    pub fn read(binding: &Binding) -> Result<Self, String> {
        bound::read(binding)
    }

    /// The binding of a resource's name.
    pub fn find(bindings: &Bindings, name: &str) -> Outcome<Self> {
        bound::find(bindings, name, KIND, "app")
    }

    /// The release stages that deploy to it.
    pub fn all_stages(&self) -> impl Iterator<Item = &str> {
        self.stage.iter().chain(&self.stages).map(String::as_str)
    }

    /// The production app of the same site.
    #[must_use]
    pub fn production(&self) -> Self {
        Self { slot: None, ..self.clone() }
    }

    /// The slot that it names; none is an error, since only a slot will do. `what` completes
    /// "failed to …".
    pub fn slot(&self, what: &str, app: &str) -> Outcome<&str> {
        self.slot.as_deref().ok_or_else(|| {
            let message = format!("failed to {what}: {}", Self::lacks_slot(app));
            ActionError::Permanent(Failure::permanent("binding", message))
        })
    }

    /// What to say of an app that is no slot where only one will do.
    pub fn lacks_slot(app: &str) -> String {
        format!("`{app}` is bound to a production app; give a resource whose binding has `slot:`")
    }

    /// Whether both are of one site, production or slots of it.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.site.eq_ignore_ascii_case(&other.site)
            && self.resource_group == other.resource_group
            && self.subscription == other.subscription
    }

    /// Resources that are bound to this very app, or, with another slot, to one beside it.
    pub fn names<'b>(
        &self,
        bindings: &'b Bindings,
        slot: Option<&str>,
    ) -> impl Iterator<Item = &'b str> {
        let wanted = Self { slot: slot.map(str::to_owned), ..self.clone() };
        bindings.iter().filter(|(_, binding)| binding.kind == KIND).filter_map(move |(name, b)| {
            let bound = Self::read(b).ok()?;
            let same = match (&bound.slot, &wanted.slot) {
                (None, None) => true,
                (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
                _ => false,
            };
            (same && bound.is_beside(&wanted)).then_some(name.as_str())
        })
    }

    /// The address of the site or slot, or of something below it such as `/stop`.
    pub fn target(&self, arm: &Arm, below: &str) -> Outcome<Target> {
        let subscription = self.subscription.as_ref().unwrap_or(&arm.subscription);
        let group = self.resource_group.as_ref().or(arm.resource_group.as_ref());
        let Some(group) = group else {
            return Err(ActionError::Permanent(Failure::permanent(
                "binding",
                format!(
                    "failed to address the site `{}`: no resource group; add `resource_group` to \
                     its binding",
                    self.site
                ),
            )));
        };
        let slot = self.slot.as_ref().map(|slot| format!("/slots/{}", segment(slot)));
        Ok(Target {
            path: format!(
                "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Web/sites/{}{}{below}",
                segment(subscription),
                segment(group),
                segment(&self.site),
                slot.unwrap_or_default(),
            ),
            version: arm.versions.web.clone(),
        })
    }
}
