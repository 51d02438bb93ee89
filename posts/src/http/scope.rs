//! The two scopes, as the types that handlers ask for.
use verifier::RequiredScope;

/// `posts:read`: to see one's posts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {}

/// `posts:write`: to make, change and remove them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Write {}

impl RequiredScope for Read {
    const SCOPE: &'static str = "posts:read";
}

impl RequiredScope for Write {
    const SCOPE: &'static str = "posts:write";
}
