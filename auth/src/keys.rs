//! `auth keys`
use crate::settings::KeySettings;
use crate::store::Store;
use std::sync::Arc;
use token::Clock;
/// Commands.
#[derive(Debug, clap::Subcommand)]
pub enum KeysCommand {
    /// List
    List,
}
/// Errors.
#[derive(Debug, thiserror::Error)]
#[error("no")]
pub struct KeysError;
/// Runs.
///
/// # Errors
/// Never.
pub async fn run(
    _: KeysCommand,
    _: Store,
    _: KeySettings,
    _: Arc<dyn Clock>,
) -> Result<(), KeysError> {
    Ok(())
}
