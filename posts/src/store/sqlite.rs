//! Posts in a file of SQLite.
mod answers;
mod examine;
mod key;
mod list;
mod row;
#[cfg(test)]
mod tests;
mod write;

use std::path::Path;

use chassis::database::{DatabaseError, Sqlite};
use rusqlite::OptionalExtension;

use super::maker::Maker;
use crate::page::{Page, PageRequest};
use crate::post::{Author, Post, PostId};

pub(super) use examine::examine;

mod schema {
    refinery::embed_migrations!("migrations/sqlite");
}

#[derive(Clone)]
pub(super) struct SqliteStore {
    database: Sqlite,
    make: Maker,
}

impl SqliteStore {
    pub(super) fn open(file: &Path, make: Maker) -> Result<Self, DatabaseError> {
        let database = Sqlite::open(file, &schema::migrations::runner())?;
        Ok(Self { database, make })
    }

    pub(super) fn page(
        &self,
        author: &Author,
        request: PageRequest,
    ) -> Result<Page, DatabaseError> {
        self.database
            .read(|connection| list::page(connection, author, request))
    }

    pub(super) fn find(&self, author: &Author, id: PostId) -> Result<Option<Post>, DatabaseError> {
        self.database
            .read(|connection| row::find(connection, author, id).optional())
    }

    pub(super) fn answers(&self) -> Result<(), DatabaseError> {
        self.database
            .read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
    }

    pub(super) async fn cursor_key(&self) -> Result<[u8; 32], DatabaseError> {
        self.database.write(key::load_or_make).await
    }
}
