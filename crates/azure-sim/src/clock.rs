//! Simulated time: real time since an anchor, stretched by a factor, from a chosen start. It must
//! not know what happens in that time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A clock that goes on while nobody looks, a restarted process included: it is three numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VirtualClock {
    /// What the clock showed at the anchor.
    start: Timestamp,
    /// The real moment at which it showed that.
    anchor: Timestamp,
    /// Simulated seconds per real second; 0 stands still.
    time_scale: f64,
}

impl VirtualClock {
    /// A clock that shows `start` at the real moment `anchor`.
    pub fn new(start: Timestamp, anchor: Timestamp, time_scale: f64) -> Self {
        Self { start, anchor, time_scale: time_scale.max(0.0) }
    }

    /// What the clock shows at a real moment.
    pub fn at(&self, real: Timestamp) -> Timestamp {
        let passed = real.duration_since(self.anchor).as_secs_f64().max(0.0);
        later(self.start, passed * self.time_scale)
    }

    /// Goes on from here at another speed.
    pub fn rescale(&mut self, real: Timestamp, time_scale: f64) {
        *self = Self::new(self.at(real), real, time_scale);
    }

    /// Jumps forward, so that a test need not wait.
    pub fn advance(&mut self, seconds: f64) {
        self.start = later(self.start, seconds.max(0.0));
    }

    /// Simulated seconds per real second.
    pub fn time_scale(&self) -> f64 {
        self.time_scale
    }
}

/// The moment that many seconds later; saturates at the end of time.
pub fn later(from: Timestamp, seconds: f64) -> Timestamp {
    let step = SignedDuration::try_from_secs_f64(seconds).unwrap_or(SignedDuration::MAX);
    from.checked_add(step).unwrap_or(Timestamp::MAX)
}

/// The moment that many seconds earlier.
pub fn earlier(from: Timestamp, seconds: i64) -> Timestamp {
    from.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

/// The machine's time: the only place of this crate that reads it.
#[expect(clippy::disallowed_methods, reason = "the simulator stands alone and has its own clock")]
pub fn real_now() -> Timestamp {
    Timestamp::now()
}

/// The form of the `Date` header.
pub fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Milliseconds with a `Z`, as SQL and Azure DevOps write times.
pub fn iso_millis(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_passes_in_a_second() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let anchor: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let mut clock = VirtualClock::new(start, anchor, 3600.0);
        assert_eq!(clock.at(later(anchor, 1.0)), later(start, 3600.0));
        assert_eq!(clock.at(earlier(anchor, 5)), start);
        clock.rescale(later(anchor, 1.0), 0.0);
        clock.advance(30.0);
        assert_eq!(clock.at(later(anchor, 999.0)), later(start, 3630.0));
        assert_eq!(http_date(start), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(iso_millis(later(start, 0.5)), "2026-01-01T00:00:00.500Z");
    }
}
