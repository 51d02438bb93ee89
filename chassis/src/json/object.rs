//! A JSON object in the only shape that is read here: named members, the nested ones not kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Number;
use serde_json::value::RawValue;

/// A member's value. Arrays and objects are skipped without being stored or recursed into, so
/// neither depth nor number of nested values costs memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Member {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    /// An array, an object, or a number too large for this program, though not for JSON.
    Other,
}

/// A whole body: an object, or JSON that is none.
pub(super) enum Object {
    Members(BTreeMap<String, Member>),
    Other,
}

impl Object {
    /// Whether a text is JSON is a matter of its grammar alone; what its values mean comes after.
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        let json: &RawValue = serde_json::from_str(text)?;
        if !json.get().starts_with('{') {
            return Ok(Self::Other);
        }
        let Members(members) = serde_json::from_str(text)?;
        Ok(Self::Members(members))
    }
}

struct Members(BTreeMap<String, Member>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            let member = Member::of(value.get()).map_err(A::Error::custom)?;
            if members.insert(name, member).is_some() {
                return Err(A::Error::custom("a member appears twice"));
            }
        }
        Ok(Members(members))
    }
}

impl Member {
    /// What a value of the grammar means. Only a string can mean nothing: half of a surrogate pair.
    fn of(value: &str) -> serde_json::Result<Self> {
        Ok(match value.as_bytes().first() {
            Some(b'"') => Self::String(serde_json::from_str(value)?),
            Some(b'n') => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'[' | b'{') | None => Self::Other,
            Some(_) => serde_json::from_str(value).map_or(Self::Other, Self::Number),
        })
    }
}
