//! Reading typed fields out of an object, and telling of all the wrong ones at once.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::object::Member;
use crate::problem::{FieldError, Problem};

/// What a request body must have to become this type.
///
/// Ask for every field before the first `?`, so that one answer names them all:
/// ```
/// use chassis::{Fields, FromFields};
///
/// struct Login { username: String, password: String }
///
/// impl FromFields for Login {
///     fn from_fields(fields: &mut Fields) -> Option<Self> {
///         let username = fields.required("username", |text| text.parse::<String>());
///         let password = fields.required("password", |text| text.parse::<String>());
///         Some(Self { username: username?, password: password? })
///     }
/// }
/// ```
pub trait FromFields: Sized {
    /// `None` when a field was wrong; `fields` then holds why.
    fn from_fields(fields: &mut Fields) -> Option<Self>;
}

/// The fields of one JSON object, and what is wrong with those looked at so far.
#[derive(Debug)]
pub struct Fields {
    members: BTreeMap<String, Member>,
    errors: Vec<FieldError>,
}

/// What a merge patch (RFC 7396) says about one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// The member is absent: leave the value as it is.
    Keep,
    /// The member is `null`: remove the value.
    Remove,
    /// The member is present: this is the new value.
    Set(T),
}

impl Fields {
    pub(super) fn new(members: BTreeMap<String, Member>) -> Self {
        Self {
            members,
            errors: Vec::new(),
        }
    }

    /// A string that must be there and that `parse` must accept.
    pub fn required<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match self.change(name, parse) {
            Some(Change::Set(value)) => Some(value),
            Some(Change::Keep) => self.reject(name, "is missing"),
            Some(Change::Remove) => self.reject(name, "must be a string"),
            None => None,
        }
    }

    /// A string that may be absent; the outer `None` says that it is wrong.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.change(name, parse)? {
            Change::Set(value) => Some(Some(value)),
            Change::Keep => Some(None),
            Change::Remove => self.reject(name, "must be a string"),
        }
    }

    /// A string in a merge patch; the outer `None` says that it is wrong.
    pub fn change<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Change<T>> {
        match self.members.get(name) {
            None => Some(Change::Keep),
            Some(Member::Null) => Some(Change::Remove),
            Some(Member::String(text)) => match parse(text) {
                Ok(value) => Some(Change::Set(value)),
                Err(error) => self.reject(name, error),
            },
            Some(_) => self.reject(name, "must be a string"),
        }
    }

    /// A Boolean that may be absent; the outer `None` says that it is wrong.
    pub fn optional_bool(&mut self, name: &'static str) -> Option<Option<bool>> {
        match self.members.get(name) {
            None => Some(None),
            Some(Member::Bool(value)) => Some(Some(*value)),
            Some(_) => self.reject(name, "must be true or false"),
        }
    }

    /// An integer that may be absent; the outer `None` says that it is wrong.
    pub fn optional_integer(&mut self, name: &'static str) -> Option<Option<i64>> {
        match self.members.get(name) {
            None => Some(None),
            Some(Member::Number(number)) if number.is_i64() => Some(number.as_i64()),
            Some(_) => self.reject(name, "must be an integer"),
        }
    }

    /// Records that a field is wrong. Always `None`, so that it can end a `match`.
    pub fn reject<T>(&mut self, name: &'static str, message: impl Display) -> Option<T> {
        self.errors.push(FieldError {
            field: name.to_owned(),
            message: message.to_string(),
        });
        None
    }

    /// What is wrong with the fields looked at.
    pub(super) fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// The value, unless some field was wrong, even one that the value does not need.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}
