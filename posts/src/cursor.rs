//! Cursors: places in a list as text that only this service can make and only their author can use.
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::page::{Direction, Order, Position};
use crate::post::{Author, PostId};

const TAG_BYTES: usize = 16;
const CURSOR_BYTES: usize = 1 + 16 + TAG_BYTES;

/// Seals and opens cursors. All replicas on one database hold the same key.
#[derive(Clone)]
pub(crate) struct Cursors {
    key: hmac::Key,
}

/// The text is no cursor that was made for this author and this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The cursor was not made by this service for this list.")]
pub(crate) struct ForeignCursor;

impl Cursors {
    /// Cursors authenticated by `key`.
    #[must_use]
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// The cursor for a place in the author's list of that order.
    #[must_use]
    pub(crate) fn seal(&self, author: &Author, order: Order, position: Position) -> String {
        let mut cursor = [0; CURSOR_BYTES];
        cursor[0] = direction_byte(position.direction);
        cursor[1..17].copy_from_slice(position.id.as_bytes());
        let tag = self.tag(author, order, &cursor[..17]);
        cursor[17..].copy_from_slice(&tag.as_ref()[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The place that a cursor of this author and this order means.
    pub(crate) fn open(
        &self,
        author: &Author,
        order: Order,
        unverified_cursor: &str,
    ) -> Result<Position, ForeignCursor> {
        let mut cursor = [0; CURSOR_BYTES];
        match URL_SAFE_NO_PAD.decode_slice(unverified_cursor, &mut cursor) {
            Ok(CURSOR_BYTES) => {}
            _ => return Err(ForeignCursor),
        }
        let (place, tag) = cursor.split_at(17);
        let expected = self.tag(author, order, place);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..TAG_BYTES], tag)
            .map_err(|_| ForeignCursor)?;

        let (direction, id) = place.split_first().ok_or(ForeignCursor)?;
        Ok(Position {
            id: PostId::from_bytes(id.try_into().map_err(|_| ForeignCursor)?),
            direction: direction_of(*direction).ok_or(ForeignCursor)?,
        })
    }

    /// The place has a fixed length and the author comes last, so no two inputs read the same.
    fn tag(&self, author: &Author, order: Order, place: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"posts cursor 1");
        context.update(&[order_byte(order)]);
        context.update(place);
        context.update(author.as_str().as_bytes());
        context.sign()
    }
}

const fn order_byte(order: Order) -> u8 {
    match order {
        Order::OldestFirst => b'a',
        Order::NewestFirst => b'd',
    }
}

const fn direction_byte(direction: Direction) -> u8 {
    match direction {
        Direction::After => b'>',
        Direction::Before => b'<',
    }
}

const fn direction_of(byte: u8) -> Option<Direction> {
    match byte {
        b'>' => Some(Direction::After),
        b'<' => Some(Direction::Before),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        Position {
            id: PostId::from_bytes([9; 16]),
            direction: Direction::Before,
        }
    }

    #[test]
    fn a_cursor_means_its_place_to_its_author_alone() {
        let cursors = Cursors::new(&[1; 32]);
        let jack = Author::known("jack");
        let cursor = cursors.seal(&jack, Order::OldestFirst, position());
        let open = |author: &str, order| cursors.open(&Author::known(author), order, &cursor);

        assert_eq!(open("jack", Order::OldestFirst), Ok(position()));
        assert_eq!(open("jack", Order::NewestFirst), Err(ForeignCursor));
        assert_eq!(open("robert", Order::OldestFirst), Err(ForeignCursor));
        let other = Cursors::new(&[2; 32]).open(&jack, Order::OldestFirst, &cursor);
        assert_eq!(other, Err(ForeignCursor));
    }

    #[test]
    fn a_cursor_changed_in_any_character_is_foreign() {
        let cursors = Cursors::new(&[1; 32]);
        let jack = Author::known("jack");
        let cursor = cursors.seal(&jack, Order::OldestFirst, position());
        for at in 0..cursor.len() {
            let other = if cursor.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, other);
            let opened = cursors.open(&jack, Order::OldestFirst, &changed);
            assert_eq!(opened, Err(ForeignCursor), "{changed}");
        }
        for text in [
            "",
            "A",
            &cursor[1..],
            &format!("{cursor}A"),
            "💥",
            &"A".repeat(10_000),
        ] {
            assert_eq!(
                cursors.open(&jack, Order::OldestFirst, text),
                Err(ForeignCursor),
                "{text}"
            );
        }
    }
}
