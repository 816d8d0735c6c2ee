//! What goes wrong, and how often. Rates are per mille of the calls that they concern.

use crate::prng::Prng;

/// Rates of the faults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A request never arrives, and nobody says so.
    pub lost_request: u32,
    /// A request takes effect; its answer never arrives.
    pub lost_reply: u32,
    /// A request is refused, which may pass.
    pub transient: u32,
    /// A request is refused for good.
    pub permanent: u32,
    /// A remote operation fails half-way and leaves something behind.
    pub half_done: u32,
    /// A remote operation takes twenty times as long.
    pub slow: u32,
    /// A poll fails, which may pass.
    pub poll_transient: u32,
    /// A handle leads nowhere any more.
    pub handle_lost: u32,
    /// A probe fails, which may pass.
    pub probe_transient: u32,
    /// A probe cannot tell.
    pub probe_unknown: u32,
    /// The previous state cannot be read, which may pass.
    pub capture_transient: u32,
    /// The previous state cannot be read for good.
    pub capture_permanent: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Rates of one seed's world: some are quiet, some are a bad day.
    pub fn of(prng: &mut Prng) -> Self {
        if prng.percent(10) {
            return Self::none();
        }
        let mut rate = |worst: u64| {
            let quiet = prng.percent(30);
            let rate = prng.below(worst);
            if quiet { 0 } else { u32::try_from(rate).unwrap_or(0) }
        };
        Self {
            lost_request: rate(200),
            lost_reply: rate(300),
            transient: rate(250),
            permanent: rate(90),
            half_done: rate(250),
            slow: rate(150),
            poll_transient: rate(300),
            handle_lost: rate(120),
            probe_transient: rate(300),
            probe_unknown: rate(150),
            capture_transient: rate(200),
            capture_permanent: rate(40),
        }
    }
}
