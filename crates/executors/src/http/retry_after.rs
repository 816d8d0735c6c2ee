//! How long a service asks one to wait. It must not know which service.

use jiff::fmt::rfc2822;
use windlass_model::Millis;

/// The longest wait that is believed: an hour. A service that means more is better asked again
/// after one.
const WAIT_MAX_MS: Millis = 3_600_000;

/// Reads `Retry-After`: seconds, or a date, which is compared with the answer's own `Date`, since
/// the service's
/// times are only ever compared with the service's times.
pub fn retry_after_ms(retry_after: Option<&str>, date: Option<&str>) -> Option<Millis> {
    let text = retry_after?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let ms = (seconds.max(0.0) * 1000.0).round();
        return Some((ms as Millis).min(WAIT_MAX_MS));
    }
    let until = rfc2822::parse(text).ok()?.timestamp();
    let now = rfc2822::parse(date?).ok()?.timestamp();
    let ms = until.as_millisecond().saturating_sub(now.as_millisecond());
    Some(u64::try_from(ms).unwrap_or(0).min(WAIT_MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::retry_after_ms;

    #[test]
    fn seconds_and_dates_are_understood_and_nonsense_is_not() {
        let date = Some("Tue, 07 Feb 2023 13:04:01 GMT");
        assert_eq!(retry_after_ms(Some("17"), None), Some(17_000));
        assert_eq!(retry_after_ms(Some(" 0 "), None), Some(0));
        assert_eq!(retry_after_ms(Some("-3"), None), Some(0));
        assert_eq!(retry_after_ms(Some("86400"), None), Some(3_600_000));
        assert_eq!(retry_after_ms(Some("Tue, 07 Feb 2023 13:05:01 GMT"), date), Some(60_000));
        assert_eq!(retry_after_ms(Some("Tue, 07 Feb 2023 13:00:00 GMT"), date), Some(0));
        assert_eq!(retry_after_ms(Some("Tue, 07 Feb 2023 13:05:01 GMT"), None), None);
        assert_eq!(retry_after_ms(Some("soon"), date), None);
        assert_eq!(retry_after_ms(None, date), None);
    }
}
