//! `GET /api/posts`
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::docs::openapi::Refused;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK};
use http::{HeaderValue, StatusCode};
use tower::util::MapResponseLayer;
use tower_http::CompressionLevel;
use tower_http::compression::predicate::SizeAbove;
use tower_http::compression::{CompressionBody, CompressionLayer};
use verifier::CallerWith;

use super::ApiError;
use super::answer::{JSON, PRIVATE};
use super::query::ListQuery;
use super::scope::Read;
use crate::app::Service;
use crate::page::{Order, Page, PageRequest};
use crate::post::{Author, PostView};

/// Below a packet or two, compression costs more than it saves.
const WORTH_COMPRESSING: u64 = 2048;

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
    let mut response =
        ([(CONTENT_TYPE, JSON), (CACHE_CONTROL, PRIVATE)], page.json).into_response();
    if let Some(links) = links {
        response.headers_mut().insert(LINK, links);
    }
    Ok(response)
}

/// What compresses a list, and says so where no coding is acceptable.
pub(crate) type Compression = (
    MapResponseLayer<fn(http::Response<CompressionBody<Body>>) -> Response>,
    CompressionLayer<SizeAbove>,
);

/// Compresses long lists for clients that ask for it. Compression is for lists alone: a
/// compressed post would need another strong `ETag` (RFC 9110 §8.8.3.3).
pub(crate) fn compression() -> Compression {
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_COMPRESSING));
    (MapResponseLayer::new(refuse_unacceptable), compression)
}

/// The layer gives its 406 (RFC 9110 §12.5.3) the body that it found unacceptable.
fn refuse_unacceptable(response: http::Response<CompressionBody<Body>>) -> Response {
    if response.status() == StatusCode::NOT_ACCEPTABLE {
        return ApiError::NotAcceptable.into_response();
    }
    response.into_response()
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
