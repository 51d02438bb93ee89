//! Every change to a post. What is compared and what is written are one transaction, and
//! transactions are in line, so of two writers with the same `ETag` exactly one wins.
use chassis::database::DatabaseError;
use rusqlite::{Connection, OptionalExtension, Result as SqlResult, named_params};

use super::answers::{self, Known, Slot};
use super::{Store, row};
use crate::idempotency::{Answer, Fingerprint, IdempotencyKey};
use crate::post::{Author, Change, Draft, Post, PostId, Version};
use crate::precondition::{Preconditions, Unmet};

/// Why a post was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The author has no such post.
    #[error("the author has no such post")]
    NotFound,
    /// The client's conditions do not hold.
    #[error(transparent)]
    Unmet(#[from] Unmet),
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a post was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    /// The key has been used for another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyUsedForAnother,
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Store {
    /// Makes a post and keeps, in the same transaction, the answer that `answer` makes of it for
    /// the key. A key that was answered before gets the answer it had, and no post is made.
    pub(crate) async fn create(
        &self,
        author: Author,
        draft: Draft,
        key: Option<IdempotencyKey>,
        answer: fn(&Post) -> Answer,
    ) -> Result<Answer, CreateError> {
        let store = self.clone();
        let slot = key.map(|key| Slot {
            author: author.clone(),
            key,
            fingerprint: Fingerprint::of(&draft),
        });
        let create = move |transaction: &Connection| {
            let Some(slot) = slot else {
                return Ok(answer(
                    &store.insert(transaction, author, draft).map_err(database)?,
                ));
            };
            let now = store.clock.now();
            match answers::look_up(transaction, &slot, now).map_err(database)? {
                Known::Answered(answer) => return Ok(answer),
                Known::UsedForAnother => return Err(CreateError::KeyUsedForAnother),
                Known::Unused => {}
            }
            let answer = answer(&store.insert(transaction, author, draft).map_err(database)?);
            answers::keep(transaction, &slot, &answer, now).map_err(database)?;
            Ok(answer)
        };
        self.database.write(create).await
    }

    /// Replaces title and body.
    pub(crate) async fn replace(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        draft: Draft,
    ) -> Result<Post, WriteError> {
        self.update(author, id, preconditions, move |_| draft).await
    }

    /// Applies a merge patch.
    pub(crate) async fn change(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        change: Change,
    ) -> Result<Post, WriteError> {
        self.update(author, id, preconditions, move |post| change.apply(post))
            .await
    }

    /// Removes the post.
    pub(crate) async fn delete(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
    ) -> Result<(), WriteError> {
        let delete = move |transaction: &Connection| {
            checked(transaction, &author, id, &preconditions)?;
            transaction
                .prepare_cached("DELETE FROM posts WHERE author = ?1 AND id = ?2")
                .and_then(|mut statement| statement.execute((author.as_str(), id.as_bytes())))
                .map_err(DatabaseError::from)?;
            Ok(())
        };
        self.database.write(delete).await
    }

    /// Puts these posts into a database that has none; into any other, nothing.
    pub(crate) async fn seed(&self, posts: Vec<(Author, Draft)>) -> Result<usize, DatabaseError> {
        let store = self.clone();
        let seed = move |transaction: &Connection| {
            if transaction.query_row("SELECT EXISTS (SELECT 1 FROM posts)", [], |row| row.get(0))? {
                return Ok(0);
            }
            let count = posts.len();
            for (author, draft) in posts {
                store.insert(transaction, author, draft)?;
            }
            Ok(count)
        };
        self.database.write(seed).await
    }

    /// Forgets some answers that have expired, and says how many.
    pub(crate) async fn forget_expired_answers(&self, limit: u32) -> Result<usize, DatabaseError> {
        let now = self.clock.now();
        let forget = move |transaction: &Connection| {
            answers::forget_expired(transaction, now, limit).map_err(DatabaseError::from)
        };
        self.database.write(forget).await
    }

    async fn update(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        edit: impl FnOnce(&Post) -> Draft + Send + 'static,
    ) -> Result<Post, WriteError> {
        let clock = self.clock.clone();
        let update = move |transaction: &Connection| {
            let post = checked(transaction, &author, id, &preconditions)?;
            let Draft { title, body } = edit(&post);
            let version = post.version.next();
            let post = Post {
                title,
                body,
                version,
                updated_at: clock.now(),
                ..post
            };
            overwrite(transaction, &post).map_err(DatabaseError::from)?;
            Ok(post)
        };
        self.database.write(update).await
    }

    fn insert(&self, transaction: &Connection, author: Author, draft: Draft) -> SqlResult<Post> {
        let now = self.clock.now();
        let post = Post {
            id: self.ids.next(now),
            title: draft.title,
            body: draft.body,
            author,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        };
        transaction
            .prepare_cached(
                "INSERT INTO posts (author, id, title, body, created_at, updated_at, version)
                 VALUES (:author, :id, :title, :body, :created_at, :created_at, :version)",
            )?
            .execute(named_params! {
                ":author": post.author.as_str(),
                ":id": post.id.as_bytes(),
                ":title": post.title.as_str(),
                ":body": post.body.as_str(),
                ":created_at": post.created_at.unix_millis(),
                ":version": post.version.number(),
            })?;
        Ok(post)
    }
}

/// The post as it is, if it is there and the conditions hold.
fn checked(
    transaction: &Connection,
    author: &Author,
    id: PostId,
    preconditions: &Preconditions,
) -> Result<Post, WriteError> {
    let post = row::find(transaction, author, id)
        .optional()
        .map_err(DatabaseError::from)?;
    let post = post.ok_or(WriteError::NotFound)?;
    preconditions.check(post.version)?;
    Ok(post)
}

fn overwrite(transaction: &Connection, post: &Post) -> SqlResult<usize> {
    transaction
        .prepare_cached(
            "UPDATE posts SET title = :title, body = :body, updated_at = :updated_at,
                              version = :version
             WHERE author = :author AND id = :id",
        )?
        .execute(named_params! {
            ":title": post.title.as_str(),
            ":body": post.body.as_str(),
            ":updated_at": post.updated_at.unix_millis(),
            ":version": post.version.number(),
            ":author": post.author.as_str(),
            ":id": post.id.as_bytes(),
        })
}

fn database(error: rusqlite::Error) -> CreateError {
    CreateError::Database(error.into())
}
