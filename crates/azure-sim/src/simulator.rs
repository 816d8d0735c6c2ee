//! The simulator without a socket: a request and a real moment go in, an answer comes out, and what
//! changed is durable before it does. It must not know HTTP's bytes.

use crate::clock::{VirtualClock, http_date, later};
use crate::config::Config;
use crate::faults::{Armed, Fault, Plan, meet};
use crate::foreign::change;
use crate::foreign_change::ForeignChange;
use crate::http::{Answer, Request, html_error};
use crate::ids::named;
use crate::ledger::{Change, LedgerEntry};
use crate::missing::Missing;
use crate::seed::grow;
use crate::state::{Deferred, Disk, State, StateError};
use crate::turn::{Turn, Twist};
use crate::world::World;
use crate::{progress, route};
use jiff::Timestamp;
use std::collections::VecDeque;
use thiserror::Error;

/// How many requests are remembered for whoever asks; more than any rehearsal sends.
const REQUESTS_KEPT: usize = 20_000;

/// Why somebody else's change was not made.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// There is nothing to change.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// It cannot be kept.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A simulated cloud.
#[derive(Debug)]
pub struct Simulator {
    pub(crate) state: State,
    pub(crate) ledger: Vec<LedgerEntry>,
    pub(crate) requests: VecDeque<String>,
    pub(crate) requests_total: u64,
    pub(crate) started: Timestamp,
    pub(crate) stopping: bool,
    disk: Option<Disk>,
}

impl Simulator {
    /// Opens the kept world, or lets a new one begin.
    pub fn open(config: &Config, real: Timestamp) -> Result<Self, StateError> {
        let opened = config.state_dir.as_deref().map(Disk::open).transpose()?;
        let (disk, kept) = opened.map_or((None, None), |(disk, kept)| (Some(disk), kept));
        let is_new = kept.is_none();
        let (mut state, ledger) = kept.unwrap_or_else(|| (begin(config, real), Vec::new()));
        if (state.world.clock.time_scale() - config.time_scale).abs() > f64::EPSILON {
            state.world.clock.rescale(real, config.time_scale);
        }
        let mut simulator = Self {
            state,
            ledger,
            requests: VecDeque::new(),
            requests_total: 0,
            started: real,
            stopping: false,
            disk,
        };
        if is_new && let Some(disk) = &mut simulator.disk {
            disk.clear_ledger()?;
        }
        simulator.keep(Vec::new())?;
        Ok(simulator)
    }

    /// Counts a request against the armed faults.
    pub fn meet(&mut self, request: &Request) -> Result<Plan, StateError> {
        self.requests_total += 1;
        self.requests.push_back(request.summary());
        if self.requests.len() > REQUESTS_KEPT {
            self.requests.pop_front();
        }
        let before = self.state.faults.clone();
        let plan = meet(&mut self.state.faults, request);
        if before != self.state.faults {
            self.keep(Vec::new())?;
        }
        Ok(plan)
    }

    /// Does what a request asks, as its plan bends it. What changed is durable afterwards.
    pub fn perform(&mut self, request: &Request, plan: &Plan, real: Timestamp) -> Answer {
        // A world that nobody keeps has nothing to go back to: a rehearsal's requests are cheaper.
        let kept = self.disk.is_some().then(|| (self.state.clone(), self.ledger.len()));
        let now = self.state.world.now(real);
        let mut changes = self.settle(now);
        self.meddle(&plan.foreign_before, now, &mut changes);
        let mut answer = match &plan.refusal {
            Some(refusal) => refusal.clone(),
            None => {
                let answer = self.take_turn(request, &plan.twist, now, &mut changes);
                match plan.twice {
                    true => self.take_turn(request, &plan.twist, now, &mut changes),
                    false => answer,
                }
            }
        };
        self.meddle(&plan.foreign_after, now, &mut changes);
        if let Some(seconds) = plan.later_s {
            let at = later(now, seconds);
            self.state.deferred.push(Deferred { at, request: request.clone() });
        }
        self.lock_site(request, now, plan.lock_s);
        if let Some(instead) = &plan.instead {
            answer = instead.clone();
        }
        if let Some(seconds) = plan.retry_after {
            answer = answer.with_header("retry-after", seconds.to_string());
        }
        let idle = kept.as_ref().is_some_and(|(before, _)| !self.differs(before));
        if !(idle && changes.is_empty())
            && let Err(problem) = self.keep(changes)
        {
            if let Some((before, lines)) = kept {
                self.state = before;
                self.ledger.truncate(lines);
            }
            tracing::error!(%problem, "the simulated world cannot be kept");
            return html_error(500, "The simulator cannot keep its world", &problem.to_string());
        }
        self.dress(answer, request, now)
    }

    /// Counts and performs a request: what a caller gets who has no socket to lose.
    pub fn handle(&mut self, request: &Request, real: Timestamp) -> Result<Answer, StateError> {
        let plan = self.meet(request)?;
        Ok(self.perform(request, &plan, real))
    }

    /// Whether its world outlives it.
    pub(crate) fn keeps(&self) -> bool {
        self.disk.is_some()
    }

    /// Whether the folder of its world is gone: then nobody can find it any more.
    pub fn is_homeless(&self) -> bool {
        self.disk.as_ref().is_some_and(|disk| !disk.is_there())
    }

    /// The ledger so far.
    pub fn ledger(&self) -> &[LedgerEntry] {
        &self.ledger
    }

    /// The world as of the last request.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// Arms a fault.
    pub fn arm(&mut self, fault: Fault) -> Result<(), StateError> {
        self.state.faults.push(Armed::new(fault));
        self.keep(Vec::new())
    }

