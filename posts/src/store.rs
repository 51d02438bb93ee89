//! Where posts are kept. The author is in every `WHERE` clause, so there is no check to forget.
mod answers;
mod examine;
mod key;
mod list;
mod row;
mod write;

use std::path::Path;
use std::sync::Arc;

use chassis::database::{DatabaseError, Sqlite};
use rusqlite::OptionalExtension;
use token::Clock;

use crate::cursor::Cursors;
use crate::page::{Page, PageRequest};
use crate::post::{Author, Ids, Post, PostId};

pub(crate) use examine::{Examined, examine};
pub(crate) use write::{CreateError, WriteError};

mod schema {
    refinery::embed_migrations!("migrations");
}

/// The posts of all authors, each reached by its author alone. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    database: Sqlite,
    ids: Arc<Ids>,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the database file, makes it when there is none, and brings its schema up to date.
    pub(crate) fn open(file: &Path, clock: Arc<dyn Clock>) -> Result<Self, DatabaseError> {
        let database = Sqlite::open(file, &schema::migrations::runner())?;
        Ok(Self {
            database,
            ids: Arc::default(),
            clock,
        })
    }

    /// A stretch of the author's posts.
    pub(crate) fn page(
        &self,
        author: &Author,
        request: PageRequest,
    ) -> Result<Page, DatabaseError> {
        self.database
            .read(|connection| list::page(connection, author, request))
    }

    /// The author's post with this id.
    pub(crate) fn find(&self, author: &Author, id: PostId) -> Result<Option<Post>, DatabaseError> {
        self.database
            .read(|connection| row::find(connection, author, id).optional())
    }

    /// Whether the database answers.
    pub(crate) fn answers(&self) -> Result<(), DatabaseError> {
        self.database
            .read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
    }

    /// The cursors of this database, whose key is made the first time it is asked for.
    pub(crate) async fn cursors(&self) -> Result<Cursors, DatabaseError> {
        self.database
            .write(key::load_or_make)
            .await
            .map(|key| Cursors::new(&key))
    }
}
