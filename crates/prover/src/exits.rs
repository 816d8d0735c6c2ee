//! The exits of a run that is under way: on to its end, and back to where it began, each as the
//! lanes that are left; whether anything breaks on it, and what stands in its way.

use crate::focus::Focus;
use crate::invariant::Claim;
use crate::look::{look, told};
use crate::moves::{Heads, Moves, Refused};
use crate::outline::Outline;
use crate::search::Found;
use crate::story::Story;
use crate::verdict::Options;
use crate::walk::{Walk, in_doubt};
use windlass_model::event::Side;
use windlass_model::rollback::point_of_no_return;
use windlass_model::run::{Course, LaneId, Run};
use windlass_model::{Phase, StepId, Work};

/// One lane on the way out.
#[derive(Clone, Debug, PartialEq)]
pub struct ExitLane {
    /// Its step.
    pub step: StepId,
    /// The step itself, or its undoing.
    pub side: Side,
    /// What it hangs on that nobody knows yet; nothing where it comes for sure.
    pub perhaps: Option<String>,
    /// Whether somebody must answer, send a signal, or tell what became of it.
    pub asks: bool,
    /// Whether no rollback goes back past it.
    pub no_return: bool,
}

/// One way out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exit {
    /// What comes, in order; of a way that is closed, how far it would lead.
    pub lanes: Vec<ExitLane>,
    /// Why it leads nowhere, as a sentence that names the step.
    pub closed: Option<String>,
    /// What breaks on it although everything goes well.
    pub breaks: Option<Story>,
    /// What could break on it where something goes wrong.
    pub risks: Option<Story>,
    /// Invariants of which it is not known: there are too many situations.
    pub not_proved: Vec<String>,
}

impl Exit {
    /// Whether it leads out, and breaks nothing where all goes well.
    pub fn is_safe(&self) -> bool {
        self.closed.is_none() && self.breaks.is_none()
    }

    /// The fewest steps that it takes, and the most.
    pub fn steps(&self) -> (usize, usize) {
        let sure = self.lanes.iter().filter(|lane| lane.perhaps.is_none()).count();
        (sure, self.lanes.len())
    }

    fn closed(why: String) -> Self {
        Self { closed: Some(why), ..Self::default() }
    }
}

/// The ways out of where a run stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Exits {
    /// On to the end.
    pub forward: Exit,
    /// Back to the beginning.
    pub back: Exit,
    /// Back to the step that no rollback goes past, where the whole way back is closed.
    pub back_to: Option<(StepId, Exit)>,
}

/// The ways out of a run that is under way, of which the outline was worked out.
pub fn exits(outline: &Outline, options: Options) -> Result<Exits, Refused> {
    let Some(run) = &outline.present else {
        return Err(Refused("ways out were asked of no run".to_owned()));
    };
    let back = back(outline, run, options)?;
    let back_to = match &back {
        (_, Some(step)) => Some((step.clone(), part(outline, run, step, options)?)),
        _ => None,
    };
    Ok(Exits { forward: forward(outline, run, options)?, back: back.0, back_to })
}

fn forward(outline: &Outline, run: &Run, options: Options) -> Result<Exit, Refused> {
    match &run.course {
        Course::Ended(phase) => return Ok(Exit::closed(ended(*phase).to_owned())),
        Course::Back { .. } => {
            return Ok(Exit::closed("it is being rolled back: nothing leads on".to_owned()));
        }
        Course::Queued { .. } | Course::Forward => {}
    }
    let walk = Walk::on(outline, Heads::On)?;
    let comes = |lane: &LaneId| lane.1 == Side::Forward && counts(outline, *lane);
    let lanes = lanes(outline, run, &walk, &comes);
    let closed = walk.why().map(str::to_owned);
    judged(outline, Heads::On, options, Exit { lanes, closed, ..Exit::default() })
}

