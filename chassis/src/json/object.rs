//! A JSON object in the only shape that is read here: named members, the nested ones not kept.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A member's value. Arrays and objects are skipped without being stored or recursed into, so
/// neither depth nor number of nested values costs memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Member {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Nested,
}

/// A whole body: an object, or JSON that is none.
pub(super) enum Object {
    Members(BTreeMap<String, Member>),
    Other,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, member)) = map.next_entry::<String, Member>()? {
            if members.insert(name, member).is_some() {
                return Err(A::Error::custom("a member appears twice"));
            }
        }
        Ok(Object::Members(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Object, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::Other)
    }

    fn visit_unit<E>(self) -> Result<Object, E> {
        Ok(Object::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Object, E> {
        Ok(Object::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Object, E> {
        Ok(Object::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Object, E> {
        Ok(Object::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Object, E> {
        Ok(Object::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Object, E> {
        Ok(Object::Other)
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Nested)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Member, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Nested)
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Member, E> {
        Ok(Member::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Member, E> {
        Ok(Member::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Member, E> {
        Ok(Member::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Member, E> {
        Ok(Number::from_f64(value).map_or(Member::Nested, Member::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Member, E> {
        Ok(Member::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Member, E> {
        Ok(Member::String(value))
    }
}
