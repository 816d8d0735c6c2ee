//! What whoever runs a workflow must be allowed to do, as its actions say, and what of it a look
//! has shown: a read that was answered is allowed, one that was refused is missing. Whether one may
//! write no service tells before it is done: that stays unknown.

use super::foreseen::{Foreseen, never, nobody};
use super::outlook::{Mark, Outlook, Told};
use super::rounds;
use serde::Serialize;
use windlass_model::{Catalog, EffectClass, StepId, StepIdx, Work, Workflow};

/// Steps that are named with one permission; the rest is counted.
const NAMED_MAX: usize = 4;

/// A permission and the steps that need it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Permission {
    /// What one must be allowed to do.
    pub needs: String,
    /// The steps.
    pub steps: Vec<StepId>,
    /// Those of them that were refused when their world was looked at.
    pub refused: Vec<StepId>,
    /// How it is known whether one may.
    pub mark: Mark,
}

/// All of them, what is missing first. A simulated world asks nobody.
pub fn permissions(workflow: &Workflow, outlook: &Outlook, catalog: &Catalog) -> Vec<Permission> {
    if workflow.def().environment.simulator {
        return Vec::new();
    }
    let known = outlook.known.clone().unwrap_or_else(|| nobody(workflow));
    let later = rounds::later(workflow);
    let mut found: Vec<Permission> = Vec::new();
    for at in workflow.order().iter().copied().filter(|at| !later.contains(at)) {
        let step = workflow.step(at);
        let Work::Action { uses, traits, .. } = &step.work else { continue };
        let scope = Foreseen { workflow, nobody: &known, step: at };
        if step.condition.as_ref().is_some_and(|condition| never(condition, &scope)) {
            continue;
        }
        let looked = looked(outlook, at);
        let reads = traits.class == EffectClass::ReadOnly;
        let may = looked.iter().any(|told| reads && told.mark == Mark::Probed && !told.refused);
        let refused = looked.iter().any(|told| told.refused);
        let needs =
            catalog.actions.get(uses.as_str()).map(|spec| spec.guide.permissions.as_slice());
        for text in needs.unwrap_or_default() {
            let place = match found.iter().position(|one| one.needs == *text) {
                Some(place) => place,
                None => {
                    found.push(Permission {
                        needs: text.clone(),
                        steps: Vec::new(),
                        refused: Vec::new(),
                        mark: Mark::Unknown,
                    });
                    found.len() - 1
                }
            };
            let one = &mut found[place];
            one.steps.push(step.id.clone());
            one.refused.extend(refused.then(|| step.id.clone()));
            if may || refused {
                one.mark = Mark::Probed;
            }
        }
    }
    found.sort_by_key(|one| one.refused.is_empty());
    found
}

fn looked(outlook: &Outlook, at: StepIdx) -> &[Told] {
    outlook.told.get(&at).map(Vec::as_slice).unwrap_or_default()
}

/// As lines.
pub fn lines(all: &[Permission]) -> Vec<String> {
    let line = |one: &Permission| {
        let word = one.mark.word();
        match one.refused.is_empty() {
            false => format!("MISSING: {}: {}  [{word}]", one.needs, names(&one.refused)),
            true => format!("{}: {}  [{word}]", one.needs, names(&one.steps)),
        }
    };
    all.iter().map(line).collect()
}

fn names(steps: &[StepId]) -> String {
    let named: Vec<&str> = steps.iter().take(NAMED_MAX).map(StepId::as_str).collect();
    match steps.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::outfit::catalog;
    use serde_json::json;
    use std::collections::BTreeMap;
    use windlass_model::expr::Template;
    use windlass_model::{StepDef, WorkflowDef};

    fn workflow(simulator: bool) -> Workflow {
        let catalog = catalog();
        let step = |id: &str, uses: &str| {
            let traits = catalog.actions[uses].traits.clone();
            let with = Template::Literal(json!({}));
            StepDef::new(id, Work::Action { uses: uses.into(), with, traits })
        };
        let steps = vec![
            step("look", "azure.app_service.get_status"),
            step("stop", "azure.app_service.stop"),
            step("stop_other", "azure.app_service.stop"),
        ];
        let mut def = WorkflowDef { name: "w".into(), steps, ..WorkflowDef::default() };
        def.environment.simulator = simulator;
        Workflow::new(def).unwrap()
    }

    #[test]
    fn what_was_read_may_be_read_what_was_refused_is_missing_and_the_rest_is_unknown() {
        let workflow = workflow(false);
        let told = |refused| vec![Told { words: String::new(), mark: Mark::Probed, refused }];
        let told = BTreeMap::from([(0, told(false)), (1, told(false)), (2, told(true))]);
        let outlook = Outlook { told, ..Outlook::default() };
        let said = lines(&permissions(&workflow, &outlook, &catalog()));
        assert!(said[0].starts_with("MISSING: Website Contributor"), "{said:?}");
        assert!(said[0].ends_with(": stop_other  [probed]"), "{said:?}");
        assert!(said[1].starts_with("Reader on the app"), "{said:?}");
        assert!(said[1].ends_with(": look  [probed]"), "{said:?}");
        let unseen = permissions(&workflow, &Outlook::default(), &catalog());
        assert!(unseen.iter().all(|one| one.mark == Mark::Unknown), "{unseen:?}");
        let simulated = self::workflow(true);
        assert_eq!(permissions(&simulated, &Outlook::default(), &catalog()), []);
    }
}
