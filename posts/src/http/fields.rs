//! What the members of a body must be to become a draft, a replacement or a change.
use chassis::json::{Change as Member, Fields, FromFields};

use crate::post::{Body, Change, Draft, Replacement};

impl FromFields for Draft {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let title = fields.required("title", str::parse);
        let body = fields.optional("body", str::parse);
        Some(Self {
            title: title?,
            body: body?.unwrap_or_default(),
        })
    }
}

impl FromFields for Replacement {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let title = fields.required("title", str::parse);
        let body = fields.required("body", str::parse);
        Some(Self {
            title: title?,
            body: body?,
        })
    }
}

impl FromFields for Change {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let title = match fields.change("title", str::parse) {
            Some(Member::Remove) => fields.reject("title", "cannot be removed"),
            Some(Member::Set(title)) => Some(Some(title)),
            Some(Member::Keep) => Some(None),
            None => None,
        };
        // A post whose body is removed is one that was made without.
        let body = match fields.change("body", str::parse) {
            Some(Member::Remove) => Some(Some(Body::default())),
            Some(Member::Set(body)) => Some(Some(body)),
            Some(Member::Keep) => Some(None),
            None => None,
        };
        Some(Self {
            title: title?,
            body: body?,
        })
    }
}
