//! One GET of something that is to be diagnosed: HTTP/1.1, small, and soon over.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls::client;

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

/// Asks `http://` and `https://` addresses.
#[derive(Clone)]
pub struct Caller {
    tls: Result<TlsConnector, String>,
}

impl Caller {
    /// Trusts the certificates of a PEM file, or without one what the system trusts.
    #[must_use]
    pub fn trusting(file: Option<&Path>) -> Self {
        let config = client::trusting_file_or_system(file);
        Self {
            tls: config.map(|config| TlsConnector::from(Arc::new(config))),
        }
    }

    /// What is there.
    ///
    /// # Errors
    /// Why there is no answer, for a person.
    pub async fn get(&self, url: &str) -> Result<Called, String> {
        let uri: Uri = url.parse().map_err(|_| format!("{url} is no address"))?;
        let answer = tokio::time::timeout(PATIENCE, self.ask(&uri)).await;
        let answer = answer.map_err(|_| format!("{url} does not answer"))?;
        parse(&answer.map_err(|error| format!("{url}: {error}"))?)
            .ok_or_else(|| format!("{url} answers in another language"))
    }

    async fn ask(&self, uri: &Uri) -> Result<Vec<u8>, String> {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("it is no address".to_owned());
        };
        let host = authority.host().trim_matches(['[', ']']);
        let port = if scheme == "https" { 443 } else { 80 };
        let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(port))).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let path = uri.path();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
        if scheme == "http" {
            return exchange(stream, &request).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let stream = self.tls.clone()?.connect(name, stream).await;
        exchange(stream.map_err(|error| error.to_string())?, &request).await
    }
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> Result<Vec<u8>, String> {
    let sent = stream.write_all(request.as_bytes()).await;
    sent.map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    match stream.take(LONGEST).read_to_end(&mut answer).await {
        // Hanging up without TLS's farewell is common, and the length is known from the head.
        Err(error) if answer.is_empty() => Err(error.to_string()),
        _ => Ok(answer),
    }
}

fn parse(answer: &[u8]) -> Option<Called> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_lowercase();
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let date = head.lines().find_map(|line| line.strip_prefix("date: "));
    let body = &answer[end + 4..];
    let in_chunks = head.contains("\r\ntransfer-encoding: chunked");
    Some(Called {
        status,
        date: date.and_then(seconds),
        body: if in_chunks {
            joined(body)?
        } else {
            body.to_vec()
        },
        head,
    })
}

/// RFC 9112 §7.1, whose trailers nobody needs here.
fn joined(mut chunks: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|bytes| bytes == b"\r\n")?;
        let size = std::str::from_utf8(&chunks[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let chunk = chunks.get(end + 2..)?;
        body.extend_from_slice(chunk.get(..size)?);
        chunks = chunk.get(size + 2..)?;
    }
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
    fn an_answer_in_chunks_is_joined() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            3;x=y\r\n{\"a\r\nC\r\n\": [1, 2, 3]\r\n1\r\n}\r\n0\r\n\r\n";
        assert_eq!(parse(answer).unwrap().body, br#"{"a": [1, 2, 3]}"#);
        assert!(parse(&answer[..answer.len() - 8]).is_none(), "cut off");
    }

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
