//! Sends requests at a pace over kept connections and notes how long each answer took.

use std::{
    collections::VecDeque,
    hint,
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    time::Duration,
};

use rustix::{
    event::{Timespec, epoll},
    io::Errno,
};

use super::{
    answer::{self, Answer, Read},
    traffic::Traffic,
};
use crate::{
    clock,
    failure::{Failure, Result, While as _},
    statistics,
};

/// When the next request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As soon as fewer than this many are unanswered.
    Closed { in_flight: usize },
    /// At fixed moments, answered or not. A request that finds no free connection waits for
    /// one, and its latency counts from the moment it was due: nothing slow is left out.
    Open { per_second: u32 },
}

impl Pace {
    /// A break before the next look, in which the processor does nothing. Each look takes a lock
    /// that the server needs to answer, so without a break a slow server would pay for many.
    fn rest(self) {
        let pauses = match self {
            Self::Closed { .. } => LONG_BREAK,
            Self::Open { .. } => SHORT_BREAK,
        };
        (0..pauses).for_each(|_| hint::spin_loop());
    }
}

/// When a phase is over, whichever comes first.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) requests: usize,
    pub(crate) time: Duration,
}

/// What a phase of load gave.
pub(crate) struct Outcome {
    pub(crate) answered: usize,
    pub(crate) elapsed: Duration,
    /// In microseconds, ascending.
    pub(crate) latencies: Vec<f64>,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        statistics::as_f64(self.answered) / self.elapsed.as_secs_f64()
    }

    pub(crate) fn latency(&self, share: f64) -> f64 {
        statistics::quantile(&self.latencies, share)
    }
}

/// Connections to one server.
pub(crate) struct Generator {
    address: SocketAddr,
    epoll: OwnedFd,
    slots: Vec<Slot>,
    /// Taken from the front and given back at the end, so that every connection has its turn.
    free: VecDeque<usize>,
}

struct Slot {
    stream: TcpStream,
    read: Vec<u8>,
    due: Option<Duration>,
}

/// Some twenty microseconds where only the rate counts, few where the latency does.
const LONG_BREAK: usize = 400;
const SHORT_BREAK: usize = 20;

/// No server that works is silent for longer.
const PATIENCE: Duration = Duration::from_secs(20);

impl Generator {
    /// Opens `connections` to `address`.
    pub(crate) fn connect(address: SocketAddr, connections: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut generator = Self {
            address,
            epoll,
            slots: Vec::with_capacity(connections),
            free: (0..connections).collect(),
        };
        for index in 0..connections {
            let stream = generator.open(index)?;
            generator.slots.push(Slot {
                stream,
                read: Vec::new(),
                due: None,
            });
        }
        Ok(generator)
    }

    /// Sends `traffic` at `pace` until `limit`, then waits for what is still unanswered.
    ///
    /// Fails on any answer that is not a success: a refusal is cheap, and would flatter.
    pub(crate) fn run(
        &mut self,
        traffic: &mut dyn Traffic,
        pace: Pace,
        limit: Limit,
    ) -> Result<Outcome> {
        self.reopen_what_has_ended()?;
        let start = clock::now();
        let mut phase = Phase::new(start, pace, limit);
        let mut events = Vec::with_capacity(256);
        loop {
            self.launch(traffic, &mut phase)?;
            let (now, in_flight) = (clock::now(), self.in_flight());
            if in_flight == 0 && phase.is_over(now) {
                return phase.outcome(now);
            }
            if in_flight > 0 && now.saturating_sub(phase.heard) > PATIENCE {
                return Err(Failure::new("the server no longer answers"));
            }
            self.look(&mut events)?;
            if events.is_empty() {
                pace.rest();
            }
            for event in events.drain(..) {
                self.take(index_of(event), traffic, &mut phase)?;
            }
        }
    }

    /// Sends what is due, as long as a connection is free.
    fn launch(&mut self, traffic: &mut dyn Traffic, phase: &mut Phase) -> Result<()> {
        while let Some(due) = phase.due(clock::now(), self.in_flight())
            && let Some(connection) = self.free.pop_front()
        {
            let Some(request) = traffic.request(connection) else {
                phase.traffic_ended = true;
                self.free.push_front(connection);
                break;
            };
            phase.sent += 1;
            self.send(connection, request, due)?;
        }
        Ok(())
    }

