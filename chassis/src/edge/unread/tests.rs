use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use axum::extract::Request;
use axum::routing::get;
use tower::ServiceExt;

use super::*;
use crate::edge::Site;
use crate::limits::Limits;
use crate::{Edge, Routes};

const MIB: usize = 1024 * 1024;

/// How many bytes of answers there are.
#[derive(Clone, Default)]
struct Alive(Arc<AtomicUsize>);

/// What the memory of an answer is made of here.
struct Counted {
    content: Vec<u8>,
    alive: Alive,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.0.fetch_sub(self.content.len(), Relaxed);
    }
}

impl Alive {
    fn content(&self, size: usize) -> Body {
        self.0.fetch_add(size, Relaxed);
        Body::from(Bytes::from_owner(Counted {
            content: pattern(size),
            alive: self.clone(),
        }))
    }

    fn bytes(&self) -> usize {
        self.0.load(Relaxed)
    }

    /// A service whose every answer is so long, and that holds four MiB of them.
    fn service(&self, size: usize) -> Site {
        let alive = self.clone();
        let limits = Limits {
            unread_bytes: 4 * MIB,
            ..Limits::default()
        };
        let routes = Routes::new().route("/", get(async move || alive.content(size)));
        Edge::new(16).with_limits(limits).wrap(routes)
    }
}

fn pattern(size: usize) -> Vec<u8> {
    let all: Vec<_> = (0..=u8::MAX).collect();
    let mut pattern = all.repeat(size.div_ceil(all.len()));
    pattern.truncate(size);
    pattern
}

async fn ask(service: &Site, version: Version) -> Response {
    let request = Request::get("/").version(version).header("host", "here");
    let request = request.body(Body::empty()).unwrap();
    service.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_thousand_answers_that_nobody_reads_hold_no_more_than_the_ceiling() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let alive = Alive::default();
        let service = alive.service(MIB);
        let mut unread = Vec::new();
        for _ in 0..1_000 {
            unread.push(ask(&service, version).await);
            assert!(alive.bytes() <= 4 * MIB, "{}", alive.bytes());
        }
        let last = unread.pop().unwrap();
        assert!(unread.remove(0).into_body().collect().await.is_err());
        assert_eq!(last.body().size_hint().exact(), Some(MIB as u64));
        let content = last.into_body().collect().await.unwrap().to_bytes();
        assert!(content == pattern(MIB));
        drop(unread);
        assert_eq!(alive.bytes(), 0);
    }
}

#[tokio::test]
async fn an_answer_that_was_begun_is_freed_whole_and_breaks_off() {
    let alive = Alive::default();
    let service = alive.service(MIB);
    let mut begun = ask(&service, Version::HTTP_2).await.into_body();
    let piece = begun.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(piece.len(), PIECE);
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(ask(&service, Version::HTTP_2).await);
    }
    assert_eq!(alive.bytes(), 4 * MIB, "the piece keeps nothing alive");
    assert!(begun.frame().await.unwrap().is_err());
    assert!(begun.frame().await.is_none());
}

#[tokio::test]
async fn who_reads_gets_everything_however_many_do() {
    let alive = Alive::default();
    for size in [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, MIB] {
        let service = alive.service(size);
        for version in [Version::HTTP_11, Version::HTTP_2] {
            for _ in 0..20 {
                let answer = ask(&service, version).await;
                assert_eq!(answer.body().size_hint().exact(), Some(size as u64));
                let content = answer.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(content.len(), size);
            }
        }
        assert_eq!(alive.bytes(), 0);
    }
}

#[tokio::test]
async fn small_answers_to_http_2_are_counted_too() {
    let alive = Alive::default();
    let service = alive.service(1024);
    let mut unread = Vec::new();
    for _ in 0..5_000 {
        unread.push(ask(&service, Version::HTTP_2).await);
    }
    assert_eq!(alive.bytes(), 4 * MIB);
}

/// As a compressor does, which keeps what it has not been asked for.
#[tokio::test]
async fn an_answer_without_a_length_is_bounded_like_any_other() {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let alive = Alive::default();
        let contents = alive.clone();
        let routes = get(async move || {
            let content = contents.content(MIB).into_data_stream();
            Body::from_stream(content)
        });
        let limits = Limits {
            unread_bytes: 4 * MIB,
            ..Limits::default()
        };
        let routes = Routes::new().route("/", routes);
        let service = Edge::new(16).with_limits(limits).wrap(routes);
        let mut unread = Vec::new();
        for _ in 0..10 {
            unread.push(ask(&service, version).await);
        }
        assert!(alive.bytes() <= 4 * MIB, "{}", alive.bytes());
        let last = unread.pop().unwrap().into_body().collect().await.unwrap();
        assert_eq!(last.to_bytes().len(), MIB);
    }
}

#[tokio::test]
async fn who_reads_slowly_outlives_who_does_not_read() {
    let alive = Alive::default();
    let service = alive.service(MIB);
    let mut slow = ask(&service, Version::HTTP_11).await.into_body();
    let mut read = 0;
    let mut idle = Vec::new();
    while let Some(piece) = slow.frame().await {
        read += piece.unwrap().into_data().unwrap().len();
        idle.push(ask(&service, Version::HTTP_11).await);
    }
    assert_eq!(read, MIB);
    assert!(idle.len() > 10, "others have pushed");
}

#[tokio::test]
async fn room_that_an_answer_was_given_and_did_not_use_counts() {
    let unread = Arc::new(Unread::new(4 * MIB));
    let mut answers = Vec::new();
    for _ in 0..4 {
        let mut content = Vec::with_capacity(2 * MIB);
        content.resize(MIB, b'x');
        let mut response = Response::new(Body::from(content));
        unread.hold(Version::HTTP_11, &mut response).await;
        answers.push(response);
    }
    assert_eq!(unread.ledger().bytes(), 4 * MIB);
    assert!(answers.remove(0).into_body().collect().await.is_err());
}
