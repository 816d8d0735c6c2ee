//! Points and lengths of time in whole milliseconds. Nobody here asks what time it is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A length of time in milliseconds.
pub type Millis = u64;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. Printed and stored as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The last point that can be written as RFC 3339 and read back, in the year 9999.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// The point `span` milliseconds later; stays at the far end, since a later one could never be
    /// read again.
    #[must_use]
    pub fn after(self, span: Millis) -> Self {
        let at = self.0.saturating_add(i64::try_from(span).unwrap_or(i64::MAX));
        Self(at.min(Self::MAX.0))
    }

    /// Milliseconds from `earlier` until this point; zero where `earlier` is later.
    pub fn since(self, earlier: Self) -> Millis {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// Reads an RFC 3339 text.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("no RFC 3339 time"))
    }
}

/// Reads a span such as `500ms`, `90s`, `5m`, `2h`, `3d`.
pub fn parse_span(text: &str) -> Option<Millis> {
    const UNITS: [(&str, Millis); 5] =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    number.parse::<Millis>().ok()?.checked_mul(factor)
}

/// A point written as RFC 3339, or the next time after `now` that the zone's clock shows `HH:MM`. A
/// time that a change of clocks makes ambiguous or skips is refused with a sentence.
pub fn next_local(text: &str, zone: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Some(at) = Timestamp::parse(text) {
        return Ok(at);
    }
    let tz = jiff::tz::TimeZone::get(zone).map_err(|_| format!("`{zone}` is no IANA time zone"))?;
    let time: jiff::civil::Time = text
        .parse()
        .map_err(|_| format!("`{text}` is no time: write RFC 3339 or `HH:MM` with a zone"))?;
    let start = jiff::Timestamp::from_millisecond(now.0).map_err(|e| e.to_string())?;
    let today = start.to_zoned(tz.clone()).date();
    let tomorrow = today.tomorrow().map_err(|e| e.to_string())?;
    for date in [today, tomorrow] {
        let at = tz.to_ambiguous_zoned(date.to_datetime(time));
        let said = format!("{date} {text} in {zone}");
        let at = at.unambiguous().map_err(|_| {
            format!(
                "{said} does not exist or exists twice, \
                 because the clocks change: choose another time"
            )
        })?;
        if at.timestamp() > start {
            return Ok(Timestamp(at.timestamp().as_millisecond()));
        }
    }
    Err(format!("no `{text}` follows in {zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc3339_with_milliseconds_and_reads_it_back() {
        let t = Timestamp(1_761_451_800_123);
        assert_eq!(t.to_string(), "2025-10-26T04:10:00.123Z");
        assert_eq!(Timestamp::parse(&t.to_string()), Some(t));
    }

    #[test]
    fn the_far_end_can_be_written_and_read() {
        let far = Timestamp(1_761_451_800_123).after(Millis::MAX);
        assert_eq!(Timestamp::parse(&far.to_string()), Some(Timestamp::MAX));
    }

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(parse_span("90s"), Some(90_000));
        assert_eq!(parse_span("3d"), Some(259_200_000));
        assert_eq!(parse_span("90"), None);
        assert_eq!(parse_span("99999999999999999999d"), None);
    }

    #[test]
    fn a_local_time_is_the_next_one_and_never_a_guess() {
        let now = Timestamp::parse("2026-03-07T12:00:00Z").unwrap();
        let at = next_local("03:00", "Europe/Berlin", now).unwrap();
        assert_eq!(at.to_string(), "2026-03-08T02:00:00.000Z");
        let gone = next_local("02:30", "America/New_York", now).unwrap_err();
        assert!(gone.contains("clocks change"), "{gone}");
    }
}
