//! The world as somebody saw it, compared with what a workflow takes as given. What could not be
//! seen is not known, and stands in nobody's way.

use crate::expr::{Scope, pick};
use crate::given::Given;
use crate::workflow::WorkflowDef;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The world as it was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// Fields of resources by name. A field that could not be read is null.
    pub fields: BTreeMap<String, Map<String, Value>>,
    /// Why a resource could not be looked at, by its name.
    pub unseen: BTreeMap<String, String>,
}

/// What comparing the world with what is given came to; sentences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What is otherwise.
    pub otherwise: Vec<String>,
    /// What cannot be told.
    pub not_known: Vec<String>,
}

/// The resources that must be looked at.
pub fn resources(def: &WorkflowDef) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for given in &def.given {
        names.extend(given.for_each.iter().cloned());
        given.visit_fields(&mut |name, _| names.extend(name.map(str::to_owned)));
    }
    names
}

/// Compares all that is given with the world.
pub fn compare(def: &WorkflowDef, sight: &Sight) -> Comparison {
    let mut found = Comparison::default();
    for given in &def.given {
        let items: Vec<Option<&str>> = match given.for_each.as_slice() {
            [] => vec![None],
            names => names.iter().map(|name| Some(name.as_str())).collect(),
        };
        for item in items {
            let seen = Seen { item, def, sight };
            let of = item.map(|name| format!(" for {name}")).unwrap_or_default();
            let said = format!("{}: given `{}`{of}", given.place, given.that.source);
            match given.that.holds(&seen) {
                Ok(true) => {}
                Ok(false) => found.otherwise.push(match seen.told(given).join(", ") {
                    there if there.is_empty() => format!("{said} does not hold"),
                    there => format!("{said}, but {there}"),
                }),
                Err(error) => {
                    let mut why = seen.missing(given);
                    if why.is_empty() {
                        why.push(error.to_string());
                    }
                    let why = why.join(", ");
                    found.not_known.push(format!("{said} was not compared: {why}"));
                }
            }
        }
    }
    found
}

struct Seen<'a> {
    item: Option<&'a str>,
    def: &'a WorkflowDef,
    sight: &'a Sight,
}

impl<'a> Seen<'a> {
    fn field(&self, name: &str, field: &str) -> Option<&'a Value> {
        self.sight.fields.get(name)?.get(field).filter(|value| !value.is_null())
    }

    /// The fields that a condition is about, as they are.
    fn told(&self, given: &Given) -> Vec<String> {
        let mut told = BTreeSet::new();
        given.visit_fields(&mut |name, field| {
            let Some(name) = name.or(self.item) else { return };
            told.extend(self.field(name, field).map(|value| match value {
                Value::String(text) => format!("{name}.{field} is `{text}`"),
                value => format!("{name}.{field} is {value}"),
            }));
        });
        told.into_iter().collect()
    }

    /// The fields that a condition is about and that are not known, with the reason.
    fn missing(&self, given: &Given) -> Vec<String> {
        let mut missing = BTreeSet::new();
        given.visit_fields(&mut |name, field| {
            let Some(name) = name.or(self.item) else { return };
            if let Some(why) = self.sight.unseen.get(name) {
                missing.insert(format!("{name} cannot be looked at: {why}"));
            } else if self.field(name, field).is_none() {
                missing.insert(format!("{name}.{field} is not known"));
            }
        });
        missing.into_iter().collect()
    }
}

impl Scope for Seen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["item", field, rest @ ..] => pick(self.field(self.item?, field)?, rest),
            ["resources", name, field, rest @ ..] => pick(self.field(name, field)?, rest),
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
    use serde_json::json;

    fn own_database(for_each: &[&str]) -> WorkflowDef {
        let of = Box::new(Node::Name("item".to_owned()));
        let left = Box::new(Node::Select { of, field: "database".to_owned() });
        let right = Box::new(Node::Literal(json!("dispatcherqa4")));
        let node = Node::Binary { op: BinaryOp::Equal, left, right };
        let given = Given {
            for_each: for_each.iter().map(|name| (*name).to_owned()).collect(),
            that: Expr { source: "item.database == 'dispatcherqa4'".to_owned(), node },
            place: "w.yaml:7".to_owned(),
        };
        WorkflowDef { given: vec![given], ..WorkflowDef::default() }
    }

    #[test]
    fn what_is_otherwise_is_told_and_what_is_not_known_is_no_difference() {
        let def = own_database(&["qa4", "qa4rnapi", "qa5", "qa6"]);
        assert_eq!(resources(&def).len(), 4);
        assert!(def.given[0].is_about_the_world());
        let app = |database: Value| Map::from_iter([("database".to_owned(), database)]);
        let sight = Sight {
            fields: BTreeMap::from([
                ("qa4".to_owned(), app(json!("dispatcherqa4"))),
                ("qa4rnapi".to_owned(), app(json!("dispatcherqa4prod7"))),
                ("qa5".to_owned(), app(Value::Null)),
            ]),
            unseen: BTreeMap::from([("qa6".to_owned(), "it answers 403".to_owned())]),
        };
        let said = "w.yaml:7: given `item.database == 'dispatcherqa4'` for";
        let found = compare(&def, &sight);
        let otherwise = format!("{said} qa4rnapi, but qa4rnapi.database is `dispatcherqa4prod7`");
        assert_eq!(found.otherwise, [otherwise]);
        assert_eq!(
            found.not_known,
            [
                format!("{said} qa5 was not compared: qa5.database is not known"),
                format!("{said} qa6 was not compared: qa6 cannot be looked at: it answers 403"),
            ]
        );
    }

    #[test]
    fn what_fails_whatever_is_there_is_otherwise_without_a_look() {
        let mut def = own_database(&["qa4"]);
        let that = &mut def.given[0].that;
        let right = Box::new(that.node.clone());
        let left = Box::new(Node::Literal(json!(false)));
        that.node = Node::Binary { op: BinaryOp::And, left, right };
        let found = compare(&def, &Sight::default());
        let said = "w.yaml:7: given `item.database == 'dispatcherqa4'` for qa4 does not hold";
        assert_eq!((found.otherwise, found.not_known), (vec![said.to_owned()], Vec::new()));
    }
}
