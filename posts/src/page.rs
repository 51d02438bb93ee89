//! Keyset paging: which stretch of an author's list is asked for, and where its neighbours begin.
use std::str::FromStr;

use utoipa::ToSchema;

use crate::post::PostId;

/// The stretch asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct PageRequest {
    /// The order of the list.
    pub(crate) order: Order,
    /// The most posts to answer.
    pub(crate) limit: Limit,
    /// Where to begin; the start of the list when absent.
    pub(crate) position: Option<Position>,
}

impl PageRequest {
    /// The scan that finds this stretch.
    #[must_use]
    pub(crate) fn scan(&self) -> Scan {
        let from = self.position.map(|position| position.id);
        match (self.order, self.is_backward()) {
            (Order::OldestFirst, false) | (Order::NewestFirst, true) => Scan::Up {
                above: from.unwrap_or(PostId::FIRST),
            },
            (Order::NewestFirst, false) | (Order::OldestFirst, true) => Scan::Down {
                below: from.unwrap_or(PostId::LAST),
            },
        }
    }

    /// Whether the scan runs against the order of the list, so that its rows must be turned round.
    #[must_use]
    pub(crate) fn is_backward(&self) -> bool {
        self.position
            .is_some_and(|position| position.direction == Direction::Before)
    }
}

/// A run over an author's posts along their primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Ids above this one, upwards.
    Up {
        /// Not itself part of the stretch.
        above: PostId,
    },
    /// Ids below this one, downwards.
    Down {
        /// Not itself part of the stretch.
        below: PostId,
    },
}

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ToSchema)]
pub(crate) enum Order {
    /// `order=asc`, and when nothing is said.
    #[default]
    #[schema(rename = "asc")]
    OldestFirst,
    /// `order=desc`.
    #[schema(rename = "desc")]
    NewestFirst,
}

/// The text is no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be asc or desc")]
pub(crate) struct InvalidOrder;

impl FromStr for Order {
    type Err = InvalidOrder;

    fn from_str(text: &str) -> Result<Self, InvalidOrder> {
        match text {
            "asc" => Ok(Self::OldestFirst),
            "desc" => Ok(Self::NewestFirst),
            _ => Err(InvalidOrder),
        }
    }
}

/// 1 to 100 posts, 20 when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(u8);

/// The text is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 100")]
pub(crate) struct InvalidLimit;

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl FromStr for Limit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        // Rust would read a sign, which no number of the API has.
        let is_unsigned = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number @ 1..=100) if is_unsigned => Ok(Self(number)),
            _ => Err(InvalidLimit),
        }
    }
}

impl Limit {
    /// How many posts.
    #[must_use]
    pub(crate) const fn posts(self) -> u8 {
        self.0
    }
}

/// A place in a list: beside a post, which need not exist any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The post.
    pub(crate) id: PostId,
    /// The side of it that is asked for.
    pub(crate) direction: Direction,
}

/// A side of a place in a list, in that list's own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// What follows.
    After,
    /// What comes before.
    Before,
}

/// A stretch of the list as it is answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The posts as a JSON array, in the order of the list.
    pub(crate) json: Vec<u8>,
    /// The stretch before this one, when there may be one.
    pub(crate) previous: Option<Position>,
    /// The stretch after this one, when there is one.
    pub(crate) next: Option<Position>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_number_from_1_to_100() {
        for good in ["1", "20", "100"] {
            assert!(good.parse::<Limit>().is_ok(), "{good}");
        }
        for bad in [
            "0",
            "101",
            "256",
            "-1",
            "+1",
            "1.0",
            "",
            " 1",
            "ten",
            "99999999999999999999",
        ] {
            assert_eq!(bad.parse::<Limit>(), Err(InvalidLimit), "{bad}");
        }
    }

    #[test]
    fn a_stretch_before_a_place_is_scanned_against_the_order_of_the_list() {
        let id = PostId::from_bytes([7; 16]);
        let request = |order, direction| PageRequest {
            order,
            limit: Limit::default(),
            position: Some(Position { id, direction }),
        };
        let (up, down) = (Scan::Up { above: id }, Scan::Down { below: id });
        for (order, direction, scan) in [
            (Order::OldestFirst, Direction::After, up),
            (Order::OldestFirst, Direction::Before, down),
            (Order::NewestFirst, Direction::After, down),
            (Order::NewestFirst, Direction::Before, up),
        ] {
            assert_eq!(request(order, direction).scan(), scan);
        }
    }
}
