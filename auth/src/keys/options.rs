//! The options of the commands: what is not given is as the last server was started with, so
//! that a command keeps the promises that the servers make.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chassis::settings::{InvalidDuration, Problems, parse_duration};
use keystore::{KeyBits, RingSettings, Schedule, ScheduleSettings};
use token::Clock;

use super::Keystore;
use crate::rotation;
use crate::store::Store;

/// Where keys are sealed, and how they succeed each other.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Options, otherwise as the last server was started with")]
pub(super) struct TimelineOptions {
    /// The file whose key seals the private keys
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "var/auth/sealing.key"
    )]
    sealing_key_file: PathBuf,

    /// How long an access token lives
    #[arg(long, global = true, value_name = "TIME")]
    token_ttl: Option<String>,

    /// How long a verifier may keep the key set
    #[arg(long, global = true, value_name = "TIME")]
    jwks_max_age: Option<String>,

    /// How far the clocks of verifiers are taken to be off
    #[arg(long, global = true, value_name = "TIME")]
    leeway: Option<String>,

    /// How long a key signs before the next one does, or `never`
    #[arg(long, global = true, value_name = "TIME")]
    rotate_every: Option<String>,

    /// How long a key is published before it signs
    #[arg(long, global = true, value_name = "TIME")]
    announce_for: Option<String>,

    /// The size of a new key: 2048, 3072 or 4096
    #[arg(long, global = true, value_name = "BITS")]
    key_bits: Option<String>,
}

/// Options that parse. Each is `None` when it was not given.
pub(super) struct Given {
    sealing_key_file: PathBuf,
    token_ttl: Option<Duration>,
    jwks_max_age: Option<Duration>,
    leeway: Option<Duration>,
    rotate_every: Option<Rotation>,
    announce_for: Option<Duration>,
    key_bits: Option<KeyBits>,
}

/// `--rotate-every`.
#[derive(Clone, Copy)]
enum Rotation {
    ByHand,
    Every(Duration),
}

/// Settings that go together.
pub(super) struct CommandSettings {
    pub(super) schedule: Schedule,
    key_bits: KeyBits,
    sealing_key_file: PathBuf,
}

impl TimelineOptions {
    /// Checks each option by itself.
    pub(super) fn check(&self, problems: &mut Problems) -> Option<Given> {
        let mut duration = |option, given: &Option<String>| {
            problems.check_optional(option, given.as_deref(), parse_duration)
        };
        let token_ttl = duration("--token-ttl", &self.token_ttl);
        let jwks_max_age = duration("--jwks-max-age", &self.jwks_max_age);
        let leeway = duration("--leeway", &self.leeway);
        let announce_for = duration("--announce-for", &self.announce_for);
        let rotate_every = problems.check_optional(
            "--rotate-every",
            self.rotate_every.as_deref(),
            Rotation::parse,
        );
        let key_bits = problems.check_optional(
            "--key-bits",
            self.key_bits.as_deref(),
            str::parse::<KeyBits>,
        );
        Some(Given {
            sealing_key_file: self.sealing_key_file.clone(),
            token_ttl: token_ttl?,
            jwks_max_age: jwks_max_age?,
            leeway: leeway?,
            rotate_every: rotate_every?,
            announce_for: announce_for?,
            key_bits: key_bits?,
        })
    }
}

impl Given {
    /// What was given, over what the ring remembers, over the defaults.
    pub(super) fn over(
        self,
        remembered: Option<RingSettings>,
    ) -> Result<CommandSettings, Problems> {
        let below = remembered.map_or_else(ScheduleSettings::default, |ring| ring.schedule);
        let schedule = Schedule::new(ScheduleSettings {
            rotate_every: self
                .rotate_every
                .map_or(below.rotate_every, Rotation::period),
            announce_for: self.announce_for.unwrap_or(below.announce_for),
            jwks_max_age: self.jwks_max_age.unwrap_or(below.jwks_max_age),
            leeway: self.leeway.unwrap_or(below.leeway),
            token_ttl: self.token_ttl.unwrap_or(below.token_ttl),
        });
        let key_bits = self.key_bits.or(remembered.map(|ring| ring.key_bits));
        Ok(CommandSettings {
            schedule: schedule.map_err(|broken| {
                let mut problems = Problems::new();
                for problem in broken {
                    problems.add(problem.option(), problem);
                }
                problems
            })?,
            key_bits: key_bits.unwrap_or_default(),
            sealing_key_file: self.sealing_key_file,
        })
    }
}

impl CommandSettings {
    /// The keystore that a command works on.
    pub(super) fn keystore(&self, store: Store, clock: Arc<dyn Clock>) -> Keystore {
        let sealing_key = rotation::sealing_key_file(&store, &self.sealing_key_file);
        Keystore::new(store, clock, self.schedule, self.key_bits, sealing_key)
    }
}

impl Rotation {
    fn parse(given: &str) -> Result<Self, InvalidDuration> {
        match given {
            "never" => Ok(Self::ByHand),
            _ => parse_duration(given).map(Self::Every),
        }
    }

    const fn period(self) -> Option<Duration> {
        match self {
            Self::ByHand => None,
            Self::Every(period) => Some(period),
        }
    }
}
