//! D22: a lock that several machines see. Two stores stand for two machines.

use crate::given::{seeing, where_old_is};
use crate::stage::{Stage, Witness, drive, drive_as, yes};
use crate::steps::{act, ask, locked};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use windlass_engine::Ending;
use windlass_model::observation::Signal;
use windlass_model::{EventKind, Phase, RunId};
use windlass_ports::shared_lock::{Claim, Holder, LockAnswer};
use windlass_ports::{ActionError, BoxFuture, Outcome, SharedLock};

/// A lock in memory.
#[derive(Clone, Default)]
struct Lock {
    holder: Arc<Mutex<Option<Claim>>>,
    away: Arc<Mutex<bool>>,
}

impl Lock {
    fn held_by(&self) -> Option<RunId> {
        self.holder.lock().unwrap().as_ref().map(|claim| claim.run)
    }

    fn ask<T>(&self, answer: T) -> BoxFuture<'_, Outcome<T>>
    where
        T: Send + 'static,
    {
        let away = *self.away.lock().unwrap();
        let said = if away { Err(ActionError::InDoubt("it is away".into())) } else { Ok(answer) };
        Box::pin(std::future::ready(said))
    }
}

fn told(claim: &Claim) -> Holder {
    Holder { run: Some(claim.run), words: format!("{} of {}", claim.run, claim.by) }
}

impl SharedLock for Lock {
    fn label(&self) -> String {
        "account/locks/qa4".to_owned()
    }

    fn take<'a>(
        &'a self,
        claim: &'a Claim,
        instead_of: Option<RunId>,
    ) -> BoxFuture<'a, Outcome<LockAnswer>> {
        let mut holder = self.holder.lock().unwrap();
        let other =
            holder.clone().filter(|known| known.run != claim.run && Some(known.run) != instead_of);
        let answer = match other {
            Some(other) => LockAnswer::Held(told(&other)),
            None => LockAnswer::Ours,
        };
        if answer == LockAnswer::Ours && !*self.away.lock().unwrap() {
            *holder = Some(claim.clone());
        }
        self.ask(answer)
    }

    fn keep(&self, run: RunId) -> BoxFuture<'_, Outcome<bool>> {
        let ours = self.held_by() == Some(run);
        self.ask(ours)
    }

    fn give_back(&self, run: RunId) -> BoxFuture<'_, Outcome<()>> {
        if self.held_by() == Some(run) && !*self.away.lock().unwrap() {
            *self.holder.lock().unwrap() = None;
        }
        self.ask(())
    }

    fn holder(&self) -> BoxFuture<'_, Outcome<Option<Holder>>> {
        let holder = self.holder.lock().unwrap().as_ref().map(told);
        self.ask(holder)
    }

    fn break_open(&self) -> BoxFuture<'_, Outcome<()>> {
        *self.holder.lock().unwrap() = None;
        self.ask(())
    }
}

/// A machine that sees the lock. Runs of two machines never have the same name.
fn machine(lock: &Lock, first_id: u64) -> Stage {
    let mut stage = Stage::new().counting_from(first_id);
    stage.registry.share_lock(Arc::new(lock.clone()));
    stage
}

fn asked(kind: &EventKind) -> bool {
    matches!(kind, EventKind::SignalAwaited { .. })
}

