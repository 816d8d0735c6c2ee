//! The tasks of a stage: which of them stop apps, where they deploy to, and whether they are those
//! of another stage. They must not know releases, nor what was deployed.

use serde_json::Value;
use std::collections::BTreeSet;

/// The task that stops, starts and restarts apps.
pub const MANAGE: &str = "f045e430-8704-11e6-968f-e717e6411619";

/// A task that deploys to an app, and what it calls its inputs.
pub struct Deploys {
    /// What kind of task.
    pub id: &'static str,
    /// The app.
    pub app: &'static str,
    /// Whether there is a slot.
    pub flag: &'static str,
    /// The app's resource group.
    pub group: &'static str,
    /// The slot.
    pub slot: &'static str,
}

/// The tasks that are known to deploy to an app.
pub const DEPLOYS: [Deploys; 2] = [
    Deploys {
        id: "497d490f-eea7-4f2b-ab94-48d9c1acdcb1",
        app: "WebAppName",
        flag: "DeployToSlotOrASEFlag",
        group: "ResourceGroupName",
        slot: "SlotName",
    },
    Deploys {
        id: "18bde28a-8172-45cb-b204-5cef1393dbb1",
        app: "appName",
        flag: "deployToSlotOrASE",
        group: "resourceGroupName",
        slot: "slotName",
    },
];

/// The slot that is no slot.
const PRODUCTION: &str = "production";

/// An app that is deployed to: its site, and its slot where it is one. In lower case, as Azure
/// compares them.
pub type Place = (String, Option<String>);

/// The tasks of a stage, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tasks(Vec<Value>);

impl Tasks {
    /// Those of a release's stage, or of a definition's.
    pub fn of(stage: &Value) -> Self {
        let phases = ["deployPhasesSnapshot", "deployPhases"];
        let phases = phases.iter().filter_map(|key| stage[key].as_array()).flatten();
        let tasks = phases.filter_map(|phase| phase["workflowTasks"].as_array()).flatten();
        Self(tasks.cloned().collect())
    }

    /// Where they deploy to, as far as they are known to deploy.
    pub fn places(&self) -> BTreeSet<Place> {
        let place = |task: &Value| {
            let known = DEPLOYS.iter().find(|known| task["taskId"] == known.id)?;
            let input = |name: &str| task["inputs"][name].as_str().unwrap_or_default();
            let to_slot = input(known.flag).eq_ignore_ascii_case("true");
            let slot = Some(input(known.slot).to_lowercase())
                .filter(|slot| to_slot && !slot.is_empty() && slot != PRODUCTION);
            Some((input(known.app).to_lowercase(), slot))
        };
        self.0.iter().filter(|task| is_enabled(task)).filter_map(place).collect()
    }

    /// Whether they do what the others do. Where nothing is known of one side, they count as the
    /// same.
    pub fn do_the_same_as(&self, others: &Self) -> bool {
        let same = |(one, other): (&Value, &Value)| {
            one["taskId"] == other["taskId"]
                && is_enabled(one) == is_enabled(other)
                && inputs(one) == inputs(other)
        };
        let known = !self.0.is_empty() && !others.0.is_empty();
        !known || self.0.len() == others.0.len() && self.0.iter().zip(&others.0).all(same)
    }

    /// Whether they lead to other apps than the others do. Where nothing is known of one side, they
    /// do not.
    pub fn lead_elsewhere_than(&self, others: &Self) -> bool {
        let (ours, theirs) = (self.places(), others.places());
        !ours.is_empty() && !theirs.is_empty() && ours != theirs
    }
}

fn is_enabled(task: &Value) -> bool {
    task["enabled"].as_bool().unwrap_or(true)
}

/// The inputs that say something: an empty one is one that is absent.
fn inputs(task: &Value) -> BTreeSet<(&str, &str)> {
    let all = task["inputs"].as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stage(enabled: bool, flag: &str, slot: &str) -> Value {
        let inputs = json!({"WebAppName": "Shop", "DeployToSlotOrASEFlag": flag, "SlotName": slot});
        let task = json!({"taskId": DEPLOYS[0].id, "enabled": enabled, "inputs": inputs});
        json!({"deployPhasesSnapshot": [{"workflowTasks": [task]}]})
    }

    #[test]
    fn a_slot_counts_where_the_task_uses_it() {
        let place = |flag, slot| Tasks::of(&stage(true, flag, slot)).places();
        let usual = BTreeSet::from([("shop".to_owned(), None)]);
        assert_eq!(place("false", "midday"), usual);
        assert_eq!(place("true", "Production"), usual);
        let slot = BTreeSet::from([("shop".to_owned(), Some("midday".to_owned()))]);
        assert_eq!(place("true", "Midday"), slot);
        assert!(Tasks::of(&stage(false, "true", "midday")).places().is_empty());
    }

    #[test]
    fn what_is_not_known_is_no_difference() {
        let known = Tasks::of(&stage(true, "true", "midday"));
        let other = Tasks::of(&stage(true, "false", ""));
        let nothing = Tasks::of(&json!({"deployPhases": []}));
        assert!(known.lead_elsewhere_than(&other) && !known.do_the_same_as(&other));
        assert!(!known.lead_elsewhere_than(&nothing) && known.do_the_same_as(&nothing));
        assert!(!Tasks::of(&stage(false, "true", "midday")).do_the_same_as(&known));
    }
}
