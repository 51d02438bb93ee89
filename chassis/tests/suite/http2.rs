//! HTTP/2 in raw frames (RFC 9113): a plain request, and clients that abuse what the protocol allows.

use std::time::Duration;

use chassis::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, start};

const PATIENCE: Duration = Duration::from_secs(20);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// RFC 9113 §7.
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

struct Frame {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    /// The error code that `RST_STREAM` begins and GOAWAY continues with.
    fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().unwrap())
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// `GET` in the static table of HPACK (RFC 7541 appendix A), the path spelled out.
fn get(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
    block.extend(path.as_bytes());
    block.extend(b"\x41\x04here");
    block
}

/// `POST /json` with its media type.
fn post_json() -> Vec<u8> {
    let mut block = vec![0x83, 0x86, 0x04, 5];
    block.extend(b"/json\x41\x04here\x5f\x10application/json");
    block
}

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn connect(server: &Server) -> Self {
        let mut client = Self(TcpStream::connect(server.address).await.unwrap());
        client
            .send(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat())
            .await
            .unwrap();
        client
    }

    /// A request whose body does not go on.
    pub(crate) async fn begin_json(&mut self, stream: u32) {
        let head = frame(HEADERS, END_HEADERS, stream, &post_json());
        let first = frame(DATA, 0, stream, b"{");
        self.send(&[head, first].concat()).await.unwrap();
    }

    async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        tokio::time::timeout(PATIENCE, self.0.write_all(bytes)).await?
    }

    /// `None` when the connection has ended.
    async fn next(&mut self) -> Option<Frame> {
        let read = async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; length as usize];
            self.0.read_exact(&mut payload).await.ok()?;
            let stream = u32::from_be_bytes(head[5..].try_into().ok()?);
            Some(Frame {
                kind: head[3],
                stream,
                payload,
            })
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .expect("the connection was left open")
    }

    /// Every frame of this kind up to the end of the connection.
    async fn all(&mut self, kind: u8) -> Vec<Frame> {
        let mut found = Vec::new();
        while let Some(frame) = self.next().await {
            if frame.kind == kind {
                found.push(frame);
            }
        }
        found
    }
}

/// A new client is served as if nothing had happened.
async fn is_well(server: &Server) {
    let answer = server
        .exchange(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.ends_with("hello"), "{answer}");
}

/// The server's PING in the goodbye stays unanswered.
#[tokio::test]
async fn a_request_is_answered_and_a_stop_does_not_wait_for_a_client_that_stays() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    client
        .send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &get("/")))
        .await
        .unwrap();
    let body = loop {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA {
            break frame;
        }
    };
    assert_eq!(
        (body.stream, body.payload.as_slice()),
        (1, b"hello".as_slice())
    );
    server.stopping.cancel();
    let goodbye = client.all(GOAWAY).await;
    assert!(goodbye.iter().all(|frame| frame.code() == 0) && !goodbye.is_empty());
    server.ended.await.unwrap();
}

/// `POST /json` without the media type that it needs.
async fn refused(client: &mut Client, stream: u32) {
    let mut block = vec![0x83, 0x86, 0x04, 5];
    block.extend(b"/json\x41\x04here");
    let head = frame(HEADERS, END_HEADERS, stream, &block);
    client.send(&head).await.unwrap();
    loop {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA && !frame.payload.is_empty() {
            let problem = String::from_utf8_lossy(&frame.payload).into_owned();
            assert!(problem.contains("415"), "{problem}");
            return;
        }
    }
}

/// Some clients throw away an answer that a reset follows while they are sending.
#[tokio::test]
async fn a_refusal_that_is_there_before_the_body_is_not_followed_by_a_reset() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    refused(&mut client, 1).await;
    for _ in 0..60 {
        let more = frame(DATA, 0, 1, &[b' '; 1024]);
        client.send(&more).await.unwrap();
    }
    let last = frame(DATA, END_STREAM, 1, b" ");
    client.send(&last).await.unwrap();
    let end = loop {
        let frame = client.next().await.unwrap();
        if frame.stream == 1 && frame.kind != WINDOW_UPDATE {
            break frame;
        }
    };
    assert_eq!((end.kind, end.payload.len()), (DATA, 0));
    refused(&mut client, 3).await;
}

