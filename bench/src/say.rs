//! What the person who started the run reads: progress, and the report.

/// Tells the person who waits what is going on.
#[expect(clippy::print_stderr, reason = "progress of a command-line program")]
pub(crate) fn line(text: &str) {
    eprintln!("bench: {text}");
}

/// Prints the result, which is all that goes to standard output.
#[expect(clippy::print_stdout, reason = "the report of a command-line program")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}

/// As `println!`, for progress.
macro_rules! say {
    ($($part:tt)*) => { $crate::say::line(&format!($($part)*)) };
}

pub(crate) use say;
