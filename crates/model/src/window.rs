//! Windows of time: days of the week and two times of a zone's clock, between which something may
//! be done. Nobody here asks what time it is.

use crate::time::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Serialize};

/// Days looked at for the next opening: two weeks and one, since a clock change can swallow one.
const DAYS_AHEAD: i64 = 15;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// The day that a file writes so.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_value(text.into()).ok()
    }

    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// A window of time that opens again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The IANA zone; the environment's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Days on which it opens; every day where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Day>,
    /// When it opens, as `HH:MM`.
    pub from: String,
    /// When it closes, as `HH:MM`; on the next day where that is not later than `from`.
    pub to: String,
}

/// When a window is open: from the first moment on, and before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Window {
    /// The opening that holds this moment, or the next one. `zone` is the environment's. What a
    /// change of clocks skips is not there: a window within it does not open that day.
    pub fn opening(&self, zone: Option<&str>, now: Timestamp) -> Result<Opening, String> {
        let zone = self.zone.as_deref().or(zone).unwrap_or("UTC");
        let tz = TimeZone::get(zone).map_err(|_| format!("`{zone}` is no IANA time zone"))?;
        let (from, to) = (time(&self.from)?, time(&self.to)?);
        let start = jiff::Timestamp::from_millisecond(now.0).map_err(|e| e.to_string())?;
        let today = start.to_zoned(tz.clone()).date();
        for ahead in -1..=DAYS_AHEAD {
            let day =
                today.checked_add(jiff::Span::new().days(ahead)).map_err(|e| e.to_string())?;
            let open =
                self.days.is_empty() || self.days.iter().any(|one| one.weekday() == day.weekday());
            if !open {
                continue;
            }
            let last = if to > from { day } else { day.tomorrow().map_err(|e| e.to_string())? };
            let opening = Opening { from: first(&tz, day, from)?, to: first(&tz, last, to)? };
            if opening.from < opening.to && opening.to > now {
                return Ok(opening);
            }
        }
        Err(format!("no window from {} to {} follows in {zone}", self.from, self.to))
    }
}

fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|_| format!("`{text}` is no time of day: write `HH:MM`"))
}

