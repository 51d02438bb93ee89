//! A post and the values it is made of; each is checked where it is made and right ever after.
mod ids;
mod json;

use std::fmt;
use std::str::FromStr;

use token::{Claims, Timestamp};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use ids::Ids;

/// The most characters a title may have.
pub(crate) const MAX_TITLE_CHARACTERS: usize = 200;
/// The most bytes of UTF-8 a body may have.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// One post as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    /// Its identity; ids sort in the order in which posts were made.
    pub(crate) id: PostId,
    /// One line about it.
    pub(crate) title: Title,
    /// The text.
    pub(crate) body: Body,
    /// Who wrote it, and who alone may see it.
    pub(crate) author: Author,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last changed.
    pub(crate) updated_at: Timestamp,
    /// Grows by one with each change.
    pub(crate) version: Version,
}

/// A post as it is answered. It borrows, so that a row of a list goes from the database's page
/// into the answer without a copy between.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = Post, description = "A post.", example = json!({
    "id": "0190b5a4-7c11-7abc-8000-0123456789ab",
    "title": "jack post",
    "body": "",
    "author": "jack",
    "created_at": "2026-07-14T12:00:00.000Z",
    "updated_at": "2026-07-14T12:00:00.000Z",
}))]
pub(crate) struct PostView<'a> {
    #[schema(value_type = Uuid)]
    pub(crate) id: PostId,
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) title: &'a str,
    #[schema(max_length = 65536)]
    pub(crate) body: &'a str,
    pub(crate) author: &'a str,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl Post {
    /// The post as it is answered.
    #[must_use]
    pub(crate) fn view(&self) -> PostView<'_> {
        PostView {
            id: self.id,
            title: &self.title.0,
            body: &self.body.0,
            author: &self.author.0,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// What an author writes.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(
    description = "What an author writes.",
    example = json!({ "title": "A title", "body": "And a body" })
)]
pub(crate) struct Draft {
    /// 1 to 200 characters.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    pub(crate) title: Title,
    /// Up to 64 KiB; empty when absent.
    #[schema(value_type = String, max_length = 65536, required = false)]
    pub(crate) body: Body,
}

/// What a post becomes, with no part left out: forgetting the body must not empty it.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(
    description = "What takes the place of a post's title and body.",
    example = json!({ "title": "Another title", "body": "And another body" })
)]
pub(crate) struct Replacement {
    /// 1 to 200 characters.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    pub(crate) title: Title,
    /// Up to 64 KiB; empty only when it is said to be.
    #[schema(value_type = String, max_length = 65536)]
    pub(crate) body: Body,
}

impl From<Replacement> for Draft {
    fn from(replacement: Replacement) -> Self {
        Self {
            title: replacement.title,
            body: replacement.body,
        }
    }
}

/// The change that a merge patch asks for (RFC 7396); what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(
    description = "A merge patch (RFC 7396).",
    example = json!({ "title": "Another title" })
)]
pub(crate) struct Change {
    /// The new title, which cannot be null.
    #[schema(value_type = String, min_length = 1, max_length = 200, required = false)]
    pub(crate) title: Option<Title>,
    /// The new text; null makes it empty.
    #[schema(value_type = Option<String>, max_length = 65536)]
    pub(crate) body: Option<Body>,
}

impl Change {
    /// The draft that this change makes of `post`.
    #[must_use]
    pub(crate) fn apply(self, post: &Post) -> Draft {
        Draft {
            title: self.title.unwrap_or_else(|| post.title.clone()),
            body: self.body.unwrap_or_else(|| post.body.clone()),
        }
    }
}

/// 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Title(String);

/// Why a text is not a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {MAX_TITLE_CHARACTERS} characters")]
pub(crate) struct InvalidTitle;

impl FromStr for Title {
    type Err = InvalidTitle;

    fn from_str(text: &str) -> Result<Self, InvalidTitle> {
        // One past the limit is enough to know; a megabyte is not counted to its end.
        match text.chars().take(MAX_TITLE_CHARACTERS + 1).count() {
            1..=MAX_TITLE_CHARACTERS => Ok(Self(text.to_owned())),
            _ => Err(InvalidTitle),
        }
    }
}

impl Title {
    /// A title that was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The title as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Up to 64 KiB of text, which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Body(String);

/// Why a text is not a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must not exceed {MAX_BODY_BYTES} bytes")]
pub(crate) struct InvalidBody;

impl FromStr for Body {
    type Err = InvalidBody;

    fn from_str(text: &str) -> Result<Self, InvalidBody> {
        if text.len() > MAX_BODY_BYTES {
            return Err(InvalidBody);
        }
        Ok(Self(text.to_owned()))
    }
}

impl Body {
    /// A body that was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The subject of a verified token: there is no other way to become one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Author(String);

impl From<&Claims> for Author {
    fn from(claims: &Claims) -> Self {
        Self(claims.subject.clone())
    }
}

impl Author {
    /// An author whom the store or the demo already knows.
    pub(crate) fn known(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The author's name.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A UUID version 7 in its one canonical spelling, so that a post has one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PostId(Uuid);

/// The text names no post that could exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a lower-case hyphenated UUID")]
pub(crate) struct InvalidPostId;

impl FromStr for PostId {
    type Err = InvalidPostId;

    fn from_str(text: &str) -> Result<Self, InvalidPostId> {
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidPostId)?;
        let mut canonical = Uuid::encode_buffer();
        if uuid.hyphenated().encode_lower(&mut canonical) != text {
            return Err(InvalidPostId);
        }
        Ok(Self(uuid))
    }
}

impl PostId {
    /// Below every id that is ever made.
    pub(crate) const FIRST: Self = Self(Uuid::nil());
    /// Above every id that is ever made.
    pub(crate) const LAST: Self = Self(Uuid::max());

    /// The id with these bytes.
    #[must_use]
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The bytes, whose order is the order of the ids.
    #[must_use]
    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<Uuid> for PostId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// How often a post has been written, from 1; what its `ETag` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(i64);

impl Version {
    /// The version a new post has.
    pub(crate) const FIRST: Self = Self(1);

    /// A version that was stored.
    #[must_use]
    pub(crate) const fn stored(number: i64) -> Self {
        Self(number)
    }

    /// The version after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Its number.
    #[must_use]
    pub(crate) const fn number(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests;
