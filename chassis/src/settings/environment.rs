//! One rule for every option: `--token-ttl` of `auth` is `AUTH_TOKEN_TTL` in the environment.

use std::any::TypeId;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{FalseyValueParser, OsStringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command, Parser};

use super::Problems;

/// Parses the command line and the environment of this process. Ends it with status 2 and clap's
/// message for an option that does not exist; bad values are left to the service's check.
#[must_use]
pub fn parse<A: Parser>(prefix: &str) -> (A, Problems) {
    parse_from(prefix, std::env::args_os()).unwrap_or_else(|error| error.exit())
}

/// [`parse`] for a given command line.
///
/// # Errors
/// What clap says of an unknown option or subcommand, and its answers to `--help` and `--version`.
pub fn parse_from<A: Parser>(
    prefix: &str,
    line: impl IntoIterator<Item = OsString>,
) -> Result<(A, Problems), clap::Error> {
    let command = with_environment(A::command(), prefix);
    let mut problems = Problems::new();
    for flag in switches(&command) {
        check_switch(&flag, &mut problems);
    }
    let mut matches = command.clone().try_get_matches_from(line)?;
    check_paths(&command, &matches, &mut problems);
    Ok((A::from_arg_matches_mut(&mut matches)?, problems))
}

/// Gives every option of the command and its subcommands its variable. An option that is an act
/// rather than a setting (`--now`, `--yes`) says `hide_env = true` and gets none.
#[must_use]
pub fn with_environment(command: Command, prefix: &str) -> Command {
    let command = command.mut_args(|arg| match arg.get_long() {
        Some(long) if !arg.is_hide_env_set() && !["help", "version"].contains(&long) => {
            let variable = variable(prefix, long);
            match arg.get_action() {
                ArgAction::SetTrue => arg.env(variable).value_parser(FalseyValueParser::new()),
                // clap's own parser of paths would stop at the first that is empty.
                _ if is_path(&arg) => arg
                    .env(variable)
                    .value_parser(OsStringValueParser::new().map(PathBuf::from)),
                _ => arg.env(variable),
            }
        }
        _ => arg,
    });
    command.mut_subcommands(|subcommand| with_environment(subcommand, prefix))
}

/// Warns of each variable that looks like a setting and is none: most often a misspelt one.
pub fn warn_unknown_environment(prefix: &str, command: &Command) {
    for variable in unknown_environment(prefix, command) {
        tracing::warn!(
            variable,
            "this environment variable is no setting and is ignored"
        );
    }
}

/// [`warn_unknown_environment`] on standard error, for whatever keeps no log.
#[expect(clippy::print_stderr, reason = "a warning about the command line")]
pub fn tell_unknown_environment(prefix: &str, command: &Command) {
    for variable in unknown_environment(prefix, command) {
        eprintln!("warning: {variable} in the environment is no setting and is ignored");
    }
}

fn unknown_environment(prefix: &str, command: &Command) -> Vec<String> {
    let present = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown(prefix, command, present)
}

fn unknown(prefix: &str, command: &Command, present: impl Iterator<Item = String>) -> Vec<String> {
    let known = known(&with_environment(command.clone(), prefix));
    let ours = format!("{prefix}_");
    present
        .filter(|name| name.starts_with(&ours) && !known.contains(name))
        .collect()
}

fn known(command: &Command) -> BTreeSet<String> {
    let own = command
        .get_arguments()
        .filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned));
    own.chain(command.get_subcommands().flat_map(known))
        .collect()
}

fn variable(prefix: &str, long: &str) -> String {
    format!("{prefix}_{}", long.replace('-', "_").to_uppercase())
}

/// The options that are on or off, with their variables.
fn switches(command: &Command) -> BTreeSet<(String, OsString)> {
    let own = command.get_arguments().filter_map(|arg| {
        let (long, variable) = (arg.get_long()?, arg.get_env()?);
        matches!(arg.get_action(), ArgAction::SetTrue)
            .then(|| (format!("--{long}"), variable.to_owned()))
    });
    own.chain(command.get_subcommands().flat_map(switches))
        .collect()
}

/// clap would take any word for "on".
fn check_switch((option, variable): &(String, OsString), problems: &mut Problems) {
    const WORDS: [&str; 9] = ["", "0", "1", "true", "false", "yes", "no", "on", "off"];
    let Some(value) = std::env::var_os(variable) else {
        return;
    };
    let value = value.to_string_lossy();
    if !WORDS.contains(&value.to_lowercase().as_str()) {
        let variable = variable.display();
        problems.add(
            option,
            format_args!("{variable} is `{value}`; it must be true or false"),
        );
    }
}

fn is_path(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<PathBuf>()
}

fn check_paths(command: &Command, matches: &ArgMatches, problems: &mut Problems) {
    for arg in command.get_arguments().filter(|arg| is_path(arg)) {
        let path = matches.try_get_one::<PathBuf>(arg.get_id().as_str());
        let is_empty = path.is_ok_and(|path| path.is_some_and(|path| path.as_os_str().is_empty()));
        if let (true, Some(long)) = (is_empty, arg.get_long()) {
            problems.add(&format!("--{long}"), "must not be empty");
        }
    }
    if let Some((name, matches)) = matches.subcommand()
        && let Some(subcommand) = command.find_subcommand(name)
    {
        check_paths(subcommand, matches, problems);
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Args {
        #[command(subcommand)]
        act: Act,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Act {
        Serve {
            #[arg(long, default_value = "15m")]
            token_ttl: String,
            #[arg(long)]
            demo: bool,
            #[arg(long, hide_env = true)]
            now: bool,
        },
    }

    #[test]
    fn every_option_has_a_variable_of_the_same_name() {
        let names = known(&with_environment(Args::command(), "CHASSISTEST"));
        assert_eq!(
            Vec::from_iter(names),
            ["CHASSISTEST_DEMO", "CHASSISTEST_TOKEN_TTL"]
        );
    }

    #[test]
    fn a_misspelt_variable_is_noticed_and_a_foreign_one_is_not() {
        let present = [
            "CHASSISTEST_TOKEN_TLL",
            "CHASSISTEST_DEMO",
            "PATH",
            "CHASSISTESTING",
        ];
        let present = present.into_iter().map(str::to_owned);
        assert_eq!(
            unknown("CHASSISTEST", &Args::command(), present),
            ["CHASSISTEST_TOKEN_TLL"]
        );
    }

    #[test]
    fn a_value_that_is_wrong_is_not_claps_business() {
        let line = ["auth", "serve", "--token-ttl", "soon", "--demo"].map(OsString::from);
        let (args, problems) = parse_from::<Args>("CHASSISTEST", line).unwrap();
        let Act::Serve {
            token_ttl,
            demo,
            now,
        } = args.act;
        assert_eq!((token_ttl.as_str(), demo, now), ("soon", true, false));
        assert!(problems.is_empty());
    }
}
