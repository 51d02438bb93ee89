//! Where posts are kept. The author is in every `WHERE` clause, so there is no check to forget.
//!
//! This is the one place that knows which engine a store is on.
mod error;
mod examined;
mod maker;
mod postgres;
mod slot;
mod sql;
mod sqlite;
mod stretch;

use std::sync::Arc;

use chassis::database::{DatabaseError, DatabaseSettings};
use token::Clock;

use self::maker::{Edit, Maker};
use self::postgres::PostgresStore;
use self::slot::Slot;
use self::sqlite::SqliteStore;
use crate::cursor::Cursors;
use crate::idempotency::{Answer, Fingerprint, IdempotencyKey};
use crate::page::{Page, PageRequest};
use crate::post::{Author, Change, Draft, Post, PostId};
use crate::precondition::Preconditions;

pub(crate) use self::examined::{Examined, examine};
pub(crate) use error::{CreateError, WriteError};

/// The posts of all authors, each reached by its author alone. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store(Engine);

/// What is awaited of PostgreSQL is on the heap: it takes kilobytes, for which every request would
/// have room, on SQLite too.
#[derive(Clone)]
enum Engine {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Store {
    /// Opens the database and brings its schema up to date. A file is made when there is none.
    pub(crate) async fn open(
        settings: &DatabaseSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DatabaseError> {
        let make = Maker::new(clock);
        Ok(Self(match settings {
            DatabaseSettings::Sqlite(file) => Engine::Sqlite(SqliteStore::open(file, make)?),
            DatabaseSettings::Postgres(settings) => {
                Engine::Postgres(PostgresStore::open(settings, make).await?)
            }
        }))
    }

    /// A stretch of the author's posts.
    pub(crate) async fn page(
        &self,
        author: &Author,
        request: PageRequest,
    ) -> Result<Page, DatabaseError> {
        match &self.0 {
            Engine::Sqlite(store) => store.page(author, request),
            Engine::Postgres(store) => Box::pin(store.page(author, request)).await,
        }
    }

    /// The author's post with this id.
    pub(crate) async fn find(
        &self,
        author: &Author,
        id: PostId,
    ) -> Result<Option<Post>, DatabaseError> {
        match &self.0 {
            Engine::Sqlite(store) => store.find(author, id),
            Engine::Postgres(store) => Box::pin(store.find(author, id)).await,
        }
    }

    /// Whether the database answers.
    pub(crate) async fn answers(&self) -> Result<(), DatabaseError> {
        match &self.0 {
            Engine::Sqlite(store) => store.answers(),
            Engine::Postgres(store) => Box::pin(store.answers()).await,
        }
    }

    /// The cursors of this database, whose key is made the first time it is asked for.
    pub(crate) async fn cursors(&self) -> Result<Cursors, DatabaseError> {
        let key = match &self.0 {
            Engine::Sqlite(store) => store.cursor_key().await,
            Engine::Postgres(store) => Box::pin(store.cursor_key()).await,
        };
        key.map(|key| Cursors::new(&key))
    }

    /// Makes a post and keeps, in the same transaction, the answer that `answer` makes of it for
    /// the key. A key that was answered before gets the answer it had, and no post is made.
    pub(crate) async fn create(
        &self,
        author: Author,
        draft: Draft,
        key: Option<IdempotencyKey>,
        answer: fn(&Post) -> Answer,
    ) -> Result<Answer, CreateError> {
        let slot = key.map(|key| Slot {
            author: author.clone(),
            key,
            fingerprint: Fingerprint::of(&draft),
        });
        match &self.0 {
            Engine::Sqlite(store) => store.create(author, draft, slot, answer).await,
            Engine::Postgres(store) => Box::pin(store.create(author, draft, slot, answer)).await,
        }
    }

    /// Replaces title and body.
    pub(crate) async fn replace(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        draft: Draft,
    ) -> Result<Post, WriteError> {
        let edit = Edit::Replace(draft);
        self.update(author, id, preconditions, edit).await
    }

    /// Applies a merge patch.
    pub(crate) async fn change(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        change: Change,
    ) -> Result<Post, WriteError> {
        let edit = Edit::Apply(change);
        self.update(author, id, preconditions, edit).await
    }

    /// Removes the post.
    pub(crate) async fn delete(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
    ) -> Result<(), WriteError> {
        match &self.0 {
            Engine::Sqlite(store) => store.delete(author, id, preconditions).await,
            Engine::Postgres(store) => Box::pin(store.delete(author, id, preconditions)).await,
        }
    }

    /// Puts these posts into a database that has none; into any other, nothing.
    pub(crate) async fn seed(&self, posts: Vec<(Author, Draft)>) -> Result<usize, DatabaseError> {
        match &self.0 {
            Engine::Sqlite(store) => store.seed(posts).await,
            Engine::Postgres(store) => Box::pin(store.seed(posts)).await,
        }
    }

    /// Forgets some answers that have expired, and says how many.
    pub(crate) async fn forget_expired_answers(&self, limit: u32) -> Result<usize, DatabaseError> {
        match &self.0 {
            Engine::Sqlite(store) => store.forget_expired_answers(limit).await,
            Engine::Postgres(store) => Box::pin(store.forget_expired_answers(limit)).await,
        }
    }

    async fn update(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        edit: Edit,
    ) -> Result<Post, WriteError> {
        match &self.0 {
            Engine::Sqlite(store) => store.update(author, id, preconditions, edit).await,
            Engine::Postgres(store) => {
                Box::pin(store.update(author, id, preconditions, edit)).await
            }
        }
    }
}
