//! Goes with one run until it rests: drives it, or watches whoever does, answers or passes on its
//! questions, and turns Ctrl-C into a pause.

use super::answers::{Answers, may_answer};
use super::given::not_as_given;
use super::interrupts::Interrupts;
use super::questions::{self, Question};
use super::stdin_lines;
use super::typed_answer::{how_to_answer, read_answer};
use super::watch::{Watched, watch};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::render::in_flight;
use crate::render::view::{Shown, View};
use crate::talk;
use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use windlass_engine::core::Drift;
use windlass_engine::lease::LeaseError;
use windlass_engine::{Driving, Ending, EngineError, Feed};
use windlass_model::drift::DriftDecision;
use windlass_model::observation::Signal;
use windlass_model::{Event, EventKind, Phase, RunId, Seq, StepId, Value, Workflow};

/// How one goes with a run.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Who wants it, for the history.
    pub by: String,
    /// What is answered here.
    pub answers: Answers,
    /// Leave as soon as it only waits.
    pub leave_when_waiting: bool,
    /// What is no longer as the run's finished steps left it, and what is to become of each.
    pub drifted: Vec<(Drift, DriftDecision)>,
}

/// How two things that went on together ended.
enum Together<T> {
    Done(T),
    LetGo,
}

/// A run and who goes with it.
pub struct Journey<'a> {
    program: &'a Program,
    run: RunId,
    workflow: Arc<Workflow>,
    manner: Manner,
    view: Arc<dyn View>,
    feed: Arc<Ears>,
    heard: mpsc::UnboundedReceiver<Event>,
    interrupts: Interrupts,
    waiting: VecDeque<Question>,
    asked: Option<Question>,
    interrupted: bool,
    drives: bool,
    seen: Seq,
}

/// Passes events on to the view and to the journey itself.
struct Ears {
    shown: Shown,
    send: mpsc::UnboundedSender<Event>,
}

impl Feed for Ears {
    fn event(&self, run: RunId, event: &Event) {
        self.shown.event(run, event);
        // Nobody listens any more once the journey is over.
        drop(self.send.send(event.clone()));
    }

    fn note(&self, run: RunId, text: &str) {
        self.shown.note(run, text);
    }

    fn line(&self, run: RunId, step: &StepId, text: &str) {
        self.shown.line(run, step, text);
    }

    fn progress(&self, run: RunId, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        self.shown.progress(run, step, percent, message);
    }
}

impl<'a> Journey<'a> {
    /// Prepares to go with a run as it is now.
    pub async fn new(
        program: &'a Program,
        run: RunId,
        manner: Manner,
        view: Arc<dyn View>,
    ) -> Outcome<Self> {
        let loaded = program.reader.load(run).await?;
        view.open(&loaded.workflow, &loaded.run, loaded.head.started_at);
        let (send, heard) = mpsc::unbounded_channel();
        let feed = Arc::new(Ears { shown: Shown(view.clone()), send });
        let open = questions::open(program, &loaded.workflow, &loaded.run).await?;
        Ok(Self {
            program,
            run,
            workflow: loaded.workflow,
            manner,
            view,
            feed,
            heard,
            interrupts: Interrupts::hear(),
            waiting: open.into(),
            asked: None,
            interrupted: false,
            drives: false,
            seen: loaded.run.seq,
        })
    }

    /// Goes on until the run rests or is left.
    pub async fn travel(mut self) -> Outcome {
        let ended = self.go().await;
        self.view.close();
        ended
    }

    async fn go(&mut self) -> Outcome {
        let left_open = self.manner.answers.left_open(&self.workflow);
        let first: Vec<Question> = self.waiting.drain(..).collect();
        for question in first {
            self.meet(question).await?;
        }
        loop {
            self.drives = true;
            let drive = self.drive(left_open.clone());
            let ending = match self.accompany(drive).await? {
                Together::Done(ending) => ending,
                Together::LetGo => return Ok(ExitCode::Paused),
            };
            let why = match ending {
                Ok(Ending::Rest(phase)) => return Ok(ExitCode::of(phase)),
                // An answer of ours may have crossed the leaving.
                Ok(Ending::Waiting) if self.answers_wait().await? => continue,
                Ok(Ending::Waiting) => return Ok(ExitCode::Waiting),
                Ok(Ending::Stopped) => return Ok(ExitCode::Stuck),
                Ok(Ending::StoreAway(why)) => {
                    let error = CommandError::new(ErrorKind::Store, anyhow::anyhow!(why));
                    return Err(self.goes_on_with_resume(error));
                }
                Ok(Ending::Bug(why)) => {
                    let error = CommandError::new(ErrorKind::Bug, anyhow::anyhow!(why));
                    return Err(self.goes_on_with_resume(error));
                }
                Ok(Ending::LockedOut(why)) => {
                    return Err(self.goes_on_with_resume(CommandError::failed(why)));
                }
                Ok(Ending::NotAsGiven(otherwise)) => {
                    return Err(self.not_as_given(&otherwise).await);
                }
                Ok(Ending::LeaseLost(why)) => why,
                Err(EngineError::Lease(LeaseError::Held { owner, .. })) => {
                    format!("another windlass drives this run (process {})", pid_of(&owner))
                }
                Err(error) => return Err(self.goes_on_with_resume(error.into())),
            };
            self.drives = false;
            if let Some(code) = self.watch(&left_open, &why).await? {
                return Ok(code);
            }
        }
    }

