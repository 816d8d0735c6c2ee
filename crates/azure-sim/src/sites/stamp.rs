//! The version stamp of a site: `lastModifiedTimeUtc`, and the ETag made of it. It must not know
//! when the stamp moves.

use crate::http::Answer;
use jiff::Timestamp;

/// Between 1601, where a FILETIME begins, and 1970, in 100 ns.
const FILETIME_OF_1970: i128 = 116_444_736_000_000_000;
/// 100 ns in a second.
const TICKS: i128 = 10_000_000;
/// Sites keep times as SQL's `datetime`: 300 steps a second.
const STEPS: i128 = 300;

/// 100 ns since 1601, rounded as SQL's `datetime` rounds.
fn filetime(at: Timestamp) -> i128 {
    let ticks = at.as_nanosecond() / 100;
    let (second, rest) = (ticks.div_euclid(TICKS), ticks.rem_euclid(TICKS));
    let step = (rest * STEPS + TICKS / 2) / TICKS;
    second * TICKS + (step * TICKS + STEPS / 2) / STEPS + FILETIME_OF_1970
}

/// The ETag: the FILETIME in hex, in quotes.
pub fn etag(at: Timestamp) -> String {
    format!("\"{:X}\"", filetime(at))
}

/// `lastModifiedTimeUtc`: no zone, the fraction without trailing zeros.
pub fn last_modified(at: Timestamp) -> String {
    let ticks = filetime(at) - FILETIME_OF_1970;
    let second = Timestamp::from_second(i64::try_from(ticks.div_euclid(TICKS)).unwrap_or(0));
    let second = second.unwrap_or(at).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = format!("{:07}", ticks.rem_euclid(TICKS));
    match fraction.trim_end_matches('0') {
        "" => second,
        fraction => format!("{second}.{fraction}"),
    }
}

/// Puts the stamp of a moment onto an answer.
pub fn stamped(answer: Answer, at: Timestamp) -> Answer {
    answer.with_header("etag", etag(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_stamps_come_out() {
        // The two moments of the recording `web-stop-start`.
        for (at, text, tag) in [
            ("2023-04-11T22:19:33.2101Z", "2023-04-11T22:19:33.21", "\"1D96CC3B13C93A0\""),
            ("2023-04-11T22:19:41.934Z", "2023-04-11T22:19:41.9333333", "\"1D96CC3B66FA6D5\""),
            ("2023-03-29T16:58:32.9466667Z", "2023-03-29T16:58:32.9466667", "\"1D9625FB1DADF2B\""),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(last_modified(at), text);
            assert_eq!(etag(at), tag);
        }
        let whole: Timestamp = "2023-04-11T22:19:41Z".parse().unwrap();
        assert_eq!(last_modified(whole), "2023-04-11T22:19:41");
    }
}
