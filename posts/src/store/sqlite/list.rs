//! One page of a list: a bounded scan of the primary key, written straight into the answer.
use rusqlite::{CachedStatement, Connection, Error, Result};

use super::row;
use crate::page::{Page, PageRequest, Scan};
use crate::post::{Author, PostId};
use crate::store::sql;
use crate::store::stretch::Stretch;

/// Reads one row more than is answered, to know whether there is a stretch beyond.
pub(super) fn page(connection: &Connection, author: &Author, request: PageRequest) -> Result<Page> {
    let (mut statement, bound) = statement(connection, request.scan())?;
    let most = request.limit.posts() + 1;
    let mut rows = statement.query((author.as_str(), bound.as_bytes(), most))?;
    let mut stretch = Stretch::new(request);
    while let Some(row) = rows.next()? {
        stretch
            .push(&row::view(row)?)
            .map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
    }
    Ok(stretch.page())
}

fn statement(connection: &Connection, scan: Scan) -> Result<(CachedStatement<'_>, PostId)> {
    Ok(match scan {
        Scan::Up { above } => (connection.prepare_cached(sql::PAGE_UP)?, above),
        Scan::Down { below } => (connection.prepare_cached(sql::PAGE_DOWN)?, below),
    })
}
