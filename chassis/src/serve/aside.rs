//! A future beside another one in the same task, left in peace when the other is woken.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire, Ordering::Release};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Polls the future at first, and then only when it has asked for it.
///
/// A timer and a lock that are looked at each time a connection's bytes move cost more than
/// looking whether they have rung.
pub(super) struct Aside<F> {
    future: F,
    bell: Arc<Bell>,
    /// The bell as the future sees it.
    rope: Waker,
    /// Whom the bell calls.
    called: Option<Waker>,
}

struct Bell {
    has_rung: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl<F> Aside<F> {
    pub(super) fn new(future: F) -> Self {
        let bell = Arc::new(Bell {
            has_rung: AtomicBool::new(true),
            task: Mutex::new(None),
        });
        let rope = Waker::from(bell.clone());
        Self {
            future,
            bell,
            rope,
            called: None,
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Release);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // It stays, so that the next ring is heard without a new arrangement.
        if let Some(task) = &*task {
            task.wake_by_ref();
        }
    }
}

impl<F: Future + Unpin> Future for Aside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let task = context.waker();
        // Before the look at the bell: a ring from now on wakes this task.
        if !this
            .called
            .as_ref()
            .is_some_and(|called| called.will_wake(task))
        {
            let mut arranged = this
                .bell
                .task
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *arranged = Some(task.clone());
            this.called = Some(task.clone());
        }
        // Who rings and is not heard here calls the task afterwards.
        if !this.bell.has_rung.load(Acquire) || !this.bell.has_rung.swap(false, AcqRel) {
            return Poll::Pending;
        }
        Pin::new(&mut this.future).poll(&mut Context::from_waker(&this.rope))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use futures_util::FutureExt;
    use tokio::sync::Notify;
    use tokio::task::{JoinSet, yield_now};
    use tokio::time::{Duration, timeout};

    use super::*;

    #[tokio::test]
    async fn it_is_polled_only_when_it_asked_to_be() {
        let mut polls = 0;
        let notify = Notify::new();
        let mut notified = pin!(notify.notified());
        let mut aside = Aside::new(poll_fn(|context| {
            polls += 1;
            notified.as_mut().poll(context)
        }));
        for _ in 0..5 {
            assert_eq!((&mut aside).now_or_never(), None);
        }
        notify.notify_one();
        assert_eq!((&mut aside).now_or_never(), Some(()));
        assert_eq!(polls, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn each_ring_wakes_the_task_that_polled_it_last() {
        let notify = Arc::new(Notify::new());
        let awaited = notify.clone();
        let mut aside = Aside::new(Box::pin(async move {
            for _ in 0..3 {
                awaited.notified().await;
            }
        }));
        // By nobody whom a ring could wake.
        assert_eq!((&mut aside).now_or_never(), None);
        let mut task = JoinSet::new();
        task.spawn(aside);
        for _ in 0..3 {
            yield_now().await;
            notify.notify_one();
        }
        assert!(
            timeout(Duration::from_secs(1), task.join_next())
                .await
                .is_ok()
        );
    }
}
