//! Where headers begin and end among the bytes of a connection that may turn out to be HTTP/2.

/// How every HTTP/2 connection begins (RFC 9113 §3.4), and no request of HTTP/1 that anybody sends.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// RFC 9113 §4.1: length, type, flags, stream.
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Follows what a client sends, without keeping it.
pub(super) enum Inbound {
    /// So many bytes of the preface.
    Undecided(usize),
    Http1,
    Http2(Frames),
}

/// What some bytes were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// HTTP/1, or too few to tell.
    Http1,
    /// HTTP/2, and no header is half way there.
    Whole,
    /// HTTP/2, ending within a header that began with these bytes.
    HeaderBegun,
    /// HTTP/2, ending within the header of last time.
    HeaderContinued,
}

impl Inbound {
    pub(super) const fn new() -> Self {
        Self::Undecided(0)
    }

    /// Known for sure, and once and for all.
    pub(super) const fn is_http1(&self) -> bool {
        matches!(self, Self::Http1)
    }

    pub(super) fn read(&mut self, bytes: &[u8]) -> Seen {
        match self {
            Self::Http1 => Seen::Http1,
            Self::Http2(frames) => frames.read(bytes),
            Self::Undecided(matched) => {
                let expected = &PREFACE[*matched..];
                let common = expected.len().min(bytes.len());
                if expected[..common] != bytes[..common] {
                    *self = Self::Http1;
                } else if common < expected.len() {
                    *matched += common;
                } else {
                    let mut frames = Frames::default();
                    let seen = frames.read(&bytes[common..]);
                    *self = Self::Http2(frames);
                    return seen;
                }
                Seen::Http1
            }
        }
    }
}

/// The frame that is being read, and whether a header goes on behind it (RFC 9113 §4.3).
#[derive(Default)]
pub(super) struct Frames {
    head: [u8; HEAD],
    head_read: usize,
    payload_left: usize,
    block_is_open: bool,
}

impl Frames {
    fn read(&mut self, mut bytes: &[u8]) -> Seen {
        let mut begun = false;
        while let Some(&first) = bytes.first() {
            begun |= self.head_read == 0 && !self.block_is_open;
            if self.head_read < HEAD {
                self.read_of_head(first);
                bytes = &bytes[1..];
            } else {
                let skipped = self.payload_left.min(bytes.len());
                self.payload_left -= skipped;
                bytes = &bytes[skipped..];
            }
            if self.head_read == HEAD && self.payload_left == 0 {
                self.end();
                // What is under way from here on, if anything, began with these bytes.
                begun &= self.block_is_open;
            }
        }
        match (self.is_within_header(), begun) {
            (false, _) => Seen::Whole,
            (true, true) => Seen::HeaderBegun,
            (true, false) => Seen::HeaderContinued,
        }
    }

    fn read_of_head(&mut self, byte: u8) {
        self.head[self.head_read] = byte;
        self.head_read += 1;
        if self.head_read == HEAD {
            let [high, middle, low, ..] = self.head;
            self.payload_left = u32::from_be_bytes([0, high, middle, low]) as usize;
            self.block_is_open |= self.is_of_header();
        }
    }

    fn end(&mut self) {
        if self.is_of_header() && self.head[4] & END_HEADERS != 0 {
            self.block_is_open = false;
        }
        self.head_read = 0;
    }

    fn is_of_header(&self) -> bool {
        matches!(self.head[3], HEADERS | CONTINUATION)
    }

    /// The few bytes of any other frame have no more time than a header; a body has its own.
    fn is_within_header(&self) -> bool {
        let within_body = self.head_read == HEAD && self.head[3] == DATA;
        self.block_is_open || (self.head_read > 0 && !within_body)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen::{HeaderBegun, HeaderContinued, Http1, Whole};
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, 1], payload].concat()
    }

    fn http2() -> Inbound {
        let mut inbound = Inbound::new();
        assert_eq!(inbound.read(PREFACE), Whole);
        inbound
    }

    #[test]
    fn a_preface_is_known_by_all_of_its_bytes_and_nothing_else() {
        let mut inbound = Inbound::new();
        assert_eq!(inbound.read(&PREFACE[..1]), Http1);
        assert_eq!(inbound.read(&PREFACE[1..23]), Http1);
        assert_eq!(inbound.read(b"\n\0"), HeaderBegun);
        let mut inbound = Inbound::new();
        assert_eq!(inbound.read(b"PRI / HTTP/1.1\r\n\r\n"), Http1);
        assert_eq!(inbound.read(PREFACE), Http1);
    }

    #[test]
    fn a_header_is_under_way_from_its_first_byte_to_its_last() {
        let mut inbound = http2();
        let block = [
            frame(HEADERS, 0, b"abc"),
            frame(CONTINUATION, 0, b""),
            frame(CONTINUATION, END_HEADERS, b"d"),
        ]
        .concat();
        let (last, rest) = block.split_last().unwrap();
        assert_eq!(inbound.read(&rest[..1]), HeaderBegun);
        for byte in &rest[1..] {
            assert_eq!(inbound.read(&[*byte]), HeaderContinued);
        }
        assert_eq!(inbound.read(&[*last]), Whole);
        assert_eq!(inbound.read(&block), Whole);
    }

    #[test]
    fn the_next_header_has_its_own_time() {
        let mut inbound = http2();
        let whole = frame(HEADERS, END_HEADERS, b"abc");
        assert_eq!(inbound.read(&whole[..5]), HeaderBegun);
        let end_and_beginning = [&whole[5..], &whole[..5]].concat();
        assert_eq!(inbound.read(&end_and_beginning), HeaderBegun);
    }

    #[test]
    fn a_body_is_no_header() {
        let mut inbound = http2();
        let body = frame(DATA, 0, b"abc");
        assert_eq!(inbound.read(&body[..8]), HeaderBegun);
        assert_eq!(inbound.read(&body[8..10]), Whole);
        assert_eq!(inbound.read(&body[10..]), Whole);
    }
}
