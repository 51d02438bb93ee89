//! One candidate under one kind of load, measured turn by turn.

use std::{rc::Rc, time::Duration};

use crate::{
    cluster::Cluster,
    failure::{Failure, Result, While as _},
    findings::Findings,
    load::{Generator, Limit, Pace, Traffic},
    plan::{CONNECTIONS, OPEN_RATE, Plan, REPEATED_TOKENS, WARM_UP},
    process::Server,
    statistics::{self, Summary},
};

/// A candidate whose turns are being taken.
pub(crate) struct Series {
    label: Label,
    server: Rc<Server>,
    database: Option<Rc<Cluster>>,
    generator: Generator,
    traffic: Box<dyn Traffic>,
    turn: Turn,
    turns: Vec<Sample>,
}

/// What a series is called and whose it is.
#[derive(Clone)]
pub(crate) struct Label {
    /// Names the series in verdicts and in the CSV file.
    pub(crate) key: String,
    /// Names it in tables.
    pub(crate) text: String,
    pub(crate) side: Side,
}

/// Whose a candidate is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Floor,
    Ours,
    Peer,
    /// A peer at something else than the request that all are compared at.
    PeerAside,
}

/// What one turn consists of.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    /// Every one has its turn, however few requests are in flight.
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    /// Requests at the start of a turn that do not count: the memory that is at hand was others'
    /// a moment ago. They may take four times as long as those that count.
    pub(crate) lead_in: usize,
    pub(crate) closed: Limit,
    /// The open loop is left out where a rate says nothing.
    pub(crate) open: Option<Limit>,
    pub(crate) warm_up: usize,
}

struct Sample {
    cpu: f64,
    database_cpu: Option<f64>,
    per_second: f64,
    /// Median and 99th percentile.
    latencies: Option<(f64, f64)>,
}

/// Of how many turns one has the open loop too, which takes long to say anything.
const OPEN_EVERY: usize = 16;

/// The turns of one series, summed up.
#[derive(Clone)]
pub(crate) struct Measured {
    pub(crate) label: Label,
    /// Microseconds of CPU time a request.
    pub(crate) cpu: Summary,
    /// The same, turn by turn.
    pub(crate) cpu_each: Vec<f64>,
    /// The same of the database's own processes, where it has any.
    pub(crate) database_cpu: Option<Summary>,
    pub(crate) per_second: Summary,
    /// Microseconds.
    pub(crate) p50: Summary,
    pub(crate) p99: Summary,
    /// Resident memory after the load, in bytes.
    pub(crate) memory: u64,
}

impl Measured {
    /// Of costs alone.
    #[cfg(test)]
    pub(crate) fn of_costs(key: &str, side: Side, cpu_each: &[f64]) -> Self {
        let any = Summary::of(cpu_each.iter().copied()).unwrap();
        Self {
            label: Label::new(key, key, side),
            cpu: any,
            cpu_each: cpu_each.to_vec(),
            database_cpu: None,
            per_second: any,
            p50: any,
            p99: any,
            memory: 0,
        }
    }
}

impl Side {
    fn is_foreign(self) -> bool {
        matches!(self, Self::Peer | Self::PeerAside)
    }
}

impl Label {
    pub(crate) fn new(key: impl Into<String>, text: impl Into<String>, side: Side) -> Self {
        let (key, text) = (key.into(), text.into());
        Self { key, text, side }
    }
}

impl Turn {
    /// Requests that may be repeated without end.
    pub(crate) fn repeated(plan: Plan) -> Self {
        Self {
            connections: CONNECTIONS,
            in_flight: CONNECTIONS,
            lead_in: REPEATED_TOKENS,
            closed: plan.closed(),
            open: Some(plan.open()),
            // Every token has been seen, and been remembered, before the first turn.
            warm_up: 3 * REPEATED_TOKENS,
        }
    }

    /// Requests with tokens that are shown once.
    pub(crate) fn fresh(plan: Plan) -> Self {
        Self {
            lead_in: plan.lead_in(),
            closed: plan.closed_fresh(),
            warm_up: WARM_UP,
            ..Self::repeated(plan)
        }
    }
}

