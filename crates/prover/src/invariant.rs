//! Invariants: conditions on the fields of the world, for each thing that they speak of in turn,
//! and whether a world breaks one. It must not know how a world came about.

use crate::facts::Facts;
use crate::focus::{Field, Focus, ValueIdx};
use crate::judge::{Truth, truth};
use crate::outline::Outline;
use crate::unknown::{open_text, shown_value, unknown};
use std::collections::BTreeSet;
use windlass_model::expr::paths::visit_paths;
use windlass_model::expr::{Expr, Scope};
use windlass_model::{Value, WorkflowDef};

/// A condition on the world, of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name.
    pub id: String,
    /// What `item` stands for.
    pub item: Option<String>,
    /// The condition.
    pub expr: Expr,
    /// Whether it must never hold, in place of always.
    pub never: bool,
}

impl Claim {
    /// Each invariant of a workflow and its environment, for each thing that it speaks of.
    pub fn all(def: &WorkflowDef) -> Vec<Self> {
        let of = |id: &str, items: &[String], expr: &Expr, never: bool| -> Vec<Self> {
            let one =
                |item: Option<String>| Self { id: id.to_owned(), item, expr: expr.clone(), never };
            match items {
                [] => vec![one(None)],
                items => items.iter().map(|item| one(Some(item.clone()))).collect(),
            }
        };
        def.invariants.iter().flat_map(|i| of(&i.id, &i.for_each, &i.expr, i.never)).collect()
    }

    /// What the workflow takes as given, in the same form.
    pub fn given(def: &WorkflowDef) -> Vec<Self> {
        let one = |given: &windlass_model::given::Given, item: Option<String>| Self {
            id: given.place.clone(),
            item,
            expr: given.that.clone(),
            never: false,
        };
        def.given
            .iter()
            .filter(|given| given.is_about_the_world())
            .flat_map(|given| match given.for_each.as_slice() {
                [] => vec![one(given, None)],
                items => items.iter().map(|item| one(given, Some(item.clone()))).collect(),
            })
            .collect()
    }

    /// The fields that it speaks of.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = BTreeSet::new();
        visit_paths(&self.expr.node, &mut |path| match (path, &self.item) {
            (["item", field, ..], Some(item)) => {
                fields.insert((item.clone(), (*field).to_owned()));
            }
            (["resources", name, field, ..], _) => {
                fields.insert(((*name).to_owned(), (*field).to_owned()));
            }
            _ => {}
        });
        fields.into_iter().collect()
    }

    /// Its name with what it is about.
    pub fn name(&self) -> String {
        match &self.item {
            Some(item) => format!("{} for {item}", self.id),
            None => self.id.clone(),
        }
    }
}

/// What a breach is looked for with: an invariant, and what is known of the world before the run.
pub struct Watch<'a> {
    outline: &'a Outline,
    focus: &'a Focus,
    claim: Claim,
    premises: Vec<Claim>,
}

impl<'a> Watch<'a> {
    /// Watches an invariant. Before the run it holds, like every other one, and what the workflow
    /// takes as given.
    pub fn new(outline: &'a Outline, focus: &'a Focus, claim: Claim) -> Self {
        let about = |other: &Claim| other.fields().iter().any(|field| focus.fields.contains(field));
        let all = Claim::all(&outline.def).into_iter().chain(Claim::given(&outline.def));
        let premises = all.filter(about).collect();
        Self { outline, focus, claim, premises }
    }

    /// The same, with something more that is so before the run.
    #[must_use]
    pub fn with_premise(mut self, premise: Claim) -> Self {
        self.premises.push(premise);
        self
    }

    /// What must be so of what nobody knows for a world to break the invariant; nothing where no
    /// such world can come of one in which all premises held.
    pub fn broken(&self, world: &[ValueIdx], facts: &Facts) -> Option<Facts> {
        for premise in &self.premises {
            match self.holds(premise, None, facts) {
                Truth::Known(true) => {}
                Truth::Known(false) => return None,
                Truth::Open(atom) => return self.either(world, facts, &atom),
            }
        }
        match self.holds(&self.claim, Some(world), facts) {
            Truth::Known(true) => None,
            Truth::Known(false) => Some(facts.clone()),
            Truth::Open(atom) => self.either(world, facts, &atom),
        }
    }

    fn either(
        &self,
        world: &[ValueIdx],
        facts: &Facts,
        atom: &crate::facts::Atom,
    ) -> Option<Facts> {
        [true, false].iter().find_map(|holds| self.broken(world, &facts.with(atom.clone(), *holds)))
    }

    /// Whether a condition is kept, in a world or in that before the run.
    fn holds(&self, claim: &Claim, world: Option<&[ValueIdx]>, facts: &Facts) -> Truth {
        let scope = Seen { watch: self, item: claim.item.as_deref(), world };
        match truth(&claim.expr, &scope, facts) {
            Truth::Known(holds) => Truth::Known(holds != claim.never),
            open @ Truth::Open(_) => open,
        }
    }

    /// A world in words: each field that the invariant speaks of, as far as it is known.
    pub fn told(&self, world: &[ValueIdx], facts: &Facts) -> Vec<String> {
        let fields = self.focus.fields.iter().zip(world);
        fields
            .map(|((resource, field), value)| {
                let value = self.focus.value(*value);
                let about = open_text(value).and_then(|text| facts.about(text));
                let told = about.unwrap_or_else(|| format!("is {}", shown_value(value)));
                format!("{resource}.{field} {told}")
            })
            .collect()
    }
}

/// The world as an invariant's expression sees it.
struct Seen<'a> {
    watch: &'a Watch<'a>,
    item: Option<&'a str>,
    world: Option<&'a [ValueIdx]>,
}

impl Seen<'_> {
    fn field(&self, name: &str, field: &str) -> Value {
        let of = |(one, other): &Field| one == name && other == field;
        let known = self.watch.focus.fields.iter().position(of);
        match (known, self.world) {
            (Some(at), Some(world)) => self.watch.focus.value(world[at]).clone(),
            // What the run does not touch stays as it was.
            _ => unknown(&format!("{name}.{field}")),
        }
    }
}

impl Scope for Seen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let def = &self.watch.outline.def;
        match path {
            ["item", field] => Some(self.field(self.item?, field)),
            ["resources", name, field] => Some(self.field(name, field)),
            ["inputs", rest @ ..] => def.inputs.resolve(rest),
            ["env", rest @ ..] => def.environment.values.resolve(rest),
            _ => None,
        }
    }
}
