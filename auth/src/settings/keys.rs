//! The options of the signing keys: where they are sealed, and their timeline.

use std::num::ParseIntError;
use std::path::PathBuf;
use std::time::Duration;

use chassis::settings::{InvalidDuration, Problems, parse_duration};
use keystore::{KeyBits, Schedule, ScheduleProblem, ScheduleSettings};

/// How keys are kept and how they succeed each other.
#[derive(Clone, Debug, clap::Args)]
pub struct KeyOptions {
    /// The file whose key seals the private keys; created at the first start on SQLite. It may
    /// hold several, a line each, while one takes the place of another
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        default_value = "var/auth/sealing.key"
    )]
    pub sealing_key_file: PathBuf,

    /// How long an access token lives
    #[arg(long, global = true, value_name = "TIME", default_value = "15m")]
    pub token_ttl: String,

    /// How long a verifier may keep the key set
    #[arg(long, global = true, value_name = "TIME", default_value = "60s")]
    pub jwks_max_age: String,

    /// How far the clocks of verifiers are taken to be off
    #[arg(long, global = true, value_name = "TIME", default_value = "30s")]
    pub leeway: String,

    /// How long a key signs before the next one does; `never` leaves it to `auth keys rotate`
    #[arg(long, global = true, value_name = "TIME", default_value = "30d")]
    pub rotate_every: String,

    /// How long a key is published before it signs
    #[arg(long, global = true, value_name = "TIME", default_value = "24h")]
    pub announce_for: String,

    /// The size of a new key: 2048, 3072 or 4096
    #[arg(long, global = true, value_name = "BITS", default_value = "2048")]
    pub key_bits: String,
}

/// Checked options of the keys.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// The file whose key seals the private keys.
    pub sealing_key_file: PathBuf,
    /// The timeline.
    pub schedule: Schedule,
    /// The size of a new key.
    pub key_bits: KeyBits,
}

impl KeyOptions {
    /// Checks each option, and the timeline that they make together.
    pub fn check(&self, problems: &mut Problems) -> Option<KeySettings> {
        let token_ttl = problems.check("--token-ttl", &self.token_ttl, parse_duration);
        let jwks_max_age = problems.check("--jwks-max-age", &self.jwks_max_age, parse_duration);
        let leeway = problems.check("--leeway", &self.leeway, parse_duration);
        let rotate_every = problems.check("--rotate-every", &self.rotate_every, duration_or_never);
        let announce_for = problems.check("--announce-for", &self.announce_for, parse_duration);
        let key_bits = problems.check("--key-bits", &self.key_bits, parse_key_bits);
        let default = ScheduleSettings::default();
        let settings = ScheduleSettings {
            rotate_every: rotate_every.unwrap_or(default.rotate_every),
            announce_for: announce_for.unwrap_or(default.announce_for),
            jwks_max_age: jwks_max_age.unwrap_or(default.jwks_max_age),
            leeway: leeway.unwrap_or(default.leeway),
            token_ttl: token_ttl.unwrap_or(default.token_ttl),
        };
        let read = [
            ("--rotate-every", rotate_every.is_some()),
            ("--announce-for", announce_for.is_some()),
            ("--jwks-max-age", jwks_max_age.is_some()),
            ("--leeway", leeway.is_some()),
            ("--token-ttl", token_ttl.is_some()),
        ];
        let unread = read.into_iter().filter(|(_, is_read)| !is_read);
        let unread: Vec<_> = unread.map(|(option, _)| option).collect();
        Some(KeySettings {
            sealing_key_file: self.sealing_key_file.clone(),
            schedule: check_schedule(settings, &unread, problems)?,
            key_bits: key_bits?,
        })
    }
}

fn duration_or_never(given: &str) -> Result<Option<Duration>, InvalidDuration> {
    match given {
        "never" => Ok(None),
        _ => parse_duration(given).map(Some),
    }
}

fn parse_key_bits(given: &str) -> Result<KeyBits, &'static str> {
    let known = |bits: usize| KeyBits::try_from(bits).ok();
    let bits: Result<usize, ParseIntError> = given.parse();
    bits.ok()
        .and_then(known)
        .ok_or("must be 2048, 3072 or 4096")
}

/// An inequality is told unless one of its options was not read, which has been told already.
fn check_schedule(
    settings: ScheduleSettings,
    unread: &[&str],
    problems: &mut Problems,
) -> Option<Schedule> {
    let broken = match Schedule::new(settings) {
        Ok(schedule) => return unread.is_empty().then_some(schedule),
        Err(broken) => broken,
    };
    for problem in broken {
        if !options_of(&problem)
            .iter()
            .any(|option| unread.contains(option))
        {
            problems.add(problem.option(), problem);
        }
    }
    None
}

fn options_of(problem: &ScheduleProblem) -> &'static [&'static str] {
    match problem {
        ScheduleProblem::AnnouncedTooBriefly { .. } => {
            &["--announce-for", "--jwks-max-age", "--leeway"]
        }
        ScheduleProblem::RotatedTooOften { .. } => &["--rotate-every", "--announce-for"],
        ScheduleProblem::NoTokenLife | ScheduleProblem::TooLong { .. } => &[],
    }
}