impl Series {
    /// Connects and sends the first requests, which do not count.
    pub(crate) fn begin(
        label: Label,
        server: &Rc<Server>,
        mut traffic: Box<dyn Traffic>,
        turn: Turn,
    ) -> Result<Self> {
        let mut generator = Generator::connect(server.address, turn.connections)?;
        let warm_up = Limit {
            requests: turn.warm_up,
            time: 4 * turn.closed.time,
        };
        let pace = Pace::Closed {
            in_flight: turn.in_flight,
        };
        generator
            .run(&mut *traffic, pace, warm_up)
            .while_doing(&label.text)?;
        Ok(Self {
            label,
            server: Rc::clone(server),
            database: None,
            generator,
            traffic,
            turn,
            turns: Vec::new(),
        })
    }

    /// The database whose CPU time is measured too. Only one series at a time may be using it.
    pub(crate) fn with_database(mut self, database: &Rc<Cluster>) -> Self {
        self.database = Some(Rc::clone(database));
        self
    }

    /// A turn of each. One that fails is noted and has no further turns.
    pub(crate) fn take_turns(all: &mut Vec<Self>, findings: &mut Findings) {
        all.retain_mut(|series| match series.take_turn() {
            Ok(()) => true,
            Err(failure) if series.label.side.is_foreign() => {
                findings.skipped.push(failure.to_string());
                false
            }
            Err(failure) => {
                findings.miss("in a turn", &failure);
                false
            }
        });
    }

    /// Takes one turn: the closed loop for costs, then the open one for latencies.
    fn take_turn(&mut self) -> Result<()> {
        let sample = self.sample().map_err(|failure| {
            let (text, condition) = (&self.label.text, self.server.condition());
            Failure::new(format!("{text}: {failure}; the server: {condition}"))
        })?;
        self.turns.push(sample);
        Ok(())
    }

    fn sample(&mut self) -> Result<Sample> {
        let pace = Pace::Closed {
            in_flight: self.turn.in_flight,
        };
        let lead_in = Limit {
            requests: self.turn.lead_in,
            time: 4 * self.turn.closed.time,
        };
        self.generator.run(&mut *self.traffic, pace, lead_in)?;
        let database = || self.database.as_ref().map(|database| database.usage());
        let (before, database_before) = (self.server.usage(), database());
        let closed = self
            .generator
            .run(&mut *self.traffic, pace, self.turn.closed)?;
        let each = |used: Duration| used.as_secs_f64() * 1e6 / statistics::as_f64(closed.answered);
        let cpu = each(self.server.usage().since(&before));
        let database_cpu = database()
            .zip(database_before)
            .map(|(now, before)| each(now.since(&before)));
        let per_second = closed.per_second();
        let timed = match self.turn.open {
            Some(_) if !self.turns.len().is_multiple_of(OPEN_EVERY) => None,
            Some(limit) => {
                let pace = Pace::Open {
                    per_second: OPEN_RATE,
                };
                Some(self.generator.run(&mut *self.traffic, pace, limit)?)
            }
            None => Some(closed),
        };
        Ok(Sample {
            cpu,
            database_cpu,
            per_second,
            latencies: timed.map(|timed| (timed.latency(0.5), timed.latency(0.99))),
        })
    }

    /// Sums up; `None` before the first turn.
    pub(crate) fn sum_up(&self) -> Option<Measured> {
        let each = |value: fn(&Sample) -> f64| Summary::of(self.turns.iter().map(value));
        let latencies = || self.turns.iter().filter_map(|turn| turn.latencies);
        Some(Measured {
            label: self.label.clone(),
            cpu: each(|turn| turn.cpu)?,
            cpu_each: self.turns.iter().map(|turn| turn.cpu).collect(),
            database_cpu: Summary::of(self.turns.iter().filter_map(|turn| turn.database_cpu)),
            per_second: each(|turn| turn.per_second)?,
            p50: Summary::of(latencies().map(|(p50, _)| p50))?,
            p99: Summary::of(latencies().map(|(_, p99)| p99))?,
            memory: self.server.resident_memory(),
        })
    }
}
