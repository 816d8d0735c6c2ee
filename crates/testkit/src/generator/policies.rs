//! The policies of a step: retries, timeouts, compensation, doubt.

use super::expressions::{input_is, is_false, truth};
use crate::prng::Prng;
use crate::world::kinds::find;
use serde_json::json;
use windlass_model::StepDef;
use windlass_model::expr::Template;
use windlass_model::notice::{Moment, Notice};
use windlass_model::step::{Compensate, OnInDoubt, OnTimeout, Retry};

/// Gives a step that calls an action its policies. `alone` says that nobody else uses its target,
/// which does not exist before.
pub(super) fn of_action(prng: &mut Prng, step: &mut StepDef, target: &str, alone: bool) {
    step.retry = Retry {
        max_attempts: prng.between(1, 4) as u32,
        initial_ms: prng.between(500, 20_000),
        max_delay_ms: 60_000,
        factor: 2,
    };
    if prng.percent(35) {
        step.timeout_ms = Some(prng.between(5_000, 240_000));
    }
    step.compensate = match prng.below(100) {
        0..=69 => Compensate::Auto,
        70..=77 => Compensate::AutoIf { only_if: truth(prng.percent(60)) },
        78..=84 => Compensate::None {
            reason: Some("the scene wants it so".to_owned()),
            way_back: None,
            way_on: None,
        },
        _ if alone => custom(prng, target),
        _ => Compensate::Auto,
    };
    if prng.percent(2) {
        step.irreversible = true;
    }
    notify(prng, step);
    if prng.percent(8) {
        step.gate.pause_ms = Some(prng.between(1, 120_000));
    }
    if prng.percent(5) {
        step.on_in_doubt = OnInDoubt::Ask;
    }
    if prng.percent(2) {
        step.verify = Some(truth(prng.percent(50)));
    }
    if prng.percent(2) {
        step.requires = Some(truth(prng.percent(70)));
    }
    condition(prng, step);
}

/// Somebody is told of some steps.
fn notify(prng: &mut Prng, step: &mut StepDef) {
    if prng.percent(15) {
        let on = [Moment::Start, Moment::Success, Moment::Failure, Moment::Waiting];
        let on = on.into_iter().filter(|_| prng.percent(60)).collect();
        let with = Template::Literal(json!({ "text": "told" }));
        step.notify = vec![Notice { on, uses: "world.read".to_owned(), with }];
    }
}

/// Some steps are not to run.
pub(super) fn condition(prng: &mut Prng, step: &mut StepDef) {
    if prng.percent(10) {
        step.condition = Some(match prng.percent(50) {
            true => truth(prng.percent(50)),
            false => input_is("flag", 1),
        });
    }
}

/// Gives a step that waits for a human its policies.
pub(super) fn of_question(prng: &mut Prng, step: &mut StepDef) {
    if prng.percent(70) {
        step.timeout_ms = Some(prng.between(2_000, 300_000));
    }
    notify(prng, step);
    step.on_timeout = *prng.pick(&[OnTimeout::Wait, OnTimeout::Fail, OnTimeout::Skip]);
    condition(prng, step);
}

fn custom(prng: &mut Prng, target: &str) -> Compensate {
    let name = *prng.pick(&["world.clear", "world.drop"]);
    let Some(kind) = find(name) else { return Compensate::Auto };
    let with = json!({ "target": target, "ms": prng.between(1_000, 120_000) });
    Compensate::Custom {
        uses: name.to_owned(),
        with: Template::Literal(with),
        traits: kind.traits,
        only_if: prng.percent(25).then(|| truth(prng.percent(70))),
    }
}

/// Whether a step's compensation is guarded by something that never holds.
pub fn guarded_off(step: &StepDef) -> bool {
    match &step.compensate {
        Compensate::AutoIf { only_if } | Compensate::Custom { only_if: Some(only_if), .. } => {
            is_false(only_if)
        }
        _ => false,
    }
}
