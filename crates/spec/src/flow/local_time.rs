//! Local times of `wait`: a time that a clock change makes ambiguous or skips is refused before a
//! run (D9).

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// What is wrong with a local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadTime {
    /// No time at all.
    Unreadable,
    /// No such zone.
    Zone,
    /// The clock shows it twice, or never, on this day.
    Changed {
        /// The day, as `2026-11-01`.
        day: String,
        /// Whether it is shown twice; else never.
        twice: bool,
    },
}

/// Years whose clock changes are looked at for a time of day. No file knows today's date; the rules
/// of the zones that changed least recently repeat within it.
const YEARS: std::ops::RangeInclusive<i16> = 2026..=2030;

/// Checks `HH:MM`, `YYYY-MM-DDTHH:MM[:SS]` or RFC 3339; gives the text that the engine reads.
pub fn checked(until: &str, zone: &str) -> Result<String, BadTime> {
    if until.parse::<jiff::Timestamp>().is_ok() {
        return Ok(until.to_owned());
    }
    let zone = TimeZone::get(zone).map_err(|_| BadTime::Zone)?;
    if let Some(time) = read(until) {
        return every_day(time, &zone).map(|()| until.to_owned());
    }
    let at: DateTime = until.parse().map_err(|_| BadTime::Unreadable)?;
    exact(at, &zone)?;
    let zoned = at.to_zoned(zone).map_err(|_| BadTime::Unreadable)?;
    Ok(zoned.timestamp().to_string())
}

/// Whether there is such an IANA zone.
pub fn is_zone(zone: &str) -> bool {
    TimeZone::get(zone).is_ok()
}

/// Checks `HH:MM`, which must exist once on every day.
pub fn time_of_day(text: &str, zone: &str) -> Result<(), BadTime> {
    let zone = TimeZone::get(zone).map_err(|_| BadTime::Zone)?;
    every_day(read(text).ok_or(BadTime::Unreadable)?, &zone)
}

fn read(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two(hour) || !two(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn every_day(time: Time, zone: &TimeZone) -> Result<(), BadTime> {
    let start = jiff::civil::date(*YEARS.start(), 1, 1).to_datetime(Time::midnight());
    let Ok(start) = zone.to_ambiguous_timestamp(start).compatible() else { return Ok(()) };
    for change in zone.following(start) {
        let day = change.timestamp().to_zoned(zone.clone()).date();
        if day.year() > *YEARS.end() {
            break;
        }
        for day in [day.yesterday().unwrap_or(day), day, day.tomorrow().unwrap_or(day)] {
            exact(day.to_datetime(time), zone)?;
        }
    }
    Ok(())
}

fn exact(at: DateTime, zone: &TimeZone) -> Result<(), BadTime> {
    let day = at.date().to_string();
    match zone.to_ambiguous_timestamp(at).offset() {
        AmbiguousOffset::Unambiguous { .. } => Ok(()),
        AmbiguousOffset::Gap { .. } => Err(BadTime::Changed { day, twice: false }),
        AmbiguousOffset::Fold { .. } => Err(BadTime::Changed { day, twice: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_a_clock_change_bends_are_refused() {
        let never = |day: &str| Err(BadTime::Changed { day: day.to_owned(), twice: false });
        let twice = |day: &str| Err(BadTime::Changed { day: day.to_owned(), twice: true });
        let cases = [
            ("03:00", "America/New_York", Ok("03:00".to_owned())),
            ("09:00", "Europe/Berlin", Ok("09:00".to_owned())),
            ("02:30", "America/New_York", never("2026-03-08")),
            ("01:30", "America/New_York", twice("2026-11-01")),
            ("02:00", "Europe/Berlin", never("2026-03-29")),
            ("02:30", "UTC", Ok("02:30".to_owned())),
            ("2026-03-08T02:30", "America/New_York", never("2026-03-08")),
            ("2026-11-01T01:30", "America/New_York", twice("2026-11-01")),
            ("2026-03-08T03:00", "America/New_York", Ok("2026-03-08T07:00:00Z".to_owned())),
            ("2026-03-08T02:30:00Z", "America/New_York", Ok("2026-03-08T02:30:00Z".to_owned())),
            ("3 o'clock", "UTC", Err(BadTime::Unreadable)),
            ("25:00", "UTC", Err(BadTime::Unreadable)),
            ("03:00", "America/NewYork", Err(BadTime::Zone)),
        ];
        for (until, zone, expected) in cases {
            assert_eq!(checked(until, zone), expected, "{until} {zone}");
        }
    }

    /// Each half hour of each day of the year, as the zones' own data have it.
    #[test]
    fn d09_a_time_that_a_zone_shows_twice_or_never_is_refused_on_that_day_alone() {
        let bent = [
            ("America/New_York", ["2026-03-08T02:", "2026-11-01T01:"]),
            ("Europe/Paris", ["2026-03-29T02:", "2026-10-25T02:"]),
        ];
        for (zone, [never, twice]) in bent {
            let mut day = jiff::civil::date(2026, 1, 1);
            while day.year() == 2026 {
                for minute in (0..24 * 60).step_by(30) {
                    let at = format!("{day}T{:02}:{:02}", minute / 60, minute % 60);
                    let found = checked(&at, zone);
                    match found {
                        Err(BadTime::Changed { twice: false, .. }) => {
                            assert!(at.starts_with(never), "{zone} {at}");
                        }
                        Err(BadTime::Changed { twice: true, .. }) => {
                            assert!(at.starts_with(twice), "{zone} {at}");
                        }
                        found => {
                            let bent = at.starts_with(never) || at.starts_with(twice);
                            assert!(found.is_ok() && !bent, "{zone} {at}: {found:?}");
                        }
                    }
                }
                day = day.tomorrow().unwrap();
            }
        }
    }
}