    fn in_flight(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn open(&self, index: usize) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.address).while_doing("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.epoll, &stream, data, epoll::EventFlags::IN)?;
        Ok(stream)
    }

    fn send(&mut self, connection: usize, request: &[u8], due: Duration) -> Result<()> {
        let slot = &mut self.slots[connection];
        slot.due = Some(due);
        // An idle connection's buffer holds any request of ours.
        slot.stream
            .write_all(request)
            .while_doing("sending a request")
    }

    /// Never sleeps: a server would pay for waking us, and the slower it is the more often.
    fn look(&self, events: &mut Vec<epoll::Event>) -> Result<()> {
        let space = rustix::buffer::spare_capacity(events);
        match epoll::wait(&self.epoll, space, Some(&Timespec::default())) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn take(&mut self, index: usize, traffic: &mut dyn Traffic, phase: &mut Phase) -> Result<()> {
        if !self.slots[index].fill()? {
            return self.ended(index, phase);
        }
        let slot = &mut self.slots[index];
        let Some(answer) = slot.answer()? else {
            return Ok(());
        };
        let Some(due) = slot.due.take() else {
            return Err(Failure::new("an answer came without a request"));
        };
        let (head, body) = slot.read.split_at(answer.body.start);
        traffic.answered(index, head, &body[..answer.body.len()]);
        slot.read.clear();
        phase.answered(due, clock::now());
        self.free.push_back(index);
        if answer.closes {
            return self.reopen(index);
        }
        Ok(())
    }

    /// A server may close an idle connection just as a request sets out (RFC 9112 §9.5); such a
    /// request is lost and not sent again.
    fn ended(&mut self, index: usize, phase: &mut Phase) -> Result<()> {
        if self.slots[index].due.take().is_some() {
            phase.lost += 1;
            self.free.push_back(index);
        }
        self.reopen(index)
    }

    fn reopen(&mut self, index: usize) -> Result<()> {
        self.slots[index].stream = self.open(index)?;
        self.slots[index].read.clear();
        Ok(())
    }

    fn reopen_what_has_ended(&mut self) -> Result<()> {
        let mut events = Vec::with_capacity(self.slots.len().max(1));
        self.look(&mut events)?;
        for event in events {
            self.reopen(index_of(event))?;
        }
        Ok(())
    }
}

impl Slot {
    /// Reads what there is; false when the connection has ended.
    fn fill(&mut self) -> Result<bool> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.read.extend_from_slice(&chunk[..length]);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn answer(&self) -> Result<Option<Answer>> {
        match answer::read(&self.read) {
            Read::Partly => Ok(None),
            Read::Whole(answer) if (200..400).contains(&answer.status) => Ok(Some(answer)),
            Read::Whole(answer) => Err(Failure::new(format!(
                "the server answered {}: {}",
                answer.status,
                String::from_utf8_lossy(&self.read[answer.body])
            ))),
            Read::Nonsense => Err(Failure::new("the server does not speak HTTP/1.1")),
        }
    }
}

fn index_of(event: epoll::Event) -> usize {
    let data = event.data;
    usize::try_from(data.u64()).unwrap_or(usize::MAX)
}

/// The bookkeeping of one run.
struct Phase {
    start: Duration,
    pace: Pace,
    limit: Limit,
    sent: usize,
    traffic_ended: bool,
    /// Requests whose connection ended before their answer.
    lost: usize,
    /// When the last answer came.
    heard: Duration,
    latencies: Vec<f64>,
}

impl Phase {
    fn new(start: Duration, pace: Pace, limit: Limit) -> Self {
        Self {
            start,
            pace,
            limit,
            sent: 0,
            traffic_ended: false,
            lost: 0,
            heard: start,
            latencies: Vec::with_capacity(1 << 16),
        }
    }

    /// Since when the next request has been due; `None` when it is not yet.
    fn due(&self, now: Duration, in_flight: usize) -> Option<Duration> {
        if self.is_over(now) {
            return None;
        }
        match self.pace {
            Pace::Closed { in_flight: most } => (in_flight < most).then_some(now),
            Pace::Open { per_second } => {
                Some(self.moment(per_second)).filter(|moment| *moment <= now)
            }
        }
    }

