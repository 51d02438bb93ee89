//! Moments and spans of time, for people and for machines.

use std::time::Duration;

use token::Timestamp;

/// RFC 3339 in UTC, for machines: milliseconds where there are any.
pub(super) fn rfc3339(moment: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(moment.unix_millis())
        .map_or_else(|_| "-".to_owned(), |moment| moment.to_string())
}

/// `2026-11-24 20:15:23Z`.
pub(super) fn clock_time(moment: Timestamp) -> String {
    jiff::Timestamp::from_second(moment.unix_seconds()).map_or_else(
        |_| "-".to_owned(),
        |moment| moment.to_string().replace('T', " "),
    )
}

/// `in 23h 59m`, `5m 10s ago`, `now`.
pub(super) fn relative(moment: Timestamp, now: Timestamp) -> String {
    match (moment.since(now), now.since(moment)) {
        (Duration::ZERO, Duration::ZERO) => "now".to_owned(),
        (Duration::ZERO, past) => format!("{} ago", span(to_the_second(past))),
        (future, _) => format!("in {}", span(to_the_second(future))),
    }
}

/// Moments are kept to the millisecond: what is a minute less a hair is a minute to a reader.
fn to_the_second(duration: Duration) -> Duration {
    if duration < Duration::from_secs(1) {
        return duration;
    }
    Duration::from_secs((duration + Duration::from_millis(500)).as_secs())
}

/// Its two largest units: nobody reads the seconds of a month.
pub(super) fn span(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let seconds = duration.as_secs();
    let Some(first) = UNITS.iter().position(|(unit, _)| seconds >= *unit) else {
        return format!("{}ms", duration.as_millis());
    };
    let (unit, name) = UNITS[first];
    let large = format!("{}{name}", seconds / unit);
    match UNITS.get(first + 1) {
        Some((smaller, name)) if seconds % unit >= *smaller => {
            format!("{large} {}{name}", seconds % unit / smaller)
        }
        _ => large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_shows_its_two_largest_units() {
        for (seconds, shown) in [
            (1, "1s"),
            (90, "1m 30s"),
            (3_600, "1h"),
            (86_399, "23h 59m"),
            (86_400 * 30, "30d"),
            (86_400 * 29 + 7_205, "29d 2h"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), shown);
        }
        assert_eq!(span(Duration::from_millis(250)), "250ms");
    }

    #[test]
    fn a_moment_is_told_from_now() {
        let now = Timestamp::from_unix_seconds(1_000);
        assert_eq!(relative(now, now), "now");
        assert_eq!(relative(now + Duration::from_secs(92), now), "in 1m 32s");
        assert_eq!(relative(now - Duration::from_secs(5), now), "5s ago");
    }

    #[test]
    fn a_moment_is_told_to_the_nearest_second() {
        let now = Timestamp::from_unix_seconds(1_000);
        for (millis, told) in [
            (250, "250ms"),
            (1_499, "1s"),
            (1_500, "2s"),
            (59_960, "1m"),
            (86_399_700, "1d"),
        ] {
            let away = Duration::from_millis(millis);
            assert_eq!(relative(now + away, now), format!("in {told}"));
            assert_eq!(relative(now - away, now), format!("{told} ago"));
        }
    }
}
