//! What an attempt would break: the invariants of its workflow, in the world as somebody sees it,
//! once the attempt has set what it sets. What could not be seen stands in nobody's way: the proof
//! has looked at it before.

use crate::event::Effect;
use crate::expr::paths::visit_paths;
use crate::expr::{Scope, pick};
use crate::sight::Sight;
use crate::workflow::{Invariant, WorkflowDef};
use serde_json::Value;
use std::collections::BTreeSet;

/// The resources that must be looked at before an attempt sets these fields.
pub fn resources(def: &WorkflowDef, effects: &[Effect]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    each(def, effects, &mut |invariant, item| {
        names.extend(fields(invariant, item).into_iter().map(|(resource, _)| resource));
    });
    names
}

/// The invariant that an attempt would break, with the fields as they would be; a sentence.
pub fn breach(def: &WorkflowDef, sight: &Sight, effects: &[Effect]) -> Option<String> {
    let mut found = None;
    each(def, effects, &mut |invariant, item| {
        let after = After { def, item, sight, effects };
        let broken = invariant.expr.holds(&after).is_ok_and(|holds| holds == invariant.never);
        if broken && found.is_none() {
            let of = item.map(|item| format!(" for {item}")).unwrap_or_default();
            let fields = after.told(invariant);
            found = Some(format!("it would break `{}`{of}: {fields}", invariant.id));
        }
    });
    found
}

/// Each invariant that speaks of a field which the attempt sets, with what `item` stands for in
/// turn. What another one finds wrong is not this attempt's doing.
fn each(def: &WorkflowDef, effects: &[Effect], see: &mut dyn FnMut(&Invariant, Option<&str>)) {
    for invariant in &def.invariants {
        let items: Vec<Option<&str>> = match invariant.for_each.as_slice() {
            [] => vec![None],
            names => names.iter().map(|name| Some(name.as_str())).collect(),
        };
        for item in items {
            let fields = fields(invariant, item);
            let set = |one: &Effect| fields.contains(&(one.resource.clone(), one.field.clone()));
            if effects.iter().any(set) {
                see(invariant, item);
            }
        }
    }
}

fn fields(invariant: &Invariant, item: Option<&str>) -> BTreeSet<(String, String)> {
    let mut fields = BTreeSet::new();
    visit_paths(&invariant.expr.node, &mut |path| match (path, item) {
        (["item", field, ..], Some(item)) => {
            fields.insert((item.to_owned(), (*field).to_owned()));
        }
        (["resources", name, field, ..], _) => {
            fields.insert(((*name).to_owned(), (*field).to_owned()));
        }
        _ => {}
    });
    fields
}

/// The world as it would be.
struct After<'a> {
    def: &'a WorkflowDef,
    item: Option<&'a str>,
    sight: &'a Sight,
    effects: &'a [Effect],
}

impl After<'_> {
    /// A field, and whether the attempt sets it. What it sets to something unknown is taken as it
    /// is now.
    fn field(&self, name: &str, field: &str) -> Option<(&Value, bool)> {
        let mut set = self.effects.iter().rev();
        let set =
            set.find(|one| one.resource == name && one.field == field && !one.value.is_null());
        match set {
            Some(effect) => Some((&effect.value, true)),
            None => {
                let seen = self.sight.fields.get(name)?.get(field)?;
                Some((seen, false)).filter(|(value, _)| !value.is_null())
            }
        }
    }

    fn told(&self, invariant: &Invariant) -> String {
        let told = fields(invariant, self.item).into_iter().filter_map(|(name, field)| {
            let (value, set) = self.field(&name, &field)?;
            let is = if set { "would be" } else { "is" };
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(format!("{name}.{field} {is} {value}"))
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

impl Scope for After<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["item", field, rest @ ..] => pick(self.field(self.item?, field)?.0, rest),
            ["resources", name, field, rest @ ..] => pick(self.field(name, field)?.0, rest),
            ["inputs", rest @ ..] => self.def.inputs.resolve(rest),
            ["env", rest @ ..] => self.def.environment.values.resolve(rest),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{BinaryOp, Expr, Node};
    use serde_json::{Map, json};

    /// `never: item.FIELD == true` for qa4.
    fn never(field: &str) -> Invariant {
        let of = Box::new(Node::Name("item".to_owned()));
        let left = Box::new(Node::Select { of, field: field.to_owned() });
        let right = Box::new(Node::Literal(json!(true)));
        let node = Node::Binary { op: BinaryOp::Equal, left, right };
        let expr = Expr { source: format!("item.{field} == true"), node };
        Invariant { id: field.to_owned(), for_each: vec!["qa4".to_owned()], expr, never: true }
    }

    fn sets(field: &str, value: bool) -> Vec<Effect> {
        let (resource, field) = ("qa4".to_owned(), field.to_owned());
        vec![Effect { resource, field, value: json!(value) }]
    }

    #[test]
    fn only_what_the_attempt_sets_counts_against_it() {
        let invariants = vec![never("open"), never("running")];
        let def = WorkflowDef { invariants, ..WorkflowDef::default() };
        let mut sight = Sight::default();
        let seen = Map::from_iter([("open".to_owned(), json!(true))]);
        sight.fields.insert("qa4".to_owned(), seen);
        let would = "it would break `running` for qa4: qa4.running would be true";
        assert_eq!(breach(&def, &sight, &sets("running", true)).as_deref(), Some(would));
        assert_eq!(breach(&def, &sight, &sets("running", false)), None, "open is another's doing");
        assert_eq!(breach(&def, &sight, &sets("settings", true)), None);
        assert!(resources(&def, &sets("settings", true)).is_empty());
    }
}