    async fn answers_wait(&self) -> Outcome<bool> {
        Ok(!self.program.store.pending_signals(self.run).await?.is_empty())
    }

    fn goes_on_with_resume(&self, error: CommandError) -> CommandError {
        error.hint(self.program.command(&format!("resume {}", self.run)))
    }

    /// The world is not as the file takes it to be: the run has not begun, and can.
    async fn not_as_given(&self, otherwise: &[String]) -> CommandError {
        let [again, end] = ["resume", "cancel --keep"]
            .map(|verb| self.program.command(&format!("{verb} {}", self.run)));
        not_as_given(self.program, &self.workflow, otherwise)
            .await
            .hint(format!("`{again}` looks again, `{end}` ends the run"))
    }

    /// Drives in a task of its own, so that it never waits for a question or a terminal.
    fn drive(
        &mut self,
        left_open: BTreeSet<StepId>,
    ) -> impl Future<Output = Result<Ending, EngineError>> + use<> {
        let (engine, feed, run) = (self.program.engine.clone(), self.feed.clone(), self.run);
        let driving = Driving {
            by: self.manner.by.clone(),
            leave_when_waiting: self.manner.leave_when_waiting,
            left_open,
            // Once: what is found is written down.
            drifted: std::mem::take(&mut self.manner.drifted),
        };
        let task = tokio::spawn(async move { engine.drive(run, driving, feed).await });
        async move { task.await.unwrap_or_else(|panic| Ok(Ending::Bug(panic.to_string()))) }
    }

    /// Watches whoever drives. None where it should be driven here.
    async fn watch(
        &mut self,
        left_open: &BTreeSet<StepId>,
        why: &str,
    ) -> Outcome<Option<ExitCode>> {
        let (program, run, feed) = (self.program, self.run, self.feed.clone());
        let mut seen = self.seen;
        let mut told = false;
        loop {
            let watching = watch(program, run, &mut seen, left_open, &*feed);
            let watched = match self.accompany(watching).await? {
                Together::Done(watched) => watched?,
                Together::LetGo => return Ok(Some(ExitCode::Waiting)),
            };
            match watched {
                Watched::Rest(phase) => return Ok(Some(ExitCode::of(phase))),
                Watched::Waiting => return Ok(Some(ExitCode::Waiting)),
                Watched::Quiet => {}
            }
            let head = program.head(run).await?;
            if self.manner.leave_when_waiting && head.phase == Phase::Waiting {
                return Ok(Some(ExitCode::Waiting));
            }
            if self.nobody_drives().await? {
                return Ok(None);
            }
            if !told {
                self.view.note(&format!("{why}; watching it. Ctrl-C stops watching only"));
                told = true;
            }
        }
    }

    /// Whether the lease is free, or its owner is dead.
    async fn nobody_drives(&self) -> Outcome<bool> {
        Ok(self.program.driver(self.run).await?.is_none())
    }

    /// Lets some work go on while events, keys and signals are heard.
    async fn accompany<T>(&mut self, work: impl Future<Output = T>) -> Outcome<Together<T>> {
        let mut work = pin!(work);
        loop {
            self.ask_next();
            let asks = self.asked.is_some();
            tokio::select! {
                biased;
                done = &mut work => {
                    while let Ok(event) = self.heard.try_recv() {
                        self.hear(event).await?;
                    }
                    self.withdraw_question();
                    return Ok(Together::Done(done));
                }
                Some(event) = self.heard.recv() => self.hear(event).await?,
                () = self.interrupts.next() => {
                    if self.interrupt().await? {
                        return Ok(Together::LetGo);
                    }
                }
                line = stdin_lines::next(), if asks => self.typed(line).await?,
            }
        }
    }

    async fn hear(&mut self, event: Event) -> Outcome<()> {
        self.seen = event.seq;
        if let Some(question) = Question::asked(&self.workflow, &event.kind) {
            return self.meet(question).await;
        }
        if let EventKind::SignalReceived { step, .. }
        | EventKind::StepFailed { step, .. }
        | EventKind::StepSkipped { step, .. } = &event.kind
        {
            self.waiting.retain(|question| question.step != *step);
            if self.asked.as_ref().is_some_and(|question| question.step == *step) {
                self.withdraw_question();
            }
        }
        Ok(())
    }

