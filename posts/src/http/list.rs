//! `GET /api/posts`
use axum::extract::State;
use axum::response::Response;
use chassis::docs::openapi::Refused;
use http::HeaderValue;
use http::header::LINK;
use verifier::CallerWith;

use super::coding::Acceptable;
use super::query::ListQuery;
use super::scope::Read;
use super::{ApiError, answer};
use crate::app::Service;
use crate::page::{Order, Page, PageRequest};
use crate::post::{Author, PostView};

/// The caller's own posts, a page at a time.
///
/// Oldest first. The header Link leads to the next page and to the one before.
#[utoipa::path(
    get,
    path = "/api/posts",
    tag = "posts",
    operation_id = "list_posts",
    params(
        ("limit" = Option<u8>, Query, minimum = 1, maximum = 100, description = "20 when absent"),
        ("order" = inline(Option<Order>), Query, description = "asc when absent"),
        ("cursor" = Option<String>, Query, description = "From the header Link; not to be made up"),
    ),
    responses(
        (
            status = OK,
            description = "A page of the list",
            body = [PostView],
            headers(("Link" = String, description = "rel=next and rel=prev (RFC 8288)")),
        ),
        (status = NOT_ACCEPTABLE, response = Refused),
        (status = UNPROCESSABLE_ENTITY, response = Refused),
    ),
    security(("bearer" = ["posts:read"])),
)]
pub(crate) async fn list(
    State(service): State<Service>,
    caller: CallerWith<Read>,
    query: ListQuery,
    acceptable: Acceptable,
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
    let page = service.store().page(&author, request).await?;
    let links = links(&service, &author, &query, &page);
    let mut response = answer::list(page.json);
    if let Some(links) = links {
        response.headers_mut().insert(LINK, links);
    }
    acceptable.encode(response).await
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
