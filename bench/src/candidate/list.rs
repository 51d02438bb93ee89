//! The answer that all candidates give: the two posts of jack.

use std::{fs, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::failure::{Result, While as _};

/// A post as `posts` writes it, member for member.
#[derive(Serialize, Deserialize)]
pub(super) struct Post {
    id: String,
    title: String,
    body: String,
    author: String,
    created_at: String,
    updated_at: String,
}

/// Reads the answer of `posts` from a file, so that every candidate answers the same bytes.
pub(super) fn read(file: &Path) -> Result<Arc<[Post]>> {
    let text = fs::read_to_string(file).while_doing("reading the posts")?;
    let posts: Vec<Post> = serde_json::from_str(&text).while_doing("reading the posts")?;
    Ok(posts.into())
}
