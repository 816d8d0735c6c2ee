//! A breach as a story: what happens, one sentence an event, and what is so at its end.

use crate::facts::Facts;
use crate::focus::{Focus, Touch};
use crate::moves::{Move, Moves};
use crate::outline::Outline;
use crate::unknown::{is_unknown, shown_value, unknown};
use windlass_model::StepIdx;
use windlass_model::run::LaneId;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, where it is not the one that was proved.
    pub file: Option<String>,
    /// Its line, from 1.
    pub line: u32,
    /// The step that stands there.
    pub step: String,
}

impl Place {
    /// Where a step stands.
    pub fn of(outline: &Outline, step: StepIdx) -> Self {
        let step = outline.bare.step(step);
        Self { file: step.file.clone(), line: step.line, step: step.id.to_string() }
    }
}

/// How something that must never be comes to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// What is broken.
    pub broken: String,
    /// What happens, in order.
    pub events: Vec<String>,
    /// How many of its moves count.
    pub length: usize,
    /// What is so then.
    pub then: Vec<String>,
    /// What must be so of what nobody knows, for it to happen.
    pub given: Vec<String>,
    /// Where the steps stand that take part.
    pub places: Vec<Place>,
    /// What would mend it, where something does.
    pub cure: Option<String>,
    /// Everything that happens, for whoever plays it; nothing where the shape alone is wrong.
    pub way: Vec<Move>,
    /// All that must be so of what nobody knows.
    pub facts: Facts,
}

/// Tells a way to a breach.
pub struct Teller<'a> {
    /// The workflow.
    pub outline: &'a Outline,
    /// What is looked at.
    pub focus: &'a Focus,
}

impl Teller<'_> {
    /// All of it but what is so at its end.
    pub fn story(&self, broken: String, moves: &Moves<'_>, way: &[Move], facts: &Facts) -> Story {
        Story {
            broken,
            events: self.events(way),
            length: way.iter().filter(|made| moves.counts(made)).count(),
            given: self.given(facts),
            places: self.places(way),
            way: way.to_vec(),
            facts: facts.clone(),
            ..Story::default()
        }
    }

    /// The events of a way. A step that acts and ends is one of them.
    pub fn events(&self, way: &[Move]) -> Vec<String> {
        let mut told = Vec::new();
        for (at, made) in way.iter().enumerate() {
            let name = |lane: &LaneId| self.outline.lane_name(*lane);
            told.push(match made {
                Move::Acts(lane) => match way.get(at + 1) {
                    Some(Move::FailsActed(other)) if lane == other => {
                        format!("{} fails half-way: {}", name(lane), self.touch(*lane))
                    }
                    _ => format!("{}: {}", name(lane), self.touch(*lane)),
                },
                Move::Ends(_) | Move::Assume(..) => continue,
                Move::FailsActed(lane)
                    if matches!(at.checked_sub(1).and_then(|at| way.get(at)),
                    Some(Move::Acts(other)) if lane == other) =>
                {
                    continue;
                }
                Move::FailsActed(lane) => format!("{} fails, and what it did stays", name(lane)),
                Move::FailsIdle(lane) => format!("{} fails and has done nothing", name(lane)),
                Move::Doubt(lane) => format!("the answer to {} is lost", name(lane)),
                Move::FoundDone(lane) => format!("a look finds that {} is done", name(lane)),
                Move::FoundAbsent(lane) => format!("a look finds nothing of {}", name(lane)),
                Move::Crash => "windlass dies, and the run is resumed".to_owned(),
                Move::Resume => "somebody resumes the run".to_owned(),
                Move::Rollback => "somebody rolls the run back".to_owned(),
                Move::Skip(lane) => format!("somebody skips {}", name(lane)),
                Move::Done(lane) => {
                    format!("somebody does {} by hand: {}", name(lane), self.touch(*lane))
                }
            });
        }
        told
    }

    /// Where the steps of a way stand.
    pub fn places(&self, way: &[Move]) -> Vec<Place> {
        let mut places = Vec::new();
        for made in way {
            let (Move::Acts(lane) | Move::FailsActed(lane) | Move::Done(lane)) = made else {
                continue;
            };
            let place = Place::of(self.outline, lane.0);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// What must be so, in words; of the world, only what was before the run: the rest is told with
    /// the end.
    pub fn given(&self, facts: &Facts) -> Vec<String> {
        let before = |text: &str| {
            let mut fields = self.focus.fields.iter();
            fields.any(|(resource, field)| text == unknown(&format!("{resource}.{field}")))
        };
        let after = |text: &str| text.contains(" after ");
        let all = facts.all().filter(|(atom, _)| !after(atom.text()));
        all.map(|(atom, holds)| {
            let when = if before(atom.text()) { " before the run" } else { "" };
            format!("{}{when}", atom.told(holds))
        })
        .collect()
    }

    fn touch(&self, lane: LaneId) -> String {
        let field = |at: usize| {
            let (resource, field) = &self.focus.fields[at];
            format!("{resource}.{field}")
        };
        match self.focus.touch(lane) {
            Touch::Nothing => "it takes effect".to_owned(),
            Touch::Set(set) => {
                let one = |(at, value): &(usize, _)| match self.focus.value(*value) {
                    value if is_unknown(value) => format!("{} may be anything now", field(*at)),
                    value => format!("{} is now {}", field(*at), shown_value(value)),
                };
                set.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Touch::PutBack(fields) => {
                let names: Vec<String> = fields.iter().map(|at| field(*at)).collect();
                let are = if names.len() == 1 { "is" } else { "are" };
                format!("{} {are} as before the step", names.join(", "))
            }
        }
    }
}