#[tokio::test]
async fn a_body_without_end_is_not_read_for_ever_after_a_refusal() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    refused(&mut client, 1).await;
    let mut sent = 0;
    loop {
        // As much as the windows allow.
        let mut room = 32 * 1024;
        while room > 0 {
            let more = frame(DATA, 0, 1, &[b' '; 8192]);
            client.send(&more).await.unwrap();
            room -= 8192;
            sent += 8192;
        }
        let granted = loop {
            let frame = client.next().await.unwrap();
            if frame.stream == 1 {
                break frame;
            }
        };
        if granted.kind == RST_STREAM || granted.kind == DATA {
            break;
        }
    }
    assert!((1 << 20..3 << 20).contains(&sent), "{sent} bytes");
    is_well(&server).await;
}

#[tokio::test]
async fn it_may_begin_as_haltingly_as_it_likes() {
    let server = start(Limits::default()).await;
    let mut client = Client(TcpStream::connect(server.address).await.unwrap());
    client.0.set_nodelay(true).unwrap();
    let request = frame(HEADERS, END_STREAM | END_HEADERS, 1, &get("/"));
    for byte in [PREFACE, &frame(SETTINGS, 0, 0, &[]), &request].concat() {
        client.send(&[byte]).await.unwrap();
        // The server may read each by itself, and need not.
        tokio::task::yield_now().await;
    }
    loop {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA {
            assert_eq!(frame.payload, b"hello");
            break;
        }
    }
}

#[tokio::test]
async fn rapid_reset_ends_the_connection() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    for number in 0..10_000 {
        let stream = 2 * number + 1;
        let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, &get("/wait"));
        let reset = frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]);
        if client.send(&[open, reset].concat()).await.is_err() {
            break;
        }
    }
    let goodbye = client.all(GOAWAY).await;
    // The last words may be lost to the reset that follows them.
    assert!(
        goodbye
            .iter()
            .all(|frame| frame.code() == ENHANCE_YOUR_CALM)
    );
    is_well(&server).await;
}

/// The client breaks its own streams, and the requests on them go on.
#[tokio::test]
async fn making_the_server_reset_streams_ends_the_connection() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    let too_much = 0x7fff_ffff_u32.to_be_bytes();
    for number in 0..10_000 {
        let stream = 2 * number + 1;
        let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, &get("/wait"));
        let overflow = frame(WINDOW_UPDATE, 0, stream, &too_much);
        if client.send(&[open, overflow].concat()).await.is_err() {
            break;
        }
    }
    let goodbye = client.all(GOAWAY).await;
    assert!(
        goodbye
            .iter()
            .all(|frame| frame.code() == ENHANCE_YOUR_CALM)
    );
    is_well(&server).await;
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused() {
    let server = start(Limits {
        http2_streams: 8,
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(&server).await;
    // The limit binds a client from when it has acknowledged the settings that say so.
    while client.next().await.unwrap().kind != SETTINGS {}
    client.send(&frame(SETTINGS, 1, 0, &[])).await.unwrap();
    for stream in (1..=39).step_by(2) {
        let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, &get("/wait"));
        client.send(&open).await.unwrap();
    }
    for _ in 0..12 {
        let refused = loop {
            let frame = client.next().await.unwrap();
            if frame.kind == RST_STREAM {
                break frame;
            }
        };
        assert_eq!(refused.code(), REFUSED_STREAM);
        assert!(
            refused.stream > 16,
            "stream {} is within the limit",
            refused.stream
        );
    }
    is_well(&server).await;
}

/// Each stream may send one byte, so that its answer stays in its connection.
#[tokio::test]
async fn what_many_connections_do_not_read_closes_the_one_that_is_still_for_the_longest() {
    const ONE_BYTE: [u8; 6] = [0, 4, 0, 0, 0, 1];
    let server = start(Limits {
        unread_bytes: 512 * 1024,
        ..Limits::default()
    })
    .await;
    let streams = (1..200).step_by(2);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(&server).await;
        client
            .send(&frame(SETTINGS, 0, 0, &ONE_BYTE))
            .await
            .unwrap();
        for stream in streams.clone() {
            let open = frame(HEADERS, END_STREAM | END_HEADERS, stream, &get("/"));
            client.send(&open).await.unwrap();
        }
        let mut begun = 0;
        while begun < streams.clone().count() {
            let Some(frame) = client.next().await else {
                break;
            };
            begun += usize::from(frame.kind == DATA);
        }
        clients.push(client);
    }
    let mut last = clients.pop().unwrap();
    while clients[0].next().await.is_some() {}
    let more = frame(WINDOW_UPDATE, 0, 1, &100_u32.to_be_bytes());
    last.send(&more).await.unwrap();
    let rest = last.next().await.expect("who came last is still there");
    assert_eq!((rest.stream, &rest.payload[..]), (1, b"ello".as_slice()));
    is_well(&server).await;
}

