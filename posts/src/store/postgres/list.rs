//! One page of a list: one statement, a bounded scan of the primary key.
use chassis::database::DatabaseError;

use super::{PostgresStore, row};
use crate::page::{Page, PageRequest, Scan};
use crate::post::Author;
use crate::store::sql;
use crate::store::stretch::Stretch;

impl PostgresStore {
    /// Reads one row more than is answered, to know whether there is a stretch beyond.
    pub(in crate::store) async fn page(
        &self,
        author: &Author,
        request: PageRequest,
    ) -> Result<Page, DatabaseError> {
        let (sql, bound) = match request.scan() {
            Scan::Up { above } => (sql::PAGE_UP, above),
            Scan::Down { below } => (sql::PAGE_DOWN, below),
        };
        let most = i64::from(request.limit.posts()) + 1;
        let rows = self
            .database
            .read(sql, &[&author.as_str(), &row::uuid(bound), &most])
            .await?;
        let mut stretch = Stretch::new(request);
        for row in &rows {
            stretch
                .push(&row::view(row)?)
                .map_err(|_| DatabaseError::Corrupt("the time of a post"))?;
        }
        Ok(stretch.page())
    }
}
