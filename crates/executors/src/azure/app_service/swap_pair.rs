//! The two sides of a swap, and what both of its phases look at before they act. It must not know
//! how a swap is asked for.

use super::binding::AppBinding;
use super::site::Site;
use super::swap_shapes::refuse;
use super::swap_state::{Side, Sides};
use super::whole_set::{SetKind, WholeSet};
use super::{connection_string, sticky};
use crate::azure::arm::Arm;
use serde_json::Value;
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// How Azure calls production.
const PRODUCTION: &str = "production";

/// The two sides of a swap, by their bindings.
pub struct Pair {
    /// The slot that is swapped.
    pub source: AppBinding,
    /// What it is swapped with.
    pub target: AppBinding,
}

/// Both sides as they are now.
pub struct Look {
    /// The slot that is swapped.
    pub source: Site,
    /// What it is swapped with.
    pub target: Site,
}

impl Look {
    /// Which content is where.
    pub fn sides(&self) -> Sides {
        Sides { source: Side::of(&self.source), target: Side::of(&self.target) }
    }

    /// Whether a swap is at work.
    pub fn is_busy(&self) -> bool {
        self.source.is_busy || self.target.is_busy
    }

    /// Refuses where a side is stopped.
    pub fn runs(&self, app: &str, pair: &Pair) -> Outcome<()> {
        for (name, site) in [(app, &self.source), (pair.target_name(), &self.target)] {
            if !site.runs() {
                let why = format!("{name} is {}, and a stopped slot cannot be swapped", site.state);
                return refuse("stopped", app, &why);
            }
        }
        Ok(())
    }
}

impl Pair {
    /// The sides that an input names.
    pub fn find(bindings: &Bindings, app: &str, into: Option<&str>) -> Outcome<Self> {
        let source = AppBinding::find(bindings, app)?;
        source.slot("swap", app)?;
        let target = match into {
            None => source.production(),
            Some(into) => AppBinding::find(bindings, into)?,
        };
        if !target.is_beside(&source) || target.slot == source.slot {
            return refuse("binding", app, "both must be slots of the same site");
        }
        Ok(Self { source, target })
    }

    /// What Azure calls the slot that is swapped.
    pub fn source_name(&self) -> &str {
        self.source.slot.as_deref().unwrap_or(PRODUCTION)
    }

    /// What Azure calls what it is swapped with.
    pub fn target_name(&self) -> &str {
        self.target.slot.as_deref().unwrap_or(PRODUCTION)
    }

    /// Reads both sides.
    pub async fn look(&self, arm: &Arm, app: &str) -> Outcome<Look> {
        let source = Site::read(arm, app, &self.source).await?;
        let label = format!("{} of {app}", self.target_name());
        let target = Site::read(arm, &label, &self.target).await?;
        Ok(Look { source, target })
    }

    /// A connection string that names another database on each side, and does not stick to its
    /// slot, would carry the slot's database into production.
    pub async fn strings_stick(&self, arm: &Arm, app: &str) -> Outcome<()> {
        let kind = SetKind::ConnectionStrings;
        let set = |binding| WholeSet { arm, app, binding, kind };
        let (ours, _) = set(&self.source).read().await?;
        let (theirs, _) = set(&self.target).read().await?;
        let names = sticky::names(arm, app, &self.source.production()).await?.connection_strings;
        let database = |entry: &Value| {
            connection_string::database(entry["value"].as_str()?).map(str::to_owned)
        };
        let travels = ours.iter().filter(|(name, entry)| {
            let other = theirs.get(*name).and_then(database);
            let own = database(entry);
            let sticks = names.iter().any(|known| known.eq_ignore_ascii_case(name));
            !sticks && own.is_some() && other.is_some() && own != other
        });
        let travels: Vec<&str> = travels.map(|(name, _)| name.as_str()).collect();
        if travels.is_empty() {
            return Ok(());
        }
        let why = format!(
            "the connection string {} names another database on each side and would travel; mark \
             it as a deployment slot setting first",
            travels.join(", ")
        );
        refuse("not_sticky", app, &why)
    }
}