    /// Lets somebody else change something, and returns how many lines that made.
    pub fn change(
        &mut self,
        wanted: &ForeignChange,
        real: Timestamp,
    ) -> Result<usize, ChangeError> {
        let now = self.catch_up(real)?;
        let changes = change(&mut self.state.world, wanted, now)?;
        let count = changes.len();
        self.keep(changes)?;
        Ok(count)
    }

    /// Brings the world to what the clock shows; for whoever looks at it from outside.
    pub(crate) fn catch_up(&mut self, real: Timestamp) -> Result<Timestamp, StateError> {
        let now = self.state.world.now(real);
        let changes = self.settle(now);
        if !changes.is_empty() {
            self.keep(changes)?;
        }
        Ok(now)
    }

    /// Makes the state durable, with the changes that led to it as lines of the ledger.
    pub(crate) fn keep(&mut self, changes: Vec<Change>) -> Result<(), StateError> {
        let mut lines = Vec::new();
        for change in changes {
            self.state.ledger_seq += 1;
            lines.push(LedgerEntry { seq: self.state.ledger_seq, change });
        }
        if !lines.is_empty() {
            self.state.last_lines.clone_from(&lines);
        }
        if let Some(disk) = &mut self.disk {
            disk.save(&self.state, &lines)?;
        }
        self.ledger.extend(lines);
        Ok(())
    }

    /// Lets the world begin again, without faults and with an empty ledger.
    pub(crate) fn reset(&mut self, real: Timestamp) -> Result<(), StateError> {
        let clock = self.state.world.clock.clone();
        let beginnings = self.state.beginnings + 1;
        let world = grow(&self.state.seed, clock, real, &salt(&self.state.seed.canary, beginnings));
        self.state.world = World { latest: self.state.world.now(real), ..world };
        self.state.beginnings = beginnings;
        self.state.faults.clear();
        self.state.deferred.clear();
        self.state.ledger_seq = 0;
        self.state.last_lines.clear();
        self.ledger.clear();
        self.requests.clear();
        self.requests_total = 0;
        self.keep(Vec::new())?;
        self.disk.as_mut().map_or(Ok(()), Disk::clear_ledger)
    }

    /// Tells others where it listens, if it has a folder.
    pub(crate) fn announce(&self, port: u16) -> Result<(), StateError> {
        let pid = std::process::id();
        self.disk.as_ref().map_or(Ok(()), |disk| disk.announce(pid, port, self.started))
    }

    /// Takes that back.
    pub(crate) fn withdraw(&self) {
        if let Some(disk) = &self.disk {
            disk.withdraw();
        }
    }

    /// Lets everything happen that is due, deferred work included, in order.
    fn settle(&mut self, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        loop {
            let first = self.state.deferred.iter().enumerate().min_by_key(|(_, one)| one.at);
            let Some((index, at)) = first.map(|(index, one)| (index, one.at)) else { break };
            if at > now {
                break;
            }
            changes.extend(progress::advance(&mut self.state.world, at));
            let Deferred { request, .. } = self.state.deferred.remove(index);
            self.take_turn(&request, &Twist::default(), at, &mut changes);
        }
        changes.extend(progress::advance(&mut self.state.world, now));
        changes
    }

    fn take_turn(
        &mut self,
        request: &Request,
        twist: &Twist,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Answer {
        let world = &mut self.state.world;
        let mut turn = Turn { world, now, request, twist, changes: Vec::new() };
        let answer = route::answer(&mut turn);
        changes.append(&mut turn.changes);
        answer
    }

    /// Lets somebody else in. What is not there any more cannot be changed, and that is no error.
    fn meddle(&mut self, wanted: &[ForeignChange], now: Timestamp, changes: &mut Vec<Change>) {
        for one in wanted {
            match change(&mut self.state.world, one, now) {
                Ok(done) => changes.extend(done),
                Err(missing) => tracing::warn!(%missing, "somebody else came too late"),
            }
        }
    }

    fn lock_site(&mut self, request: &Request, now: Timestamp, seconds: f64) {
        let segments = request.segments();
        let at = segments.iter().position(|part| part.eq_ignore_ascii_case("sites"));
        let name = at.and_then(|at| segments.get(at + 1));
        if seconds > 0.0
            && let Some(site) = name.and_then(|name| self.state.world.site_mut(name))
        {
            site.locked_until = Some(later(now, seconds));
        }
    }

    /// Says whether anything but the time is another.
    fn differs(&mut self, before: &State) -> bool {
        let latest = std::mem::replace(&mut self.state.world.latest, before.world.latest);
        let same = self.state.deferred == before.deferred && self.state.world == before.world;
        self.state.world.latest = latest;
        !same
    }

    /// The headers that every answer of a service has.
    fn dress(&self, answer: Answer, request: &Request, now: Timestamp) -> Answer {
        let id = named(&format!("request/{}/{}", self.started, self.requests_total)).to_string();
        let answer = answer.with_header("date", http_date(now));
        if request.path.contains("/_apis/") {
            return answer.with_header("activityid", id);
        }
        answer.with_header("x-ms-request-id", id)
    }
}

fn begin(config: &Config, real: Timestamp) -> State {
    let clock = VirtualClock::new(config.clock_start.unwrap_or(real), real, config.time_scale);
    let salt = salt(&config.seed.canary, 1);
    let world = match config.world.as_deref() {
        Some(left) => World { clock, ..left.clone() },
        None => grow(&config.seed, clock, real, &salt),
    };
    State {
        seed: config.seed.clone(),
        beginnings: 1,
        world,
        faults: Vec::<Armed>::new(),
        deferred: Vec::new(),
        ledger_seq: 0,
        last_lines: Vec::new(),
    }
}

fn salt(canary: &str, beginnings: u64) -> String {
    format!("{canary}/{beginnings}")
}
