//! `GET /api/posts`
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK};
use verifier::CallerWith;

use super::ApiError;
use super::answer::{JSON, PRIVATE};
use super::query::ListQuery;
use super::scope::Read;
use crate::app::Service;
use crate::page::{Page, PageRequest};
use crate::post::Author;

/// The caller's own posts, a page at a time.
pub(crate) async fn list(
    State(service): State<Service>,
    caller: CallerWith<Read>,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let author = Author::from(&*caller);
    let position = match &query.unverified_cursor {
        Some(cursor) => Some(service.cursors().open(&author, query.order, cursor)?),
        None => None,
    };
    let request = PageRequest {
        order: query.order,
        limit: query.limit,
        position,
    };
    let page = service.store().page(&author, request)?;
    let links = links(&service, &author, &query, &page);
    let mut response =
        ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, PRIVATE)], page.json).into_response();
    if let Some(links) = links {
        response.headers_mut().insert(LINK, links);
    }
    Ok(response)
}

fn links(
    service: &Service,
    author: &Author,
    query: &ListQuery,
    page: &Page,
) -> Option<HeaderValue> {
    let neighbours = [(page.previous, "prev"), (page.next, "next")];
    let links: Vec<_> = neighbours
        .into_iter()
        .filter_map(|(position, relation)| {
            let cursor = service.cursors().seal(author, query.order, position?);
            Some(query.link(&cursor, relation))
        })
        .collect();
    if links.is_empty() {
        return None;
    }
    HeaderValue::try_from(links.join(", ")).ok()
}