#[tokio::test]
async fn a_header_without_end_is_cut_off() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    client
        .send(&frame(HEADERS, END_STREAM, 1, &get("/")))
        .await
        .unwrap();
    // A literal field without indexing, 1,000 bytes long: sixteen of them are the limit.
    let mut field = vec![0x00, 0x01, b'a', 0x7f, 0xe9, 0x06];
    field.extend([b'a'; 1_000]);
    let mut sent = 0;
    while sent < 20_000
        && client
            .send(&frame(CONTINUATION, 0, 1, &field))
            .await
            .is_ok()
    {
        sent += 1;
    }
    assert!(sent < 20_000, "20 MB of header were taken");
    is_well(&server).await;
}

#[tokio::test]
async fn a_connection_without_requests_is_closed_after_the_idle_time() {
    let idle = Duration::from_millis(300);
    let server = start(Limits {
        idle,
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(&server).await;
    while client.next().await.is_some() {}
}

/// Time is long for everything but headers, and another request is in progress.
#[tokio::test]
async fn a_header_that_trickles_is_cut_off() {
    let header_read = Duration::from_millis(300);
    let server = start(Limits {
        header_read,
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(&server).await;
    let wait = frame(HEADERS, END_STREAM | END_HEADERS, 1, &get("/wait"));
    client.send(&wait).await.unwrap();
    server.waiting.notified().await;
    let slow = frame(HEADERS, END_STREAM, 3, &get("/"));
    let trickle = async {
        for byte in slow.iter().chain(&[0; 1000]) {
            if client.send(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(header_read / 30).await;
        }
        panic!("a header was taken that came in ten times the time it has");
    };
    trickle.await;
    is_well(&server).await;
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let server = start(Limits {
        body_read: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.begin_json(1).await;
    let body = loop {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA {
            break frame;
        }
    };
    let text = String::from_utf8(body.payload).unwrap();
    assert!(text.contains("request-timeout"), "{text}");
}

#[tokio::test]
async fn a_header_that_is_too_large_is_refused() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    let mut block = get("/");
    for _ in 0..70 {
        block.extend(b"\x00\x01a\x01b");
    }
    client
        .send(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block))
        .await
        .unwrap();
    let answer = loop {
        let frame = client.next().await.unwrap();
        if frame.kind == HEADERS {
            break frame;
        }
    };
    // A status that is not in the static table: a literal with the name of entry 8.
    assert!(answer.payload.windows(3).any(|bytes| bytes == b"431") || huffman_431(&answer.payload));
    is_well(&server).await;
}

/// Hyper by itself would answer without a body.
#[tokio::test]
async fn a_field_that_is_too_large_is_refused_with_a_problem() {
    let server = start(Limits::default()).await;
    let mut client = Client::connect(&server).await;
    let mut field = vec![0x00, 0x01, b'a', 0x7f, 0xa1, 0x9b, 0x01];
    field.resize(field.len() + 20_000, b'a');
    let (first, rest) = field.split_at(10_000);
    let head = frame(HEADERS, END_STREAM, 1, &[&get("/"), first].concat());
    let tail = frame(CONTINUATION, END_HEADERS, 1, rest);
    client.send(&[head, tail].concat()).await.unwrap();
    let body = loop {
        let frame = client.next().await.unwrap();
        if frame.kind == DATA {
            break String::from_utf8(frame.payload).unwrap();
        }
    };
    assert!(body.contains("header-too-large"), "{body}");
    is_well(&server).await;
}

/// "431" in the Huffman code of HPACK: 011010 011001 00001, padded with ones.
fn huffman_431(block: &[u8]) -> bool {
    block
        .windows(3)
        .any(|bytes| bytes == [0b0110_1001, 0b1001_0000, 0b1111_1111])
}
