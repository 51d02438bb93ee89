//! The servers that the costs of `posts` are compared with: the floor, which does nothing but
//! answer, and the verifier alone in front of the same answer.

mod floor;
mod guarded;
mod list;

pub(crate) use floor::{floor, floor_and_signature};
pub(crate) use guarded::guarded;
