//! `traceparent` (W3C Trace Context): which trace a request belongs to, carried into the log and
//! into the calls made on its behalf.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName};

/// The header that carries it.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Trace, calling span and flags of version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    parent: u64,
    flags: u8,
}

/// Not the shape that W3C Trace Context §3.2 gives.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no traceparent")]
pub struct InvalidTraceContext;

impl TraceContext {
    /// The context that a request came with. What is malformed, or there twice, counts as absent
    /// (§3.2.2.3).
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(&TRACEPARENT).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        value.to_str().ok()?.parse().ok()
    }

    /// A trace that begins here, and is sampled.
    #[must_use]
    pub fn new(trace: u128, span: u64) -> Self {
        Self {
            trace: trace.max(1),
            parent: span.max(1),
            flags: 1,
        }
    }

    /// The span that calls.
    #[must_use]
    pub fn parent(&self) -> u64 {
        self.parent
    }

    /// The span that calls, as 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.parent)
    }

    /// Whether the caller records this trace (§3.2.2.5.1).
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// Names the whole trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The context for a call made on behalf of this request, under a span id of its own.
    #[must_use]
    pub fn child(self, span: u64) -> Self {
        Self {
            parent: span.max(1),
            ..self
        }
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;

    fn from_str(text: &str) -> Result<Self, InvalidTraceContext> {
        read(text).ok_or(InvalidTraceContext)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "00-{:032x}-{:016x}-{:02x}",
            self.trace, self.parent, self.flags
        )
    }
}

/// A later version may append fields, which this one does not read (§4.3).
fn read(text: &str) -> Option<TraceContext> {
    let mut parts = text.split('-');
    let version = hexadecimal(parts.next()?, 2)?;
    let trace = hexadecimal(parts.next()?, 32)?;
    let parent = u64::try_from(hexadecimal(parts.next()?, 16)?).ok()?;
    let flags = u8::try_from(hexadecimal(parts.next()?, 2)?).ok()?;
    let is_readable = version != 0xff && (version != 0 || parts.next().is_none());
    (is_readable && trace != 0 && parent != 0).then_some(TraceContext {
        trace,
        parent,
        flags,
    })
}

fn hexadecimal(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(is_digit))
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_good_context_is_carried_unchanged_but_for_the_caller() {
        let context: TraceContext = GOOD.parse().unwrap();
        assert_eq!(context.to_string(), GOOD);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            context.child(7).to_string(),
            GOOD.replace("00f067aa0ba902b7", "0000000000000007")
        );
    }

    #[test]
    fn a_later_version_is_read_and_a_malformed_context_is_not() {
        assert!(GOOD.replacen("00", "cc", 1).parse::<TraceContext>().is_ok());
        assert!(
            format!("{}-more", GOOD.replacen("00", "cc", 1))
                .parse::<TraceContext>()
                .is_ok()
        );
        for bad in [
            "",
            "00",
            &GOOD.replacen("00", "ff", 1),
            &format!("{GOOD}-more"),
            &GOOD.to_uppercase(),
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            &GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            &GOOD.replace("4bf9", "4bfg"),
            &GOOD.replace("4bf9", "+bf9"),
            &GOOD.replace('-', "_"),
        ] {
            assert_eq!(
                bad.parse::<TraceContext>(),
                Err(InvalidTraceContext),
                "{bad}"
            );
        }
    }
}
