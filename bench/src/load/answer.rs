//! Finds the end of an HTTP/1.1 answer in what has been read so far.

use std::ops::Range;

/// A whole answer at the start of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where the body lies in the buffer, chunk sizes included if it is chunked.
    pub(crate) body: Range<usize>,
    /// The connection ends with this answer.
    pub(crate) closes: bool,
}

/// What a buffer begins with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Partly,
    Whole(Answer),
    Nonsense,
}

/// Reads the answer that `buffer` begins with.
pub(crate) fn read(buffer: &[u8]) -> Read {
    let Some(head_end) = find(buffer, b"\r\n\r\n") else {
        return Read::Partly;
    };
    let Some(head) = Head::parse(&buffer[..head_end]) else {
        return Read::Nonsense;
    };
    let start = head_end + 4;
    let end = match head.length {
        Length::Known(length) => start + length,
        Length::Chunked => match find(&buffer[start..], b"0\r\n\r\n") {
            Some(at) => start + at + 5,
            None => return Read::Partly,
        },
    };
    if buffer.len() < end {
        return Read::Partly;
    }
    Read::Whole(Answer {
        status: head.status,
        body: start..end,
        closes: head.closes,
    })
}

struct Head {
    status: u16,
    length: Length,
    closes: bool,
}

enum Length {
    Known(usize),
    Chunked,
}

impl Head {
    fn parse(head: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
        let mut parsed = Self {
            status: status.parse().ok()?,
            length: Length::Known(0),
            closes: false,
        };
        for line in lines {
            let (name, value) = line.split_once(':')?;
            parsed.header(name, value.trim())?;
        }
        Some(parsed)
    }

    fn header(&mut self, name: &str, value: &str) -> Option<()> {
        if name.eq_ignore_ascii_case("content-length") {
            self.length = Length::Known(value.parse().ok()?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            self.length = Length::Chunked;
        } else if name.eq_ignore_ascii_case("connection") {
            self.closes = value.eq_ignore_ascii_case("close");
        }
        Some(())
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|here| here == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Answer {
        match read(text.as_bytes()) {
            Read::Whole(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_of_known_length_ends_where_it_says() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]rest";
        let answer = whole(text);
        assert_eq!((answer.status, answer.closes), (200, false));
        assert_eq!(&text[answer.body], "[]");
    }

    #[test]
    fn header_names_are_read_in_any_case() {
        let answer = whole("HTTP/1.1 401 No\r\nconnection: Close\r\ncontent-length:0\r\n\r\n");
        assert_eq!((answer.status, answer.closes), (401, true));
        assert!(answer.body.is_empty());
    }

    #[test]
    fn a_chunked_body_ends_with_the_last_chunk() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n";
        assert_eq!(whole(text).body.end, text.len());
        assert_eq!(read(&text.as_bytes()[..text.len() - 1]), Read::Partly);
    }

    #[test]
    fn an_answer_is_not_whole_before_its_last_byte() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";
        for cut in 0..text.len() {
            assert_eq!(read(&text.as_bytes()[..cut]), Read::Partly, "{cut} bytes");
        }
    }

    #[test]
    fn an_answer_without_a_body_ends_with_its_head() {
        assert!(whole("HTTP/1.1 204 No Content\r\n\r\n").body.is_empty());
    }

    #[test]
    fn what_is_not_http_is_nonsense() {
        assert_eq!(read(b"SSH-2.0\r\n\r\n"), Read::Nonsense);
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
            Read::Nonsense
        );
    }
}
