//! Every change to a post. What is compared and what is written are one transaction, and
//! transactions are in line, so of two writers with the same `ETag` exactly one wins.
use chassis::database::DatabaseError;
use rusqlite::{Connection, OptionalExtension, Result as SqlResult};

use super::answers;
use super::{SqliteStore, row};
use crate::idempotency::Answer;
use crate::post::{Author, Draft, Post, PostId};
use crate::precondition::Preconditions;
use crate::store::maker::Edit;
use crate::store::slot::{Known, Slot};
use crate::store::{CreateError, WriteError, sql};

impl SqliteStore {
    /// Ids are made where writes are in line, so that a list never gains a post in the middle.
    pub(in crate::store) async fn create(
        &self,
        author: Author,
        draft: Draft,
        slot: Option<Slot>,
        answer: fn(&Post) -> Answer,
    ) -> Result<Answer, CreateError> {
        let make = self.make.clone();
        let create = move |transaction: &Connection| {
            let now = make.now();
            let known = slot
                .as_ref()
                .map(|slot| answers::look_up(transaction, slot, now));
            match known.transpose().map_err(database)? {
                Some(Known::Answered(answer)) => return Ok(answer),
                Some(Known::UsedForAnother) => return Err(CreateError::KeyUsedForAnother),
                Some(Known::Unused) | None => {}
            }
            let post = make.make(author, draft);
            insert(transaction, &post).map_err(database)?;
            let answer = answer(&post);
            if let Some(slot) = &slot {
                answers::keep(transaction, slot, &answer, now).map_err(database)?;
            }
            Ok(answer)
        };
        self.database.write(create).await
    }

    pub(in crate::store) async fn update(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        edit: Edit,
    ) -> Result<Post, WriteError> {
        let make = self.make.clone();
        let update = move |transaction: &Connection| {
            let old = checked(transaction, &author, id, &preconditions)?;
            let draft = edit.draft(&old);
            let replaced = old.version.number();
            let post = make.rewrite(old, draft);
            overwrite(transaction, &post, replaced).map_err(DatabaseError::from)?;
            Ok(post)
        };
        self.database.write(update).await
    }

    pub(in crate::store) async fn delete(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
    ) -> Result<(), WriteError> {
        let delete = move |transaction: &Connection| {
            let post = checked(transaction, &author, id, &preconditions)?;
            let row = (author.as_str(), id.as_bytes(), post.version.number());
            transaction
                .prepare_cached(sql::DELETE)
                .and_then(|mut statement| statement.execute(row))
                .map_err(DatabaseError::from)?;
            Ok(())
        };
        self.database.write(delete).await
    }

    pub(in crate::store) async fn seed(
        &self,
        posts: Vec<(Author, Draft)>,
    ) -> Result<usize, DatabaseError> {
        let make = self.make.clone();
        let seed = move |transaction: &Connection| {
            if transaction.query_row("SELECT EXISTS (SELECT 1 FROM posts)", [], |row| row.get(0))? {
                return Ok(0);
            }
            let count = posts.len();
            for (author, draft) in posts {
                insert(transaction, &make.make(author, draft))?;
            }
            Ok(count)
        };
        self.database.write(seed).await
    }

    pub(in crate::store) async fn forget_expired_answers(
        &self,
        limit: u32,
    ) -> Result<usize, DatabaseError> {
        let now = self.make.now();
        let forget = move |transaction: &Connection| {
            answers::forget_expired(transaction, now, limit).map_err(DatabaseError::from)
        };
        self.database.write(forget).await
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

fn insert(transaction: &Connection, post: &Post) -> SqlResult<usize> {
    transaction.prepare_cached(sql::INSERT)?.execute((
        post.author.as_str(),
        post.id.as_bytes(),
        post.title.as_str(),
        post.body.as_str(),
        post.created_at.unix_millis(),
        post.updated_at.unix_millis(),
        post.version.number(),
    ))
}

fn overwrite(transaction: &Connection, post: &Post, replaced: i64) -> SqlResult<usize> {
    transaction.prepare_cached(sql::OVERWRITE)?.execute((
        post.title.as_str(),
        post.body.as_str(),
        post.updated_at.unix_millis(),
        post.version.number(),
        post.author.as_str(),
        post.id.as_bytes(),
        replaced,
    ))
}

fn database(error: rusqlite::Error) -> CreateError {
    CreateError::Database(error.into())
}
