//! Spans and moments as humans read them.

use windlass_model::{Millis, Timestamp};

/// A span in its two largest units: `850ms`, `12s`, `3m05s`, `2h10m`, `3d4h`.
pub fn span(ms: Millis) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms}ms"),
        1..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// The time of day in UTC, which the `Z` says: `04:10:00Z`.
pub fn clock_time(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(11..19).map_or_else(|| text.clone(), |time| format!("{time}Z"))
}

/// The day and the time of day in UTC: `2025-10-26 04:10:00Z`.
pub fn date_time(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..19).map_or_else(|| text.clone(), |text| text.replace('T', " ") + "Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_show_their_two_largest_units() {
        let shown: Vec<String> = [850, 12_000, 185_000, 7_800_000, 273_600_000].map(span).into();
        assert_eq!(shown, ["850ms", "12s", "3m05s", "2h10m", "3d4h"]);
        assert_eq!(clock_time(Timestamp(1_761_451_800_123)), "04:10:00Z");
        assert_eq!(date_time(Timestamp(1_761_451_800_123)), "2025-10-26 04:10:00Z");
    }
}