/// The first moment at which the zone's clock shows this time or a later one of the day.
fn first(tz: &TimeZone, day: Date, time: Time) -> Result<Timestamp, String> {
    let at = tz.to_ambiguous_timestamp(day.to_datetime(time));
    let gap = matches!(at.offset(), AmbiguousOffset::Gap { .. });
    let earlier = at.earlier().map_err(|e| e.to_string())?;
    let moment = match gap {
        // where the clock jumps over it, the jump itself
        true => tz.following(earlier).next().map_or(earlier, |jump| jump.timestamp()),
        false => earlier,
    };
    Ok(Timestamp(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(days: &[Day], (from, to): (&str, &str), zone: &str, now: &str) -> [String; 2] {
        let (from, to) = (from.to_owned(), to.to_owned());
        let window = Window { zone: Some(zone.to_owned()), days: days.to_vec(), from, to };
        let opening = window.opening(None, Timestamp::parse(now).unwrap()).unwrap();
        [opening.from, opening.to].map(|at| at.to_string().replace(":00.000Z", "Z"))
    }

    const NY: &str = "America/New_York";

    #[test]
    fn a_window_is_the_one_that_is_open_or_the_next() {
        let cases = [
            // open already, at its first and before its last moment
            ("2026-11-27T08:30:00Z", &[][..], ("03:00", "05:00"), "2026-11-27T08:00Z"),
            ("2026-11-27T08:00:00Z", &[], ("03:00", "05:00"), "2026-11-27T08:00Z"),
            ("2026-11-27T10:00:00Z", &[], ("03:00", "05:00"), "2026-11-28T08:00Z"),
            // the next day that counts: 2026-11-27 is a Friday
            ("2026-11-27T10:00:00Z", &[Day::Mon], ("03:00", "05:00"), "2026-11-30T08:00Z"),
            // over midnight it belongs to the day on which it opens
            ("2026-11-28T06:00:00Z", &[Day::Fri], ("22:00", "02:00"), "2026-11-28T03:00Z"),
            ("2026-11-28T07:00:00Z", &[Day::Fri], ("22:00", "02:00"), "2026-12-05T03:00Z"),
        ];
        for (now, days, times, expected) in cases {
            assert_eq!(opening(days, times, NY, now)[0], expected, "{now} {days:?} {times:?}");
        }
    }

    /// New York and Paris change clocks on different days: on 28 days of 2026 three in the morning
    /// there is not nine here.
    #[test]
    fn d09_one_zone_decides_on_the_28_days_when_the_other_is_an_hour_off() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let mut off = 0;
        let mut day = jiff::civil::date(2026, 1, 1);
        while day.year() == 2026 {
            let noon = day.to_datetime(Time::midnight()).to_zoned(TimeZone::UTC).unwrap();
            let now = noon.timestamp().to_string();
            let [from, _] = opening(&[], ("03:00", "05:00"), NY, &now);
            let at: jiff::Timestamp = from.replace('Z', ":00Z").parse().unwrap();
            let local = |tz: &TimeZone| at.to_zoned(tz.clone()).time();
            assert_eq!(local(&TimeZone::get(NY).unwrap()).to_string(), "03:00:00", "{day}");
            off += u32::from(local(&paris).hour() != 9);
            day = day.tomorrow().unwrap();
        }
        assert_eq!(off, 28);
    }

    #[test]
    fn d09_an_hour_that_is_missing_or_doubled_bends_the_window_and_nothing_else() {
        const PARIS: &str = "Europe/Paris";
        let cases = [
            // 2026-03-08: from 02:00 to 03:00 the clock of New York shows nothing
            (NY, "01:00-04:00", "2026-03-08T00:00:00Z", "2026-03-08T06:00Z", "2026-03-08T08:00Z"),
            (NY, "02:30-04:00", "2026-03-08T05:00:00Z", "2026-03-08T07:00Z", "2026-03-08T08:00Z"),
            (NY, "01:00-02:30", "2026-03-08T05:00:00Z", "2026-03-08T06:00Z", "2026-03-08T07:00Z"),
            // wholly within the hole: the next day
            (NY, "02:10-02:50", "2026-03-08T05:00:00Z", "2026-03-09T06:10Z", "2026-03-09T06:50Z"),
            // 2026-11-01: from 01:00 to 02:00 it shows everything twice
            (NY, "01:00-03:00", "2026-11-01T04:00:00Z", "2026-11-01T05:00Z", "2026-11-01T08:00Z"),
            // 2026-03-29: in Paris the hole is from 02:00 to 03:00
            (
                PARIS,
                "01:00-04:00",
                "2026-03-28T23:30:00Z",
                "2026-03-29T00:00Z",
                "2026-03-29T02:00Z",
            ),
            (
                PARIS,
                "02:30-04:00",
                "2026-03-29T00:30:00Z",
                "2026-03-29T01:00Z",
                "2026-03-29T02:00Z",
            ),
            (
                PARIS,
                "02:10-02:50",
                "2026-03-29T00:30:00Z",
                "2026-03-30T00:10Z",
                "2026-03-30T00:50Z",
            ),
            // 2026-10-25: from 02:00 to 03:00 it shows everything twice
            (
                PARIS,
                "02:00-04:00",
                "2026-10-24T23:30:00Z",
                "2026-10-25T00:00Z",
                "2026-10-25T03:00Z",
            ),
            (
                PARIS,
                "09:00-11:00",
                "2026-10-25T03:30:00Z",
                "2026-10-25T08:00Z",
                "2026-10-25T10:00Z",
            ),
        ];
        for (zone, times, now, from, to) in cases {
            let between = times.split_once('-').unwrap();
            assert_eq!(opening(&[], between, zone, now), [from, to], "{zone} {times}");
        }
    }
}
