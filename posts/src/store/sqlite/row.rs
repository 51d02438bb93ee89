//! Between a row and a post.
use rusqlite::{Connection, Result, Row};
use token::Timestamp;

use crate::post::{Author, Body, Post, PostId, PostView, Title, Version};
use crate::store::sql;

/// The author's post with this id.
pub(super) fn find(connection: &Connection, author: &Author, id: PostId) -> Result<Post> {
    connection
        .prepare_cached(sql::FIND)?
        .query_row((author.as_str(), id.as_bytes()), post)
}

/// The first six columns of a row, still in the database's page.
pub(super) fn view<'row>(row: &'row Row<'_>) -> Result<PostView<'row>> {
    Ok(PostView {
        id: PostId::from_bytes(row.get(0)?),
        title: row.get_ref(1)?.as_str()?,
        body: row.get_ref(2)?.as_str()?,
        author: row.get_ref(3)?.as_str()?,
        created_at: Timestamp::from_unix_millis(row.get(4)?),
        updated_at: Timestamp::from_unix_millis(row.get(5)?),
    })
}

fn post(row: &Row<'_>) -> Result<Post> {
    let view = view(row)?;
    Ok(Post {
        id: view.id,
        title: Title::stored(view.title),
        body: Body::stored(view.body),
        author: Author::known(view.author),
        created_at: view.created_at,
        updated_at: view.updated_at,
        version: Version::stored(row.get(6)?),
    })
}
