//! Questions to a person: passwords and confirmations. Never taken from the command line.

use std::io::{self, BufRead, IsTerminal, Write};

use zeroize::Zeroizing;

use super::CommandError;
use crate::password::{NewPassword, Password};

/// The longest line that is read: 256 characters of four bytes, with room to spare.
const MAX_LINE: u64 = 4096;

/// A new password: asked for twice on a terminal, one line of a pipe otherwise.
pub(super) fn new_password() -> Result<Password, CommandError> {
    let typed = if io::stdin().is_terminal() {
        from_terminal()?
    } else {
        from_pipe()?
    };
    let refuse = |problem| CommandError::Refused(format!("the password {problem}"));
    NewPassword::parse(&typed)
        .map(NewPassword::into_inner)
        .map_err(refuse)
}

fn from_terminal() -> Result<Zeroizing<String>, CommandError> {
    let first = Zeroizing::new(rpassword::prompt_password("Password: ")?);
    let second = Zeroizing::new(rpassword::prompt_password("Again: ")?);
    if first == second {
        Ok(first)
    } else {
        Err(CommandError::Refused("the two passwords differ".to_owned()))
    }
}

fn from_pipe() -> Result<Zeroizing<String>, CommandError> {
    let mut line = Zeroizing::new(String::new());
    io::Read::take(io::stdin().lock(), MAX_LINE).read_line(&mut line)?;
    let typed = line.strip_suffix('\n').unwrap_or(&line);
    let typed = typed.strip_suffix('\r').unwrap_or(typed);
    Ok(Zeroizing::new(typed.to_owned()))
}

/// Whether a person at the terminal agrees; elsewhere `--yes` has to say so.
#[expect(clippy::print_stderr, reason = "a question to a person at a terminal")]
pub(super) fn confirm(question: &str, yes: bool) -> Result<(), CommandError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(CommandError::Refused(format!(
            "{question} Say so with --yes"
        )));
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(CommandError::Refused("nothing was done".to_owned())),
    }
}
