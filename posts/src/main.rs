//! `posts`: a CRUD service whose users see only their own posts.
use std::process::ExitCode;

use posts::command::{Arguments, PREFIX};

fn main() -> ExitCode {
    token::install_verify_only();
    let (arguments, problems) = chassis::settings::parse::<Arguments>(PREFIX);
    arguments.run(problems)
}
