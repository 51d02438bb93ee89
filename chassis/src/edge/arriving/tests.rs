use futures_util::task::noop_waker_ref;
use http_body_util::StreamBody;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::super::in_flight::InFlight;
use super::super::turn::Ending;
use super::*;

/// A client that sends when it is told to, and the one place that there is.
struct Stage {
    client: Option<UnboundedSender<Bytes>>,
    body: Arriving,
    handler: Option<Ending>,
    in_flight: Arc<InFlight>,
    arrivals: Arc<Arrivals>,
}

fn stage(ceiling: usize) -> Stage {
    let (client, mut sent) = unbounded_channel();
    let frames = futures_util::stream::poll_fn(move |context| {
        sent.poll_recv(context)
            .map(|data| data.map(|data| Ok::<_, std::io::Error>(Frame::data(data))))
    });
    let in_flight = Arc::new(InFlight::new(1));
    let arrivals = Arc::new(Arrivals::new(ceiling));
    let handler = Turn::begin(&in_flight).unwrap();
    let body = Body::new(StreamBody::new(frames));
    Stage {
        body: Arriving::new(body, 100, handler.turn(), arrivals.clone()),
        client: Some(client),
        handler: Some(handler),
        in_flight,
        arrivals,
    }
}

impl Stage {
    fn send(&self, data: impl Into<Bytes>) {
        self.client.as_ref().unwrap().send(data.into()).unwrap();
    }

    fn next(&mut self) -> Poll<Option<Item>> {
        let mut context = Context::from_waker(noop_waker_ref());
        Pin::new(&mut self.body).poll_frame(&mut context)
    }

    fn bytes(&mut self) -> Bytes {
        match self.next() {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn is_refused(&mut self) -> bool {
        matches!(self.next(), Poll::Ready(Some(Err(error))) if error.is::<Overloaded>())
    }

    fn has_place(&self) -> bool {
        self.in_flight.enter().is_none()
    }
}

#[test]
fn a_body_that_is_there_keeps_the_place_and_is_not_copied() {
    let mut stage = stage(1000);
    let data = Bytes::from(vec![b'a'; 10]);
    stage.send(data.clone());
    stage.client = None;
    assert_eq!(stage.bytes().as_ptr(), data.as_ptr());
    assert!(matches!(stage.next(), Poll::Ready(None)) && stage.has_place());
    stage.handler = None;
    assert!(!stage.has_place());
}

#[test]
fn the_place_is_lent_while_the_body_is_awaited_and_taken_back_at_its_end() {
    let mut stage = stage(1000);
    assert!(stage.next().is_pending() && !stage.has_place());
    stage.send("a");
    assert!(stage.bytes() == "a" && !stage.has_place());
    stage.client = None;
    assert!(matches!(stage.next(), Poll::Ready(None)) && stage.has_place());
    stage.handler = None;
    assert!(!stage.has_place());
}

#[test]
fn a_body_that_ends_while_every_place_is_taken_is_refused() {
    let mut stage = stage(1000);
    assert!(stage.next().is_pending());
    let in_flight = stage.in_flight.clone();
    let other = in_flight.enter().unwrap();
    stage.client = None;
    assert!(stage.is_refused());
    stage.handler = None;
    drop(other);
    assert!(!stage.has_place());
}

/// A task that outlives the handler may have kept the body.
#[test]
fn a_body_that_ends_after_its_handler_takes_no_place() {
    let mut stage = stage(1000);
    assert!(stage.next().is_pending());
    stage.handler = None;
    stage.client = None;
    assert!(matches!(stage.next(), Poll::Ready(None)) && !stage.has_place());
}

#[test]
fn a_body_that_takes_its_time_is_given_up_for_a_newcomer() {
    let mut stage = stage(1000);
    assert!(stage.next().is_pending());
    let newcomer = stage.arrivals.enter(901);
    assert!(stage.is_refused());
    drop(newcomer);
}

#[test]
fn a_body_counts_with_every_frame() {
    let mut stage = stage(100 + 3 * (FRAME + 1));
    assert!(stage.next().is_pending());
    for _ in 0..3 {
        stage.send("a");
        assert_eq!(stage.bytes(), "a");
        assert!(stage.next().is_pending());
    }
    stage.send("a");
    assert_eq!(stage.bytes(), "a");
    assert!(stage.is_refused());
}

#[test]
fn a_frame_that_came_by_itself_does_not_keep_the_buffer_it_was_read_into() {
    let mut stage = stage(1000);
    assert!(stage.next().is_pending());
    let buffer = Bytes::from(vec![b'a'; 8192]);
    stage.send(buffer.slice(..1));
    let kept = stage.bytes();
    assert!(kept == "a" && buffer.is_unique());
}
