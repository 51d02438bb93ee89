//! Makes a post of a draft.
use std::sync::Arc;

use token::{Clock, Timestamp};

use crate::post::{Author, Draft, Ids, Post, Version};

/// Gives a post what its author does not choose: id, times and version.
#[derive(Clone)]
pub(super) struct Maker {
    ids: Arc<Ids>,
    clock: Arc<dyn Clock>,
}

impl Maker {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            ids: Arc::default(),
            clock,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A post that is made now.
    pub(super) fn make(&self, author: Author, draft: Draft) -> Post {
        let now = self.now();
        Post {
            id: self.ids.next(now),
            title: draft.title,
            body: draft.body,
            author,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }

    /// The version of a post that replaces it now.
    pub(super) fn rewrite(&self, post: Post, draft: Draft) -> Post {
        Post {
            title: draft.title,
            body: draft.body,
            updated_at: self.now(),
            version: post.version.next(),
            ..post
        }
    }
}

/// What a writer does to a post.
#[derive(Clone)]
pub(super) enum Edit {
    /// PUT.
    Replace(Draft),
    /// PATCH.
    Apply(crate::post::Change),
}

impl Edit {
    /// What becomes of `post`.
    pub(super) fn draft(self, post: &Post) -> Draft {
        match self {
            Self::Replace(draft) => draft,
            Self::Apply(change) => change.apply(post),
        }
    }
}
