//! Durations as people write them: `500ms`, `15m`, `24h`, `7d`.

use std::time::Duration;

/// Not a number followed by `ms`, `s`, `m`, `h` or `d`, or one too large to count.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number and a unit: ms, s, m, h or d, as in 15m")]
pub struct InvalidDuration;

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Ten thousand years: what is longer is a mistake, and would overflow a date.
const LONGEST_MILLIS: u64 = 3_652_425 * 86_400_000;

/// Reads one number and one unit.
///
/// # Errors
/// Anything else, and everything over ten thousand years.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let unit_at = text
        .find(|c: char| !c.is_ascii_digit())
        .ok_or(InvalidDuration)?;
    let (number, unit) = text.split_at(unit_at);
    let (_, unit_millis) = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or(InvalidDuration)?;
    let number: u64 = number.parse().map_err(|_| InvalidDuration)?;
    match number.checked_mul(*unit_millis) {
        Some(millis) if millis <= LONGEST_MILLIS => Ok(Duration::from_millis(millis)),
        _ => Err(InvalidDuration),
    }
}

/// Writes a duration in the largest unit that leaves no rest; below a millisecond it is cut.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let fitting = UNITS
        .iter()
        .rev()
        .find(|(_, unit)| millis.is_multiple_of(u128::from(*unit)));
    match fitting {
        Some((name, unit)) if millis > 0 => format!("{}{name}", millis / u128::from(*unit)),
        _ => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_in_the_documentation() {
        for (text, seconds) in [
            ("15m", 900.0),
            ("24h", 86_400.0),
            ("7d", 604_800.0),
            ("500ms", 0.5),
            ("0s", 0.0),
            ("60s", 60.0),
        ] {
            let duration = Duration::from_secs_f64(seconds);
            assert_eq!(parse_duration(text), Ok(duration), "{text}");
            assert_eq!(
                parse_duration(&format_duration(duration)),
                Ok(duration),
                "{text}"
            );
        }
        assert_eq!(format_duration(Duration::from_hours(24)), "1d");
        assert_eq!(format_duration(Duration::from_secs(90)), "90s");
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "15",
            "m",
            "-1s",
            "1.5h",
            "1 h",
            "1H",
            "1w",
            "1m30s",
            "99999999999999999999s",
            "9999999999d",
            "１s",
        ] {
            assert_eq!(parse_duration(text), Err(InvalidDuration), "{text}");
        }
    }
}
