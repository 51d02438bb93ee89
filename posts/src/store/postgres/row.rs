//! Between a row and a post.
use chassis::database::DatabaseError;
use chassis::database::postgres::{Row, ToSql};
use token::Timestamp;
use uuid::Uuid;

use super::PostgresStore;
use crate::post::{Author, Body, Post, PostId, PostView, Title, Version};
use crate::store::sql;

impl PostgresStore {
    pub(in crate::store) async fn find(
        &self,
        author: &Author,
        id: PostId,
    ) -> Result<Option<Post>, DatabaseError> {
        let row = self
            .database
            .read_first(sql::FIND, &[&author.as_str(), &uuid(id)])
            .await?;
        row.as_ref().map(post).transpose()
    }
}

/// An id as the driver sends it.
pub(super) fn uuid(id: PostId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// A new row, in the order of [`sql::INSERT`].
pub(super) struct Columns<'a> {
    author: &'a str,
    id: Uuid,
    title: &'a [u8],
    body: &'a [u8],
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl<'a> From<&'a Post> for Columns<'a> {
    fn from(post: &'a Post) -> Self {
        Self {
            author: post.author.as_str(),
            id: uuid(post.id),
            title: post.title.as_str().as_bytes(),
            body: post.body.as_str().as_bytes(),
            created_at: post.created_at.unix_millis(),
            updated_at: post.updated_at.unix_millis(),
            version: post.version.number(),
        }
    }
}

impl Columns<'_> {
    pub(super) fn each(&self) -> [&(dyn ToSql + Sync); 7] {
        [
            &self.author,
            &self.id,
            &self.title,
            &self.body,
            &self.created_at,
            &self.updated_at,
            &self.version,
        ]
    }
}

/// The first six columns of a row, still in the message they came in.
pub(super) fn view(row: &Row) -> Result<PostView<'_>, DatabaseError> {
    Ok(PostView {
        id: row.try_get::<_, Uuid>(0)?.into(),
        title: text(row.try_get(1)?)?,
        body: text(row.try_get(2)?)?,
        author: row.try_get(3)?,
        created_at: Timestamp::from_unix_millis(row.try_get(4)?),
        updated_at: Timestamp::from_unix_millis(row.try_get(5)?),
    })
}

fn text(bytes: &[u8]) -> Result<&str, DatabaseError> {
    str::from_utf8(bytes).map_err(|_| DatabaseError::Corrupt("the text of a post"))
}

fn post(row: &Row) -> Result<Post, DatabaseError> {
    let view = view(row)?;
    Ok(Post {
        id: view.id,
        title: Title::stored(view.title),
        body: Body::stored(view.body),
        author: Author::known(view.author),
        created_at: view.created_at,
        updated_at: view.updated_at,
        version: Version::stored(row.try_get(6)?),
    })
}
