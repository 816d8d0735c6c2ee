//! The fields that a property is about, and what each step does to them. All else is left out of
//! the world that a proof keeps: what it does not look at cannot break it.

use crate::outline::{Outline, Undo};
use crate::unknown::unknown;
use std::collections::BTreeSet;
use windlass_model::event::{Effect, Side};
use windlass_model::run::LaneId;
use windlass_model::{StepIdx, Value};

/// A field: its resource and its name.
pub type Field = (String, String);

/// The position of a value in the table of all values that a field can have.
pub type ValueIdx = u16;

/// What an end of a lane does to the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Nothing.
    Nothing,
    /// Sets fields to values.
    Set(Vec<(usize, ValueIdx)>),
    /// Puts these fields back as they were before its step.
    PutBack(Vec<usize>),
}

/// The world as a proof keeps it.
pub struct Focus {
    /// The fields.
    pub fields: Vec<Field>,
    /// Steps whose being done matters, whatever they set.
    minds: BTreeSet<StepIdx>,
    values: Vec<Value>,
    touches: Vec<[Touch; 2]>,
}

impl Focus {
    /// Looks at these fields.
    pub fn new(outline: &Outline, fields: Vec<Field>) -> Self {
        let mut values = Vec::new();
        // At first each field has a value of its own that nobody knows.
        for (resource, field) in &fields {
            values.push(unknown(&format!("{resource}.{field}")));
        }
        let mut focus = Self { fields, minds: BTreeSet::new(), values, touches: Vec::new() };
        for sketch in &outline.sketches {
            let forward = focus.set(&sketch.effects);
            let undo = match &sketch.undo {
                Undo::Nothing => Touch::Nothing,
                Undo::Set(effects) => focus.set(effects),
                Undo::PutBack => match &forward {
                    Touch::Set(set) => Touch::PutBack(set.iter().map(|(at, _)| *at).collect()),
                    _ => Touch::Nothing,
                },
            };
            focus.touches.push([forward, undo]);
        }
        focus
    }

    /// The same, which minds also whether these steps are done.
    #[must_use]
    pub fn minding(mut self, steps: impl Iterator<Item = StepIdx>) -> Self {
        self.minds.extend(steps);
        self
    }

    /// Whether a step does anything to the fields, on its way forward or back.
    pub fn sees_step(&self, step: StepIdx) -> bool {
        self.sees((step, Side::Forward)) || self.sees((step, Side::Undo))
    }

    /// Whether it matters if a step is done or not.
    pub fn minds(&self, step: StepIdx) -> bool {
        self.sees_step(step) || self.minds.contains(&step)
    }

    /// The world before a run: an index for each field.
    pub fn first(&self) -> Vec<ValueIdx> {
        (0..self.fields.len()).map(|at| at as ValueIdx).collect()
    }

    /// A value.
    pub fn value(&self, at: ValueIdx) -> &Value {
        &self.values[usize::from(at)]
    }

    /// What the end of a lane does.
    pub fn touch(&self, (step, side): LaneId) -> &Touch {
        &self.touches[step as usize][usize::from(side == Side::Undo)]
    }

    /// Whether a lane does anything to the fields.
    pub fn sees(&self, lane: LaneId) -> bool {
        *self.touch(lane) != Touch::Nothing
    }

    fn set(&mut self, effects: &[Effect]) -> Touch {
        let mut set = Vec::new();
        for Effect { resource, field, value } in effects {
            let of = |(one, other): &Field| one == resource && other == field;
            let Some(at) = self.fields.iter().position(of) else { continue };
            let known = self.values.iter().position(|known| known == value);
            let value = known.unwrap_or_else(|| {
                self.values.push(value.clone());
                self.values.len() - 1
            });
            set.push((at, value as ValueIdx));
        }
        if set.is_empty() { Touch::Nothing } else { Touch::Set(set) }
    }
}
