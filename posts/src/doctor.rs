//! `posts doctor`: what would keep `serve` from working.
use std::process::ExitCode;

use crate::settings::Settings;

pub(crate) async fn examine(settings: &Settings) -> ExitCode {
    let _ = settings;
    ExitCode::SUCCESS
}
