//! Every bad setting at once.

use std::fmt::{self, Display};
use std::net::SocketAddr;
use std::process::ExitCode;

/// What is wrong with the settings so far, each entry naming its option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Nothing wrong yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that an option's value is wrong.
    pub fn add(&mut self, option: &str, message: impl Display) {
        self.0.push(format!("{option}: {message}"));
    }

    /// Parses an option's value. `None` when it is wrong, which is then recorded.
    pub fn check<T, E: Display>(
        &mut self,
        option: &str,
        value: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.add(option, format_args!("`{value}` {error}"));
                None
            }
        }
    }

    /// Parses the value of an option that has no default. The outer `None` says that it is wrong.
    pub fn check_optional<T, E: Display>(
        &mut self,
        option: &str,
        value: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match value {
            Some(value) => self.check(option, value, parse).map(Some),
            None => Some(None),
        }
    }

    /// Parses a comma-separated list; blanks around an entry and empty entries don't count.
    pub fn check_list<T, E: Display>(
        &mut self,
        option: &str,
        list: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let entries = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let parsed: Vec<_> = entries
            .map(|entry| self.check(option, entry, &parse))
            .collect();
        parsed.into_iter().collect()
    }

    /// The public listener and that for operators cannot have one address.
    pub fn check_listeners(&mut self, public: Option<SocketAddr>, ops: Option<SocketAddr>) {
        if public.is_some_and(|public| public.port() != 0 && ops == Some(public)) {
            self.add("--ops-listen", "must not be the address of --listen");
        }
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The settings, unless something was wrong.
    ///
    /// # Errors
    /// All that was recorded.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Self> {
        match build() {
            Some(settings) if self.is_empty() => Ok(settings),
            _ => Err(self),
        }
    }

    /// Tells the operator everything on standard error; the process ends with status 2.
    #[must_use]
    #[expect(
        clippy::print_stderr,
        reason = "the log is set up from settings, and these are bad"
    )]
    pub fn report(&self) -> ExitCode {
        eprintln!("{self}");
        ExitCode::from(2)
    }
}

impl Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "error: nothing was started, because of these settings:"
        )?;
        self.0
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse_duration;

    #[test]
    fn every_bad_setting_is_told_at_once_and_names_its_option() {
        let mut problems = Problems::new();
        let ttl = problems.check("--token-ttl", "soon", parse_duration);
        let port = problems.check("--listen", "nowhere", str::parse::<std::net::SocketAddr>);
        let told = problems
            .finish(|| Some((ttl?, port?)))
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("--token-ttl: `soon`") && told.contains("--listen: `nowhere`"),
            "{told}"
        );
    }

    #[test]
    fn a_list_is_split_at_commas() {
        let mut problems = Problems::new();
        assert_eq!(
            problems.check_list("--n", " 1, 2,,3 ", str::parse::<u8>),
            Some(vec![1, 2, 3])
        );
        assert_eq!(
            problems.check_list("--n", "", str::parse::<u8>),
            Some(vec![])
        );
        assert_eq!(problems.check_list("--n", "1,x,y", str::parse::<u8>), None);
        assert_eq!(problems.0.len(), 2);
    }
}
