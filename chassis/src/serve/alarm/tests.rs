//! What rings, when, and who hears it.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::coop::consume_budget;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn alarm(time: Duration) -> (Alarm, CancellationToken) {
    let stopping = CancellationToken::new();
    (
        Alarm::new(Instant::now() + time, stopping.clone()),
        stopping,
    )
}

#[tokio::test(start_paused = true)]
async fn it_rings_on_until_it_is_set_to_a_later_time() {
    let (mut alarm, _running) = alarm(SECOND);
    for rings in 1..=3 {
        let began = Instant::now();
        assert_eq!(alarm.ring().await, Ring::Time);
        assert_eq!(began.elapsed(), SECOND);
        assert_eq!(alarm.ring().await, Ring::Time);
        assert_eq!(began.elapsed(), SECOND, "{rings}");
        alarm.set(Instant::now() + SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_moved_to_an_earlier_time_and_not_to_a_later_one() {
    let (mut alarm, _running) = alarm(3 * SECOND);
    assert_eq!(alarm.ring().now_or_never(), None);
    let began = Instant::now();
    alarm.set_no_later_than(began + 2 * SECOND);
    alarm.set_no_later_than(began + 4 * SECOND);
    alarm.ring().await;
    assert_eq!(began.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_stop_goes_before_the_time_and_lasts() {
    let (mut alarm, stopping) = alarm(SECOND);
    assert_eq!(alarm.ring().await, Ring::Time);
    stopping.cancel();
    for _ in 0..3 {
        assert_eq!(alarm.ring().await, Ring::Stop);
    }
}

#[tokio::test(start_paused = true)]
async fn it_wakes_the_task_that_polled_it_last() {
    let (mut alarm, stopping) = alarm(SECOND);
    // By nobody whom a ring could wake.
    assert_eq!(alarm.ring().now_or_never(), None);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let first = alarm.ring().await;
        alarm.set(Instant::now() + 9 * SECOND);
        (first, alarm.ring().await)
    });
    yield_now().await;
    tokio::time::advance(SECOND).await;
    yield_now().await;
    stopping.cancel();
    let rings = timeout(SECOND, task.join_next()).await.unwrap().unwrap();
    assert_eq!(rings.unwrap(), (Ring::Time, Ring::Stop));
}

#[tokio::test(start_paused = true)]
async fn it_is_heard_by_a_task_that_has_used_up_its_budget() {
    let (mut alarm, _running) = alarm(SECOND);
    tokio::time::advance(2 * SECOND).await;
    let rung = poll_fn(|context| {
        while pin!(consume_budget()).poll(context).is_ready() {}
        Poll::Ready(alarm.poll_ring(context))
    });
    assert_eq!(rung.await, Poll::Ready(Ring::Time));
}
