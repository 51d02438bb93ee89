//! Conditional requests (RFC 9110 §13): what the client believes of a post, held against what is.
use http::HeaderMap;
use http::header::{AsHeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::post::Version;
use crate::settings::IfMatch;

/// The strong entity tag of a version.
#[must_use]
pub(crate) fn etag(version: Version) -> String {
    format!("\"{}\"", version.number())
}

/// The conditions a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preconditions {
    matching: Option<Tags>,
    none_matching: Option<Tags>,
    policy: IfMatch,
}

/// A condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unmet {
    /// The client asked to be spared a representation it has: 304 for a read, 412 for a write.
    #[error("the post is one that If-None-Match excludes")]
    NotModified,
    /// 412.
    #[error("the post is not the one that If-Match names")]
    Failed,
    /// There must be an `If-Match`, and there is none: 428 (RFC 6585 §3).
    #[error("a change must name the version it changes in If-Match")]
    Missing,
}

impl Preconditions {
    /// The conditions in these headers. A tag that does not parse is one that matches nothing.
    #[must_use]
    pub(crate) fn from_headers(headers: &HeaderMap, policy: IfMatch) -> Self {
        Self {
            matching: Tags::from_header(headers, IF_MATCH),
            none_matching: Tags::from_header(headers, IF_NONE_MATCH),
            policy,
        }
    }

    /// Holds the conditions against the version there is, in the order of RFC 9110 §13.2.2.
    pub(crate) fn check(&self, current: Version) -> Result<(), Unmet> {
        if self.policy == IfMatch::Required && self.matching.is_none() {
            return Err(Unmet::Missing);
        }
        let current = etag(current);
        if self
            .matching
            .as_ref()
            .is_some_and(|tags| !tags.match_strongly(&current))
        {
            return Err(Unmet::Failed);
        }
        if self
            .none_matching
            .as_ref()
            .is_some_and(|tags| tags.match_weakly(&current))
        {
            return Err(Unmet::NotModified);
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tags {
    /// `*`: any post that exists.
    Any,
    Listed(Vec<Tag>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    /// With its quotes.
    opaque: String,
}

impl Tags {
    fn from_header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Self> {
        let mut lines = headers.get_all(name).iter().peekable();
        lines.peek()?;
        let mut tags = Vec::new();
        for line in lines {
            // Entity tags are ASCII or obs-text; none of ours is obs-text.
            let line = line.to_str().unwrap_or_default();
            if line.trim() == "*" {
                return Some(Self::Any);
            }
            tags.extend(TagList::of(line));
        }
        Some(Self::Listed(tags))
    }

    /// RFC 9110 §8.8.3.2, strong comparison: a weak tag equals nothing.
    fn match_strongly(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| !tag.weak && tag.opaque == current),
        }
    }

    /// RFC 9110 §8.8.3.2, weak comparison.
    fn match_weakly(&self, current: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| tag.opaque == current),
        }
    }
}

/// Reads `entity-tag *( "," entity-tag )` and ends at the first thing that is neither.
struct TagList<'a>(&'a str);

impl<'a> TagList<'a> {
    fn of(line: &'a str) -> Self {
        Self(line.trim_start_matches(BETWEEN))
    }
}

/// Elements of a list may be empty (RFC 9110 §5.6.1.2).
const BETWEEN: [char; 3] = [' ', '\t', ','];

impl Iterator for TagList<'_> {
    type Item = Tag;

    fn next(&mut self) -> Option<Tag> {
        let (weak, text) = match self.0.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, self.0),
        };
        let end = text.strip_prefix('"')?.find('"')? + 2;
        let (opaque, rest) = text.split_at(end);
        let next = rest.trim_start_matches(BETWEEN);
        let is_separated = rest[..rest.len() - next.len()].contains(',');
        self.0 = if is_separated { next } else { "" };
        Some(Tag {
            weak,
            opaque: opaque.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &'static str, value: &str) -> Result<(), Unmet> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Preconditions::from_headers(&headers, IfMatch::Optional).check(Version::stored(3))
    }

    #[test]
    fn if_match_compares_strongly() {
        for held in [
            "*",
            "\"3\"",
            "\"1\", \"3\"",
            "\"1\",\"3\"",
            "W/\"3\", \"3\"",
            "\"a,b\",\"3\"",
            ", \"3\"",
            "\"1\" ,, \t\"3\" ,",
        ] {
            assert_eq!(check("if-match", held), Ok(()), "{held}");
        }
        for failed in [
            "\"2\"",
            "W/\"3\"",
            "3",
            "",
            "\"3",
            "\"1\", \"2\"",
            "x \"3\"",
            "\"1\" \"3\"",
            "\"1\"\"3\"",
            "\"*\"",
        ] {
            assert_eq!(check("if-match", failed), Err(Unmet::Failed), "{failed}");
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        for hit in ["*", "\"3\"", "W/\"3\"", "\"1\", W/\"3\""] {
            assert_eq!(
                check("if-none-match", hit),
                Err(Unmet::NotModified),
                "{hit}"
            );
        }
        for miss in ["\"2\"", "3", "", "W/\"2\""] {
            assert_eq!(check("if-none-match", miss), Ok(()), "{miss}");
        }
    }

    #[test]
    fn a_list_may_be_spread_over_several_headers() {
        let mut headers = HeaderMap::new();
        headers.append(IF_MATCH, "\"1\"".parse().unwrap());
        headers.append(IF_MATCH, "\"3\"".parse().unwrap());
        assert_eq!(
            Preconditions::from_headers(&headers, IfMatch::Optional).check(Version::stored(3)),
            Ok(())
        );
    }

    #[test]
    fn if_match_is_heard_before_if_none_match() {
        let mut headers = HeaderMap::new();
        headers.append(IF_MATCH, "\"1\"".parse().unwrap());
        headers.append(IF_NONE_MATCH, "\"3\"".parse().unwrap());
        let preconditions = Preconditions::from_headers(&headers, IfMatch::Optional);
        assert_eq!(preconditions.check(Version::stored(3)), Err(Unmet::Failed));
    }

    #[test]
    fn an_if_match_may_be_required() {
        let preconditions = Preconditions::from_headers(&HeaderMap::new(), IfMatch::Required);
        assert_eq!(preconditions.check(Version::stored(3)), Err(Unmet::Missing));
    }
}
