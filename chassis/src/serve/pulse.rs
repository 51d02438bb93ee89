//! Signs of life of one connection, and the moment at which it has been quiet for too long.

use std::ops::ControlFlow;
use std::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::frames::Seen;
use crate::limits::Limits;

/// What a watch ended with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Its time is up.
    Stopped,
    /// It awaits a request that does not come.
    Quiet,
}

/// Written by the connection's stream and service, read by its watch. One task does all three, or
/// on HTTP/2 one task a stream, none of which needs to see the others' latest value.
pub(super) struct Pulse {
    opened: Instant,
    /// When the present phase began, in milliseconds from `opened`: reading a header, or on HTTP/2
    /// waiting for a request.
    since: AtomicU64,
    /// When a byte last moved, likewise.
    moved: AtomicU64,
    /// How long the last HTTP/1 request was awaited after the answer before it, in milliseconds.
    pause: AtomicU64,
    /// Requests whose answer is not finished.
    busy: AtomicU32,
    reading_header: AtomicBool,
    /// A body was let go of before its end, after hyper was polled.
    cut_body: AtomicBool,
    /// Hyper has had enough, which may take its time to tell the client.
    closing: AtomicBool,
    /// Something was given to be written, and has not been flushed.
    unflushed: AtomicBool,
    http2: AtomicBool,
    /// When the HTTP/2 header that is half way there began, likewise; 0 when none is.
    half_header_since: AtomicU64,
}

