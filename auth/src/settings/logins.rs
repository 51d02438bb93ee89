//! The options of logins: how long they last, who may make accounts, what slows guessing.

use std::num::NonZero;
use std::time::Duration;

use chassis::settings::{Problems, parse_duration};

use crate::session::Lifetimes;
use crate::throttle::Limits;

/// How long logins last and what they are guarded by.
#[derive(Clone, Debug, clap::Args)]
pub struct LoginOptions {
    /// How long a login lasts without a refresh
    #[arg(long, value_name = "TIME", default_value = "7d")]
    pub refresh_ttl: String,

    /// How long a login lasts at most
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub session_ttl: String,

    /// Wrong logins in a row before a name is slowed
    #[arg(long, value_name = "N", default_value = "5")]
    pub free_failures: String,

    /// Wrong logins from one address before it is refused for the rest of a minute
    #[arg(long, value_name = "N", default_value = "30")]
    pub address_failures: String,

    /// Who may make an account over HTTP: `open` is anyone, `closed` is nobody
    #[arg(long, value_name = "WHO", default_value = "closed")]
    pub registration: String,
}

/// Checked options of logins.
#[derive(Clone, Copy, Debug)]
pub struct LoginSettings {
    /// How long a login lasts.
    pub lifetimes: Lifetimes,
    /// Which failures are free.
    pub throttle: Limits,
    /// Who may make an account.
    pub registration: Registration,
}

/// Who may make an account over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone.
    Open,
    /// Nobody; accounts are made with `auth users add`.
    Closed,
}

impl LoginOptions {
    /// Checks each option, and that the two lifetimes go together.
    pub fn check(&self, problems: &mut Problems) -> Option<LoginSettings> {
        let idle = problems.check("--refresh-ttl", &self.refresh_ttl, lifetime);
        let absolute = problems.check("--session-ttl", &self.session_ttl, lifetime);
        let name = problems.check("--free-failures", &self.free_failures, count);
        let address = problems.check("--address-failures", &self.address_failures, count);
        let registration = problems.check("--registration", &self.registration, registration);
        if idle
            .zip(absolute)
            .is_some_and(|(idle, absolute)| idle > absolute)
        {
            problems.add("--refresh-ttl", "must not be longer than --session-ttl");
        }
        Some(LoginSettings {
            lifetimes: Lifetimes {
                idle: idle?,
                absolute: absolute?,
            },
            throttle: Limits {
                name: name?,
                address: address?,
            },
            registration: registration?,
        })
    }
}

fn lifetime(given: &str) -> Result<Duration, String> {
    match parse_duration(given) {
        Ok(Duration::ZERO) => Err("must be longer than nothing".to_owned()),
        read => read.map_err(|error| error.to_string()),
    }
}

fn count(given: &str) -> Result<NonZero<u32>, &'static str> {
    let count = given
        .parse()
        .ok()
        .filter(|count: &NonZero<u32>| count.get() <= 1_000_000);
    count.ok_or("must be a whole number from 1 to 1000000")
}

fn registration(given: &str) -> Result<Registration, &'static str> {
    match given {
        "open" => Ok(Registration::Open),
        "closed" => Ok(Registration::Closed),
        _ => Err("must be open or closed"),
    }
}
