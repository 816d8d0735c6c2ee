//! A run that ends leaves no app stopped that ran before (D1).

use crate::focus::{Field, Focus};
use crate::invariant::{Claim, Watch};
use crate::moves::{Moves, Refused};
use crate::outline::Outline;
use crate::search::{Found, search};
use crate::story::{Story, Teller};
use crate::verdict::{Options, Verdict};
use std::collections::BTreeSet;
use windlass_model::expr::{Expr, Node};
use windlass_model::run::{Course, Run};
use windlass_model::{Phase, StepIdx, Value};

/// The field that says whether an app runs.
const RUNNING: &str = "running";

/// Looks for an end with an app stopped. A cancelled run leaves things as they are on purpose.
pub fn ends_as_it_ran(
    outline: &Outline,
    options: Options,
    verdict: &mut Verdict,
) -> Result<(), Refused> {
    for app in stopped(outline) {
        let name = format!("no_app_is_left_stopped for {app}");
        let field: Field = (app.clone(), RUNNING.to_owned());
        let focus = Focus::new(outline, vec![field]);
        let moves = Moves::new(outline, &focus, options.reduced);
        let ran = claim(&app);
        let watch = Watch::new(outline, &focus, ran.clone()).with_premise(ran);
        let searched = search(&moves, options.states_max, &mut |state| {
            let stopped = *focus.value(state.world[0]) == Value::Bool(false);
            let facts = watch.broken(&state.world, &state.facts);
            facts.filter(|_| stopped && ends(&state.run)).map(|facts| (state.world.clone(), facts))
        })?;
        verdict.states += searched.states;
        match searched.found {
            Found::Nothing => {}
            Found::TooMany => verdict.not_proved.push((name, options.states_max)),
            Found::Breach(world, way, facts) => {
                let teller = Teller { outline, focus: &focus };
                verdict.stories.push(Story {
                    then: watch.told(&world, &facts),
                    cure: Some("start it again in the end, on the way back too".to_owned()),
                    ..teller.story(name, &moves, &way, &facts)
                });
            }
        }
    }
    Ok(())
}

/// The apps that some step stops which does not say, with a reason, that they stay so.
pub fn stopped(outline: &Outline) -> BTreeSet<String> {
    let steps = outline.sketches.iter().enumerate();
    let unsaid = steps.filter(|(at, _)| !outline.says_that_it_stays(*at as StepIdx));
    unsaid
        .flat_map(|(_, sketch)| &sketch.effects)
        .filter(|effect| effect.field == RUNNING && effect.value == Value::Bool(false))
        .map(|effect| effect.resource.clone())
        .collect()
}

/// `item.running`.
fn claim(app: &str) -> Claim {
    let of = Box::new(Node::Name("item".to_owned()));
    let node = Node::Select { of, field: RUNNING.to_owned() };
    let expr = Expr { source: format!("{app}.{RUNNING}"), node };
    Claim { id: RUNNING.to_owned(), item: Some(app.to_owned()), expr, never: false }
}

fn ends(run: &Run) -> bool {
    matches!(run.course, Course::Ended(Phase::Succeeded | Phase::RolledBack))
}