impl Pulse {
    /// A new connection is taken to be reading a header: it owes its first request.
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            since: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            pause: AtomicU64::new(0),
            busy: AtomicU32::new(0),
            reading_header: AtomicBool::new(true),
            cut_body: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            unflushed: AtomicBool::new(false),
            http2: AtomicBool::new(false),
            half_header_since: AtomicU64::new(0),
        }
    }

    pub(super) fn bytes_read(&self, seen: Seen) {
        let now = self.now();
        let moved = self.moved.swap(now, Relaxed);
        if seen != Seen::Http1 {
            self.http2.store(true, Relaxed);
        }
        match seen {
            Seen::Http1 => self.header_goes_on(now, now.saturating_sub(moved)),
            Seen::Whole => self.half_header_since.store(0, Relaxed),
            Seen::HeaderBegun => self.half_header_since.store(now, Relaxed),
            Seen::HeaderContinued => {}
        }
    }

    /// On HTTP/1 whatever comes while no request is in progress is the next one's header.
    fn header_goes_on(&self, now: u64, pause: u64) {
        if !self.is_busy() && !self.reading_header.swap(true, Relaxed) {
            self.since.store(now, Relaxed);
            self.pause.store(pause, Relaxed);
        }
    }

    /// The bytes read last, or some of them, belong to a request that has not begun.
    pub(super) fn bytes_left_over(&self) {
        self.header_goes_on(self.moved.load(Relaxed), 0);
    }

    pub(super) fn writing_began(&self) {
        self.unflushed.store(true, Relaxed);
    }

    pub(super) fn bytes_written(&self) {
        self.moved.store(self.now(), Relaxed);
    }

    pub(super) fn flushed(&self) {
        self.unflushed.store(false, Relaxed);
    }

    pub(super) fn request_began(&self) {
        self.busy.fetch_add(1, Relaxed);
        self.reading_header.store(false, Relaxed);
    }

    /// On HTTP/1 the wait for the next request begins with the answer's last byte, whose time is
    /// noted anyway; on HTTP/2 bytes move that belong to no request.
    pub(super) fn answer_ended(&self) {
        if self.busy.fetch_sub(1, Release) == 1 && self.is_http2() {
            self.since.store(self.now(), Relaxed);
        }
    }

    /// Somebody has let go of a body before its end, and hyper has yet to notice that what comes
    /// next is no request.
    pub(super) fn body_cut(&self) {
        self.cut_body.store(true, Release);
    }

    /// Before hyper is polled, which then notices.
    pub(super) fn hyper_looks(&self) {
        if self.cut_body.load(Relaxed) {
            self.cut_body.swap(false, Acquire);
        }
    }

    /// Whether hyper has to be polled again before anybody knows where it stands.
    pub(super) fn hyper_must_look(&self) -> bool {
        self.cut_body.load(Acquire)
    }

    /// Whatever else the client has sent is no request.
    pub(super) fn closing_began(&self) {
        self.closing.store(true, Relaxed);
    }

    /// Whoever finds that nothing is in progress also sees what was noted before it ended.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Acquire) > 0
    }

    pub(super) fn is_http2(&self) -> bool {
        self.http2.load(Relaxed)
    }

    /// Ends when the connection has used up its time in whatever phase it is.
    pub(super) async fn stopped(&self, limits: &Limits) {
        while let ControlFlow::Continue(next) = self.look(limits, None) {
            sleep_until(next).await;
        }
    }

    /// When to look again, unless the connection has used up its time in whatever phase it is, or
    /// the next HTTP/1 request has been awaited for as long as `patience` lasts.
    ///
    /// That is after the shortest time at the latest: a phase that begins meanwhile cannot be over
    /// earlier than that.
    pub(super) fn look(
        &self,
        limits: &Limits,
        patience: Option<Duration>,
    ) -> ControlFlow<Found, Instant> {
        let (now, deadline) = (Instant::now(), self.deadline(limits));
        let quiet = patience.and_then(|patience| self.quiet_after(patience));
        if deadline <= now {
            return ControlFlow::Break(Found::Stopped);
        }
        if quiet.is_some_and(|quiet| quiet <= now) {
            return ControlFlow::Break(Found::Quiet);
        }
        let shortest = limits.shortest_phase();
        let next = now + patience.unwrap_or(shortest).min(shortest);
        ControlFlow::Continue(quiet.unwrap_or(next).min(deadline).min(next))
    }

    /// Ends when no request is in progress and no byte has moved for this time.
    pub(super) async fn rested(&self, rest: Duration) {
        loop {
            let (now, rested) = (Instant::now(), self.quiet_since() + rest);
            let is_busy = self.is_busy();
            if !is_busy && rested <= now {
                return;
            }
            sleep_until(if is_busy { now + rest } else { rested }).await;
        }
    }

    /// When the present phase is to be over.
    pub(super) fn deadline(&self, limits: &Limits) -> Instant {
        let phase = self.end_of_phase(limits);
        match self.half_header_since.load(Relaxed) {
            0 => phase,
            // Requests in progress and bytes that trickle give a header no more time.
            _ => phase.min(self.opened + millis(&self.half_header_since) + limits.header_read),
        }
    }

    fn end_of_phase(&self, limits: &Limits) -> Instant {
        if self.is_busy() {
            return self.opened + millis(&self.moved) + limits.idle;
        }
        if self.is_http2() {
            return self.opened + millis(&self.since) + limits.idle;
        }
        if self.reading_header.load(Relaxed) {
            return self.opened + millis(&self.since) + limits.header_read;
        }
        self.quiet_since() + limits.idle
    }

    /// Whether the request before this moment was awaited for longer than that, as the next one
    /// may be.
    pub(super) fn paused_for_longer_than(&self, patience: Duration) -> bool {
        millis(&self.pause) > patience
    }

    /// `None` unless nothing but the first byte of the next HTTP/1 request is awaited.
    pub(super) fn quiet_after(&self, patience: Duration) -> Option<Instant> {
        let awaits_request = !self.is_busy()
            && !self.reading_header.load(Relaxed)
            && !self.hyper_must_look()
            && !self.closing.load(Relaxed)
            && !self.unflushed.load(Relaxed)
            && !self.is_http2();
        awaits_request.then(|| self.quiet_since() + patience)
    }

    fn quiet_since(&self) -> Instant {
        self.opened + millis(&self.since).max(millis(&self.moved))
    }

    /// At least 1, so that 0 means never.
    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .max(1)
    }
}

