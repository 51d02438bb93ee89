//! One GET of something that is to be diagnosed: plain HTTP/1.1, small, and soon over.

use std::time::Duration;

use http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(3);
const LONGEST: u64 = 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub struct Called {
    /// The status.
    pub status: u16,
    /// The header `Date`, in seconds since 1970.
    pub date: Option<i64>,
    /// Status line and header fields.
    pub head: String,
    /// The content.
    pub body: Vec<u8>,
}

/// Asks for `http://` addresses.
///
/// # Errors
/// Why there is no answer, for a person.
pub async fn call(url: &str) -> Result<Called, String> {
    let uri: Uri = url.parse().map_err(|_| format!("{url} is no address"))?;
    let (Some("http"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{url} is not asked: it is not http://"));
    };
    let host = (
        authority.host().trim_matches(['[', ']']),
        authority.port_u16().unwrap_or(80),
    );
    let path = uri.path();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let conversation = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, conversation).await;
    let answer = answer.map_err(|_| format!("{url} does not answer"))?;
    parse(&answer.map_err(|error| format!("{url}: {error}"))?)
        .ok_or_else(|| format!("{url} answers in another language"))
}

fn parse(answer: &[u8]) -> Option<Called> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_lowercase();
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let date = head.lines().find_map(|line| line.strip_prefix("date: "));
    Some(Called {
        status,
        date: date.and_then(seconds),
        body: answer[end + 4..].to_vec(),
        head,
    })
}

/// RFC 9110 §5.6.7, in lower case: `sun, 06 nov 1994 08:49:37 gmt`.
fn seconds(date: &str) -> Option<i64> {
    const MONTHS: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let mut parts = date.split_once(", ")?.1.split([' ', ':']);
    let mut number = || parts.next()?.parse::<i64>().ok();
    let day = number()?;
    let month = parts.next()?;
    let month = i64::try_from(MONTHS.find(month)? / 3).ok()? + 1;
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (year, hour, minute, second) = (number()?, number()?, number()?, number()?);
    Some(((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days since 1970 of a day of the Gregorian calendar; the year is taken to begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_becomes_seconds() {
        for (date, expected) in [
            ("thu, 01 jan 1970 00:00:00 gmt", 0),
            ("sun, 06 nov 1994 08:49:37 gmt", 784_111_777),
            ("thu, 29 feb 2024 23:59:59 gmt", 1_709_251_199),
        ] {
            assert_eq!(seconds(date), Some(expected), "{date}");
        }
        assert_eq!(seconds("soon"), None);
    }
}
