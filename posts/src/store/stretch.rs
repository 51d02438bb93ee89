//! The rows of a scan on their way into an answer, whichever engine they come from.
use std::ops::Range;

use crate::page::{Direction, Page, PageRequest, Position};
use crate::post::{PostId, PostView};

/// Bytes that a short list fits into without growing.
const FEW_POSTS: usize = 1024;

/// The rows of a scan, in its own order. One more than is answered tells that there is more.
pub(super) struct Stretch {
    request: PageRequest,
    json: Vec<u8>,
    posts: Vec<(PostId, Range<usize>)>,
    has_more: bool,
}

impl Stretch {
    pub(super) fn new(request: PageRequest) -> Self {
        Self {
            request,
            json: Vec::with_capacity(FEW_POSTS),
            posts: Vec::new(),
            has_more: false,
        }
    }

    /// Takes the next row.
    pub(super) fn push(&mut self, post: &PostView<'_>) -> serde_json::Result<()> {
        if self.posts.len() == usize::from(self.request.limit.posts()) {
            self.has_more = true;
            return Ok(());
        }
        self.json
            .push(if self.posts.is_empty() { b'[' } else { b',' });
        let start = self.json.len();
        post.write_json(&mut self.json)?;
        self.posts.push((post.id, start..self.json.len()));
        Ok(())
    }

    /// The page, once every row has been taken.
    pub(super) fn page(self) -> Page {
        let cursor_given = self.request.position.is_some();
        if self.request.is_backward() {
            self.backward()
        } else {
            self.forward(cursor_given)
        }
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
