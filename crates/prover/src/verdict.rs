//! The verdict on a workflow: kept, broken with stories, or not proved beyond a bound; and what it
//! stands on.

use crate::focus::Focus;
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::outline::Outline;
use crate::search::{Found, search};
use crate::story::{Story, Teller};

/// Situations of one invariant that are looked at. A step takes about ten; thirty steps of which
/// six run at once stay far below it.
pub const STATES_MAX: usize = 2_000_000;

/// How a proof is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether what nobody looks at happens at once. Off, every order is explored, which is right
    /// too and takes longer: the two are compared.
    pub reduced: bool,
    /// Situations of one invariant after which it says that it does not know.
    pub states_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { reduced: true, states_max: STATES_MAX }
    }
}

/// What a proof came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Invariants that were looked at, by name.
    pub looked_at: Vec<String>,
    /// What can be broken.
    pub stories: Vec<Story>,
    /// Invariants of which it is not known, with the bound.
    pub not_proved: Vec<(String, usize)>,
    /// Situations that were looked at.
    pub states: usize,
}

impl Verdict {
    /// Whether all is proved, and nothing can be broken.
    pub fn is_kept(&self) -> bool {
        self.stories.is_empty() && self.not_proved.is_empty()
    }
}

/// Proves every invariant of a workflow and its environment, or tells how one is broken. An error
/// is a bug: the model refused what its own rules led to.
pub fn prove(outline: &Outline, options: Options) -> Result<Verdict, Refused> {
    let mut verdict = Verdict::default();
    for claim in Claim::all(&outline.def) {
        let name = claim.name();
        let focus = Focus::new(outline, claim.fields());
        let moves = Moves { outline, focus: &focus, reduced: options.reduced };
        let watch = Watch::new(outline, &focus, claim);
        let searched = search(&moves, options.states_max, &|state| {
            let facts = watch.broken(&state.world, &state.facts)?;
            Some((state.world.clone(), facts))
        })?;
        verdict.states += searched.states;
        verdict.looked_at.push(name.clone());
        match searched.found {
            Found::Nothing => {}
            Found::TooMany => verdict.not_proved.push((name, options.states_max)),
            Found::Breach(world, way, facts) => {
                let teller = Teller { outline, focus: &focus };
                verdict.stories.push(Story {
                    broken: name,
                    events: teller.events(&way),
                    length: way.iter().filter(|made| moves.counts(made)).count(),
                    then: watch.told(&world, &facts),
                    given: teller.given(&facts),
                    places: teller.places(&way),
                    cure: None,
                });
            }
        }
    }
    Ok(verdict)
}
