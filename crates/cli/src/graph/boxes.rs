//! Boxes around the steps of workflows that are called: by the steps' names, which begin with that
//! of the call. It must not know any format.

use std::collections::BTreeMap;
use windlass_model::Workflow;

/// A call, with the steps that are carried out in its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallBox {
    /// The name of the step that calls.
    pub id: String,
    /// The file that it calls.
    pub file: String,
    /// Its steps, that which stands for the call included, without those of calls within.
    pub nodes: Vec<usize>,
    /// Calls within it.
    pub inner: Vec<CallBox>,
}

impl CallBox {
    /// All of its steps, those of calls within it included.
    pub fn all(&self) -> Vec<usize> {
        let inner = self.inner.iter().flat_map(Self::all);
        self.nodes.iter().copied().chain(inner).collect()
    }

    /// Names its steps by their places among those that are shown; false where none is.
    pub fn keep(&mut self, places: &BTreeMap<usize, usize>) -> bool {
        self.nodes = self.nodes.iter().filter_map(|at| places.get(at).copied()).collect();
        self.inner.retain_mut(|inner| inner.keep(places));
        !self.nodes.is_empty()
    }

    /// Notes of each step the innermost call that it belongs to.
    pub fn tell<'a>(&'a self, within: &mut BTreeMap<usize, &'a str>) {
        within.extend(self.nodes.iter().map(|node| (*node, self.id.as_str())));
        self.inner.iter().for_each(|inner| inner.tell(within));
    }
}

/// The calls of a workflow, in the file's order.
pub fn boxes(workflow: &Workflow) -> Vec<CallBox> {
    let steps = &workflow.def().steps;
    let ids: BTreeMap<&str, usize> =
        steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    let mut flat: BTreeMap<usize, CallBox> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(file) = &step.file else { continue };
        let Some(call) = call_of(step.id.as_str(), &ids) else { continue };
        let one = flat.entry(call).or_insert_with(|| {
            let id = steps[call].id.to_string();
            CallBox { id, nodes: vec![call], ..CallBox::default() }
        });
        one.nodes.push(at);
        // the file of its own steps, not that of a step which stands for a call within
        one.file.clone_from(file);
    }
    // the innermost first: what stands for a call lies in the box of that call
    let mut calls: Vec<usize> = flat.keys().copied().collect();
    calls.sort_by_key(|call| std::cmp::Reverse(steps[*call].id.as_str().len()));
    for call in calls {
        let Some(outer) = call_of(steps[call].id.as_str(), &ids) else { continue };
        let Some(inner) = flat.remove(&call) else { continue };
        if let Some(outer) = flat.get_mut(&outer) {
            outer.nodes.retain(|node| *node != call);
            outer.inner.insert(0, inner);
        }
    }
    flat.into_values().collect()
}

/// The step that calls the workflow which a step belongs to: the longest name before a dot. A dot
/// in an element of `for_each` is not behind a name.
fn call_of(id: &str, ids: &BTreeMap<&str, usize>) -> Option<usize> {
    let dots = id.char_indices().rev().filter(|(_, c)| *c == '.');
    dots.map(|(at, _)| &id[..at]).find_map(|name| ids.get(name).copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_model::workflow::WorkflowDef;
    use windlass_model::{StepDef, Work};

    fn step(id: &str, file: Option<&str>) -> StepDef {
        let file = file.map(str::to_owned);
        StepDef { file, ..StepDef::new(id, Work::Join) }
    }

    #[test]
    fn a_call_within_a_call_is_a_box_within_a_box() {
        let steps = vec![
            step("a", None),
            step("out.x", Some("out.yaml")),
            step("out.in.y", Some("in.yaml")),
            step("out.in", Some("out.yaml")),
            step("out", None),
            step("each[1.5]", None),
        ];
        let def = WorkflowDef { format: 1, steps, ..WorkflowDef::default() };
        let boxes = boxes(&Workflow::new(def).unwrap());
        let inner = CallBox {
            id: "out.in".to_owned(),
            file: "in.yaml".to_owned(),
            nodes: vec![3, 2],
            inner: Vec::new(),
        };
        let outer = CallBox {
            id: "out".to_owned(),
            file: "out.yaml".to_owned(),
            nodes: vec![4, 1],
            inner: vec![inner],
        };
        assert_eq!(boxes, [outer]);
        assert_eq!(boxes[0].all(), [4, 1, 3, 2]);
    }
}
