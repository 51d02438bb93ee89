//! The one timer of a connection and its ear for the stop, left in peace until they ring.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire, Ordering::Release};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker, ready};

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Lasts as long as its connection, which may wake and fall asleep thousands of times a second
/// without a new timer.
///
/// A timer and a lock that are looked at each time bytes move cost more than looking whether they
/// have rung.
pub(super) struct Alarm {
    timer: Pin<Box<Sleep>>,
    /// When the timer rings.
    time: Instant,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    bell: Arc<Bell>,
    /// The bell as the timer and the stop see it.
    rope: Waker,
    /// Whom the bell calls.
    called: Option<Waker>,
}

/// Why it rings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ring {
    /// Until it is set to a later time, it rings on.
    Time,
    /// It rings on for ever.
    Stop,
}

struct Bell {
    has_rung: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Alarm {
    pub(super) fn new(time: Instant, stopping: CancellationToken) -> Self {
        let bell = Arc::new(Bell {
            has_rung: AtomicBool::new(true),
            task: Mutex::new(None),
        });
        let rope = Waker::from(bell.clone());
        Self {
            timer: Box::pin(sleep_until(time)),
            time,
            stop: Box::pin(stopping.cancelled_owned()),
            bell,
            rope,
            called: None,
        }
    }

    pub(super) fn set(&mut self, time: Instant) {
        self.time = time;
        self.timer.as_mut().reset(time);
    }

    /// A ring that comes too early costs less than moving the timer each time.
    pub(super) fn set_no_later_than(&mut self, time: Instant) {
        if time < self.time {
            self.set(time);
        }
    }

    /// Nothing is lost when this is dropped and called anew.
    pub(super) async fn ring(&mut self) -> Ring {
        poll_fn(|context| self.poll_ring(context)).await
    }

    /// For a task that has to look at more than the alarm each time it is woken.
    pub(super) fn poll_ring(&mut self, context: &mut Context<'_>) -> Poll<Ring> {
        self.call(context.waker());
        // Who rings and is not heard here calls the task afterwards.
        if !self.bell.has_rung.load(Acquire) || !self.bell.has_rung.swap(false, AcqRel) {
            return Poll::Pending;
        }
        let ring = ready!(self.poll_timer_and_stop());
        // Not polled to the end, so they may have nobody to tell.
        self.bell.has_rung.store(true, Release);
        Poll::Ready(ring)
    }

    /// Beside the task's budget: a client that uses it up must not hold up a stop or a deadline.
    fn poll_timer_and_stop(&mut self) -> Poll<Ring> {
        let mut context = Context::from_waker(&self.rope);
        if Pin::new(&mut unconstrained(self.stop.as_mut()))
            .poll(&mut context)
            .is_ready()
        {
            return Poll::Ready(Ring::Stop);
        }
        Pin::new(&mut unconstrained(self.timer.as_mut()))
            .poll(&mut context)
            .map(|()| Ring::Time)
    }

    /// Before the look at the bell: a ring from now on wakes this task.
    fn call(&mut self, task: &Waker) {
        let called = self.called.as_ref();
        if called.is_some_and(|called| called.will_wake(task)) {
            return;
        }
        *self.bell.task() = Some(task.clone());
        self.called = Some(task.clone());
    }
}

impl Bell {
    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Release);
        // It stays, so that the next ring is heard without a new arrangement.
        if let Some(task) = &*self.task() {
            task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests;
