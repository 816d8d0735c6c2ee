//! Times that a file names, as a plan tells them: the zone that decides, and the moment that comes
//! next as the other clocks show it on that date.

use super::zones::Zones;
use windlass_model::time::next_local;
use windlass_model::window::Window;
use windlass_model::{Environment, Timestamp};

/// A time of day or a point in time. `now` is when a start would be; without it no date is known.
pub fn moment(text: &str, zones: &Zones, now: Option<Timestamp>) -> String {
    if let Some(at) = Timestamp::parse(text) {
        return zones.moment(at);
    }
    let next = now.and_then(|now| next_local(text, zones.decides(), now).ok());
    match next {
        Some(at) => format!("{text}, next {}", zones.moment(at)),
        None => format!("{text} {}", zones.decides()),
    }
}

/// A window in words, with its next opening.
pub fn window(window: &Window, environment: &Environment, now: Option<Timestamp>) -> String {
    let days = window.days.iter().filter_map(|day| serde_json::to_value(day).ok());
    let days: Vec<String> = days.filter_map(|day| day.as_str().map(str::to_owned)).collect();
    let days = if days.is_empty() { "every day".to_owned() } else { days.join(", ") };
    let zones = Zones::of(environment, window.zone.as_deref());
    let Window { from, to, .. } = window;
    let said = format!("{days} from {from} to {to} {}", zones.decides());
    let opening = now.and_then(|now| Some((now, window.opening(Some(zones.decides()), now).ok()?)));
    match opening {
        Some((now, open)) if open.from <= now => {
            format!("{said}; it is open until {}", zones.moment(open.to))
        }
        Some((_, next)) => {
            let (from, to) = (zones.moment(next.from), zones.moment(next.to));
            format!("{said}; opens {from}, closes {to}")
        }
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment {
            zone: Some("America/New_York".to_owned()),
            show_zones: vec!["Europe/Paris".to_owned()],
            ..Environment::default()
        }
    }

    /// Three in New York is eight in Paris while only New York has changed its clocks.
    #[test]
    fn d09_the_next_time_is_told_with_what_the_other_clocks_show_on_that_date() {
        let zones = Zones::of(&environment(), None);
        let cases = [
            (
                "2026-03-06T20:00:00Z",
                "2026-03-07 03:00 America/New_York (09:00 Europe/Paris, 08:00 UTC)",
            ),
            (
                "2026-03-07T20:00:00Z",
                "2026-03-08 03:00 America/New_York (08:00 Europe/Paris, 07:00 UTC)",
            ),
        ];
        for (now, told) in cases {
            let said = moment("03:00", &zones, Timestamp::parse(now));
            assert_eq!(said, format!("03:00, next {told}"));
        }
        assert_eq!(moment("03:00", &zones, None), "03:00 America/New_York");
        let exact = moment("2026-03-08T07:00:00Z", &zones, None);
        assert_eq!(exact, "2026-03-08 03:00 America/New_York (08:00 Europe/Paris, 07:00 UTC)");
    }

    #[test]
    fn d09_a_window_is_told_with_its_next_opening_or_until_when_it_is_open() {
        let night = Window {
            zone: None,
            days: Vec::new(),
            from: "03:00".to_owned(),
            to: "05:00".to_owned(),
        };
        let said = |now: &str| window(&night, &environment(), Timestamp::parse(now));
        let here = "every day from 03:00 to 05:00 America/New_York";
        assert_eq!(
            said("2026-03-07T20:00:00Z"),
            format!(
                "{here}; opens 2026-03-08 03:00 America/New_York (08:00 Europe/Paris, 07:00 UTC), \
                 closes 2026-03-08 05:00 America/New_York (10:00 Europe/Paris, 09:00 UTC)"
            )
        );
        assert_eq!(
            said("2026-03-07T09:00:00Z"),
            format!(
                "{here}; it is open until \
                 2026-03-07 05:00 America/New_York (11:00 Europe/Paris, 10:00 UTC)"
            )
        );
        assert_eq!(window(&night, &environment(), None), here);
    }
}