#[tokio::test(start_paused = true)]
async fn d22_another_machine_is_refused_and_told_by_whom() {
    let lock = Lock::default();
    let (here, there) = (machine(&lock, 100), machine(&lock, 200));
    let (one, two) = (here.engine("one"), there.engine("two"));
    let first = one.create(&locked(vec![ask("a")])).await.unwrap();
    let second = two.create(&locked(vec![act("b", "world.set", "b")])).await.unwrap();
    let hears = Witness::new();
    let first_drive = drive(&one, first, &hears);
    hears.heard(asked).await;
    let Ok(Ending::LockedOut(why)) = drive(&two, second, &Witness::new()).await.unwrap() else {
        panic!("it was let in");
    };
    assert!(why.contains(&first.to_string()) && why.contains("tester"), "{why}");
    assert!(why.contains("windlass lock break"), "{why}");
    assert_eq!(there.effects(), [""; 0]);
    let own = there.store.lock("qa4".to_owned()).await.unwrap();
    assert_eq!(own.holder, None, "it stands in nobody's way there");
    one.signal(first, &yes("a")).await.unwrap();
    assert_eq!(first_drive.await.unwrap(), Ok(Ending::Rest(Phase::Succeeded)));
    let ending = drive(&two, second, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(lock.held_by(), None);
}

#[tokio::test(start_paused = true)]
async fn d22_a_run_that_only_waits_keeps_the_lock_and_takes_it_up_again() {
    let lock = Lock::default();
    let here = machine(&lock, 100);
    let engine = here.engine("one");
    let run = engine.create(&locked(vec![ask("a")])).await.unwrap();
    let left = drive_as(&engine, run, &Witness::new(), true).await.unwrap();
    assert_eq!(left, Ok(Ending::Waiting));
    assert_eq!(lock.held_by(), Some(run));
    engine.signal(run, &yes("a")).await.unwrap();
    let ending = drive(&here.engine("again"), run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(lock.held_by(), None);
}

#[tokio::test(start_paused = true)]
async fn d22_a_run_whose_lock_is_taken_away_stops_at_its_next_look() {
    let lock = Lock::default();
    let here = machine(&lock, 100);
    let engine = here.engine("one");
    let run = engine.create(&locked(vec![ask("a"), act("b", "world.set", "b")])).await.unwrap();
    let hears = Witness::new();
    let driven = drive(&engine, run, &hears);
    hears.heard(asked).await;
    lock.break_open().await.unwrap();
    let ending = tokio::time::timeout(Duration::from_secs(3_600), driven).await.unwrap();
    let Ok(Ok(Ending::LockedOut(why))) = ending else { panic!("{ending:?}") };
    assert!(why.contains("taken away") || why.contains("took"), "{why}");
    assert_eq!(here.effects(), [""; 0]);
    engine.signal(run, &yes("a")).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)), "nobody else has it: it goes on");
}

#[tokio::test(start_paused = true)]
async fn d22_what_an_ended_run_still_holds_is_passed_on_here_and_kept_from_others() {
    let lock = Lock::default();
    let (here, there) = (machine(&lock, 100), machine(&lock, 200));
    let engine = here.engine("one");
    let first = engine.create(&locked(vec![ask("a")])).await.unwrap();
    let hears = Witness::new();
    let driven = drive(&engine, first, &hears);
    hears.heard(asked).await;
    *lock.away.lock().unwrap() = true;
    let end = Signal::Cancel { by: "human".into(), keep: false };
    engine.signal(first, &end).await.unwrap();
    assert_eq!(driven.await.unwrap(), Ok(Ending::Rest(Phase::RolledBack)));
    *lock.away.lock().unwrap() = false;
    assert_eq!(lock.held_by(), Some(first), "it could not be given back");
    let two = there.engine("two");
    let other = two.create(&locked(vec![act("b", "world.set", "b")])).await.unwrap();
    let ending = drive(&two, other, &Witness::new()).await.unwrap();
    assert!(matches!(ending, Ok(Ending::LockedOut(_))), "{ending:?}");
    let next = engine.create(&locked(vec![act("c", "world.set", "c")])).await.unwrap();
    let ending = drive(&engine, next, &Witness::new()).await.unwrap();
    assert_eq!(ending, Ok(Ending::Rest(Phase::Succeeded)));
    assert_eq!(lock.held_by(), None);
}

#[tokio::test(start_paused = true)]
async fn d22_a_lock_that_cannot_be_asked_for_lets_nobody_begin() {
    let lock = Lock::default();
    let here = machine(&lock, 100);
    let engine = here.engine("one");
    let run = engine.create(&locked(vec![act("a", "world.set", "a")])).await.unwrap();
    *lock.away.lock().unwrap() = true;
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    let Ok(Ending::LockedOut(why)) = ending else { panic!("{ending:?}") };
    assert!(why.contains("it is away"), "{why}");
    assert_eq!(here.effects(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn d22_a_run_whose_world_is_otherwise_gives_the_lock_back() {
    let lock = Lock::default();
    let here = seeing(machine(&lock, 100), false);
    let engine = here.engine("one");
    let steps = vec![act("a", "world.set", "a")];
    let run = engine.create(&where_old_is(77, steps)).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap();
    assert!(matches!(ending, Ok(Ending::NotAsGiven(_))), "{ending:?}");
    assert_eq!(lock.held_by(), None);
}
