//! Every change to a post is one statement that says which version it replaces: of two writers
//! with the same `ETag` exactly one wins, whichever processes they speak to.
use chassis::database::DatabaseError;

use super::PostgresStore;
use super::row::{self, Columns};
use crate::idempotency::Answer;
use crate::post::{Author, Draft, Post, PostId};
use crate::precondition::Preconditions;
use crate::store::maker::Edit;
use crate::store::slot::{Known, Slot};
use crate::store::{CreateError, WriteError, sql};

/// Attempts before a change is given up: each failure means that another writer succeeded.
const MOST_ATTEMPTS: usize = 64;

/// Serialises the processes that start at once with the samples.
const ONE_SEEDS: &str = "SELECT pg_advisory_xact_lock(hashtextextended('posts samples', 0))";

impl PostgresStore {
    pub(in crate::store) async fn create(
        &self,
        author: Author,
        draft: Draft,
        slot: Option<Slot>,
        answer: fn(&Post) -> Answer,
    ) -> Result<Answer, CreateError> {
        let post = self.make.make(author, draft);
        let fresh = answer(&post);
        let Some(slot) = slot else {
            self.insert(&post).await?;
            return Ok(fresh);
        };
        for _ in 0..MOST_ATTEMPTS {
            let now = self.make.now();
            if self.insert_with_key(&post, &slot, &fresh, now).await? {
                return Ok(fresh);
            }
            match self.look_up(&slot, now).await? {
                Known::Answered(answer) => return Ok(answer),
                Known::UsedForAnother => return Err(CreateError::KeyUsedForAnother),
                // It expired between the two statements.
                Known::Unused => {}
            }
        }
        Err(contended().into())
    }

    pub(in crate::store) async fn update(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
        edit: Edit,
    ) -> Result<Post, WriteError> {
        for _ in 0..MOST_ATTEMPTS {
            let old = self.checked(&author, id, &preconditions).await?;
            let draft = edit.clone().draft(&old);
            let replaced = old.version.number();
            let post = self.make.rewrite(old, draft);
            if self.overwrite(&post, replaced).await? {
                return Ok(post);
            }
        }
        Err(contended().into())
    }

    pub(in crate::store) async fn delete(
        &self,
        author: Author,
        id: PostId,
        preconditions: Preconditions,
    ) -> Result<(), WriteError> {
        for _ in 0..MOST_ATTEMPTS {
            let post = self.checked(&author, id, &preconditions).await?;
            let version = post.version.number();
            if self
                .database
                .write(sql::DELETE, &[&author.as_str(), &row::uuid(id), &version])
                .await?
                == 1
            {
                return Ok(());
            }
        }
        Err(contended().into())
    }

    pub(in crate::store) async fn seed(
        &self,
        posts: Vec<(Author, Draft)>,
    ) -> Result<usize, DatabaseError> {
        let transaction = self.database.begin().await?;
        transaction.execute(ONE_SEEDS, &[]).await?;
        if !transaction
            .query("SELECT FROM posts LIMIT 1", &[])
            .await?
            .is_empty()
        {
            transaction.roll_back().await?;
            return Ok(0);
        }
        let count = posts.len();
        for (author, draft) in posts {
            let post = self.make.make(author, draft);
            transaction
                .execute(sql::INSERT, &Columns::from(&post).each())
                .await?;
        }
        transaction.commit().await?;
        Ok(count)
    }

    async fn insert(&self, post: &Post) -> Result<u64, DatabaseError> {
        self.database
            .write(sql::INSERT, &Columns::from(post).each())
            .await
    }

    /// The post as it is, if it is there and the conditions hold.
    async fn checked(
        &self,
        author: &Author,
        id: PostId,
        preconditions: &Preconditions,
    ) -> Result<Post, WriteError> {
        let post = self.find(author, id).await?.ok_or(WriteError::NotFound)?;
        preconditions.check(post.version)?;
        Ok(post)
    }

    async fn overwrite(&self, post: &Post, replaced: i64) -> Result<bool, DatabaseError> {
        Ok(self
            .database
            .write(
                sql::OVERWRITE,
                &[
                    &post.title.as_str().as_bytes(),
                    &post.body.as_str().as_bytes(),
                    &post.updated_at.unix_millis(),
                    &post.version.number(),
                    &post.author.as_str(),
                    &row::uuid(post.id),
                    &replaced,
                ],
            )
            .await?
            == 1)
    }
}

fn contended() -> DatabaseError {
    DatabaseError::Unavailable("too many writers at once".into())
}
