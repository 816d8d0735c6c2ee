//! A moment as the clocks show it that matter to a run: the zone that decides first, then the
//! others, for that very date (D9).

use windlass_model::{Environment, StepIdx, Timestamp, Work, Workflow};

/// The zone that is always shown: histories are written in it.
const UTC: &str = "UTC";

/// Zones of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    decides: String,
    others: Vec<String>,
}

impl Zones {
    /// The zone that is named decides, else that of the environment.
    pub fn of(environment: &Environment, named: Option<&str>) -> Self {
        let own = environment.zone.as_deref();
        let decides = named.or(own).unwrap_or(UTC).to_owned();
        let mut others: Vec<String> = Vec::new();
        let shown = environment.show_zones.iter().map(String::as_str);
        for zone in own.into_iter().chain(shown).chain([UTC]) {
            if zone != decides && !others.iter().any(|other| other == zone) {
                others.push(zone.to_owned());
            }
        }
        Self { decides, others }
    }

    /// Those of a step: the zone that its wait or its window names decides.
    pub fn of_step(workflow: &Workflow, at: StepIdx) -> Self {
        let step = workflow.step(at);
        let window = match &step.work {
            Work::WaitWindow { window } => Some(window),
            _ => step.gate.window.as_ref(),
        };
        let named = match &step.work {
            Work::WaitUntil { zone, .. } => zone.as_deref(),
            _ => window.and_then(|window| window.zone.as_deref()),
        };
        Self::of(&workflow.def().environment, named)
    }

    /// The zone that decides.
    pub fn decides(&self) -> &str {
        &self.decides
    }

    /// `2026-03-09 03:00 America/New_York`.
    pub fn short(&self, at: Timestamp) -> String {
        let Some((day, time)) = shown(at, &self.decides) else { return at.to_string() };
        format!("{day} {time} {}", self.decides)
    }

    /// `2026-03-09 03:00 America/New_York (08:00 Europe/Paris, 07:00 UTC)`.
    pub fn moment(&self, at: Timestamp) -> String {
        let day_here = shown(at, &self.decides).map(|(day, _)| day);
        let others = self.others.iter().filter_map(|zone| {
            let (day, time) = shown(at, zone)?;
            let day = if day_here.as_ref() == Some(&day) { String::new() } else { day + " " };
            Some(format!("{day}{time} {zone}"))
        });
        let others = others.collect::<Vec<_>>().join(", ");
        match others.is_empty() {
            true => self.short(at),
            false => format!("{} ({others})", self.short(at)),
        }
    }
}

/// The day and the time that a zone's clock shows; nothing where there is no such zone.
fn shown(at: Timestamp, zone: &str) -> Option<(String, String)> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    let local = at.in_tz(zone).ok()?.datetime();
    let second = local.second();
    let seconds = if second == 0 { String::new() } else { format!(":{second:02}") };
    let time = format!("{:02}:{:02}{seconds}", local.hour(), local.minute());
    Some((local.date().to_string(), time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(named: Option<&str>) -> Zones {
        let environment = Environment {
            zone: Some("Europe/Paris".to_owned()),
            show_zones: vec!["Asia/Tokyo".to_owned()],
            ..Environment::default()
        };
        Zones::of(&environment, named)
    }

    /// Three in New York is nine in Paris, but for the weeks in which one of them has changed its
    /// clocks and the other has not.
    #[test]
    fn d09_the_other_zones_are_shown_for_the_date() {
        let cases = [
            ("2026-02-02T08:00:00Z", "2026-02-02 03:00", "09:00 Europe/Paris, 17:00 Asia/Tokyo"),
            ("2026-03-09T07:00:00Z", "2026-03-09 03:00", "08:00 Europe/Paris, 16:00 Asia/Tokyo"),
            ("2026-10-26T07:00:00Z", "2026-10-26 03:00", "08:00 Europe/Paris, 16:00 Asia/Tokyo"),
            ("2026-11-02T08:00:00Z", "2026-11-02 03:00", "09:00 Europe/Paris, 17:00 Asia/Tokyo"),
        ];
        for (at, first, others) in cases {
            let said = zones(Some("America/New_York")).moment(Timestamp::parse(at).unwrap());
            let utc = &at[11..16];
            assert_eq!(said, format!("{first} America/New_York ({others}, {utc} UTC)"));
        }
    }

    #[test]
    fn another_day_is_named_and_the_environments_zone_decides_where_none_is_named() {
        let late = Timestamp::parse("2026-11-27T22:30:05Z").unwrap();
        assert_eq!(
            zones(None).moment(late),
            "2026-11-27 23:30:05 Europe/Paris (2026-11-28 07:30:05 Asia/Tokyo, 22:30:05 UTC)"
        );
        assert_eq!(
            Zones::of(&Environment::default(), None).moment(late),
            "2026-11-27 22:30:05 UTC"
        );
    }
}