/// The whole way back, and the step that closes it.
fn back(outline: &Outline, run: &Run, options: Options) -> Result<(Exit, Option<StepId>), Refused> {
    if let Course::Ended(phase) = &run.course
        && !run.may_turn_back()
    {
        return Ok((Exit::closed(ended(*phase).to_owned()), None));
    }
    let heads = Heads::Back(None);
    let walk = Walk::on(outline, heads.clone())?;
    let lanes = lanes(outline, run, &walk, &|lane| lane.1 == Side::Undo);
    let barred = walk.barred(outline).map(|(at, _)| outline.id(at).clone());
    let closed = match &barred {
        Some(step) => Some(format!("`{step}` cannot be undone, and no rollback goes past it")),
        None => walk.why().map(str::to_owned),
    };
    Ok((judged(outline, heads, options, Exit { lanes, closed, ..Exit::default() })?, barred))
}

/// The way back to a step that stays done.
fn part(outline: &Outline, run: &Run, to: &StepId, options: Options) -> Result<Exit, Refused> {
    if run.going_back() {
        return Ok(Exit::closed(format!("the rollback has come to `{to}`")));
    }
    let heads = Heads::Back(Some(to.clone()));
    let walk = Walk::on(outline, heads.clone())?;
    let lanes = lanes(outline, run, &walk, &|lane| lane.1 == Side::Undo);
    let closed = walk.why().map(str::to_owned);
    judged(outline, heads, options, Exit { lanes, closed, ..Exit::default() })
}

fn ended(phase: Phase) -> &'static str {
    match phase {
        Phase::Succeeded => "it has succeeded",
        Phase::RolledBack => "it was rolled back",
        Phase::Superseded => "another run took its place",
        _ => "it was cancelled",
    }
}

/// Whether anybody would call it a step: what only computes takes no time, and nothing goes wrong.
fn counts(outline: &Outline, lane: LaneId) -> bool {
    let work = &outline.def.steps[lane.0 as usize].work;
    !matches!(work, Work::Join | Work::Set { .. } | Work::Rounds { .. })
}

fn lanes(
    outline: &Outline,
    run: &Run,
    walk: &Walk,
    comes: &dyn Fn(&LaneId) -> bool,
) -> Vec<ExitLane> {
    let lane = |lane: &LaneId| {
        let (at, side) = *lane;
        let doubted = side == Side::Undo && in_doubt(run, (at, Side::Forward));
        let work = &outline.def.steps[at as usize].work;
        let asks =
            matches!(work, Work::Approve { .. } | Work::Input { .. } | Work::WaitSignal { .. });
        ExitLane {
            step: outline.id(at).clone(),
            side,
            perhaps: walk
                .perhaps
                .get(lane)
                .cloned()
                .or_else(|| doubted.then(|| "it took place".to_owned())),
            asks: (asks && side == Side::Forward) || walk.asked.contains(lane),
            no_return: side == Side::Forward && point_of_no_return(outline.bare.step(at)),
        }
    };
    walk.lanes.iter().filter(|one| comes(one)).map(lane).collect()
}

/// What breaks on a way out, and what could: each invariant on its own.
fn judged(outline: &Outline, heads: Heads, options: Options, exit: Exit) -> Result<Exit, Refused> {
    let mut exit = exit;
    for claim in Claim::all(&outline.def) {
        let focus = Focus::new(outline, claim.fields());
        let moves =
            |heads: &Heads| Moves::new(outline, &focus, options.reduced).heading(heads.clone());
        let found = breaks(&moves(&heads).going_well(), options, &claim)?;
        if exit.breaks.is_none() {
            exit.breaks = found.0;
        }
        let (risk, too_many) = match &exit.breaks {
            Some(_) => (None, found.1),
            // Where something goes wrong on the way forward, somebody may turn around.
            None if heads == Heads::On => breaks(&moves(&Heads::Anywhere), options, &claim)?,
            None => breaks(&moves(&heads), options, &claim)?,
        };
        if exit.risks.is_none() {
            exit.risks = risk;
        }
        exit.not_proved.extend((found.1 || too_many).then(|| claim.name()));
    }
    Ok(exit)
}

/// A breach on a way, as a story; and whether there were too many situations to tell.
fn breaks(
    moves: &Moves<'_>,
    options: Options,
    claim: &Claim,
) -> Result<(Option<Story>, bool), Refused> {
    Ok(match look(moves, options, claim)?.found {
        Found::Nothing => (None, false),
        Found::TooMany => (None, true),
        Found::Breach(breach, way, facts) => {
            (Some(told(moves, claim, &breach, &way, &facts)), false)
        }
    })
}