fn millis(stamp: &AtomicU64) -> Duration {
    Duration::from_millis(stamp.load(Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn quiet_for(pulse: &Pulse) -> u64 {
        let began = Instant::now();
        pulse.stopped(&Limits::default()).await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_and_a_trickled_header_have_ten_seconds() {
        assert_eq!(quiet_for(&Pulse::new()).await, 10);
        let pulse = Pulse::new();
        tokio::time::advance(Duration::from_secs(9)).await;
        pulse.bytes_read(Seen::Http1);
        assert_eq!(quiet_for(&pulse).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn after_an_answer_the_next_request_may_take_its_time_but_its_header_not() {
        let pulse = Pulse::new();
        pulse.bytes_read(Seen::Http1);
        pulse.request_began();
        tokio::time::advance(Duration::from_secs(20)).await;
        pulse.bytes_written();
        pulse.answer_ended();
        assert_eq!(quiet_for(&pulse).await, 75);
        pulse.bytes_read(Seen::Http1);
        assert_eq!(quiet_for(&pulse).await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_before_a_request_counts_from_the_last_byte() {
        let pulse = Pulse::new();
        let paused_for = |ms: u64| {
            let nearly = Duration::from_millis(ms - 1);
            pulse.paused_for_longer_than(nearly)
                && !pulse.paused_for_longer_than(nearly + Duration::from_millis(1))
        };
        tokio::time::advance(Duration::from_secs(5)).await;
        pulse.bytes_read(Seen::Http1);
        assert!(!pulse.paused_for_longer_than(Duration::ZERO), "the first");
        pulse.request_began();
        pulse.bytes_written();
        pulse.answer_ended();
        tokio::time::advance(Duration::from_millis(70)).await;
        pulse.bytes_read(Seen::Http1);
        tokio::time::advance(Duration::from_secs(1)).await;
        pulse.bytes_read(Seen::Http1);
        assert!(paused_for(70));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_not_quiet_while_hyper_has_to_notice_a_cut_body_or_closes() {
        let (pulse, patience) = (Pulse::new(), Duration::from_millis(10));
        let is_quiet = || pulse.quiet_after(patience).is_some();
        pulse.bytes_read(Seen::Http1);
        pulse.request_began();
        assert!(!is_quiet());
        pulse.answer_ended();
        assert!(is_quiet());
        pulse.body_cut();
        assert!(!is_quiet());
        pulse.hyper_looks();
        assert!(is_quiet());
        pulse.closing_began();
        pulse.hyper_looks();
        assert!(!is_quiet());
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_is_already_asleep_sees_a_slow_header() {
        let pulse = Pulse::new();
        pulse.request_began();
        pulse.answer_ended();
        let (ended, ()) = tokio::join!(quiet_for(&pulse), async {
            tokio::time::sleep(Duration::from_secs(25)).await;
            pulse.bytes_read(Seen::Http1);
        });
        assert_eq!(ended, 35);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_connection_lives_as_long_as_bytes_move() {
        let pulse = Pulse::new();
        pulse.bytes_read(Seen::Http1);
        pulse.request_began();
        tokio::time::advance(Duration::from_mins(1)).await;
        pulse.bytes_written();
        assert_eq!(quiet_for(&pulse).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn http2_waits_for_a_request_like_an_idle_connection() {
        let pulse = Pulse::new();
        pulse.bytes_read(Seen::Whole);
        assert_eq!(quiet_for(&pulse).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_trickles_over_http2_has_ten_seconds_even_beside_a_request() {
        let pulse = Pulse::new();
        pulse.bytes_read(Seen::Whole);
        pulse.request_began();
        tokio::time::advance(Duration::from_secs(20)).await;
        pulse.bytes_read(Seen::HeaderBegun);
        let (ended, ()) = tokio::join!(quiet_for(&pulse), async {
            for _ in 0..9 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                pulse.bytes_read(Seen::HeaderContinued);
            }
        });
        assert_eq!(ended, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn each_header_over_http2_has_its_own_ten_seconds() {
        let pulse = Pulse::new();
        pulse.bytes_read(Seen::HeaderBegun);
        tokio::time::advance(Duration::from_secs(9)).await;
        pulse.bytes_read(Seen::HeaderBegun);
        assert_eq!(quiet_for(&pulse).await, 10);
    }
}
