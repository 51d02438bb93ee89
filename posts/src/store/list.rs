//! One page of a list: a bounded scan of the primary key, written straight into the answer.
use std::ops::Range;

use rusqlite::{CachedStatement, Connection, Result};

use super::row;
use crate::page::{Direction, Page, PageRequest, Position, Scan};
use crate::post::{Author, PostId};

const UP: &str = "SELECT id, title, body, author, created_at, updated_at FROM posts
                  WHERE author = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
const DOWN: &str = "SELECT id, title, body, author, created_at, updated_at FROM posts
                    WHERE author = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";

/// Reads one row more than is answered, to know whether there is a stretch beyond.
pub(super) fn page(connection: &Connection, author: &Author, request: PageRequest) -> Result<Page> {
    let limit = request.limit.posts();
    let (mut statement, bound) = statement(connection, request.scan())?;
    let mut rows = statement.query((author.as_str(), bound.as_bytes(), limit + 1))?;
    let mut stretch = Stretch::default();
    while let Some(row) = rows.next()? {
        if stretch.posts.len() == usize::from(limit) {
            stretch.has_more = true;
            break;
        }
        let post = row::view(row)?;
        stretch.push(post.id, |json| {
            serde_json::to_writer(json, &post)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
        })?;
    }
    let cursor_given = request.position.is_some();
    Ok(if request.is_backward() {
        stretch.backward()
    } else {
        stretch.forward(cursor_given)
    })
}

fn statement(connection: &Connection, scan: Scan) -> Result<(CachedStatement<'_>, PostId)> {
    Ok(match scan {
        Scan::Up { above } => (connection.prepare_cached(UP)?, above),
        Scan::Down { below } => (connection.prepare_cached(DOWN)?, below),
    })
}

/// The rows of a scan, in its own order.
#[derive(Default)]
struct Stretch {
    json: Vec<u8>,
    posts: Vec<(PostId, Range<usize>)>,
    has_more: bool,
}

impl Stretch {
    fn push(&mut self, id: PostId, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.json
            .push(if self.posts.is_empty() { b'[' } else { b',' });
        let start = self.json.len();
        write(&mut self.json)?;
        self.posts.push((id, start..self.json.len()));
        Ok(())
    }

    /// The scan ran in the order of the list. What begins at a cursor has something before it.
    fn forward(mut self, cursor_given: bool) -> Page {
        if self.posts.is_empty() {
            self.json.push(b'[');
        }
        self.json.push(b']');
        let (first, last) = self.ends();
        Page {
            previous: first.filter(|_| cursor_given).map(before),
            next: last.filter(|_| self.has_more).map(after),
            json: self.json,
        }
    }

    /// The scan ran against the order of the list, from a cursor that has something after it.
    fn backward(self) -> Page {
        let mut json = Vec::with_capacity(self.json.len() + 1);
        json.push(b'[');
        for (_, span) in self.posts.iter().rev() {
            if json.len() > 1 {
                json.push(b',');
            }
            json.extend_from_slice(&self.json[span.clone()]);
        }
        json.push(b']');
        let (last, first) = self.ends();
        Page {
            json,
            previous: first.filter(|_| self.has_more).map(before),
            next: last.map(after),
        }
    }

    fn ends(&self) -> (Option<PostId>, Option<PostId>) {
        let id = |post: &(PostId, Range<usize>)| post.0;
        (self.posts.first().map(id), self.posts.last().map(id))
    }
}

fn before(id: PostId) -> Position {
    Position {
        id,
        direction: Direction::Before,
    }
}

fn after(id: PostId) -> Position {
    Position {
        id,
        direction: Direction::After,
    }
}
