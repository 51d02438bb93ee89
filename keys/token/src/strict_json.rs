//! JSON as a token may use it: one object, no member twice at any depth, shallow.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep arrays and objects may be nested, the outermost object included.
pub(crate) const MAX_DEPTH: u8 = 16;

/// Why a text is not a JSON object that we take.
#[derive(Clone, Copy)]
pub(crate) enum JsonError {
    NotAnObject,
    TooDeep,
    DuplicateMember,
}

/// The members of an object, no name twice. A name is compared after its escapes are undone.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

pub(crate) enum Value<'a> {
    Integer(i64),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Object<'a>),
    /// Null, true, false, or a number with a fraction or an exponent or beyond 64 bits.
    Other,
}

impl<'a> Object<'a> {
    /// Reads `json` whole, in one pass. The caller bounds its size.
    pub(crate) fn parse(json: &'a [u8]) -> Result<Self, JsonError> {
        let fault = Cell::new(JsonError::NotAnObject);
        let mut reader = serde_json::Deserializer::from_slice(json);
        let value = Strict {
            levels: MAX_DEPTH,
            fault: &fault,
        }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
        match value {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(JsonError::NotAnObject),
            Err(_) => Err(fault.get()),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0
            .iter()
            .find(|(held, _)| held == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl Value<'_> {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one value that may nest `levels` deep. What serde's error type cannot carry goes to
/// `fault`.
#[derive(Clone, Copy)]
struct Strict<'f> {
    levels: u8,
    fault: &'f Cell<JsonError>,
}

impl Strict<'_> {
    fn one_level_down<E: Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels, ..self }),
            None => Err(self.refuse(JsonError::TooDeep)),
        }
    }

    /// What the claims of a token need, so that they are read without growing; inner objects are
    /// rare, and in hostile texts many.
    const fn usual_members(self) -> usize {
        if self.levels == MAX_DEPTH { 12 } else { 0 }
    }

    fn refuse<E: Error>(self, fault: JsonError) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value<'de>, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut input: A) -> Result<Value<'de>, A::Error> {
        let inner = self.one_level_down()?;
        let mut list = Vec::new();
        while let Some(value) = input.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Value<'de>, A::Error> {
        let mut members = Vec::with_capacity(self.usual_members());
        let inner = self.one_level_down()?;
        while let Some(name) = input.next_key_seed(Name)? {
            members.push((name, input.next_value_seed(inner)?));
        }
        if has_duplicate(&members) {
            return Err(self.refuse(JsonError::DuplicateMember));
        }
        Ok(Value::Object(Object(members)))
    }
}

/// Whether a name occurs twice.
fn has_duplicate(members: &[(Cow<'_, str>, Value<'_>)]) -> bool {
    // Comparing all pairs is the cheapest for the few members of a token, and ruinous for the
    // thousands of an attacker's.
    if members.len() <= 16 {
        return (1..members.len()).any(|n| members[..n].iter().any(|one| one.0 == members[n].0));
    }
    let mut names: Vec<_> = members.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// Reads a member's name, borrowed where it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Cow<'de, str>, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