    fn is_over(&self, now: Duration) -> bool {
        self.traffic_ended || self.sent >= self.limit.requests || {
            let reached = match self.pace {
                Pace::Closed { .. } => now,
                // What was due in time is sent, however late.
                Pace::Open { per_second } => self.moment(per_second),
            };
            reached.saturating_sub(self.start) >= self.limit.time
        }
    }

    /// When the next request of an open loop is due.
    fn moment(&self, per_second: u32) -> Duration {
        let seconds = statistics::as_f64(self.sent) / f64::from(per_second);
        self.start + Duration::from_secs_f64(seconds)
    }

    fn answered(&mut self, due: Duration, now: Duration) {
        self.heard = now;
        self.latencies
            .push(now.saturating_sub(due).as_secs_f64() * 1e6);
    }

    /// A lost request in a hundred is a server that drops connections.
    fn outcome(mut self, now: Duration) -> Result<Outcome> {
        if self.lost * 100 > self.latencies.len() {
            let lost = self.lost;
            return Err(Failure::new(format!(
                "the server dropped {lost} connections"
            )));
        }
        self.latencies.sort_by(f64::total_cmp);
        Ok(Outcome {
            answered: self.latencies.len(),
            elapsed: now.saturating_sub(self.start),
            latencies: self.latencies,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{io::BufRead as _, io::BufReader, net::TcpListener, thread};

    use super::*;
    use crate::load::Rotation;

    const MANY: Limit = Limit {
        requests: 20,
        time: Duration::from_mins(1),
    };

    /// Serves every connection on a thread of its own, with one answer to every request.
    fn server(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(std::result::Result::ok) {
                thread::spawn(move || {
                    let mut lines = BufReader::new(&stream).lines();
                    while let Some(Ok(line)) = lines.next() {
                        if line.is_empty() && (&stream).write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                        if line.is_empty() && answer.contains("close") {
                            return;
                        }
                    }
                });
            }
        });
        address
    }

    fn load(answer: &'static str, pace: Pace) -> Result<Outcome> {
        let mut generator = Generator::connect(server(answer), 3)?;
        generator.run(&mut Rotation::anonymous("/"), pace, MANY)
    }

    #[test]
    fn a_closed_loop_sends_what_the_limit_says() {
        let pace = Pace::Closed { in_flight: 2 };
        let outcome = load("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", pace).unwrap();
        assert_eq!((outcome.answered, outcome.latencies.len()), (20, 20));
    }

    #[test]
    fn an_open_loop_keeps_its_rate() {
        let pace = Pace::Open { per_second: 1000 };
        let outcome = load("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", pace).unwrap();
        assert_eq!(outcome.answered, 20);
        assert!(
            outcome.elapsed >= Duration::from_millis(19),
            "{:?}",
            outcome.elapsed
        );
    }

    #[test]
    fn a_server_that_closes_is_connected_to_again() {
        let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(
            load(answer, Pace::Closed { in_flight: 3 })
                .unwrap()
                .answered,
            20
        );
    }

    #[test]
    fn a_server_that_hangs_up_has_no_outcome() {
        let failure = load(
            "HTTP/1.1 200 close\r\nContent-Length: 9\r\n\r\n",
            Pace::Closed { in_flight: 1 },
        );
        assert_eq!(
            failure.err().unwrap().to_string(),
            "the server dropped 20 connections"
        );
    }

    #[test]
    fn a_refusal_ends_the_run() {
        let answer = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";
        let failure = load(answer, Pace::Closed { in_flight: 1 }).err().unwrap();
        assert_eq!(failure.to_string(), "the server answered 503: busy");
    }

    #[test]
    fn a_late_answer_counts_from_when_its_request_was_due() {
        let start = Duration::from_secs(100);
        let mut phase = Phase::new(start, Pace::Open { per_second: 10 }, MANY);
        phase.sent = 5;
        let due = phase.due(start + Duration::from_secs(3), 0).unwrap();
        assert_eq!(due, start + Duration::from_millis(500));
        phase.answered(due, start + Duration::from_secs(3));
        assert_eq!(
            phase
                .outcome(start + Duration::from_secs(3))
                .unwrap()
                .latencies,
            [2_500_000.0]
        );
    }
}