    /// Answers a question, or puts it before the human.
    async fn meet(&mut self, question: Question) -> Outcome<()> {
        let environment = &self.workflow.def().environment;
        let allowed = may_answer(environment, &question, &self.manner.by).is_ok();
        if let Some(value) = self.manner.answers.to(&question).filter(|_| allowed) {
            return self.answer(&question.step, value, Some("by --yes or --confirm")).await;
        }
        let known = self.waiting.iter().chain(&self.asked).any(|q| q.step == question.step);
        if self.manner.answers.human && !known {
            self.waiting.push_back(question);
        }
        Ok(())
    }

    async fn answer(&self, step: &StepId, value: Value, note: Option<&str>) -> Outcome<()> {
        let (step, by) = (step.clone(), self.manner.by.clone());
        let signal =
            Signal::Answer { step, value, by, note: note.map(str::to_owned), evidence: Vec::new() };
        Ok(self.program.engine.signal(self.run, &signal).await?)
    }

    /// Puts the next question on the screen.
    fn ask_next(&mut self) {
        if self.asked.is_some() || self.interrupted {
            return;
        }
        let Some(question) = self.waiting.pop_front() else { return };
        self.view.hide(true);
        talk::say(&format!("\n`{}` asks: {}", question.step, question.prompt));
        talk::ask(&how_to_answer(&question));
        self.asked = Some(question);
    }

    fn withdraw_question(&mut self) {
        if self.asked.take().is_some() {
            talk::say("");
            self.view.hide(false);
        }
    }

    /// A line that the human typed at the question on the screen.
    async fn typed(&mut self, line: Option<String>) -> Outcome<()> {
        let Some(question) = self.asked.clone() else { return Ok(()) };
        let Some(line) = line else {
            self.manner.answers.human = false;
            self.waiting.clear();
            self.withdraw_question();
            self.view.note("nobody can be asked here any more; answer from another terminal");
            return Ok(());
        };
        let environment = &self.workflow.def().environment;
        let read = read_answer(&question, &line);
        let allowed = may_answer(environment, &question, &self.manner.by);
        match read.and_then(|value| allowed.map(|()| value)) {
            Ok(value) => {
                self.answer(&question.step, value, None).await?;
                self.asked = None;
                self.view.hide(false);
            }
            Err(why) => {
                talk::say(&why);
                talk::ask(&how_to_answer(&question));
            }
        }
        Ok(())
    }

    /// Ctrl-C: the first pauses, the second lets go. Says whether to let go.
    async fn interrupt(&mut self) -> Outcome<bool> {
        self.withdraw_question();
        let goes_on = self.program.command(&format!("resume {}", self.run));
        if !self.drives {
            self.view.note(&format!("stopped watching; `{goes_on}` comes back"));
            return Ok(true);
        }
        let cut_short = self.cut_short().await;
        if self.interrupted {
            let lost = match cut_short.is_empty() {
                true => "nothing is lost, ".to_owned(),
                false => format!("{}; ", must_tell(&cut_short)),
            };
            self.view.note(&format!("let go; {lost}`{goes_on}` goes on"));
            return Ok(true);
        }
        self.interrupted = true;
        let loaded = self.program.reader.load(self.run).await?;
        let behind = self.program.standing(&loaded).await?.queued(self.run).is_some();
        if behind || loaded.run.phase() == Phase::Queued {
            self.view.note(&format!("left the queue's door; `{goes_on}` comes back to it"));
            return Ok(true);
        }
        let by = self.manner.by.clone();
        self.program.engine.signal(self.run, &Signal::Pause { by }).await?;
        let then = match cut_short.is_empty() {
            true => "and nothing is lost".to_owned(),
            false => format!("and {}", must_tell(&cut_short)),
        };
        self.view.note(&format!(
            "pausing after what is in flight; what runs outside goes on there. \
             Ctrl-C again lets go at once, {then}"
        ));
        Ok(false)
    }

    /// Scripts that letting go would end half way. Where the store cannot be asked, none is known.
    async fn cut_short(&self) -> Vec<String> {
        let Ok(loaded) = self.program.reader.load(self.run).await else { return Vec::new() };
        let steps = in_flight::cut_short(&loaded.workflow, &loaded.run);
        steps.into_iter().map(str::to_owned).collect()
    }
}

/// What follows for scripts that are ended half way.
fn must_tell(steps: &[String]) -> String {
    let (script, does) = match steps.len() {
        1 => ("the script", "it did"),
        _ => ("the scripts", "they did"),
    };
    format!("{script} of {} will be ended: a human must then tell what {does}", steps.join(", "))
}

/// The process number within an owner's text, for a human.
fn pid_of(owner: &str) -> &str {
    owner.split('/').nth(1).unwrap_or(owner)
}
