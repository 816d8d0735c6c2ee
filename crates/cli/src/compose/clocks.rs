//! The two clocks of the program: the machine's, and one that runs faster for rehearsals. The only
//! home of the machine's time and of sleeping.

use std::time::Duration;
use windlass_model::{Environment, Millis, RunId, Timestamp};
use windlass_ports::{BoxFuture, Clock};

/// The longest single sleep: the machine's clock may be set meanwhile, and a laptop may be closed.
const SLEEP_MS_MAX: Millis = 30_000;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one home of the machine's time")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            loop {
                let left = until.since(self.now());
                if left == 0 {
                    return;
                }
                sleep_ms(left.min(SLEEP_MS_MAX)).await;
            }
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one home of sleeping")]
async fn sleep_ms(span: Millis) {
    tokio::time::sleep(Duration::from_millis(span)).await;
}

/// Virtual time: it showed `start` when the machine's clock showed `anchor`, and runs `scale` times
/// as fast. Three numbers that are kept with the run, so that a resumed run goes on with the same
/// time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaledClock {
    start: Timestamp,
    anchor: Timestamp,
    scale: f64,
}

impl ScaledClock {
    /// The clock of a run in an environment; none where the machine's will do. `began` is what it
    /// showed when the run was created: for a new run the environment's start, or the time of the
    /// simulated cloud, which goes on between runs.
    pub fn of(run: RunId, environment: &Environment, began: Option<Timestamp>) -> Option<Self> {
        let scale = environment.time_scale.filter(|scale| *scale > 0.0).unwrap_or(1.0);
        if environment.clock_start.is_none() && (scale - 1.0).abs() < f64::EPSILON {
            return None;
        }
        let anchor = created_at(run);
        let start = began.or(environment.clock_start).unwrap_or(anchor);
        Some(Self { start, anchor, scale })
    }

    fn at(&self, real: Timestamp) -> Timestamp {
        let passed = real.since(self.anchor) as f64 * self.scale;
        self.start.after(passed as Millis)
    }

    /// The moment of the machine's clock at which virtual time reaches a point.
    fn real(&self, virtual_time: Timestamp) -> Timestamp {
        let span = virtual_time.since(self.start) as f64 / self.scale;
        self.anchor.after(span.ceil() as Millis)
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Timestamp {
        self.at(SystemClock.now())
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        let real = self.real(until);
        Box::pin(async move { SystemClock.sleep_until(real).await })
    }
}

/// The time of one run as whoever shows it asks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunTime(Option<ScaledClock>);

impl RunTime {
    /// The time of a run that was created when its clock showed `began`.
    pub fn of(run: RunId, environment: &Environment, began: Timestamp) -> Self {
        Self(ScaledClock::of(run, environment, Some(began)))
    }

    /// What it is now.
    pub fn now(self) -> Timestamp {
        self.0.map_or_else(|| SystemClock.now(), |clock| clock.now())
    }
}

/// When a run was created: its id, a version 7 UUID, says so.
fn created_at(run: RunId) -> Timestamp {
    let unix = run.0.get_timestamp().map(|stamp| stamp.to_unix());
    unix.map_or(Timestamp(0), |(seconds, nanos)| {
        let ms = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000));
        Timestamp::default().after(ms)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_runs_time_begins_where_its_environment_says_and_goes_on_after_a_restart() {
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_700_000_000, 0));
        let start = Timestamp::parse("2026-03-07T02:59:00Z").unwrap();
        let environment = Environment {
            time_scale: Some(60.0),
            clock_start: Some(start),
            ..Environment::default()
        };
        let clock = ScaledClock::of(RunId(id), &environment, None).unwrap();
        let real = Timestamp(1_700_000_000_000).after(2_000);
        assert_eq!(clock.at(real), start.after(120_000));
        assert_eq!(clock.real(start.after(120_000)), real);
        assert_eq!(ScaledClock::of(RunId(id), &environment, Some(start)), Some(clock));
        let later = ScaledClock::of(RunId(id), &environment, Some(start.after(5_000))).unwrap();
        assert_eq!(later.at(real), start.after(125_000), "a cloud that is older than the run");
        assert_eq!(ScaledClock::of(RunId(id), &Environment::default(), Some(start)), None);
    }
}
