//! The query of a list, and the links to its neighbours that keep it.
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Display;

use axum::extract::FromRequestParts;
use chassis::problem::FieldError;
use form_urlencoded::Serializer;
use http::request::Parts;

use super::ApiError;
use crate::page::{Limit, Order};

/// The members that mean something here, each given once at most: of two, a proxy in between could
/// go by the other.
const KNOWN: [&str; 3] = ["cursor", "limit", "order"];

/// What the query of a list asks for. Members it does not know are kept for the links and
/// otherwise left alone.
#[derive(Debug, Default)]
pub(crate) struct ListQuery {
    pub(crate) order: Order,
    pub(crate) limit: Limit,
    pub(crate) unverified_cursor: Option<String>,
    /// As it stands in the link to another page, without a cursor.
    kept: String,
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .uri
            .query()
            .map_or_else(|| Ok(Self::default()), Self::parse)
    }
}

impl ListQuery {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self::default();
        let mut problems = Vec::new();
        let mut given = HashSet::new();
        let mut kept = Vec::new();
        for (part, (name, value)) in parts(query) {
            if KNOWN.contains(&&*name) && !given.insert(name.clone()) {
                problems.push(wrong(&name, "must be given once"));
                continue;
            }
            match &*name {
                "cursor" => {
                    parsed.unverified_cursor = Some(value.into_owned());
                    continue;
                }
                "order" => match value.parse() {
                    Ok(order) => parsed.order = order,
                    Err(error) => problems.push(wrong("order", error)),
                },
                "limit" => match value.parse() {
                    Ok(limit) => parsed.limit = limit,
                    Err(error) => problems.push(wrong("limit", error)),
                },
                _ => {}
            }
            kept.push(in_ascii(part, &name, &value));
        }
        if !problems.is_empty() {
            return Err(ApiError::Query(problems));
        }
        parsed.kept = kept.join("&");
        Ok(parsed)
    }

    /// One link of a `Link` header (RFC 8288) to the page at `cursor`.
    pub(crate) fn link(&self, cursor: &str, relation: &str) -> String {
        let and = if self.kept.is_empty() { "" } else { "&" };
        format!(
            "</api/posts?{}{and}cursor={cursor}>; rel=\"{relation}\"",
            self.kept
        )
    }
}

/// Each part as it stands, and what it means.
fn parts(query: &str) -> impl Iterator<Item = (&str, (Cow<'_, str>, Cow<'_, str>))> {
    let parts = query.split('&');
    parts.filter_map(|part| Some((part, form_urlencoded::parse(part.as_bytes()).next()?)))
}

/// As it was given, so that a link is hardly longer than the request: a target has no spaces, quotes
/// or angle brackets. Some clients send UTF-8 in it, which has no place in a header.
fn in_ascii<'a>(part: &'a str, name: &str, value: &str) -> Cow<'a, str> {
    if part.is_ascii() {
        return part.into();
    }
    let mut encoded = Serializer::new(String::new());
    encoded.append_pair(name, value).finish().into()
}

fn wrong(field: &str, error: impl Display) -> FieldError {
    FieldError {
        field: field.to_owned(),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_query_and_replaces_the_cursor() {
        let query = "limit=5&%63ursor=old&order=desc&x=a%20b%3E%22&(y)&&z=ß";
        let query = ListQuery::parse(query).unwrap();
        assert_eq!(query.unverified_cursor.as_deref(), Some("old"));
        assert_eq!(
            query.link("new", "next"),
            "</api/posts?limit=5&order=desc&x=a%20b%3E%22&(y)&z=%C3%9F&cursor=new>; rel=\"next\""
        );
        assert_eq!(
            ListQuery::default().link("new", "prev"),
            "</api/posts?cursor=new>; rel=\"prev\""
        );
    }

    #[test]
    fn every_problem_of_a_query_is_told_at_once() {
        let Err(ApiError::Query(problems)) = ListQuery::parse("limit=0&order=up&cursor=x") else {
            panic!("the query was accepted");
        };
        let names: Vec<_> = problems.iter().map(|problem| &*problem.field).collect();
        assert_eq!(names, ["limit", "order"]);
    }

    #[test]
    fn a_member_that_is_given_twice_is_refused_even_when_both_are_good() {
        for (query, name) in [
            ("limit=5&limit=5", "limit"),
            ("order=asc&x=1&order=desc", "order"),
            ("cursor=a&%63ursor=b", "cursor"),
        ] {
            let Err(ApiError::Query(problems)) = ListQuery::parse(query) else {
                panic!("{query} was accepted");
            };
            assert_eq!(problems, [wrong(name, "must be given once")], "{query}");
        }
        assert!(ListQuery::parse("x=1&x=2").is_ok());
    }
}
