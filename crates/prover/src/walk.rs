//! A run gone on with, where all goes well: each lane that begins from here to its end. What hangs
//! on something that nobody knows is taken to be done. It must not know any field of the world.

use crate::facts::Facts;
use crate::focus::Focus;
use crate::judge::{Truth, truth};
use crate::moves::{Heads, Moves, Refused};
use crate::outline::Outline;
use crate::state::State;
use std::collections::BTreeMap;
use windlass_model::decide::{Busy, Command, Verb, decide};
use windlass_model::event::Side;
use windlass_model::lane::{AttemptState, LaneState};
use windlass_model::rollback::bars_the_way_back;
use windlass_model::run::{Halt, LaneId, Run};
use windlass_model::{Decision, EventKind, Timestamp};

/// Records after which a run is taken to turn in a circle: each lane needs a handful.
const RECORDS_MAX: usize = 100_000;

/// Who answers what only a human can tell.
const SOMEBODY: &str = "somebody";

/// How a run went on.
pub struct Walk {
    /// The lanes, in the order in which they began.
    pub lanes: Vec<LaneId>,
    /// What some of them hang on that nobody knows.
    pub perhaps: BTreeMap<LaneId, String>,
    /// Lanes of which a human must tell what became of them.
    pub asked: Vec<LaneId>,
    /// The run at its end.
    pub run: Run,
}

impl Walk {
    /// Goes on with a run that is under way, one way.
    pub fn on(outline: &Outline, heads: Heads) -> Result<Self, Refused> {
        let focus = Focus::new(outline, Vec::new());
        let moves = Moves::new(outline, &focus, false).heading(heads);
        let Some(state) = moves.first()?.into_iter().next() else {
            return Err(Refused("a run stands nowhere".to_owned()));
        };
        let run = state.run.clone();
        let walk = Self { lanes: Vec::new(), perhaps: BTreeMap::new(), asked: Vec::new(), run };
        let mut walker = Walker { moves, state, walk, now: Timestamp::default() };
        walker.go()?;
        Ok(Self { run: walker.state.run, ..walker.walk })
    }

    /// The step at which a rollback stops for good.
    pub fn barred(&self, outline: &Outline) -> Option<LaneId> {
        let bars = |lane: &&LaneId| bars_the_way_back(&outline.bare, &self.run, **lane);
        self.run.failed.iter().find(bars).copied()
    }

    /// Why it came to no end.
    pub fn why(&self) -> Option<&str> {
        match &self.run.halt {
            Some(Halt::Failed { why } | Halt::Stuck { why }) => Some(why),
            Some(Halt::Paused) | None => None,
        }
    }
}

struct Walker<'a> {
    moves: Moves<'a>,
    state: State,
    walk: Walk,
    now: Timestamp,
}

impl Walker<'_> {
    fn go(&mut self) -> Result<(), Refused> {
        // Whoever goes on with a run begins so: what failed is tried again.
        if self.state.run.begun() {
            self.moves.resume(&mut self.state)?;
        }
        for _ in 0..RECORDS_MAX {
            if !self.state.run.works() {
                return Ok(());
            }
            if !self.pass_over()? && !self.step()? {
                return Ok(());
            }
        }
        Err(Refused(format!("more than {RECORDS_MAX} records on one way")))
    }

    /// Passes over a lane that is not to run.
    fn pass_over(&mut self) -> Result<bool, Refused> {
        let run = &self.state.run;
        let side = if run.going_back() { Side::Undo } else { Side::Forward };
        let ready: Vec<LaneId> = run.ready.iter().filter(|lane| lane.1 == side).copied().collect();
        let outline = self.moves.outline;
        for lane in ready {
            let first = run.lane(lane).is_some_and(|lane| lane.attempts == 0);
            let Some(expr) = outline.hangs_on(lane).filter(|_| first) else { continue };
            match truth(expr, &outline.scope(lane.0), &Facts::default()) {
                Truth::Known(true) => {}
                Truth::Known(false) => {
                    let kind = outline.is_not_to_run(lane, expr);
                    return self.moves.record(&mut self.state, kind).map(|()| true);
                }
                Truth::Open(_) => drop(self.walk.perhaps.insert(lane, expr.source.clone())),
            }
        }
        Ok(false)
    }

    /// One more thing; false where nothing can go on.
    fn step(&mut self) -> Result<bool, Refused> {
        let bare = &self.moves.outline.bare;
        let commands = decide(bare, &self.state.run, self.now, &Busy::default());
        let act = commands.iter().find(|command| !matches!(command, Command::WakeAt(_))).cloned();
        match act {
            Some(Command::Record(kind)) => {
                if let EventKind::StepSucceeded { step, .. } = &kind {
                    let lane = bare.find(step).map(|at| (at, Side::Forward));
                    lane.into_iter().for_each(|lane| self.comes(lane));
                }
                self.moves.record(&mut self.state, kind)?;
            }
            Some(Command::Begin { lane, input }) => self.begins(lane, input)?,
            Some(Command::Perform(call)) => match call.verb {
                Verb::Capture { input } => self.begins(call.lane, input)?,
                Verb::Act | Verb::Poll | Verb::Probe => {
                    self.comes(call.lane);
                    self.moves.ends(&mut self.state, call.lane)?;
                }
            },
            Some(Command::Abandon(_) | Command::WakeAt(_)) | None => {
                let wakes = commands.iter().filter_map(|command| match command {
                    Command::WakeAt(at) => Some(*at),
                    _ => None,
                });
                match wakes.min() {
                    Some(at) if at > self.now => self.now = at,
                    _ => return Ok(false),
                }
            }
        }
        self.answer()
    }

    /// What only a human can tell, he tells: that it took place.
    fn answer(&mut self) -> Result<bool, Refused> {
        let Some(lane) = self.state.run.asking().next() else { return Ok(true) };
        let step = self.moves.outline.id(lane.0).clone();
        let (by, reason) = (SOMEBODY.to_owned(), "a look".to_owned());
        let decision = Decision::Done;
        let kind =
            EventKind::OperatorDecision { step, side: lane.1, decision, by, reason, output: None };
        self.comes(lane);
        self.walk.asked.push(lane);
        self.moves.record(&mut self.state, kind)?;
        Ok(true)
    }

    fn begins(&mut self, lane: LaneId, input: windlass_model::Value) -> Result<(), Refused> {
        self.comes(lane);
        self.moves.begin(&mut self.state, lane, input)
    }

    fn comes(&mut self, lane: LaneId) {
        if !self.walk.lanes.contains(&lane) {
            self.walk.lanes.push(lane);
        }
    }
}

/// Whether nobody knows if a lane's attempt took place.
pub fn in_doubt(run: &Run, lane: LaneId) -> bool {
    run.lane(lane).is_some_and(|lane| match &lane.state {
        LaneState::Failed { in_doubt, .. } => *in_doubt,
        LaneState::Attempting => !matches!(lane.in_flight(), Some(AttemptState::Accepted)),
        _ => false,
    })
}
